"""The estate as a graph without cycles: what needs what, and which of several would do."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import networkx

from ssoc.estate.values import Dependency, Estate

Needs = Sequence[Sequence[str]]  # each inner sequence: alternatives, any one of them will do


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes are components; those that need each other in a circle are one node.

    ``needs`` maps a node to groups of alternatives; a hard need is a group of one. ``node_of``
    names the node of a component that is in a circle; all others are their own.
    """

    needs: Mapping[str, Needs] = field(default_factory=dict)
    node_of: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    markets: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def node(self, component: str) -> str:
        """Return the node a component belongs to."""
        return self.node_of.get(component, component)

    def below(self, node: str) -> list[str]:
        """Return every node that ``node`` needs directly, each once."""
        return list(dict.fromkeys(each for group in self.needs.get(node, ()) for each in group))

    @cached_property
    def _above(self) -> Mapping[str, Sequence[str]]:
        """Return by node who cannot do without it; who has an alternative to it is left out."""
        found: dict[str, list[str]] = {}
        for upper, groups in self.needs.items():
            for group in groups:
                if len(group) == 1:
                    found.setdefault(group[0], []).append(upper)
        return found

    def carries(self, node: str, is_good: Callable[[str], bool]) -> bool:
        """Tell whether something good stands on ``node`` and cannot do without it."""
        seen, waiting = {node}, [node]
        while waiting:
            for upper in self._above.get(waiting.pop(), ()):
                if any(is_good(each) for each in self.members.get(upper, (upper,))):
                    return True
                if upper not in seen:
                    seen.add(upper)
                    waiting.append(upper)
        return False

    def path(self, start: str, end: str, passes: Callable[[str], bool]) -> list[str] | None:
        """Return the shortest way down from ``start`` to ``end`` over nodes that ``passes``."""
        came: dict[str, str] = {start: start}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            if here == end:
                return _way(came, start, end)
            for lower in self.below(here):
                if lower not in came and (lower == end or passes(lower)):
                    came[lower] = here
                    queue.append(lower)
        return None


def _way(came: Mapping[str, str], start: str, end: str) -> list[str]:
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def graph_of(estate: Estate) -> Graph:
    """Return the graph of an estate; the same for as long as the estate is the same."""
    return _graph(_Held(estate))


@dataclass(frozen=True, eq=False)
class _Held:
    """An estate that compares by identity, so that the cache never walks through it."""

    estate: Estate

    def __hash__(self) -> int:
        return id(self.estate)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.estate is other.estate


@lru_cache(maxsize=4)
def _graph(held: _Held) -> Graph:
    estate = held.estate
    node_of, members = _circles(estate.dependencies)
    markets = {key: frozenset(component.markets) for key, component in estate.components.items()}
    edges = [edge for edge in estate.dependencies if _is_lawful(edge, markets)]
    return Graph(_needs(edges, node_of), node_of, members, markets)


def _is_lawful(edge: Dependency, markets: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether an edge may explain anything: countries meet only in a shared component."""
    upper, lower = markets.get(edge.component), markets.get(edge.needs)
    return not upper or not lower or bool(upper & lower)


def _circles(edges: Iterable[Dependency]) -> tuple[dict[str, str], dict[str, Sequence[str]]]:
    drawn = networkx.DiGraph((edge.component, edge.needs) for edge in edges)
    node_of: dict[str, str] = {}
    members: dict[str, Sequence[str]] = {}
    for circle in networkx.strongly_connected_components(drawn):
        if len(circle) > 1:
            names = sorted(circle)
            members[names[0]] = names
            node_of |= dict.fromkeys(names, names[0])
    return node_of, members


def _needs(edges: Iterable[Dependency], node_of: Mapping[str, str]) -> dict[str, Needs]:
    groups: dict[str, dict[tuple[str, str], list[str]]] = {}
    for edge in edges:
        upper, lower = (node_of.get(each, each) for each in (edge.component, edge.needs))
        if upper == lower:
            continue
        which = (edge.component, edge.group) if edge.group else ("", lower)
        group = groups.setdefault(upper, {}).setdefault(which, [])
        if lower not in group:
            group.append(lower)
    return {node: [tuple(group) for group in found.values()] for node, found in groups.items()}
