"""Training with cover: is a site able on its day, may a session take people away. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


class Held(NamedTuple):
    """A course somebody passed; ``valid_to`` is its last day, None is for ever.

    Made in thousands for a board.
    """

    course: int
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on ``day``; the last day counts, the day after does not."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def is_able(held: Collection[Held], required: Collection[int], day: date) -> bool:
    """Tell whether somebody holds every required course on ``day``."""
    return set(required) <= {each.course for each in held if each.holds_on(day)}


@dataclass(frozen=True)
class CutOverDay:
    """The sellers of the cut-over day: who is rostered, absent, stands in, and is able."""

    rostered: frozenset[int]
    able: frozenset[int]
    covers: Mapping[int, int | None] = field(default_factory=dict)  # absent to stand-in, or None

    @property
    def held(self) -> int:
        """Return how many rostered places are held by somebody able."""
        return sum(self._holder(each) in self.able for each in self.rostered)

    @property
    def share(self) -> float | None:
        """Return that as a share of the roster; None while nobody is rostered."""
        return self.held / len(self.rostered) if self.rostered else None

    @property
    def uncovered(self) -> frozenset[int]:
        """Return who is absent and has no stand-in who is able."""
        absent = self.rostered & self.covers.keys()
        return frozenset(each for each in absent if self.covers[each] not in self.able)

    @property
    def untrained(self) -> frozenset[int]:
        """Return who will be there without being able."""
        return frozenset(self.rostered - self.able - self.covers.keys())

    def is_ready(self, share: float) -> bool:
        """Tell whether the share that is asked for is reached and every absence has its cover."""
        found = self.share
        return found is not None and found >= share and not self.uncovered

    def _holder(self, person: int) -> int | None:
        return self.covers.get(person, person)


@dataclass(frozen=True)
class SiteDay:
    """Who is at a site on a day; ``is_open`` is False when the site is closed then.

    ``away`` are those of the roster who are in a session, absent, or stand in elsewhere;
    ``covers`` those who come in for the day.
    """

    rostered: frozenset[int]
    away: frozenset[int] = frozenset()
    covers: frozenset[int] = frozenset()
    minimum: int = 0
    is_open: bool = True

    @property
    def on_site(self) -> int:
        """Return how many work at the site."""
        return len((self.rostered | self.covers) - self.away)

    @property
    def spare(self) -> int:
        """Return how many more may leave; below nought when it is too few already."""
        return self.on_site - self.minimum if self.is_open else len(self.rostered - self.away)

    @property
    def is_below(self) -> bool:
        """Tell whether too few are there."""
        return self.is_open and self.on_site < self.minimum

    def without(self, people: Collection[int]) -> "SiteDay":
        """Return the day with more people away."""
        gone = self.away | (frozenset(people) & (self.rostered | self.covers))
        return SiteDay(self.rostered, gone, self.covers, self.minimum, self.is_open)


@dataclass(frozen=True)
class Meeting:
    """When somebody is in a session: its number, what people call it, from and until in UTC."""

    id: int
    title: str
    starts_at: datetime
    ends_at: datetime

    def meets(self, since: datetime, until: datetime) -> bool:
        """Tell whether it shares an instant with a stretch; an end meets no beginning."""
        return self.starts_at < until and since < self.ends_at


@dataclass(frozen=True)
class Wish:
    """A session as it would be: who leads it, who goes there from which site."""

    trainer: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    people: Mapping[int, str]  # person to site code


@dataclass(frozen=True)
class Around:
    """What a session meets: other sessions of its trainer and people, and each site's day."""

    of_trainer: Sequence[Meeting] = ()
    of_person: Mapping[int, Sequence[Meeting]] = field(default_factory=dict)
    sites: Mapping[str, SiteDay] = field(default_factory=dict)  # without this session
    names: Mapping[int, str] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()
    covering: frozenset[int] = frozenset()  # stand in for others that day


def refusals(wish: Wish, around: Around) -> list[str]:
    """Return every reason why a session cannot be, in words; none when it can."""
    found = []
    if len(wish.people) > wish.capacity:
        found.append(
            f"the room holds {wish.capacity}, and {len(wish.people)} people would come; choose "
            "fewer, or a larger room"
        )
    found += [
        f"{wish.trainer} leads {each.title} at that time; choose another trainer or hour"
        for each in around.of_trainer
        if each.meets(wish.starts_at, wish.ends_at)
    ]
    found += _of_people(wish, around)
    found += [
        below_words(code, day.without(_of_site(wish, code)))
        for code, day in sorted(around.sites.items())
        if day.without(_of_site(wish, code)).is_below and _of_site(wish, code)
    ]
    return found


def _of_site(wish: Wish, code: str) -> frozenset[int]:
    return frozenset(person for person, site in wish.people.items() if site == code)


def _of_people(wish: Wish, around: Around) -> list[str]:
    found = []
    for person in wish.people:
        name = around.names.get(person, str(person))
        found += [
            f"{name} is in {each.title} at that time; leave one of the two out"
            for each in around.of_person.get(person, ())
            if each.meets(wish.starts_at, wish.ends_at)
        ]
        if person in around.absent:
            found.append(f"{name} is absent that day; choose another day")
        if person in around.covering:
            found.append(f"{name} stands in for somebody that day; choose another day")
    return found


def below_words(code: str, day: SiteDay) -> str:
    """Return what is said of a site that would have too few people."""
    lacking = day.minimum - day.on_site
    return (
        f"{code} would have {day.on_site} on site where {day.minimum} must be; send {lacking} "
        f"fewer, or find {lacking} to stand in"
    )
