"""The picture of a cause: what fails above it, what lies between, and what it needs itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import case, func, or_, select

from incidents.models import ComponentState, Incident, IncidentAlert, IncidentComponent
from incidents.queries.lines import Line
from incidents.queries.sight import Sight, is_elsewhere, markets_of_place, sees
from incidents.rules.graph import Graph, graph_of
from incidents.rules.wording import ELSEWHERE
from ssoc.core.permissions import Permission
from ssoc.core.signs import calm
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from ssoc.monitoring import sample_queries
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.queries import visible_alerts

MOST_DRAWN = 40  # symptoms; the rest stands in the list
SHARED = "*"


class NodeState(StrEnum):
    """How a component stands in the picture of the cause."""

    CAUSE = "cause"
    SUSPECTED = "suspected"
    SYMPTOM = "symptom"
    UNSEEN = "unseen"
    CARRYING = "carrying"  # it is not asked itself, and others that need it are good
    GOOD = "good"
    WAY = "on the way"  # of an incident that is over: it stood between cause and symptoms


@dataclass(frozen=True)
class Node:
    """One component in the picture; ``layer`` 0 is the top (what depends on most), then down.

    A cause that belongs to markets the reader does not see stands there without key and name.
    """

    component: str
    name: str
    state: NodeState
    layer: int
    markets: Sequence[str]
    severity: Severity | None = None
    since: datetime | None = None
    alerts: int = 0
    text: str = ""
    until: datetime | None = None  # when it was well again; of an incident that is over


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
class CausePath:
    """Nodes and edges for drawing, and every symptom in words."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    drawn: int
    symptoms: Sequence[SymptomGroup]
    firing: int
    elsewhere: int  # components left out: they belong to other markets alone


@dataclass(frozen=True)
class _Alerts:
    """The alerts of one component that count here: all, still open, and what the worst says."""

    all: int = 0
    open: int = 0
    text: str = ""


@dataclass(frozen=True)
class _Bad:
    """How bad a component is, or was at its worst; ``until`` once it is over."""

    severity: Severity | None = None
    since: datetime | None = None
    until: datetime | None = None


def cause_path(work: Work, line: Line) -> CausePath:
    """Return the picture of one incident, without what the actor may not see."""
    sight = Sight(work)
    estate, cause = sight.estate, line.component or work.get(Incident, line.id).component
    everybody = _members(work, line)
    members = [each for each in everybody if sees(work, estate, each)]
    alerts = _alerts(work, line, estate)
    graph = graph_of(estate)
    drawn, whole = _layers(graph, cause, members)
    if not line.state.is_live:  # what it needs is told of now, and now is another story
        whole = {each: layer for each, layer in whole.items() if layer <= whole[cause]}
    layers = {
        each: layer for each, layer in whole.items() if each == cause or not sight.hides(each)
    }
    left_out = {*everybody, *whole} - {*members, *layers}
    states = (_states if line.state.is_live else _past)(work, line, [cause, *layers])
    good = sample_queries.good_since_poll(work, work.now)
    nodes = [
        _node(
            sight,
            component,
            _state(line, cause, component, members, good, graph),
            layer,
            states.get(component, _Bad()),
            alerts.get(component, _Alerts()),
        )
        for component, layer in layers.items()
    ]
    keys = {each: "" if sight.hides(each) else each for each in layers}
    edges = [
        Edge(keys[each.component], keys[each.needs], each.group)
        for each in estate.dependencies
        if layers.get(each.component, 0) < layers.get(each.needs, -1) and each.component in layers
    ]
    symptoms = _groups(
        sight, [each for each in members if each != cause], alerts, line.state.is_live
    )
    firing = sum(each.open for each in alerts.values())
    return CausePath(nodes, edges, drawn, symptoms, firing, len(left_out))


def _node(
    sight: Sight,
    component: str,
    state: NodeState,
    layer: int,
    bad: _Bad,
    mine: _Alerts,
) -> Node:
    if sight.hides(component):
        return Node("", ELSEWHERE, state, layer, (), bad.severity, bad.since, until=bad.until)
    return Node(
        component,
        sight.name(component),
        state,
        layer,
        [each for each in markets_of_place(sight.estate, component) if sight.sees_market(each)],
        bad.severity,
        bad.since,
        mine.open,
        mine.text,
        bad.until,
    )


def _members(work: Work, line: Line) -> list[str]:
    """Return what fails in the incident; when it is over, all that did."""
    row = IncidentComponent
    rows = select(row.component).where(row.incident_id == line.id)
    if line.state.is_live:
        rows = rows.where(row.left_at.is_(None))
    return list(work.session.scalars(rows.order_by(row.joined_at, row.component)))


def _alerts(work: Work, line: Line, estate: Estate) -> Mapping[str, _Alerts]:
    """Count the alerts of the incident and of those nested in it, by component."""
    row, here = IncidentAlert, Incident
    ids = select(here.id).where(or_(here.id == line.id, here.parent_id == line.id))
    seen_here = visible_alerts(work, row.market, row.component, Permission.INCIDENT_SEE)
    counted = (
        select(
            row.component,
            row.name,
            (row.state < AlertState.RESOLVED).label("is_open"),
            func.max(row.severity).label("worst"),
            func.count(row.key.distinct()).label("count"),
        )
        .where(row.incident_id.in_(ids), seen_here)
        .group_by(row.component, row.name, "is_open")
        .order_by(
            row.component,
            func.max(row.severity).desc(),
            func.count(row.key.distinct()).desc(),
            row.name,
        )
    )
    found: dict[str, _Alerts] = {}
    for component, name, is_open, _worst, count in work.session.execute(counted):
        was = found.get(component, _Alerts())
        text = was.text or (calm(name) + f" × {count}" * (count > 1)) * bool(is_open)
        found[component] = _Alerts(was.all + count, was.open + count * bool(is_open), text)
    return {each: count for each, count in found.items() if not is_elsewhere(work, estate, each)}


def _layers(graph: Graph, cause: str, members: Collection[str]) -> tuple[int, dict[str, int]]:
    """Return how many symptoms are drawn, and the layer of every node, the top being 0."""
    up: dict[str, int] = {cause: 0}
    drawn = 0
    for component in sorted(set(members) - {cause}):
        if drawn >= MOST_DRAWN:
            break
        way = graph.path(graph.node(component), graph.node(cause), lambda _: True)
        for height, node in enumerate(reversed(way or [])):
            up[node] = max(height, up.get(node, 0)) if node != graph.node(cause) else 0
        up.setdefault(component, 1)
        drawn += 1
    highest = max(up.values())
    layers = {component: highest - height for component, height in up.items()}
    for lower in graph.below(graph.node(cause)):
        layers.setdefault(lower, highest + 1)
    return drawn, dict(sorted(layers.items(), key=lambda each: (each[1], each[0])))


def _states(work: Work, _line: Line, components: Iterable[str]) -> Mapping[str, _Bad]:
    row = ComponentState
    failing = select(row).where(row.component.in_(list(components)), row.bad_since.is_not(None))
    return {
        each.component: _Bad(_worst(each), each.bad_since) for each in work.session.scalars(failing)
    }


def _past(work: Work, line: Line, components: Iterable[str]) -> Mapping[str, _Bad]:
    """Return how bad each was at its worst, from when to when: of an incident that is over."""
    row, here = IncidentAlert, Incident
    ids = select(here.id).where(or_(here.id == line.id, here.parent_id == line.id))
    worst = (
        select(
            row.component,
            func.max(row.severity),
            func.min(row.started_at),
            func.max(row.ended_at),
            func.max(case((row.state < AlertState.RESOLVED, 1), else_=0)),
        )
        .where(row.incident_id.in_(ids), row.component.in_(list(components)))
        .group_by(row.component)
    )
    return {
        component: _Bad(Severity(severity), since, None if is_open else until)
        for component, severity, since, until, is_open in work.session.execute(worst)
    }


def _worst(row: ComponentState) -> Severity | None:
    return next((each for each in sorted(Severity)[::-1] if getattr(row, each.word)), None)


def _state(
    line: Line,
    cause: str,
    component: str,
    members: Collection[str],
    good: Collection[str],
    graph: Graph,
) -> NodeState:
    if component == cause:
        return NodeState.SUSPECTED if line.is_suspected else NodeState.CAUSE
    if component in members:
        return NodeState.SYMPTOM
    if not line.state.is_live:
        return NodeState.WAY
    if component in good:
        return NodeState.GOOD
    is_carrying = graph.carries(graph.node(component), good.__contains__)
    return NodeState.CARRYING if is_carrying else NodeState.UNSEEN


def _count(alerts: _Alerts, is_live: bool) -> int:
    """Return the open alerts while it lasts, and all there were when it is over."""
    return alerts.open if is_live else alerts.all


def _groups(
    sight: Sight, symptoms: Iterable[str], alerts: Mapping[str, _Alerts], is_live: bool
) -> list[SymptomGroup]:
    found: dict[str, list[str]] = {}
    for component in symptoms:
        markets = markets_of_place(sight.estate, component)
        where = markets[0] if len(markets) == 1 else SHARED
        found.setdefault(where, []).append(component)
    return [
        SymptomGroup(
            market,
            sorted(sight.name(each) for each in found[market]),
            sum(_count(alerts.get(each, _Alerts()), is_live) for each in found[market]),
        )
        for market in sight.estate.in_order(found)
    ]
