"""The cause path: the picture, what its corner says, and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.queries import IncidentPage, Node, NodeState
from web import words
from web.noc import graph
from web.noc.graph import Picture

_KINDS = {
    NodeState.CAUSE: "root",
    NodeState.SUSPECTED: "root",
    NodeState.SYMPTOM: "sym",
    NodeState.UNSEEN: "unseen",
    NodeState.CARRYING: "good",
    NodeState.GOOD: "good",
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
    if node.state is NodeState.SUSPECTED:
        return "suspected, silent itself"
    word = node.severity.word if node.severity else "failing"
    since = f" since {words.when(node.since, now)}" if node.since else ""
    return f"{word}{since}"


def _note(page: IncidentPage, picture: Picture | None) -> str:
    if picture is None:
        return ""
    found = ["deepest failing component with its mark"]
    left_out = page.line.symptoms - page.drawn + picture.left_out - page.elsewhere
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
    said = [_cause_words(each, now) for each in by_state.get(NodeState.CAUSE, [])]
    said += [
        f"{each.name} has not reported itself; everything that fails needs it."
        for each in by_state.get(NodeState.SUSPECTED, [])
    ]
    if page.line.symptoms:
        names = [node.name for node in by_state.get(NodeState.SYMPTOM, [])]
        verb = "needs" if page.line.symptoms == 1 else "need"
        listed = f": {words.listed(names, 6)}" if names else ""
        count = words.counted(page.line.symptoms, "failing component")
        said.append(f"{count} {verb} it{listed}.")
    said += _below_words(by_state)
    return said


def _cause_words(node: Node, now: datetime) -> str:
    word = node.severity.word if node.severity else "failing"
    since = f" since {words.when(node.since, now)} UTC" if node.since else ""
    return f"{node.name} is {word}{since}."


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
