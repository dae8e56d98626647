"""Local time and working time: zones in, UTC instants out. Pure, and it can never loop.

Rules: intervals are half-open in local wall time and 24:00 may end one; a wall time that a
clock skips means the instant of the jump; one that happens twice means its first pass;
lengths are real time, reckoned in UTC.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ssoc.core.errors import BadInput

DAY_MINUTES = 24 * 60
LONGEST_CLOSED = timedelta(days=800)  # nobody closes for longer: past it there is no working time
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class NoWorkingTime(BadInput):
    """The calendar has no working time where some is needed."""


class Span(NamedTuple):
    """A half-open stretch of real time, both ends in UTC."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """Return its real length."""
        return self.until - self.since


class Hours(NamedTuple):
    """A half-open interval of local wall time, in minutes after midnight; 1440 is 24:00."""

    since: int
    until: int


Week = Mapping[int, Sequence[Hours]]
WHOLE_DAY = Hours(0, DAY_MINUTES)
EVERY_HOUR: Week = {weekday: (WHOLE_DAY,) for weekday in range(1, 8)}


@lru_cache
def zone_of(name: str) -> ZoneInfo:
    """Return the zone of an IANA name, or raise BadInput."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f"there is no time zone {name!r}: use an IANA name such as Africa/Nairobi"
        ) from None


@lru_cache(maxsize=65_536)
def instant(zone: str, day: date, minute: int = 0) -> datetime:
    """Return the UTC instant of a local wall time, ``minute`` after midnight of ``day``.

    A skipped wall time is the instant of the jump; a doubled one is its first pass. Exactly one
    instant for each day and minute: what runs "daily at" one of them runs once a day.
    """
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    before = local.replace(tzinfo=zone_of(zone))
    after = before.replace(fold=1)
    if after.utcoffset() == before.utcoffset():
        return before.astimezone(UTC)
    early, late = after.astimezone(UTC), before.astimezone(UTC)
    return late if early > late else _jump(zone_of(zone), early, late)


def _jump(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """Return the first instant of the new offset; it lies in (early, late]."""
    new = late.astimezone(zone).utcoffset()
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == new:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


def local_date(zone: str, at: datetime) -> date:
    """Return the date on the wall at ``at``."""
    return at.astimezone(zone_of(zone)).date()


def local_day(zone: str, day: date) -> Span:
    """Return a local day; it has 23 or 25 hours when the clocks change."""
    return Span(instant(zone, day), instant(zone, day + _DAY))


def local_week(zone: str, day: date, first: int = 1) -> Span:
    """Return the local week around ``day`` that begins on ISO weekday ``first``."""
    begins = day - timedelta(days=(day.isoweekday() - first) % 7)
    return Span(instant(zone, begins), instant(zone, begins + timedelta(days=7)))


def local_month(zone: str, day: date) -> Span:
    """Return the local month around ``day``."""
    begins = day.replace(day=1)
    ends = (begins + timedelta(days=32)).replace(day=1)
    return Span(instant(zone, begins), instant(zone, ends))


def hours_of(text: str) -> tuple[Hours, ...]:
    """Read ``08:00-12:00 13:00-17:00``; an empty text is a closed day.

    Raises:
        ValueError: what is wrong, and what was expected.

    """
    return tuple(_interval(word) for word in text.replace(",", " ").split())


def _interval(word: str) -> Hours:
    ends = [_minute(part) for part in word.split("-")]
    if len(ends) != 2 or ends[0] > ends[1]:
        raise ValueError(f'{word!r} is no interval; expected one such as "08:00-17:00"')
    return Hours(*ends)


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(minute) < 60):
        raise ValueError(f'{text!r} is no time of day; expected one such as "17:00"')
    if int(hour) * 60 + int(minute) > DAY_MINUTES:
        raise ValueError(f"{text!r} is after 24:00")
    return int(hour) * 60 + int(minute)


@dataclass(frozen=True)
class WorkingCalendar:
    """When work is done: weekly hours of a zone, less holidays, half days and own closures.

    ``week`` maps ISO weekdays (Monday 1) to intervals. A holiday has no intervals, a half day
    its own. ``closures`` are stretches of real time. ``version`` names what it was made from;
    calendars of the same working time are equal whatever their version.
    """

    name: str
    zone: str
    week: Week = field(default_factory=lambda: EVERY_HOUR)
    holidays: frozenset[date] = frozenset()
    half_days: Mapping[date, Sequence[Hours]] = field(default_factory=dict)
    closures: Sequence[Span] = ()
    version: str = field(default="", compare=False)

    @cached_property
    def is_always(self) -> bool:
        """Tell whether every second is working time."""
        whole = all(WHOLE_DAY in self.week.get(weekday, ()) for weekday in range(1, 8))
        return whole and not (self.holidays or self.half_days or self.closures)

    @cached_property
    def _known(self) -> dict[date, tuple[Span, ...]]:
        return {}

    def require_working_time(self) -> None:
        """Raise NoWorkingTime unless the plain week has some; asked before a calendar is kept."""
        if not any(one.until > one.since for each in self.week.values() for one in each):
            raise NoWorkingTime(f"calendar {self.name} has no working time: give it hours")

    def on_day(self, day: date) -> tuple[Span, ...]:
        """Return the working spans of a local day in order, none of them empty."""
        if day not in self._known:
            self._known[day] = tuple(self._spans(day))
        return self._known[day]

    def _spans(self, day: date) -> Iterator[Span]:
        usual = () if day in self.holidays else self.week.get(day.isoweekday(), ())
        open_to = None
        for hours in sorted(self.half_days.get(day, usual)):
            since, until = (instant(self.zone, day, each) for each in hours)
            since = max(since, open_to or since)  # intervals that overlap count once
            if until > since:
                open_to = until
                yield from _without(Span(since, until), self.closures)

    def intervals(self, start: datetime) -> Iterator[Span]:
        """Yield working spans from ``start`` on, in order, without end.

        Raises:
            NoWorkingTime: 800 days without any.

        """
        if self.is_always:
            while True:
                yield Span(start, start + LONGEST_CLOSED)
                start += LONGEST_CLOSED
        self.require_working_time()
        day, worked = local_date(self.zone, start) - _DAY, start
        while True:
            for span in self.on_day(day):
                if span.until > start:
                    worked = span.until
                    yield Span(max(span.since, start), span.until)
            if instant(self.zone, day) - worked > LONGEST_CLOSED:
                raise NoWorkingTime(
                    f"calendar {self.name} has no working time after {worked:%Y-%m-%d %H:%M}Z"
                )
            day += _DAY

    def between(self, start: datetime, end: datetime) -> list[Span]:
        """Return the working spans from ``start`` to ``end``."""
        if self.is_always:
            return [Span(start, end)] if end > start else []
        day, last = local_date(self.zone, start), local_date(self.zone, end)
        found = []
        while day <= last:
            for span in self.on_day(day):
                cut = Span(max(span.since, start), min(span.until, end))
                if cut.until > cut.since:
                    found.append(cut)
            day += _DAY
        return found

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two instants; none when they are reversed."""
        if self.is_always:
            return max(end - start, timedelta())
        return sum((span.length for span in self.between(start, end)), timedelta())

    def add_working(self, start: datetime, duration: timedelta) -> datetime:
        """Return the first instant at which ``duration`` of working time has passed.

        Raises:
            NoWorkingTime: it never will.

        """
        if duration <= timedelta():
            return start
        for span in self.intervals(start):
            if duration <= span.length:
                return span.since + duration
            duration -= span.length
        raise AssertionError("intervals have no end")

    def is_open(self, at: datetime) -> bool:
        """Tell whether work is done at ``at``."""
        return any(span.since <= at < span.until for span in self.between(at, at + _SECOND))


def _without(span: Span, closures: Iterable[Span]) -> list[Span]:
    """Return what remains of ``span`` outside ``closures``."""
    left = [span]
    for closed in closures:
        parts = [
            (
                Span(each.since, min(each.until, closed.since)),
                Span(max(each.since, closed.until), each.until),
            )
            for each in left
        ]
        left = [part for pair in parts for part in pair if part.until > part.since]
    return left


def always(zone: str = "UTC") -> WorkingCalendar:
    """Return the calendar that never closes."""
    return WorkingCalendar("24x7", zone)
