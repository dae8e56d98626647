"""How the checks are seen now, gathered by country and path; pure values for reachability."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ssoc.estate.values import Check

LINK_POLLS = 2  # polls without an answer before a check counts as gone
QUICK = 3  # times the shortest interval of a country: slower checks only bear witness
TOGETHER_TURNS = 3  # times the interval of the checks: losses so near may have one cause
TOGETHER_LEAST = timedelta(seconds=30)


@dataclass(frozen=True)
class Sight:
    """How one check is seen now; only what is fresh is given.

    ``since`` is when its present state began, ``answered_at`` when it answered last,
    ``polled_at`` when it was asked last; None counts as just now.
    """

    check: str
    component: str
    market: str
    path: str
    every: timedelta
    unanswered: int
    since: datetime
    answered_at: datetime | None
    is_control: bool = False
    polled_at: datetime | None = None

    @property
    def is_gone(self) -> bool:
        """Tell whether it got no answer for long enough to count."""
        return self.unanswered >= LINK_POLLS

    @property
    def answers(self) -> bool:
        """Tell whether its newest poll got an answer."""
        return self.unanswered == 0

    def answered_after(self, at: datetime) -> bool:
        """Tell whether it answered after ``at``."""
        return self.answered_at is not None and self.answered_at > at

    def polled_after(self, at: datetime) -> bool:
        """Tell whether it was asked after ``at``: a slowed poll knows nothing of a recovery."""
        return self.polled_at is None or self.polled_at > at


@dataclass(frozen=True)
class Country:
    """All sights of one market on one path."""

    market: str
    path: str
    sights: Sequence[Sight]

    @property
    def quick(self) -> Sequence[Sight]:
        """Return the checks that are asked often enough to tell at once."""
        fastest = min(sight.every for sight in self.sights)
        return [sight for sight in self.sights if sight.every <= QUICK * fastest]

    @property
    def since(self) -> datetime:
        """Return when the last of its quick checks fell silent."""
        return max(sight.since for sight in self.quick)

    @property
    def is_gone(self) -> bool:
        """Tell whether no quick check answers, and no slow one has answered since."""
        return all(each.is_gone for each in self.quick) and not any(
            each.answered_after(self.since) for each in self.sights
        )

    def answered_after(self, at: datetime) -> bool:
        """Tell whether it is seen, and one of its checks answered after ``at``."""
        return not self.is_gone and any(each.answered_after(at) for each in self.sights)

    @property
    def together_within(self) -> timedelta:
        """Return how far apart its loss and another's may be seen when both have one cause."""
        return max(TOGETHER_LEAST, TOGETHER_TURNS * max(sight.every for sight in self.quick))

    @property
    def answers_since(self) -> Sequence[datetime]:
        """Return for each of its checks that answers since when."""
        return [sight.since for sight in self.sights if sight.answers]

    def polled_after(self, at: datetime) -> bool:
        """Tell whether all its quick checks were asked after ``at``."""
        return all(each.polled_after(at) for each in self.quick)

    @property
    def is_wavering(self) -> bool:
        """Tell whether it may be about to be gone: wait before saying who is."""
        return not self.is_gone and any(not each.answers for each in self.quick)

    @property
    def unanswered(self) -> int:
        """Return how many polls the best of its quick checks got no answer."""
        return min(sight.unanswered for sight in self.quick)


@dataclass(frozen=True)
class Ground:
    """What the estate says that matters here.

    ``links`` maps a path to the component that it is, ``needs`` a component to everything it
    stands on, ``names`` keys and market codes to the names people use. ``asked`` holds the
    checks that are watched at all, answered or not; None when nobody told.
    """

    links: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Check] | None = None

    def name(self, key: str) -> str:
        """Return the name people use."""
        return self.names.get(key, key)

    def deepest(self, components: Iterable[str]) -> str:
        """Return the one of ``components`` that all others need; empty when there is none."""
        given = sorted(set(components))
        needed = (
            one
            for one in given
            if all(one == other or one in self.needs.get(other, ()) for other in given)
        )
        return next(needed, "")

    def under(self, components: Iterable[str]) -> str:
        """Return what all ``components`` are or need, as near to them as can be."""
        sets = [self.needs.get(one, frozenset()) | {one} for one in set(components)]
        shared = frozenset.intersection(*sets) if sets else frozenset()
        below = {lower for one in shared for lower in self.needs.get(one, ())}
        return min(shared - below, default="")


def countries_of(sights: Iterable[Sight]) -> list[Country]:
    """Return the sights by market and path; control probes and shared components left out."""
    found: dict[tuple[str, str], list[Sight]] = {}
    for sight in sights:
        if sight.market and not sight.is_control:
            found.setdefault((sight.market, sight.path), []).append(sight)
    return [Country(*key, found[key]) for key in sorted(found)]


def together(countries: Iterable[Country]) -> list[Country]:
    """Return the most that fell silent at nearly the same time; none when it was one alone."""
    ordered = sorted(countries, key=lambda each: (each.since, each.market))
    best: list[Country] = []
    for number, first in enumerate(ordered):
        near = [
            each
            for each in ordered[number:]
            if each.since - first.since <= max(first.together_within, each.together_within)
        ]
        if len({each.market for each in near}) > len({each.market for each in best}):
            best = near
    return best if len({each.market for each in best}) > 1 else []
