"""Working days of a market: its week less the public holidays, with local changes over them."""

from collections.abc import Callable
from datetime import date
from functools import cache

from ssoc.estate.values import Market


def working_day_of(market: Market) -> Callable[[date], bool]:
    """Return the test of a local day; an unknown country of holidays has none."""

    @cache
    def holidays_of(year: int) -> frozenset[date]:
        import holidays  # slow to import, and only deadlines need it

        try:
            found = holidays.country_holidays(
                market.holidays, years=year, categories=tuple(market.holiday_categories)
            )
        except (NotImplementedError, ValueError):
            return frozenset()
        return frozenset(found)

    def is_working_day(day: date) -> bool:
        if day.isoweekday() not in market.working_days or day.isoformat() in market.added_holidays:
            return False
        if day.isoformat() in market.removed_holidays or not market.holidays:
            return True
        return day not in holidays_of(day.year)

    return is_working_day
