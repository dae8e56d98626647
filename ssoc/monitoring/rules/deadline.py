"""Deadlines in local time on working days: by when a file has to be there."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ssoc.core.calendar import instant, local_date

Day = Callable[[date], bool]
LONGEST = 14  # days to look back for a working day


def latest_deadline(
    now: datetime, zone: str, minute: int, is_working_day: Day
) -> tuple[date, datetime, datetime] | None:
    """Return day, its local midnight (UTC) and the local time of the last deadline that passed.

    None when no working day of the last two weeks had one. ``minute`` may be past midnight:
    24:30 is half past midnight of the next day.
    """
    for back in range(LONGEST):
        day = local_date(zone, now) - timedelta(days=back)
        at = instant(zone, day, minute)
        if at <= now and is_working_day(day):
            return day, instant(zone, day).astimezone(UTC), at.astimezone(ZoneInfo(zone))
    return None
