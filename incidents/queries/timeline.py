"""The story of an incident in one stream: what we did, what alerts did, what was changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from incidents.models import Incident, IncidentAlert, IncidentComponent, TimelineEntry
from incidents.queries.lines import Line, line_of
from incidents.queries.sight import Sight
from incidents.rules.clauses import counted_once
from incidents.rules.words import listed
from incidents.story import TOLD
from ssoc.core.permissions import SYSTEM, ActorKind, Permission
from ssoc.core.work import Work
from ssoc.monitoring.queries import changes, visible_alerts

BEFORE = timedelta(hours=24)  # changes that long before the failure may have to do with it
AFTER = timedelta(hours=1)  # what alerts and changes did after the end is another story
MOST_BUCKETS = 2_000


@dataclass(frozen=True)
class Moment:
    """One line of the story; ``source`` is people, correlation, alerts or changes."""

    at: datetime
    kind: str
    text: str
    by: str
    source: str
    body: Mapping[str, Any] = field(default_factory=dict)


def timeline(work: Work, incident_id: int, limit: int = 200) -> Sequence[Moment]:
    """Return the newest ``limit`` moments, newest first.

    Alerts come as one line a minute, however many there were.
    """
    line = line_of(work, incident_id)
    told = _entries(work, incident_id, limit)
    moments = [*told, *_alerts(work, line), *_changes(work, line, limit)]
    moments.sort(key=lambda each: each.at, reverse=True)  # stable: the order of telling stays
    return moments[:limit]


def _entries(work: Work, incident_id: int, limit: int) -> list[Moment]:
    row = TimelineEntry
    rows = (
        select(row)
        .where(row.incident_id == incident_id)
        .order_by(row.at.desc(), row.id.desc())
        .limit(limit)
    )
    sight = Sight(work)
    return [_entry(work, each, sight) for each in work.session.scalars(rows)]


def _entry(work: Work, row: TimelineEntry, sight: Sight) -> Moment:
    by_people = row.by != SYSTEM.name
    hidden = by_people and work.actor.kind is ActorKind.KIOSK
    source = "people" if by_people else "correlation"
    text = row.kind if hidden else counted_once(sight.text(row.text, row.body.get(TOLD, ())))
    by = "somebody" if hidden else row.by
    facts = {name: value for name, value in row.body.items() if name != TOLD}
    return Moment(
        row.at, row.kind, text, by, source, facts if sight.is_whole and not hidden else {}
    )


def _alerts(work: Work, line: Line) -> list[Moment]:
    row = IncidentAlert
    began = _buckets(work, line, row.joined_at, "began")
    return [*began, *_buckets(work, line, row.ended_at, "cleared")]


def _buckets(work: Work, line: Line, column: InstrumentedAttribute[Any], verb: str) -> list[Moment]:
    """Return a moment for each minute in which alerts began, or cleared."""
    row, here = IncidentAlert, Incident
    ids = select(here.id).where(or_(here.id == line.id, here.parent_id == line.id))
    mine = visible_alerts(work, row.market, row.component, Permission.INCIDENT_SEE)
    counted = (
        select(column, row.name, func.count())
        .where(row.incident_id.in_(ids), column.is_not(None), mine)
        .group_by(column, row.name)
        .order_by(column.desc())
        .limit(MOST_BUCKETS)
    )
    minutes: dict[datetime, Counter[str]] = {}
    last: dict[datetime, datetime] = {}
    for at, name, count in work.session.execute(counted):
        minute = at.replace(second=0, microsecond=0)
        minutes.setdefault(minute, Counter())[name] += count
        last[minute] = max(at, last.get(minute, at))
    return [
        Moment(last[minute], f"alerts_{verb}", _counted(names, verb), "", "alerts", dict(names))
        for minute, names in minutes.items()
    ]


def _counted(names: Counter[str], verb: str) -> str:
    total = names.total()
    words = [name if count == 1 else f"{name} × {count}" for name, count in names.most_common()]
    return f"{total} alert{'' if total == 1 else 's'} {verb}: {listed(words)}"


def _changes(work: Work, line: Line, limit: int) -> list[Moment]:
    if not work.actor.markets(Permission.ALERT_SEE):
        return []
    row = IncidentComponent
    members = work.session.scalars(select(row.component).where(row.incident_id == line.id))
    places = {line.component, *members} - {""}
    found = []
    if places or line.markets:
        found = changes(work, places, line.opened_at - BEFORE, limit, line.markets)
    end = (line.resolved_at or work.now) + AFTER
    return [
        Moment(each.at, "change", _change(each.reference, each.summary), each.source, "changes")
        for each in found
        if each.at <= end
    ]


def _change(reference: str, summary: str) -> str:
    return ": ".join(filter(None, (reference, summary)))
