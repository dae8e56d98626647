"""Who is near whom in the estate: hops with their path, and what goes down with what. Pure."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from changes.lifecycle import Effect
from ssoc.estate.values import Dependency, Estate

ORDER = (Effect.NONE, Effect.REDUNDANCY, Effect.DEGRADED, Effect.DOWN)
_WORSE = {effect: at for at, effect in enumerate(ORDER)}


class Hop(NamedTuple):
    """How far a component is from the nearest source, and the way there, both ends included."""

    hops: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """A redundancy group: ``owner`` needs ``need`` of its ``members``."""

    owner: str
    name: str
    members: frozenset[str]
    need: int = 1

    @property
    def key(self) -> str:
        """Return what names the group in findings: ``owner/group``."""
        return f"{self.owner}/{self.name}"

    @property
    def spare(self) -> int:
        """Return how many members may be missing."""
        return max(0, len(self.members) - self.need)


@dataclass(frozen=True, eq=False)
class Held:
    """An estate that compares by identity, so that a cache never walks through it."""

    estate: Estate

    def __hash__(self) -> int:
        return id(self.estate)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and self.estate is other.estate


def hops(estate: Estate, sources: Iterable[str], limit: int | None = None) -> dict[str, Hop]:
    """Return every component that hangs together with ``sources``: hops either way, and path.

    Edges count alike up and down: from ``ussd-ke`` over ``core`` to ``hsm`` are two hops. The
    nearest source wins; of equal ways the one that comes first by name. ``limit``: hops at most.
    """
    beside = neighbours(estate)
    found = {each: Hop(0, (each,)) for each in sorted(set(sources))}
    waiting = deque(found)
    while waiting:
        here = waiting.popleft()
        steps, path = found[here]
        if limit is not None and steps >= limit:
            continue
        for other in beside.get(here, ()):
            if other not in found:
                found[other] = Hop(steps + 1, (*path, other))
                waiting.append(other)
    return found


def near(estate: Estate, component: str, limit: int) -> Mapping[str, Hop]:
    """Return the same for one source; remembered for as long as the estate is the same."""
    return _near(Held(estate), component, limit)


@lru_cache(maxsize=8_192)
def _near(held: Held, component: str, limit: int) -> Mapping[str, Hop]:
    return hops(held.estate, [component], limit)


def neighbours(estate: Estate) -> Mapping[str, Sequence[str]]:
    """Return by component who needs it or is needed by it directly, by name."""
    return _neighbours(Held(estate))


@lru_cache(maxsize=4)
def _neighbours(held: Held) -> Mapping[str, Sequence[str]]:
    found: dict[str, set[str]] = {}
    for edge in held.estate.dependencies:
        found.setdefault(edge.component, set()).add(edge.needs)
        found.setdefault(edge.needs, set()).add(edge.component)
    return {component: sorted(others) for component, others in found.items()}


def groups(estate: Estate) -> Sequence[Group]:
    """Return every redundancy group, by owner and name."""
    return _groups(Held(estate))


@lru_cache(maxsize=4)
def _groups(held: Held) -> Sequence[Group]:
    found: dict[tuple[str, str], list[Dependency]] = {}
    for edge in held.estate.dependencies:
        if edge.group:
            found.setdefault((edge.component, edge.group), []).append(edge)
    return tuple(
        Group(owner, name, frozenset(edge.needs for edge in edges), edges[0].need)
        for (owner, name), edges in sorted(found.items())
    )


def groups_of(estate: Estate) -> Mapping[str, Sequence[Group]]:
    """Return the groups each component is a member of."""
    return _groups_of(Held(estate))


@lru_cache(maxsize=4)
def _groups_of(held: Held) -> Mapping[str, Sequence[Group]]:
    found: dict[str, list[Group]] = {}
    for group in groups(held.estate):
        for member in group.members:
            found.setdefault(member, []).append(group)
    return found


def spread(estate: Estate, effects: Mapping[str, Effect]) -> dict[str, Effect]:
    """Return what becomes of everything that stands on what is touched, itself included.

    What needs a component suffers with it. Of a group that loses members, who needs it is down
    below ``need``, degraded when only degraded ones make up the number, else less redundant.
    """
    known: dict[str, Effect] = {
        key: each for key, each in effects.items() if each is not Effect.NONE
    }
    waiting = deque(sorted(known))
    while waiting:
        for edge in estate.needed_by.get(waiting.popleft(), ()):
            suffers = _suffers(estate, edge, known)
            if _WORSE[suffers] > _WORSE[known.get(edge.component, Effect.NONE)]:
                known[edge.component] = suffers
                waiting.append(edge.component)
    return known


def _suffers(estate: Estate, edge: Dependency, known: Mapping[str, Effect]) -> Effect:
    if not edge.group:
        return known.get(edge.needs, Effect.NONE)
    states = [
        known.get(other.needs, Effect.NONE)
        for other in estate.needs[edge.component]
        if other.group == edge.group
    ]
    impaired = {Effect.DOWN, Effect.DEGRADED}
    good = sum(state not in impaired for state in states)
    standing = sum(state is not Effect.DOWN for state in states)
    if standing < edge.need:
        return Effect.DOWN
    if good < edge.need:
        return Effect.DEGRADED
    return Effect.REDUNDANCY if good < len(states) else Effect.NONE


def below(estate: Estate, components: Iterable[str]) -> frozenset[str]:
    """Return everything that ``components`` stand on, themselves left out."""
    return _reach(components, lambda each: [edge.needs for edge in estate.needs.get(each, ())])


def above(estate: Estate, components: Iterable[str]) -> frozenset[str]:
    """Return everything that stands on ``components``, themselves left out."""
    return _reach(
        components, lambda each: [edge.component for edge in estate.needed_by.get(each, ())]
    )


def _reach(start: Iterable[str], step: Callable[[str], Iterable[str]]) -> frozenset[str]:
    begun = set(start)
    reached, waiting = set(begun), sorted(begun)
    while waiting:
        for other in step(waiting.pop()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return frozenset(reached - begun)


def worst(effects: Iterable[Effect]) -> Effect:
    """Return the worst of several effects."""
    return max(effects, key=_WORSE.__getitem__, default=Effect.NONE)
