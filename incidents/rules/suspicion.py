"""Suspect a silent component: several that need it fail at once, and it says nothing itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.rules.correlation import Failing, Good, is_good
from incidents.rules.graph import Graph

TOGETHER = timedelta(seconds=60)  # failures within this time may have one cause


@dataclass(frozen=True)
class Suspect:
    """A component that reports nothing, and the failing ones that point at it."""

    component: str
    candidates: Sequence[str]

    def failing(self, roots: Mapping[str, Failing]) -> Failing:
        """Return it as if it failed since the first of those above it did."""
        above = [roots[each] for each in self.candidates]
        return Failing(
            self.component,
            severity=max(each.severity for each in above),
            since=min(each.since for each in above),
            turned_at=min(each.turned_at for each in above),
            alerts=0,
            is_suspected=True,
        )


def suspects(
    roots: Collection[Failing], good: Good, graph: Graph, least: int, silent: Collection[str]
) -> list[Suspect]:
    """Return the silent components that explain at least ``least`` of ``roots``.

    Greedy: the one that covers most comes first, the nearest to them on a tie; what it covers
    counts for no other.

    Args:
        roots: failing components that nothing below them explains.
        good: when the checks of a component last all said ok.
        graph: what depends on what.
        least: so many must fail within a minute.
        silent: components that may not be suspected, because they fail themselves.

    """
    reach = {each.component: _reach(each, good, graph) for each in roots if each.may_cause}
    times = {each.component: each.since for each in roots}
    refused = {graph.node(each) for each in silent}
    found: list[Suspect] = []
    while reach:
        best = _best(reach, times, refused, least)
        if best is None:
            return found
        found.append(best)
        reach = {key: down for key, down in reach.items() if key not in best.candidates}
    return found


def _best(
    reach: Mapping[str, Mapping[str, int]],
    times: Mapping[str, datetime],
    refused: Collection[str],
    least: int,
) -> Suspect | None:
    pointing: dict[str, list[str]] = {}
    for component, down in reach.items():
        for node in down:
            pointing.setdefault(node, []).append(component)
    choices = []
    for node, above in pointing.items():
        group = _together(above, times)
        if node not in refused and len(group) >= least:
            distance = sum(reach[each][node] for each in group)
            choices.append((-len(group), distance, node, group))
    if not choices:
        return None
    _, _, node, group = min(choices)
    return Suspect(node, tuple(group))


def _together(components: Collection[str], times: Mapping[str, datetime]) -> list[str]:
    """Return the largest group of components that began to fail within a minute."""
    ordered = sorted(components, key=lambda each: (times[each], each))
    best, first = (0, 0), 0
    for last, component in enumerate(ordered):
        while times[component] - times[ordered[first]] > TOGETHER:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    return ordered[best[0] : best[1]]


def _reach(start: Failing, good: Good, graph: Graph) -> dict[str, int]:
    """Return what lies below ``start`` and is not good, with its distance.

    Of alternatives only what all of them need is reached, and nothing while one of them is good.
    """
    known: dict[str, dict[str, int]] = {}

    def below(node: str) -> dict[str, int]:
        if node not in known:
            known[node] = {}
            for group in graph.needs.get(node, ()):
                for name, distance in through(group).items():
                    known[node][name] = min(distance, known[node].get(name, distance))
        return known[node]

    def through(group: Sequence[str]) -> dict[str, int]:
        if any(is_good(each, start.since, good) for each in group):
            return {}
        ways = [
            {each: 1} | {name: 1 + distance for name, distance in below(each).items()}
            for each in group
        ]
        common = set.intersection(*(set(way) for way in ways))
        return {name: min(way[name] for way in ways) for name in common}

    return below(graph.node(start.component))
