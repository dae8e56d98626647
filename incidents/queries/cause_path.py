"""The picture of a cause: what fails above it, what lies between, and what it needs itself."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, or_, select

from incidents.models import ComponentState, Incident, IncidentAlert, IncidentComponent
from incidents.queries.lines import Line
from incidents.queries.sight import is_elsewhere, own_markets, sees
from incidents.rules.graph import Graph, graph_of
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring import sample_queries
from ssoc.monitoring.lifecycle import AlertState

MOST_DRAWN = 40  # symptoms; the rest stands in the list
SHARED = "*"


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


def cause_path(work: Work, line: Line) -> CausePath:
    """Return the picture of one incident, without what the actor may not see."""
    estate = estate_queries.current(work)
    everybody = _members(work, line)
    members = [each for each in everybody if sees(work, estate, each)]
    alerts = _alerts(work, line, estate)
    drawn, whole = _layers(graph_of(estate), line.component, members)
    layers = {
        each: layer
        for each, layer in whole.items()
        if each == line.component or not is_elsewhere(work, estate, each)
    }
    left_out = {*everybody, *whole} - {*members, *layers}
    states = _states(work, [line.component, *layers])
    good = sample_queries.good_since_poll(work, work.now)
    nodes = []
    for component, layer in layers.items():
        mine = alerts.get(component, _Alerts())
        row = states.get(component)
        node = Node(
            component,
            estate.name_of(component),
            _state(line, component, members, good),
            layer,
            estate.markets_of(component),
            _worst(row),
            row.bad_since if row else None,
            mine.open,
            mine.text,
        )
        nodes.append(node)
    edges = [
        Edge(each.component, each.needs, each.group)
        for each in estate.dependencies
        if layers.get(each.component, 0) < layers.get(each.needs, -1) and each.component in layers
    ]
    symptoms = _groups(estate, [each for each in members if each != line.component], alerts)
    firing = sum(each.open for each in alerts.values())
    return CausePath(nodes, edges, drawn, symptoms, firing, len(left_out))


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
    counted = (
        select(
            row.component,
            row.name,
            (row.state < AlertState.RESOLVED).label("is_open"),
            func.max(row.severity).label("worst"),
            func.count().label("count"),
        )
        .where(row.incident_id.in_(ids), own_markets(work))
        .group_by(row.component, row.name, "is_open")
        .order_by(row.component, func.max(row.severity).desc(), func.count().desc(), row.name)
    )
    found: dict[str, _Alerts] = {}
    for component, name, is_open, _worst, count in work.session.execute(counted):
        was = found.get(component, _Alerts())
        text = was.text or (f"{name} × {count}" if count > 1 else name) * bool(is_open)
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


def _states(work: Work, components: Iterable[str]) -> Mapping[str, ComponentState]:
    row = ComponentState
    failing = select(row).where(row.component.in_(list(components)), row.bad_since.is_not(None))
    return {each.component: each for each in work.session.scalars(failing)}


def _worst(row: ComponentState | None) -> Severity | None:
    if row is None:
        return None
    return next((each for each in sorted(Severity)[::-1] if getattr(row, each.word)), None)


def _state(
    line: Line, component: str, members: Collection[str], good: Collection[str]
) -> NodeState:
    if component == line.component:
        return NodeState.SUSPECTED if line.is_suspected else NodeState.CAUSE
    if component in members:
        return NodeState.SYMPTOM
    return NodeState.GOOD if component in good else NodeState.UNSEEN


def _groups(
    estate: Estate, symptoms: Iterable[str], alerts: Mapping[str, _Alerts]
) -> list[SymptomGroup]:
    found: dict[str, list[str]] = {}
    for component in symptoms:
        markets = estate.markets_of(component)
        if component.startswith("?"):
            markets = (component[1:].partition("/")[0],)
        where = markets[0] if len(markets) == 1 else SHARED
        found.setdefault(where, []).append(component)
    return [
        SymptomGroup(
            market,
            sorted(estate.name_of(each) for each in names),
            sum(alerts.get(each, _Alerts()).all for each in names),
        )
        for market, names in sorted(found.items())
    ]
