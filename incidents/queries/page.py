"""Everything one incident's page shows, in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from incidents.models import Incident, IncidentRole
from incidents.queries.cause_path import (
    Edge,
    Node,
    SymptomGroup,
    cause_path,
)
from incidents.queries.lines import LIVE, Line, line_of, lines, seen
from incidents.queries.timeline import Moment, timeline
from ssoc.core.permissions import ActorKind
from ssoc.core.work import Work

MOST_CHILDREN = 50


@dataclass(frozen=True)
class RoleHeld:
    """Who holds a role, and since when."""

    role: str
    person: str
    since: datetime


@dataclass(frozen=True)
class IncidentPage:
    """The page of one incident."""

    line: Line
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    drawn: int  # symptoms among the nodes; the rest stands in ``symptoms``
    symptoms: Sequence[SymptomGroup]
    children: Sequence[Line]
    parent: Line | None
    previous: Line | None
    roles: Sequence[RoleHeld]
    timeline: Sequence[Moment]
    firing: int  # alerts that are still open
    offered: Line | None = None  # live: what a person declared may be a symptom of it
    elsewhere: int = 0  # components left out: they belong to markets the reader does not see


def page(work: Work, incident_id: int) -> IncidentPage:
    """Return the page of an incident; who may not see it hears that there is none."""
    line = line_of(work, incident_id)
    path = cause_path(work, line)
    children, others = _relatives(work, line)
    return IncidentPage(
        line=line,
        nodes=path.nodes,
        edges=path.edges,
        drawn=path.drawn,
        symptoms=path.symptoms,
        children=children,
        parent=others.get(line.parent_id or 0),
        previous=others.get(line.previous_id or 0),
        roles=_roles(work, incident_id),
        timeline=timeline(work, incident_id),
        firing=path.firing,
        offered=_live(others.get(line.offered_id or 0)),
        elsewhere=path.elsewhere,
    )


def _live(line: Line | None) -> Line | None:
    return line if line is not None and line.state.is_live else None


def _relatives(work: Work, line: Line) -> tuple[list[Line], dict[int, Line]]:
    """Return the live incidents nested in this one, and its parent and predecessor."""
    near = (line.parent_id, line.previous_id, line.offered_id)
    above = [each for each in near if each is not None]
    nested = (Incident.parent_id == line.id) & Incident.state.in_(LIVE)
    rows = (
        select(Incident)
        .where(or_(nested, Incident.id.in_(above)), seen(work))
        .order_by(Incident.priority, Incident.opened_at, Incident.id)
        .limit(MOST_CHILDREN)
    )
    found = lines(work, list(work.session.scalars(rows)))
    children = [each for each in found if each.parent_id == line.id and each.state.is_live]
    return children, {each.id: each for each in found if each.id in above}


def _roles(work: Work, incident_id: int) -> list[RoleHeld]:
    if work.actor.kind is ActorKind.KIOSK:
        return []
    rows = select(IncidentRole).where(
        IncidentRole.incident_id == incident_id, IncidentRole.left_at.is_(None)
    )
    return [
        RoleHeld(row.role, row.person, row.joined_at)
        for row in work.session.scalars(rows.order_by(IncidentRole.role))
    ]
