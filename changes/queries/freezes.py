"""Which freezes there are: set by hand, read from calendars, computed; merged and in order."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from changes.models import Change, Freeze, FreezeEvent, FreezeFeed, FreezeMet, FreezeOverride
from changes.policy import policy
from changes.rules import computed_freezes, local_freezes
from changes.rules.freezes import FreezeHit, FreezeSpan, Phase, Source, frozen_markets
from changes.rules.reach import markets_of
from changes.values import ChangeView, plan_digest
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate

MOMENT = timedelta(microseconds=1)
_CACHE = "changes.freezes"
_FIRST, _LAST = datetime(1981, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
_ZONES_APART = timedelta(hours=26)  # no two walls of the world are further apart


def freeze_spans(
    work: Work, since: datetime, until: datetime, markets: Collection[str] | None = None
) -> list[FreezeSpan]:
    """Return every freeze that touches [since, until), of all sources, by when it begins.

    A freeze in local time is there once for each market, with one key. Freezes are no secret:
    they are the same for everybody. Asked again in the same unit of work it costs nothing. Who
    names ``markets`` does without what is computed for others.
    """
    since, until = (min(max(each, _FIRST), _LAST) for each in (since, until))
    kept = work.session.info.setdefault(_CACHE, {})
    key = since, until, None if markets is None else frozenset(markets)
    if key not in kept:
        estate = estate_queries.current(work)
        rules = policy(work).freezes.computed
        meant = [
            each for code, each in estate.markets.items() if markets is None or code in markets
        ]
        found = [
            *computed_freezes.computed(rules, meant, since, until),
            *_by_hand(work, estate, since, until),
            *_from_feeds(work, estate, since, until),
        ]
        touching = (each for each in found if each.since < until and since < each.until)
        kept[key] = sorted(touching, key=_order)
    return list(kept[key])


def forget(work: Work) -> None:
    """Read freezes anew within this unit of work: one of them was changed."""
    work.session.info.pop(_CACHE, None)


def _order(freeze: FreezeSpan) -> tuple[datetime, datetime, str, Sequence[str]]:
    return freeze.since, freeze.until, freeze.key, freeze.markets


def _by_hand(work: Work, estate: Estate, since: datetime, until: datetime) -> Iterator[FreezeSpan]:
    touching = (Freeze.since < until + _ZONES_APART, Freeze.until > since - _ZONES_APART)
    for row in work.session.scalars(select(Freeze).where(*touching)):
        yield from spans_of(row, estate)


def spans_of(row: Freeze, estate: Estate, is_whole: bool = False) -> list[FreezeSpan]:
    """Return the stretches of a freeze set by hand; one that was lifted ends there.

    With ``is_whole`` they are as they were meant before it was lifted.
    """
    whole = FreezeSpan(
        key=f"list/{row.id}",
        name=row.name,
        is_hard=row.is_hard,
        markets=tuple(row.markets),
        components=tuple(row.components),
        since=row.since,
        until=row.until,
        source=Source.LIST,
        reason=row.reason,
        known_at=row.changed_at,
    )
    found = [whole]
    if row.is_local:
        found = local_freezes.on_the_wall(whole, estate, row.local_since, row.local_until)
    if is_whole:
        return [replace(each, lifted_at=row.lifted_at) for each in found]
    return local_freezes.cut_at(found, row.lifted_at)


def _from_feeds(
    work: Work, estate: Estate, since: datetime, until: datetime
) -> Iterator[FreezeSpan]:
    touching = (FreezeEvent.since < until, FreezeEvent.until > since)
    found = (
        select(FreezeEvent, FreezeFeed)
        .join(FreezeFeed, FreezeFeed.id == FreezeEvent.feed_id)
        .where(FreezeFeed.removed_at.is_(None), *touching)
    )
    for row, feed in work.session.execute(found):
        whole = FreezeSpan(
            key=f"feed/{feed.id}/{row.key}",
            name=row.name,
            is_hard=row.is_hard,
            markets=tuple(feed.markets),
            components=tuple(feed.components),
            since=row.since,
            until=row.until,
            source=Source.FEED,
            reason="; ".join(filter(None, (row.reason, f"from the calendar {feed.name}"))),
            known_at=row.known_at,
        )
        if row.first_on:
            yield from local_freezes.whole_days(whole, estate, row.first_on, row.last_on)
        else:
            yield whole


@dataclass(frozen=True)
class Override:
    """Leave for one change, as it was planned then, to run through one freeze."""

    id: int
    change_id: int
    freeze_key: str
    freeze_name: str
    plan_digest: str
    by: str
    at: datetime
    reason: str


def overrides_of(work: Work, change_id: int) -> list[Override]:
    """Return who let a change through which freeze, oldest first, those of older plans too."""
    rows = select(FreezeOverride).where(FreezeOverride.change_id == change_id)
    return [
        Override(*(getattr(row, each.name) for each in fields(Override)))
        for row in work.session.scalars(rows.order_by(FreezeOverride.id))
    ]


def overridden(work: Work, change: ChangeView) -> frozenset[str]:
    """Return the keys of the freezes that ``change``, as planned now, may run through."""
    digest = plan_digest(change)
    given = overrides_of(work, change.id)
    return frozenset(each.freeze_key for each in given if each.plan_digest == digest)


def overridden_now(work: Work, change_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return which freezes submitted changes may run through, by change, as they are planned."""
    given = (
        select(FreezeOverride.change_id, FreezeOverride.freeze_key)
        .join(Change, Change.id == FreezeOverride.change_id)
        .where(Change.id.in_(list(change_ids)), FreezeOverride.plan_digest == Change.plan_digest)
    )
    found: dict[int, frozenset[str]] = {}
    for change_id, key in work.session.execute(given):
        found[change_id] = found.get(change_id, frozenset()) | {key}
    return found


def freezes_begun_during(work: Work, change: ChangeView) -> list[FreezeHit]:
    """Return the freezes that began to hold while ``change`` was running, by when they began.

    It went on: nothing is killed by a freeze. One that was set during the run began then.
    """
    if change.started_at is None:
        return []
    ended = change.finished_at or work.now
    if ended <= change.started_at:
        return []
    codes = markets_of(estate_queries.current(work), change)
    found = [
        FreezeHit(each, markets, Phase.EXECUTION)
        for each in freeze_spans(work, change.started_at, ended)
        if change.started_at < each.begins_at < min(ended, each.until)
        and (markets := frozen_markets(each, codes, change.components))
    ]
    return sorted(found, key=lambda hit: (hit.freeze.begins_at, hit.freeze.key, hit.markets))


def met_by(work: Work, change: ChangeView) -> list[FreezeHit]:
    """Return the freezes that began while ``change`` was running: those on record, and lately.

    What was written down stays, also when the freeze was lifted or its calendar changed since.
    """
    rows = list(work.session.scalars(select(FreezeMet).where(FreezeMet.change_id == change.id)))
    found = [
        FreezeHit(
            FreezeSpan(
                key=row.freeze_key,
                name=row.freeze_name,
                is_hard=row.is_hard,
                markets=tuple(row.markets),
                components=(),
                since=row.began_at,
                until=row.began_at,
            ),
            tuple(row.markets),
            Phase.EXECUTION,
        )
        for row in rows
    ]
    known = {row.freeze_key for row in rows}
    for hit in freezes_begun_during(work, change):
        if hit.freeze.key not in known:
            known.add(hit.freeze.key)
            found.append(hit)
    return sorted(found, key=lambda hit: (hit.freeze.begins_at, hit.freeze.key))
