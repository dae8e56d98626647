"""The story of an incident in one stream: what we did, what alerts did, what was changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from incidents.models import TimelineEntry
from incidents.queries.lines import line_of
from ssoc.core.work import Work


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
    """Return the newest ``limit`` moments, newest first."""
    line_of(work, incident_id)
    rows = work.session.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.incident_id == incident_id)
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(limit)
    )
    return [Moment(row.at, row.kind, row.text, row.by, "people", row.body) for row in rows]
