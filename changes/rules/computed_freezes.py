"""Freezes that follow from the calendar: salary days, month ends, holidays, days of each year.

The rules are data (``policy/freezes.yaml``), the days are local days of each market: Cairo's day
of 23 hours and the one of 25 count as one each, and a midnight that a clock skips is the instant
of the jump. Pure, and the same answer whatever stretch is asked for.
"""

import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from changes.rules.freezes import FreezeSpan, Source
from ssoc.core.calendar import Span, instant, local_date
from ssoc.estate.local_hours import is_pay_day, night_of
from ssoc.estate.market_calendar import Holiday, holidays_of
from ssoc.estate.values import Market

MOVES = "estimated: it may move by a day"
MOST_DAYS = 60  # around a day; a rule that needs more means another day
FIRST_YEAR, LAST_YEAR = 1980, 2199  # what the holiday calendars can be asked for
_DAY = timedelta(days=1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAP_YEAR = 2024


class Days(StrEnum):
    """Which days of a market a rule is about."""

    PAY_DAYS = "pay days"
    MONTH_END = "month end"
    HOLIDAYS = "holidays"
    EACH_YEAR = "each year"


@dataclass(frozen=True)
class FreezeRule:
    """One computed freeze: which days, how many around them, and whether it stops work.

    ``only`` are words of which a holiday's English name must hold one; ``since`` and ``until`` are
    days of each year such as ``12-01``, and with ``weekday`` only that day within them counts.
    ``without_the_day`` freezes what lies before and after alone. ``hours`` narrows each day to
    local hours such as ``18:00-03:00``; without markets it holds in every one.
    """

    name: str
    days: Days
    is_hard: bool = False
    markets: Sequence[str] = ()
    components: Sequence[str] = ()
    only: Sequence[str] = ()
    since: str = ""
    until: str = ""
    weekday: str = ""
    days_before: int = 0
    days_after: int = 0
    without_the_day: bool = False
    hours: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be reckoned, with the cure."""
        for each in (self.days_before, self.days_after):
            if not 0 <= each <= MOST_DAYS:
                raise ValueError(f"days_before and days_after are 0 to {MOST_DAYS}, not {each}")
        if self.hours:
            night_of(self.hours)
        if self.days is Days.EACH_YEAR:
            _month_day(self.since)
            _month_day(self.until or self.since)
        elif self.since or self.until or self.weekday:
            raise ValueError(f'since, until and weekday need days: "{Days.EACH_YEAR}"')
        if self.only and self.days is not Days.HOLIDAYS:
            raise ValueError(f'only needs days: "{Days.HOLIDAYS}"')
        if self.weekday and self.weekday not in _WEEKDAYS:
            raise ValueError(f"weekday is one of {', '.join(_WEEKDAYS)}, not {self.weekday!r}")

    def holds_in(self, market: str) -> bool:
        """Tell whether the rule is about a market."""
        return not self.markets or market in self.markets


@dataclass(frozen=True)
class FreezePolicy:
    """The section ``freezes``: computed freezes by name."""

    computed: Mapping[str, FreezeRule] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """Local days in a row that a rule is about, with their names; ``moves`` when estimated."""

    first: date
    last: date
    names: tuple[str, ...] = ()
    moves: bool = False


def computed(
    rules: Mapping[str, FreezeRule], markets: Iterable[Market], since: datetime, until: datetime
) -> list[FreezeSpan]:
    """Return the computed freezes of ``markets`` that touch [since, until), unsorted, in UTC."""
    known = [_Habits.of(each) for each in markets]
    return [
        found
        for key, rule in rules.items()
        for habits in known
        if rule.holds_in(habits.market.code)
        for found in _of_market(key, rule, habits, Span(since, until))
    ]


def runs(rule: FreezeRule, market: Market, year: int) -> tuple[Run, ...]:
    """Return the runs of days that begin in a year, without the days around them."""
    return _runs(rule, _Habits.of(market), year)


@dataclass(frozen=True)
class _Habits:
    """A market by what its computed freezes depend on, so that they are reckoned once."""

    key: tuple[Any, ...]
    market: Market = field(compare=False)

    @classmethod
    def of(cls, market: Market) -> "_Habits":
        key = (
            *(market.code, tuple(market.zones), tuple(market.pay_days), market.holidays),
            *(tuple(market.holiday_categories), tuple(market.added_holidays.items())),
            tuple(market.removed_holidays.items()),
        )
        return cls(key, market)


def _of_market(key: str, rule: FreezeRule, habits: _Habits, asked: Span) -> Iterator[FreezeSpan]:
    zone, code = habits.market.zones[0], habits.market.code
    first, last = local_date(zone, asked.since), local_date(zone, asked.until)
    for year in _years(first, last):
        for run in _runs(rule, habits, year):
            if _far(run, first, last):
                continue
            for span in _spans(rule, run, zone):
                if span.since < asked.until and asked.since < span.until:
                    yield FreezeSpan(
                        key=f"computed/{key}/{code}/{run.first.isoformat()}",
                        name=_name(rule, run),
                        is_hard=rule.is_hard,
                        markets=(code,),
                        components=tuple(rule.components),
                        since=span.since,
                        until=span.until,
                        source=Source.COMPUTED,
                        reason=_reason(rule, run),
                    )


def _years(first: date, last: date) -> range:
    return range(max(first.year - 1, FIRST_YEAR), min(last.year + 1, LAST_YEAR) + 1)


def _far(run: Run, first: date, last: date) -> bool:
    """Tell whether a run, with all that may lie around it, is out of reach."""
    reach = timedelta(days=MOST_DAYS + 2)
    return run.last + reach < first or run.first - reach > last


def _spans(rule: FreezeRule, run: Run, zone: str) -> Iterator[Span]:
    begins, ends = run.first - rule.days_before * _DAY, run.last + rule.days_after * _DAY
    stretches = [(begins, ends)]
    if rule.without_the_day:
        stretches = [(begins, run.first - _DAY), (run.last + _DAY, ends)]
    for since, until in stretches:
        if since > until:
            continue
        if not rule.hours:
            yield Span(instant(zone, since), instant(zone, until + _DAY))
            continue
        night = night_of(rule.hours)
        for number in range((until - since).days + 1):
            day = since + number * _DAY
            found = Span(instant(zone, day, night.since), instant(zone, day, night.until))
            if found.until > found.since:
                yield found


def _name(rule: FreezeRule, run: Run) -> str:
    if not run.names:
        return rule.name
    names = ", ".join(run.names)
    says_it = all(_has_word(each, rule.name) for each in run.names)
    return names if says_it else f"{rule.name} ({names})"


def _reason(rule: FreezeRule, run: Run) -> str:
    return "; ".join(filter(None, (rule.reason, MOVES if run.moves else "")))


@lru_cache(maxsize=4096)
def _runs(rule: FreezeRule, habits: _Habits, year: int) -> tuple[Run, ...]:
    match rule.days:
        case Days.PAY_DAYS:
            return tuple(_pay_runs(habits.market, year))
        case Days.MONTH_END:
            ends = (date(year, month, monthrange(year, month)[1]) for month in range(1, 13))
            return tuple(Run(each, each) for each in ends)
        case Days.HOLIDAYS:
            return tuple(_holiday_runs(rule, habits.market, year))
        case Days.EACH_YEAR:
            return tuple(_yearly(rule, year))


def _pay_runs(market: Market, year: int) -> Iterator[Run]:
    """Yield the runs of pay days month by month, so that each has one name whoever asks."""
    for month in range(1, 13):
        last = monthrange(year, month)[1]
        paid = [date(year, month, each) for each in range(1, last + 1)]
        yield from _joined([each for each in paid if is_pay_day(market, each)])


def _holiday_runs(rule: FreezeRule, market: Market, year: int) -> Iterator[Run]:
    found: dict[date, Holiday] = {}
    for each in (year - 1, year, year + 1):
        if FIRST_YEAR <= each <= LAST_YEAR:
            found |= {one.on: one for one in holidays_of(market, each) if _is_meant(rule, one)}
    for run in _joined(sorted(found)):
        if run.first.year == year:
            days = [found[run.first + at * _DAY] for at in range((run.last - run.first).days + 1)]
            names = tuple(dict.fromkeys(_plain(each.name) for each in days))
            yield Run(run.first, run.last, names, any(each.is_estimated for each in days))


def _is_meant(rule: FreezeRule, holiday: Holiday) -> bool:
    return not rule.only or any(_has_word(holiday.name, word) for word in rule.only)


def _has_word(text: str, word: str) -> bool:
    """Tell whether a text has a whole word or words: Abeid is no Eid."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _plain(name: str) -> str:
    """Return a holiday's name without what the library says of its date."""
    return name.replace(" (estimated)", "").replace(" (observed, estimated)", "")


def _yearly(rule: FreezeRule, year: int) -> Iterator[Run]:
    first = _in_year(rule.since, year)
    last = _in_year(rule.until or rule.since, year)
    if last < first:
        last = _in_year(rule.until, year + 1)
    if not rule.weekday:
        yield Run(first, last)
        return
    wanted = _WEEKDAYS.index(rule.weekday) + 1
    days = (first + at * _DAY for at in range((last - first).days + 1))
    yield from (Run(each, each) for each in days if each.isoweekday() == wanted)


def _joined(days: Collection[date]) -> list[Run]:
    """Return sorted days as runs of neighbours."""
    found: list[Run] = []
    for day in days:
        if found and day - found[-1].last == _DAY:
            found.append(Run(found.pop().first, day))
        else:
            found.append(Run(day, day))
    return found


def _month_day(text: str) -> tuple[int, int]:
    try:
        month, day = (int(part) for part in text.split("-"))
        date(_LEAP_YEAR, month, day)
    except ValueError:
        raise ValueError(f'{text!r} is no day of a year; write it as "12-24"') from None
    return month, day


def _in_year(text: str, year: int) -> date:
    """Return a day of a year; 29 February is the 28th where there is none."""
    month, day = _month_day(text)
    return date(year, month, min(day, monthrange(year, month)[1]))
