"""Everything one incident's page shows, in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from incidents.models import IncidentRole
from incidents.queries.lines import Line, line_of
from incidents.queries.timeline import Moment, timeline
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work


class NodeState(StrEnum):
    """How a component stands in the picture of the cause."""

    CAUSE = "cause"
    SUSPECTED = "suspected"
    SYMPTOM = "symptom"
    UNSEEN = "unseen"
    GOOD = "good"


@dataclass(frozen=True)
class Node:
    """One component in the picture; ``layer`` 0 is the top (what depends on most), then down."""

    component: str
    name: str
    state: NodeState
    layer: int
    markets: Sequence[str]
    severity: Severity | None = None
    since: datetime | None = None
    alerts: int = 0
    text: str = ""


@dataclass(frozen=True)
class Edge:
    """``component`` needs ``needs``; alternatives share a ``group``."""

    component: str
    needs: str
    group: str = ""


@dataclass(frozen=True)
class SymptomGroup:
    """The symptoms of one market (several markets: ``*``): names of components, and alerts."""

    market: str
    components: Sequence[str]
    alerts: int


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


def page(work: Work, incident_id: int) -> IncidentPage:
    """Return the page of an incident; who may not see it hears that there is none."""
    line = line_of(work, incident_id)
    return IncidentPage(
        line=line,
        nodes=(),
        edges=(),
        drawn=0,
        symptoms=(),
        children=(),
        parent=None,
        previous=None,
        roles=_roles(work, incident_id),
        timeline=timeline(work, incident_id),
        firing=0,
    )


def _roles(work: Work, incident_id: int) -> list[RoleHeld]:
    rows = select(IncidentRole).where(
        IncidentRole.incident_id == incident_id, IncidentRole.left_at.is_(None)
    )
    return [
        RoleHeld(row.role, row.person, row.joined_at)
        for row in work.session.scalars(rows.order_by(IncidentRole.role))
    ]
