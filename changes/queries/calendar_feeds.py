"""What a person's calendar shows: changes and freezes of the markets they may see right now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from changes.lifecycle import State
from changes.models import CalendarLink, Change, ChangeComponent, ChangeMarket, Freeze
from changes.queries.freezes import freeze_spans, spans_of
from changes.queries.views import changes_of, is_visible
from changes.rules.freezes import FreezeSpan
from changes.values import ChangeView
from ssoc.core.events import EventRecord
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

BEFORE, AHEAD = timedelta(days=60), timedelta(days=400)
FREEZES_BEFORE = timedelta(days=7)
MOST_CHANGES = 1_000
_AT_ONCE = 500


@dataclass(frozen=True)
class Link:
    """An address as its person sees it: everything but the secret."""

    id: int
    person: str
    name: str
    markets: Sequence[str]
    component: str
    shows: str
    made_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class Told:
    """What a calendar has in it; ``told_at`` is when each change was last touched."""

    changes: Sequence[ChangeView] = ()
    told_at: Mapping[int, datetime] | None = None
    freezes: Sequence[FreezeSpan] = ()
    lifted: Sequence[FreezeSpan] = ()


def links(work: Work) -> list[Link]:
    """Return the actor's own addresses, usable ones first, newest first."""
    rows = (
        select(CalendarLink)
        .where(CalendarLink.person == work.actor.name)
        .order_by(CalendarLink.revoked_at.is_not(None), CalendarLink.id.desc())
        .limit(100)
    )
    return [_link(row) for row in work.session.scalars(rows)]


def link_of(work: Work, kept: str) -> Link | None:
    """Return the address whose secret hashes to ``kept``; None when it is unknown or revoked."""
    row = work.session.scalar(select(CalendarLink).where(CalendarLink.hash == kept))
    return _link(row) if row is not None and row.revoked_at is None else None


def _link(row: CalendarLink) -> Link:
    return Link(
        row.id,
        row.person,
        row.name,
        tuple(row.markets),
        row.component,
        row.shows,
        row.made_at,
        row.revoked_at,
        row.last_used_at,
    )


def told(work: Work, link: Link) -> Told:
    """Return what ``link`` shows to the actor, who is its person."""
    found = _changes(work, link) if link.shows != "freezes" else []
    freezes, lifted = _freezes(work, link) if link.shows != "changes" else ([], [])
    return Told(found, _touched_at(work, found), freezes, lifted)


def _changes(work: Work, link: Link) -> list[ChangeView]:
    """Return changes with a window near now that were submitted once; cancelled ones stay."""
    where = [
        is_visible(work),
        Change.starts_at < work.now + AHEAD,
        Change.ends_at > work.now - BEFORE,
        Change.submitted_at.is_not(None) | Change.state.not_in([State.DRAFT, State.CANCELLED]),
    ]
    if link.markets:
        of_market = select(ChangeMarket.change_id).where(ChangeMarket.market.in_(link.markets))
        where.append(Change.id.in_(of_market))
    if link.component:
        of_component = select(ChangeComponent.change_id).where(
            ChangeComponent.component == link.component
        )
        where.append(Change.id.in_(of_component))
    rows = select(Change).where(*where).order_by(Change.starts_at, Change.id).limit(MOST_CHANGES)
    return changes_of(work, work.session.scalars(rows))


def _freezes(work: Work, link: Link) -> tuple[list[FreezeSpan], list[FreezeSpan]]:
    held = work.actor.markets(Permission.CHANGE_SEE)
    since, until = work.now - FREEZES_BEFORE, work.now + AHEAD

    def is_meant(freeze: FreezeSpan) -> bool:
        named = set(freeze.markets)
        seen = not named or EVERYWHERE in held or bool(named & held)
        wanted = not named or not link.markets or bool(named & set(link.markets))
        part = not freeze.components or not link.component or link.component in freeze.components
        return seen and wanted and part

    estate = estate_queries.current(work)
    dropped = select(Freeze).where(
        Freeze.lifted_at.is_not(None), Freeze.until > since, Freeze.since < until
    )
    lifted = [
        each
        for row in work.session.scalars(dropped)
        for each in spans_of(row, estate, is_whole=True)
        if row.lifted_at is not None and each.since >= row.lifted_at
    ]
    found = freeze_spans(work, since, until)
    return [each for each in found if is_meant(each)], [each for each in lifted if is_meant(each)]


def _touched_at(work: Work, changes: Sequence[ChangeView]) -> dict[int, datetime]:
    """Return when something was last recorded of each change."""
    found: dict[int, datetime] = {each.id: each.created_at or work.now for each in changes}
    ids = list(found)
    for start in range(0, len(ids), _AT_ONCE):
        subjects = [f"change:{each}" for each in ids[start : start + _AT_ONCE]]
        newest = (
            select(EventRecord.subject, func.max(EventRecord.at))
            .where(EventRecord.subject.in_(subjects))
            .group_by(EventRecord.subject)
        )
        for subject, at in work.session.execute(newest):
            found[int(subject.partition(":")[2])] = at
    return found
