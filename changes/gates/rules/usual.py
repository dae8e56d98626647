"""What a figure usually is: the same hour of the last four such weekdays, their median. Pure.

The hour is the market's own: customers follow their clock, and where it is put forward the UTC
hour moves. Holidays and days with a serious incident are left out and named. Three of the four
days are needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from changes.gates.rules.judging import Usual

WEEKS = 4
NEEDED = 3
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Day:
    """One of the days looked back to: its local date and the start of the hour in UTC."""

    on: date
    hour_at: datetime


def days_before(at: datetime, zone: str, hours: Sequence[datetime]) -> list[Day]:
    """Return the days that ``hours``, starts of hours in UTC, lie on in a market."""
    here = ZoneInfo(zone)
    local = at.astimezone(here).date()
    return [Day(local - timedelta(weeks=week), hour_at) for week, hour_at in enumerate(hours, 1)]


def usual_of(
    days: Sequence[Day], figures: Mapping[datetime, float], left_out: Mapping[date, str]
) -> Usual:
    """Return the median of the days that count, and what became of the others.

    Args:
        days: those looked back to, the newest first.
        figures: the series' figure in each hour that has one, by the hour's start.
        left_out: days that do not count, with the reason.

    """
    used: dict[str, float] = {}
    reasons: list[tuple[str, str]] = []
    for day in sorted(days, key=lambda each: each.on):
        name = day.on.isoformat()
        if day.on in left_out:
            reasons.append((name, left_out[day.on]))
        elif day.hour_at not in figures:
            reasons.append((name, "no figures"))
        else:
            used[name] = figures[day.hour_at]
    value = median(used.values()) if len(used) >= NEEDED else None
    return Usual(value, tuple(used), tuple(reasons))


def aggregated(
    aggregate: str, *, mean: float, least: float, most: float, total: float, over: timedelta
) -> float:
    """Return what an hour says of an aggregate over a shorter window; a sum is that share of it."""
    match aggregate:
        case "min":
            return least
        case "max":
            return most
        case "sum":
            return total * (over / _HOUR)
    return mean
