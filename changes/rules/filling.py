"""Whether answers meet the demands of a stage: each person fills one place at most. Pure.

Answers that share a person, as answering or as the one answered for, stand together for one
person. Places are filled by a largest matching, so that the order of answers does not matter and
somebody with two roles is counted where he is needed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from changes.rules.approval_terms import Demand, Reach, Stage
from ssoc.core.permissions import Role


@dataclass(frozen=True)
class Hat:
    """A role somebody held when answering, with the markets of the change it was held in."""

    role: Role
    markets: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """One answer to one stage, of a person, a delegate or a meeting; never edited."""

    stage: int
    person: str
    yes: bool
    at: datetime
    reason: str = ""
    on_behalf_of: str = ""
    hats: Sequence[Hat] = ()
    meeting: int = 0

    @property
    def people(self) -> tuple[str, ...]:
        """Return who stands behind it."""
        return tuple(filter(None, (self.person, self.on_behalf_of)))

    @property
    def refusal(self) -> str:
        """Return a refusal in words."""
        who = f"meeting {self.meeting}" if self.meeting else self.person
        whom = f" for {self.on_behalf_of}" if self.on_behalf_of else ""
        return f"{who}{whom}: {self.reason}" if self.reason else f"{who}{whom} refused"


@dataclass(frozen=True)
class Place:
    """One answer that a stage needs."""

    role: Role
    markets: Sequence[str]
    needs_all: bool
    by_meeting: bool = False

    def takes(self, voter: "Voter") -> bool:
        """Tell whether somebody may fill it."""
        if self.by_meeting or voter.is_meeting:
            return self.by_meeting and voter.is_meeting
        return any(each.role == self.role and self._is_at_home(each) for each in voter.hats)

    def _is_at_home(self, hat: Hat) -> bool:
        mine = set(hat.markets) & set(self.markets)
        return len(mine) == len(self.markets) if self.needs_all else bool(mine)


@dataclass(frozen=True)
class Voter:
    """Who counts once: a person with everybody answered for, or a meeting."""

    key: str
    hats: Sequence[Hat]
    is_meeting: bool = False


@dataclass(frozen=True)
class Gap:
    """What a stage still needs: so many of a role; ``market`` if it is asked in each."""

    role: Role
    count: int
    market: str = ""
    by_meeting: bool = False


def places(stage: Stage, markets: Sequence[str]) -> list[Place]:
    """Return every answer a stage needs, in the order of its demands."""
    return [place for demand in stage.demands for place in _places(demand, markets)]


def _places(demand: Demand, markets: Sequence[str]) -> list[Place]:
    if demand.by_meeting:
        return [Place(demand.role, markets, False, by_meeting=True)]
    if demand.markets is Reach.EACH:
        return [Place(demand.role, (code,), False) for code in markets] * demand.count
    return [Place(demand.role, tuple(markets), demand.markets is Reach.ALL)] * demand.count


def is_filled(stage: Stage, markets: Sequence[str], answers: Iterable[Answer]) -> bool:
    """Tell whether every place of the stage is taken."""
    wanted = places(stage, markets)
    return len(_matched(wanted, voters(answers))) == len(wanted)


def gaps(stage: Stage, markets: Sequence[str], answers: Iterable[Answer]) -> tuple[Gap, ...]:
    """Return what is missing, in the order of the demands."""
    wanted = places(stage, markets)
    taken = _matched(wanted, voters(answers))
    found: dict[tuple[Role, str, bool], int] = {}
    for at, place in enumerate(wanted):
        one = place.markets[0] if _is_per_market(stage, place) else ""
        key = (place.role, one, place.by_meeting)
        found[key] = found.get(key, 0) + (at not in taken)
    return tuple(
        Gap(role, count, market, by_meeting)
        for (role, market, by_meeting), count in found.items()
        if count
    )


def _is_per_market(stage: Stage, place: Place) -> bool:
    each = {demand.role for demand in stage.demands if demand.markets is Reach.EACH}
    return place.role in each and len(place.markets) == 1 and not place.by_meeting


def voters(answers: Iterable[Answer]) -> list[Voter]:
    """Return who said yes, each once, in the order of their names."""
    meetings: list[Voter] = []
    together: list[tuple[set[str], list[Hat]]] = []
    for each in answers:
        if not each.yes:
            continue
        if each.meeting:
            meetings.append(Voter(f"meeting {each.meeting}", (), is_meeting=True))
            continue
        names, hats = set(each.people), list(each.hats)
        for known in [one for one in together if one[0] & names]:
            together.remove(known)
            names, hats = names | known[0], hats + known[1]
        together.append((names, hats))
    found = [Voter(min(names), tuple(hats)) for names, hats in together]
    return sorted(found + meetings, key=lambda voter: voter.key)


def _matched(wanted: Sequence[Place], found: Sequence[Voter]) -> dict[int, int]:
    """Return the voter of each place that is taken: a largest matching, by augmenting paths."""
    taken: dict[int, int] = {}

    def seat(voter: int, tried: set[int]) -> bool:
        for at, place in enumerate(wanted):
            if at in tried or not place.takes(found[voter]):
                continue
            tried.add(at)
            if at not in taken or seat(taken[at], tried):
                taken[at] = voter
                return True
        return False

    for voter in range(len(found)):
        seat(voter, set())
    return taken
