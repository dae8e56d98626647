"""Freezes as screens, the API and the command line show them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from changes.lifecycle import State
from changes.models import Change, Freeze, FreezeEvent, FreezeFeed
from changes.queries.freezes import freeze_spans, spans_of
from changes.queries.views import changes_of, is_visible
from changes.rules.freezes import FreezeHit, FreezeSpan, Phase, hits
from changes.values import ChangeView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

AHEAD = timedelta(days=90)
ENDED_FOR = timedelta(days=30)
MOST_CHANGES = 500
MOST_ENDED = 100
PLANNED = (State.SUBMITTED, State.APPROVED, State.SCHEDULED, State.RUNNING)


@dataclass(frozen=True)
class HitChange:
    """A planned change that a freeze hits, and with which part."""

    change: ChangeView
    phase: Phase
    markets: Sequence[str]


@dataclass(frozen=True)
class FreezeLine:
    """One freeze with its stretches from now on, and the planned changes it hits."""

    key: str
    spans: Sequence[FreezeSpan]
    hits: Sequence[HitChange] = ()

    @property
    def first(self) -> FreezeSpan:
        """Return its present or next stretch."""
        return self.spans[0]

    @property
    def markets(self) -> tuple[str, ...]:
        """Return the markets it holds in, none for every one."""
        return tuple(dict.fromkeys(code for each in self.spans for code in each.markets))

    @property
    def number(self) -> int | None:
        """Return the number of one that was set by hand."""
        kind, _, number = self.key.partition("/")
        return int(number) if kind == "list" else None

    def holds_at(self, at: datetime) -> bool:
        """Tell whether it holds somewhere at an instant."""
        return any(each.holds_at(at) for each in self.spans)


@dataclass(frozen=True)
class HandFreeze:
    """A freeze as somebody set it, with who did and who lifted it."""

    id: int
    name: str
    reason: str
    is_hard: bool
    markets: Sequence[str]
    components: Sequence[str]
    is_local: bool
    local_since: str
    local_until: str
    since: datetime
    until: datetime
    added_by: str
    added_at: datetime
    lifted_by: str
    lifted_at: datetime | None
    lifted_because: str
    version: int

    def state(self, now: datetime) -> str:
        """Return ``lifted``, ``over``, ``to come`` or ``now``."""
        if self.lifted_at is not None:
            return "lifted"
        if self.until <= now:
            return "over"
        return "now" if self.since <= now else "to come"


@dataclass(frozen=True)
class FeedLine:
    """A calendar of freezes, when it was read last, and what is wrong with it."""

    id: int
    name: str
    url: str
    is_hard: bool
    markets: Sequence[str]
    components: Sequence[str]
    zone: str
    every_minutes: int
    tried_at: datetime | None
    read_at: datetime | None
    failing_since: datetime | None
    faults: Sequence[str]
    has_copy: bool
    added_by: str
    added_at: datetime
    to_come: int


def require_seeing(work: Work) -> None:
    """Raise NotAllowed for somebody who may see changes nowhere."""
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


def lines(work: Work, since: datetime, until: datetime) -> list[FreezeLine]:
    """Return the freezes that touch [since, until), by when they begin, and what they hit."""
    require_seeing(work)
    by_key: dict[str, list[FreezeSpan]] = {}
    for each in freeze_spans(work, since, until):
        by_key.setdefault(each.key, []).append(each)
    planned = planned_changes(work, since, until)
    found: dict[str, list[HitChange]] = {}
    every = [each for spans in by_key.values() for each in spans]
    estate = estate_queries.current(work)
    for change in planned:
        for hit in _once(hits(every, change, estate)):
            said = HitChange(change, hit.phase, hit.markets)
            found.setdefault(hit.freeze.key, []).append(said)
    return [FreezeLine(key, spans, found.get(key, ())) for key, spans in by_key.items()]


def _once(found: Collection[FreezeHit]) -> list[FreezeHit]:
    """Return one hit for each freeze, the execution before what lies beside it."""
    by_key: dict[str, FreezeHit] = {}
    for each in found:
        known = by_key.get(each.freeze.key)
        if known is None or (each.phase is Phase.EXECUTION and known.phase is not Phase.EXECUTION):
            by_key[each.freeze.key] = each
    return list(by_key.values())


def planned_changes(work: Work, since: datetime, until: datetime) -> list[ChangeView]:
    """Return the live changes with a window in [since, until) that the actor may see."""
    where = (
        is_visible(work),
        Change.state.in_(PLANNED),
        Change.starts_at < until,
        Change.ends_at > since - timedelta(days=1),
    )
    rows = select(Change).where(*where).order_by(Change.starts_at, Change.id).limit(MOST_CHANGES)
    return changes_of(work, work.session.scalars(rows))


def hand_freeze(work: Work, freeze_id: int) -> HandFreeze:
    """Return one freeze that was set by hand, or raise NotFound."""
    require_seeing(work)
    row = work.session.get(Freeze, freeze_id)
    if row is None:
        raise NotFound(f"there is no freeze {freeze_id}; ssoc freeze list shows all")
    return _hand(row)


def hand_freezes(work: Work, since: datetime) -> list[HandFreeze]:
    """Return the freezes set by hand that end after ``since``, by when they begin."""
    require_seeing(work)
    rows = select(Freeze).where(Freeze.until > since).order_by(Freeze.since, Freeze.id)
    return [_hand(row) for row in work.session.scalars(rows.limit(1_000))]


def ended(work: Work) -> list[HandFreeze]:
    """Return the freezes set by hand that ended or were lifted lately, the latest first."""
    found = [
        each
        for each in hand_freezes(work, work.now - ENDED_FOR)
        if each.state(work.now) in {"lifted", "over"}
    ]
    return sorted(found, key=lambda each: each.lifted_at or each.until, reverse=True)[:MOST_ENDED]


def hand_spans(work: Work, freeze_id: int) -> list[FreezeSpan]:
    """Return the stretches of a freeze that was set by hand."""
    row = work.get(Freeze, freeze_id)
    return spans_of(row, estate_queries.current(work), is_whole=True)


def feeds(work: Work) -> list[FeedLine]:
    """Return the calendars of freezes, those that cannot be read first."""
    require_seeing(work)
    rows = list(
        work.session.scalars(
            select(FreezeFeed)
            .where(FreezeFeed.removed_at.is_(None))
            .order_by(FreezeFeed.failing_since.is_(None), FreezeFeed.name, FreezeFeed.id)
        )
    )
    events = work.session.execute(
        select(FreezeEvent.feed_id, FreezeEvent.key).where(FreezeEvent.until > work.now)
    )
    counts: dict[int, int] = {}
    for feed_id, _ in events:
        counts[feed_id] = counts.get(feed_id, 0) + 1
    return [_feed(row, counts.get(row.id, 0)) for row in rows]


def feed(work: Work, feed_id: int) -> FeedLine:
    """Return one calendar of freezes, or raise NotFound."""
    for each in feeds(work):
        if each.id == feed_id:
            return each
    raise NotFound(f"there is no calendar of freezes {feed_id}")


def _hand(row: Freeze) -> HandFreeze:
    return HandFreeze(
        id=row.id,
        name=row.name,
        reason=row.reason,
        is_hard=row.is_hard,
        markets=tuple(row.markets),
        components=tuple(row.components),
        is_local=row.is_local,
        local_since=row.local_since,
        local_until=row.local_until,
        since=row.since,
        until=row.until,
        added_by=row.added_by,
        added_at=row.added_at,
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
        lifted_because=row.lifted_because,
        version=row.version,
    )


def _feed(row: FreezeFeed, to_come: int) -> FeedLine:
    return FeedLine(
        id=row.id,
        name=row.name,
        url=row.url,
        is_hard=row.is_hard,
        markets=tuple(row.markets),
        components=tuple(row.components),
        zone=row.zone,
        every_minutes=row.every_minutes,
        tried_at=row.tried_at,
        read_at=row.read_at,
        failing_since=row.failing_since,
        faults=tuple(row.faults),
        has_copy=bool(row.content),
        added_by=row.added_by,
        added_at=row.added_at,
        to_come=to_come,
    )
