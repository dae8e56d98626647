"""The story of an incident a page at a time, by key: a storm's thousands of lines stay readable.

Three streams are merged: what was told, what alerts did by the minute, what was changed. Each is
read no further than a page needs. A page ends where the first stream that was cut short ends, so
that no line is left out between two pages.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from incidents.models import Incident, IncidentAlert, TimelineEntry
from incidents.queries.lines import Line, line_of
from incidents.queries.sight import Sight
from incidents.queries.timeline import Moment, _changes, _counted, _entry
from ssoc.core.errors import BadInput
from ssoc.core.permissions import SYSTEM, Permission
from ssoc.core.work import Work
from ssoc.monitoring.queries import visible_alerts

SOURCES = ("people", "correlation", "alerts", "changes")
MOST_ROWS = 2_000  # of alerts counted by instant and name, for one page
MOST_CHANGES = 500
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOLD, _BEGAN, _CLEARED, _CHANGED = 3, 2, 1, 0  # the order of what happened at one instant


class Place(NamedTuple):
    """Where a moment stands in the story; later ones are greater."""

    at: datetime
    rank: int
    number: int


@dataclass(frozen=True)
class StoryPage:
    """Some moments, newest first, and the cursor of what is older; None at the beginning."""

    moments: Sequence[Moment]
    next: str | None


class _Stream(NamedTuple):
    """What one stream gives; ``floor`` is where it was cut short, None if it was not."""

    found: Sequence[tuple[Place, Moment]]
    floor: Place | None = None


def story(
    work: Work, incident_id: int, source: str = "", cursor: str = "", limit: int = 100
) -> StoryPage:
    """Return a page of the story, newest first; ``source`` narrows it to one of ``SOURCES``."""
    line, before = line_of(work, incident_id), _place(cursor) if cursor else None
    streams: list[_Stream] = []
    if source in {"", "people", "correlation"}:
        streams.append(_told(work, incident_id, source, before, limit))
    if source in {"", "alerts"}:
        streams.append(_alerts(work, line, IncidentAlert.joined_at, _BEGAN, before))
        streams.append(_alerts(work, line, IncidentAlert.ended_at, _CLEARED, before))
    if source in {"", "changes"}:
        streams.append(_changed(work, line))
    floor = max((each.floor for each in streams if each.floor), default=None)
    found = [
        (place, moment)
        for each in streams
        for place, moment in each.found
        if (before is None or place < before) and (floor is None or place >= floor)
    ]
    found.sort(key=lambda each: each[0], reverse=True)
    is_end = len(found) <= limit and floor is None
    page = found[:limit]
    return StoryPage(
        [moment for _, moment in page], None if is_end or not page else _cursor(page[-1][0])
    )


def _told(work: Work, incident_id: int, source: str, before: Place | None, limit: int) -> _Stream:
    row = TimelineEntry
    query = select(row).where(row.incident_id == incident_id)
    if source:
        query = query.where(_by(source))
    if before is not None:
        query = query.where(_older(before))
    rows = work.session.scalars(query.order_by(row.at.desc(), row.id.desc()).limit(limit + 1)).all()
    sight = Sight(work)
    found = [(Place(each.at, _TOLD, each.id), _entry(work, each, sight)) for each in rows]
    return _Stream(found, found[-1][0] if len(found) > limit else None)


def _by(source: str) -> ColumnElement[bool]:
    is_own = TimelineEntry.by == SYSTEM.name
    return is_own if source == "correlation" else ~is_own


def _older(before: Place) -> ColumnElement[bool]:
    row = TimelineEntry
    if before.rank < _TOLD:
        return row.at < before.at
    return or_(row.at < before.at, and_(row.at == before.at, row.id < before.number))


def _alerts(
    work: Work,
    line: Line,
    column: InstrumentedAttribute[Any],
    rank: int,
    before: Place | None,
) -> _Stream:
    """Return a moment for each minute in which alerts began, or cleared."""
    until = _end_of_minutes(work, line, column, rank, before) if before else None
    rows = _rows(work, line, column, None, until, MOST_ROWS)
    is_cut = len(rows) == MOST_ROWS
    if is_cut:
        oldest = _minute(rows[-1][0])
        whole = [each for each in rows if _minute(each[0]) > oldest]
        rows = whole or _rows(work, line, column, oldest, oldest + _MINUTE, None)
        is_cut = bool(whole or _rows(work, line, column, None, oldest, 1))
    minutes: dict[datetime, Counter[str]] = {}
    last: dict[datetime, datetime] = {}
    for at, name, count in rows:
        minute = _minute(at)
        minutes.setdefault(minute, Counter())[name] += count
        last[minute] = max(at, last.get(minute, at))
    verb = "began" if rank == _BEGAN else "cleared"
    found = [
        (
            Place(last[minute], rank, 0),
            Moment(last[minute], f"alerts_{verb}", _counted(names, verb), "", "alerts", {**names}),
        )
        for minute, names in minutes.items()
    ]
    return _Stream(found, min(place for place, _ in found) if is_cut else None)


def _end_of_minutes(
    work: Work, line: Line, column: InstrumentedAttribute[Any], rank: int, before: Place
) -> datetime:
    """Return up to when alerts are counted: the minute of ``before`` only if it was not shown."""
    minute = _minute(before.at)
    newest = work.session.scalar(
        select(func.max(column)).where(*_mine(work, line), column < minute + _MINUTE)
    )
    is_shown = newest is not None and newest >= minute and Place(newest, rank, 0) >= before
    return minute if is_shown else minute + _MINUTE


def _rows(
    work: Work,
    line: Line,
    column: InstrumentedAttribute[Any],
    since: datetime | None,
    until: datetime | None,
    most: int | None,
) -> Sequence[Any]:
    row = IncidentAlert
    query = select(column, row.name, func.count()).where(*_mine(work, line), column.is_not(None))
    if since is not None:
        query = query.where(column >= since)
    if until is not None:
        query = query.where(column < until)
    query = query.group_by(column, row.name).order_by(column.desc(), row.name)
    return work.session.execute(query.limit(most) if most else query).all()


def _mine(work: Work, line: Line) -> list[ColumnElement[bool]]:
    row, here = IncidentAlert, Incident
    ids = select(here.id).where(or_(here.id == line.id, here.parent_id == line.id))
    seen = visible_alerts(work, row.market, row.component, Permission.INCIDENT_SEE)
    return [row.incident_id.in_(ids), seen]


def _changed(work: Work, line: Line) -> _Stream:
    found = _changes(work, line, MOST_CHANGES)
    return _Stream(
        [(Place(each.at, _CHANGED, len(found) - at), each) for at, each in enumerate(found)]
    )


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _cursor(place: Place) -> str:
    return f"{(place.at - _EPOCH) // timedelta(microseconds=1)}.{place.rank}.{place.number}"


def _place(cursor: str) -> Place:
    try:
        micros, rank, number = (int(each) for each in cursor.split("."))
        return Place(_EPOCH + timedelta(microseconds=micros), rank, number)
    except (ValueError, OverflowError):
        raise BadInput("the cursor of this page is damaged; begin again at the newest") from None
