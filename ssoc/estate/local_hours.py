"""Pay days, change hours and peak hours of a market, from its local habits to UTC. Pure."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ssoc.core.calendar import DAY_MINUTES, Hours, Span, instant, local_date, local_day
from ssoc.estate.values import Market

_DAY = timedelta(days=1)


def night_of(text: str) -> Hours:
    """Return the minutes of ``23:00-03:00``; the end may be past midnight: 1380 to 1620.

    Raises:
        ValueError: what is wrong, and what was expected.

    """
    since, dash, until = text.partition("-")
    if not dash:
        raise ValueError(f'{text!r} are no hours; expected some such as "23:00-03:00"')
    begins, ends = _minute(since), _minute(until)
    return Hours(begins, ends if ends > begins else ends + DAY_MINUTES)


def _minute(text: str) -> int:
    hour, _, minute = text.strip().partition(":")
    fits = hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(minute) < 60
    if not fits or int(hour) * 60 + int(minute) > DAY_MINUTES:
        raise ValueError(f'{text!r} is no time of day; expected one such as "23:00"')
    return int(hour) * 60 + int(minute)


def spans(zone: str, hours: str, since: datetime, until: datetime) -> Iterator[Span]:
    """Yield the local ``hours`` of each day that touch [since, until), in order, in UTC.

    A wall time that a clock skips is the instant of the jump; one that comes twice its first.
    """
    if not hours:
        return
    night = night_of(hours)
    day, last = local_date(zone, since) - _DAY, local_date(zone, until)
    while day <= last:
        found = Span(instant(zone, day, night.since), instant(zone, day, night.until))
        if found.since < until and found.until > since and found.until > found.since:
            yield found
        day += _DAY


def change_spans(market: Market, since: datetime, until: datetime) -> list[Span]:
    """Return when the platform of ``market`` may be changed; empty when it has no such hours."""
    return list(spans(market.zones[0], market.change_hours, since, until))


def peak_spans(market: Market, since: datetime, until: datetime) -> list[Span]:
    """Return the busiest hours of ``market`` that touch [since, until)."""
    return list(spans(market.zones[0], market.peak_hours, since, until))


def is_pay_day(market: Market, day: date) -> bool:
    """Tell whether people of ``market`` are paid on the local ``day``; 31 is any month's last."""
    last = monthrange(day.year, day.month)[1]
    return any(
        min(first, last) <= day.day <= (last if end == 31 else end)
        for first, end in map(_days, market.pay_days)
    )


def _days(text: str) -> tuple[int, int]:
    first, _, end = text.partition("-")
    return int(first), int(end or first)


def pay_day_spans(market: Market, since: datetime, until: datetime) -> list[Span]:
    """Return runs of local pay days that touch [since, until), neighbours joined, in UTC."""
    zone, found = market.zones[0], list[Span]()
    day, last = local_date(zone, since), local_date(zone, until)
    while day <= last:
        if is_pay_day(market, day):
            whole = local_day(zone, day)
            if found and found[-1].until == whole.since:
                whole = Span(found.pop().since, whole.until)
            found.append(whole)
        day += _DAY
    return [each for each in found if each.since < until and each.until > since]
