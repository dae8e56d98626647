"""The cause path: the picture, what its corner says, and the same in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.queries import IncidentPage, Node, NodeState
from ssoc.core.vocabulary import Severity
from web import words
from web.noc import graph
from web.noc.graph import Picture

MOST_NAMED = 6
_FAILS: Mapping[Severity | None, str] = {
    Severity.CRITICAL: "critical",
    Severity.ERROR: "failing",
    Severity.WARNING: "warning",
    Severity.INFO: "information",
}
_DOES: Mapping[Severity | None, str] = {
    Severity.CRITICAL: "fails critically",
    Severity.ERROR: "fails",
    Severity.WARNING: "gives a warning",
    Severity.INFO: "gives information",
}
_DID: Mapping[Severity | None, str] = {
    Severity.CRITICAL: "failed critically",
    Severity.ERROR: "failed",
    Severity.WARNING: "gave a warning",
    Severity.INFO: "gave information",
}
_KINDS = {
    NodeState.CAUSE: "root",
    NodeState.SUSPECTED: "root",
    NodeState.SYMPTOM: "sym",
    NodeState.UNSEEN: "unseen",
    NodeState.CARRYING: "good",
    NodeState.GOOD: "good",
    NodeState.WAY: "plain",
}


@dataclass(frozen=True)
class Cause:
    """What the panel shows; no picture when the incident is one component alone."""

    picture: Picture | None
    note: str
    words: Sequence[str]


def cause_of(page: IncidentPage, now: datetime) -> Cause:
    """Return the cause path of an incident."""
    nodes = [_node(each, page, now) for each in page.nodes]
    edges = [graph.Edge(each.component, each.needs, bool(each.group)) for each in page.edges]
    picture = graph.picture(nodes, edges)
    return Cause(picture, _note(page, picture), _words(page, now))


def _node(node: Node, page: IncidentPage, now: datetime) -> graph.Node:
    kind = _KINDS.get(node.state, "plain")
    priority = page.line.priority if kind == "root" else ""
    return graph.Node(node.component, node.name, _sub(node, now), kind, node.layer, priority)


def _sub(node: Node, now: datetime) -> str:
    if node.state is NodeState.UNSEEN:
        return "not seen"
    if node.state is NodeState.CARRYING:
        return "carries others now"
    if node.state is NodeState.GOOD:
        return "good"
    if node.state is NodeState.WAY:
        return "on the way"
    if node.state is NodeState.SUSPECTED:
        return "suspected, silent itself"
    if node.until is not None and node.since is not None:
        return f"{_FAILS.get(node.severity, 'failing')} {_span(node.since, node.until, now)}"
    since = f" since {words.when(node.since, now)}" if node.since else ""
    return f"{_FAILS.get(node.severity, 'failing')}{since}"


def _span(since: datetime, until: datetime, now: datetime) -> str:
    return f"{words.when(since, now)} to {words.when(until, now)}"


def _note(page: IncidentPage, picture: Picture | None) -> str:
    if picture is None:
        return ""
    found = ["deepest failing component with its mark"]
    left_out = page.line.symptoms - page.drawn + picture.left_out
    if left_out > 0:
        found.append(f"{words.exact(left_out)} more below the picture")
    if page.elsewhere:
        found.append(f"{words.exact(page.elsewhere)} more in other markets")
    if picture.has_any_of:
        found.append("dashed: needs any of these")
    return "; ".join(found)


def _words(page: IncidentPage, now: datetime) -> list[str]:
    """Return the picture in sentences."""
    by_state: dict[NodeState, list[Node]] = {}
    for node in page.nodes:
        by_state.setdefault(node.state, []).append(node)
    said = [_cause_words(each, page, now) for each in by_state.get(NodeState.CAUSE, [])]
    said += [f"{each.name} {_silent(page)}" for each in by_state.get(NodeState.SUSPECTED, [])]
    said += _symptom_words(page, by_state.get(NodeState.SYMPTOM, []))
    said += _below_words(by_state)
    return said


def _silent(page: IncidentPage) -> str:
    if page.line.state.is_live:
        return "has not reported itself; everything that fails needs it."
    return "did not report itself; everything that failed needed it."


def _symptom_words(page: IncidentPage, shown: Sequence[Node]) -> list[str]:
    """Say what needs the cause and fails, and how much of it belongs to other markets."""
    line = page.line
    names = [node.name for node in shown[:MOST_NAMED]]
    unnamed = line.symptoms - len(names)
    if unnamed > 0:
        names += [f"{words.exact(unnamed)} more"]
    if line.elsewhere:
        names += [f"{words.exact(line.elsewhere)} in other markets"]
    number = line.symptoms + line.elsewhere
    if not number:
        return []
    verb = "needs" if number == 1 else "need"
    if not line.state.is_live:
        verb = "needed"
    listed = f": {words.listed(names)}" if names else ""
    return [f"{words.counted(number, 'failing component')} {verb} it{listed}."]


def _cause_words(node: Node, page: IncidentPage, now: datetime) -> str:
    name = f"{node.name[:1].upper()}{node.name[1:]}"
    if page.line.state.is_live or (node.since is not None and node.until is None):
        since = f" since {words.when(node.since, now)} UTC" if node.since else ""
        return f"{name} {_DOES.get(node.severity, 'fails')}{since}."
    if node.since is None or node.until is None:
        return f"{name} failed."
    return f"{name} {_DID.get(node.severity, 'failed')} {_from_to(node.since, node.until, now)}."


def _from_to(since: datetime, until: datetime, now: datetime) -> str:
    return f"from {words.when(since, now)} to {words.when(until, now)} UTC"


def _below_words(by_state: dict[NodeState, list[Node]]) -> list[str]:
    said = []
    roots = [*by_state.get(NodeState.CAUSE, []), *by_state.get(NodeState.SUSPECTED, [])]
    root = max((node.layer for node in roots), default=0)
    unseen = by_state.get(NodeState.UNSEEN, [])
    needed = [node.name for node in unseen if node.layer > root]
    between = [node.name for node in unseen if node.layer <= root]
    good = [node.name for node in by_state.get(NodeState.GOOD, []) if node.layer > root]
    if needed:
        maybe = "the cause may lie there, nothing proves it yet"
        said.append(f"It needs {words.listed(needed, 4)}, not seen now: {maybe}.")
    carrying = [node.name for node in by_state.get(NodeState.CARRYING, []) if node.layer > root]
    if carrying:
        verb = "carries" if len(carrying) == 1 else "carry"
        said.append(f"It needs {words.listed(carrying, 4)}, which {verb} others that are good now.")
    if good:
        said.append(f"It needs {words.listed(good, 4)}, good now.")
    if between:
        said.append(f"On the way to it, {words.listed(between, 4)}: not seen now.")
    return said
