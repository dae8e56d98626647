"""Find the cause: walk from each failing component down its dependencies to the deepest one.

A component is *bad* when an alert fires at it; *good* when its checks said ok after the failure
that is to be explained began; else *unseen*. The walk goes on through bad and unseen nodes and
stops at good ones. What is bad with nothing bad further down is a cause.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from incidents.rules.graph import Graph
from ssoc.core.vocabulary import Severity

Good = Mapping[str, datetime]  # component to when its checks last all said ok


@dataclass(frozen=True)
class Failing:
    """A component at which alerts fire.

    ``since`` is when it became as bad as it is, ``turned_at`` when we heard that it is bad.
    ``is_suspected``: it reports nothing, others point at it. ``is_ours``: only our watching of
    it is at fault, nothing is known of the component itself.
    """

    component: str
    severity: Severity
    since: datetime
    turned_at: datetime
    alerts: int = 1
    is_suspected: bool = False
    is_ours: bool = False

    @property
    def may_open(self) -> bool:
        """Tell whether it is worth an incident: an information is not."""
        return self.severity > Severity.INFO

    @property
    def may_cause(self) -> bool:
        """Tell whether it may explain others: neither information nor a fault of ours does."""
        return self.may_open and not self.is_ours


@dataclass(frozen=True)
class Picture:
    """For each failing component its causes; a component that is its own cause is a root."""

    causes: Mapping[str, Sequence[str]]
    failing: Mapping[str, Failing]

    @property
    def roots(self) -> list[str]:
        """Return the components at which incidents belong."""
        return [each for each, found in self.causes.items() if list(found) == [each]]

    def symptoms_of(self, root: str) -> list[str]:
        """Return what fails because of ``root``."""
        return [each for each, found in self.causes.items() if root in found and each != root]


def correlate(
    failing: Collection[Failing],
    good: Good,
    graph: Graph,
    lateness: timedelta,
    later: Mapping[str, timedelta] = MappingProxyType({}),
    outlived: Mapping[str, datetime] = MappingProxyType({}),
) -> Picture:
    """Return the causes of every failing component, worst and oldest cause first.

    Args:
        failing: every component at which alerts fire, suspected ones included.
        good: when the checks of a component last all said ok; only fresh ones.
        graph: what depends on what.
        lateness: a cause may start this much later than its symptom, since detection is slow.
        later: the same for components that are known later than others; the longer one counts.
        outlived: what has outlived its cause, and since when: another that began meanwhile may
            explain it from then on.

    """
    known = {each.component: each for each in failing}
    walk = _Walk(known, good, graph, lateness, later, outlived)
    causes = {each.component: walk.causes(each) for each in failing}
    return Picture(causes, known)


def is_good(component: str, since: datetime, good: Good) -> bool:
    """Tell whether ``component`` was seen healthy after a failure that began at ``since``."""
    seen_at = good.get(component)
    return seen_at is not None and seen_at >= since


def worst_first(failing: Failing) -> tuple[int, datetime, str]:
    """Return the order of causes: worst, then oldest."""
    return (-failing.severity, failing.since, failing.component)


class _Walk:
    """One walk over the graph; results are kept, since many symptoms share their causes."""

    def __init__(
        self,
        failing: Mapping[str, Failing],
        good: Good,
        graph: Graph,
        lateness: timedelta,
        later: Mapping[str, timedelta],
        outlived: Mapping[str, datetime],
    ) -> None:
        self._failing, self._good, self._graph = failing, good, graph
        self._lateness, self._later, self._outlived = lateness, later, outlived
        self._by_node: dict[str, Failing] = {}
        for each in sorted(failing.values(), key=worst_first):
            if each.may_cause:
                self._by_node.setdefault(graph.node(each.component), each)
        self._known: dict[tuple[str, datetime], frozenset[str]] = {}

    def causes(self, start: Failing) -> Sequence[str]:
        """Return the causes of ``start``; itself when nothing below explains it."""
        node = self._graph.node(start.component)
        found = self._under(node, start)
        first = self._by_node.get(node)  # in a circle one member stands for all
        if not found and first is not None and self._is_in_time(first, start.since):
            return (first.component,)
        if not found:
            return (start.component,)
        return tuple(sorted(found, key=lambda each: worst_first(self._failing[each])))

    def _below(self, node: str, since: datetime) -> frozenset[str]:
        """Return the causes under ``node`` of a failure that began at ``since``."""
        if (node, since) not in self._known:
            found: set[str] = set()
            for group in self._graph.needs.get(node, ()):
                if not any(self._is_good(each, since) for each in group):
                    found.update(*(self._at(each, since) for each in group))
            self._known[node, since] = frozenset(found)
        return self._known[node, since]

    def _at(self, node: str, since: datetime) -> frozenset[str]:
        """Return the causes seen from ``node``: itself, if nothing below it explains it."""
        bad = self._by_node.get(node)
        if bad is None or not self._is_in_time(bad, since):
            return self._below(node, since)
        return self._under(node, bad) or frozenset({bad.component})

    def _under(self, node: str, bad: Failing) -> frozenset[str]:
        """Return the causes under what fails: of its beginning, else since it outlived those."""
        found = self._below(node, bad.since)
        at = self._outlived.get(bad.component)
        return found if found or at is None else self._below(node, max(at, bad.since))

    def _is_in_time(self, cause: Failing, since: datetime) -> bool:
        late = max(self._lateness, self._later.get(cause.component, self._lateness))
        return cause.since <= since + late

    def _is_good(self, node: str, since: datetime) -> bool:
        members = self._graph.members.get(node, (node,))
        if any(each in self._failing for each in members):
            return False
        return all(is_good(each, since, self._good) for each in members)
