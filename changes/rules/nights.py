"""Nights on a market's own clocks, and where a stretch of time stands in one. Pure.

A night of a day is from 18:00 of that day to 06:00 of the next on the wall. It is reckoned in half
hours of real time: 24 of them, 22 or 26 in a night in which the clocks change, so that a bar is as
long as the work really is. What touches no night is daytime of its day: 06:00 to 18:00.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from ssoc.core.calendar import Span, instant, local_date, zone_of

EVENING, MORNING = 18 * 60, 30 * 60  # minutes after midnight of the night's day
DAYBREAK = 6 * 60
RULER = (18, 21, 24, 27, 30)  # hours that a night's ruler names, as of its own day
HALF_HOUR = timedelta(minutes=30)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Night:
    """The night of ``day`` on the clocks of ``zone``."""

    zone: str
    day: date

    @cached_property
    def span(self) -> Span:
        """Return its stretch of real time."""
        return Span(self._at(EVENING), self._at(MORNING))

    @cached_property
    def daytime(self) -> Span:
        """Return the daytime before it."""
        return Span(self._at(DAYBREAK), self._at(EVENING))

    def _at(self, minute: int) -> datetime:
        return instant(self.zone, self.day, minute)

    @property
    def half_hours(self) -> int:
        """Return how many half hours it really has: 24 but for a change of clocks."""
        return math.ceil(self.span.length / HALF_HOUR)

    @property
    def shift(self) -> timedelta:
        """Return how far the clocks go forward within it; negative when they go back."""
        since, until = (each.astimezone(zone_of(self.zone)).utcoffset() for each in self.span)
        return (until or timedelta()) - (since or timedelta())

    @cached_property
    def turn(self) -> datetime | None:
        """Return the instant at which the clocks change; None in an ordinary night."""
        if not self.shift:
            return None
        early, late = self.span
        before = early.astimezone(zone_of(self.zone)).utcoffset()
        while late - early > timedelta(seconds=1):
            middle = early + (late - early) // 2
            same = middle.astimezone(zone_of(self.zone)).utcoffset() == before
            early, late = (middle, late) if same else (early, middle)
        return late.replace(microsecond=0)

    @property
    def ruler(self) -> list[tuple[int, str]]:
        """Return at which half hour which hour stands: ``(0, "18"), (6, "21") …``."""
        marks = ((self._at(hour * 60), f"{hour % 24:02d}") for hour in RULER)
        return [((at - self.span.since) // HALF_HOUR, text) for at, text in marks]


def night_at(zone: str, at: datetime) -> date:
    """Return the day whose night, or the daytime before it, holds an instant."""
    local = at.astimezone(zone_of(zone))
    return local.date() - (_DAY if local.hour * 60 + local.minute < DAYBREAK else timedelta())


def nights_of(zone: str, span: Span) -> list[date]:
    """Return the days whose nights a stretch touches, in order."""
    day, last = local_date(zone, span.since) - _DAY, local_date(zone, span.until)
    found = []
    while day <= last:
        night = Night(zone, day).span
        if night.since < span.until and span.since < night.until:
            found.append(day)
        day += _DAY
    return found


@dataclass(frozen=True)
class Place:
    """Where a bar stands: its first half hour, how many it covers, and what was cut off."""

    at: int
    length: int
    is_cut_before: bool = False
    is_cut_after: bool = False


def place(night: Night, span: Span) -> Place | None:
    """Return where a stretch stands in a night, whole half hours outwards; None outside of it."""
    since, until = max(span.since, night.span.since), min(span.until, night.span.until)
    if since >= until:
        return None
    first = (since - night.span.since) // HALF_HOUR
    last = math.ceil((until - night.span.since) / HALF_HOUR)
    return Place(first, last - first, span.since < night.span.since, span.until > night.span.until)


@dataclass(frozen=True)
class Labelled:
    """A place with its label inside, ``after`` or ``before`` it where it is too short."""

    place: Place
    lane: int
    label: str = ""  # "", "after" or "before"


def in_lanes(
    places: Sequence[Place], widths: Sequence[int], half_hours: int = 24
) -> list[Labelled]:
    """Return each bar with the first lane in which neither it nor its label meets another.

    ``widths`` are the half hours that each label needs. A label that fits into no side stays
    inside, cut: its full text is a step away. The order of the answer is that of ``places``.
    """
    order = sorted(range(len(places)), key=lambda i: (places[i].at, -places[i].length, i))
    taken: list[list[tuple[int, int]]] = []
    found: dict[int, Labelled] = {}
    for index in order:
        bar = places[index]
        side, reach = _label(bar, widths[index], half_hours)
        lane = next((i for i, row in enumerate(taken) if _is_free(row, reach)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append(reach)
        found[index] = Labelled(bar, lane, side)
    return [found[index] for index in range(len(places))]


def _label(bar: Place, width: int, half_hours: int) -> tuple[str, tuple[int, int]]:
    end = bar.at + bar.length
    if bar.length >= width:
        return "", (bar.at, end)
    if end + width <= half_hours:
        return "after", (bar.at, end + width)
    if width <= bar.at:
        return "before", (bar.at - width, end)
    return "", (bar.at, end)


def _is_free(row: Iterable[tuple[int, int]], reach: tuple[int, int]) -> bool:
    return all(until <= reach[0] or reach[1] <= since for since, until in row)


def is_by_day(night: Night, span: Span) -> bool:
    """Tell whether a stretch has time in the daytime before a night, but none in a night beside."""
    day, before = night.daytime, Night(night.zone, night.day - _DAY).span
    is_there = span.since < day.until and day.since < span.until
    return is_there and span.until <= night.span.since and before.until <= span.since
