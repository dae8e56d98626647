"""The holidays of a market: those of the ``holidays`` library, with the local table over them.

The library leaves out days a government adds at short notice, and guesses those that follow
the moon; both are why ``added_holidays`` and ``removed_holidays`` of the estate win.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from ssoc.core.errors import BadInput
from ssoc.estate.values import Market

OBSERVANCES = "workday"  # a category of the library whose days are not days off
BANK = "bank"
ENGLISH = "en_US"
SOME_YEAR = 2026  # any will do to learn what the library knows
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holiday:
    """A day off; an estimated one may move by a day. ``why`` is said of days we added ourselves."""

    on: date
    name: str
    is_estimated: bool = False
    why: str = ""


def holidays_of(market: Market, year: int, language: str = "") -> list[Holiday]:
    """Return the days off of a market in a year, in order.

    Args:
        market: its ``holidays`` names the country of the library; empty for the local table alone.
        year: of the Gregorian calendar.
        language: of the names, where the library offers it; else English where offered.

    Raises:
        BadInput: the library does not know the country or one of the categories.

    """
    categories = tuple(each for each in market.holiday_categories if each != OBSERVANCES)
    return _overlaid(market, year, _library(market.holidays, year, categories, language))


def bank_holidays_of(market: Market, year: int) -> list[Holiday]:
    """Return the days on which banks do not settle: the bank's own where the library has them."""
    extra = (BANK,) if market.holidays and BANK in _offered(market.holidays)[0] else ()
    categories = tuple(dict.fromkeys([*market.holiday_categories, *extra]))
    kept = tuple(each for each in categories if each != OBSERVANCES)
    return _overlaid(market, year, _library(market.holidays, year, kept, ""))


def is_bank_day(market: Market, day: date) -> bool:
    """Tell whether banks of the market settle on ``day``."""
    works = day.isoweekday() in market.working_days
    return works and all(each.on != day for each in bank_holidays_of(market, day.year))


def next_bank_day(market: Market, day: date, count: int = 1) -> date:
    """Return the ``count``-th day after ``day`` on which banks of the market settle.

    Raises:
        BadInput: a year without one.

    """
    last = day + timedelta(days=366)
    while count:
        day += _DAY
        if day > last:
            raise BadInput(f"market {market.code} has no bank day for a year: check working_days")
        if is_bank_day(market, day):
            count, last = count - 1, day + timedelta(days=366)
    return day


def calendar_fault(market: Market) -> str:
    """Return why no holidays can be reckoned for a market, with the cure; empty when they can."""
    for text in (*market.added_holidays, *market.removed_holidays):
        try:
            date.fromisoformat(text)
        except ValueError:
            return f"holidays: {text} is no day of the calendar; write it as 2026-06-30"
    try:
        _library(market.holidays, SOME_YEAR, tuple(market.holiday_categories), "")
    except BadInput as fault:
        return f"holidays: {fault}"
    return ""


def _overlaid(market: Market, year: int, found: Sequence[Holiday]) -> list[Holiday]:
    days = {each.on: each for each in found if each.on.isoformat() not in market.removed_holidays}
    for text, why in market.added_holidays.items():
        on = date.fromisoformat(text)
        if on.year == year:
            days[on] = Holiday(on, why, why=why)
    return [days[on] for on in sorted(days)]


@lru_cache(maxsize=256)
def _library(
    country: str, year: int, categories: tuple[str, ...], language: str
) -> tuple[Holiday, ...]:
    if not country:
        return ()
    offered, languages = _offered(country)
    if strange := sorted(set(categories) - set(offered)):
        raise BadInput(
            f"the holidays of {country} have no category {', '.join(strange)}; "
            f"there are {', '.join(sorted(offered))}"
        )
    named = language if language in languages else ENGLISH if ENGLISH in languages else None
    shown = _days(country, year, categories, named)
    english = _days(country, year, categories, ENGLISH if ENGLISH in languages else None)
    return tuple(
        Holiday(on, "; ".join(names), all(each.endswith("estimated)") for each in english[on]))
        for on, names in sorted(shown.items())
    )


def _days(
    country: str, year: int, categories: tuple[str, ...], language: str | None
) -> dict[date, list[str]]:
    import holidays  # slow to import, and few processes need it

    found = holidays.country_holidays(
        country, years=year, categories=categories or ("public",), language=language
    )
    return {on: found.get_list(on) for on in found}


@lru_cache(maxsize=64)
def _offered(country: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the categories and languages the library has for a country."""
    import holidays

    try:
        one = holidays.country_holidays(country)
    except NotImplementedError:
        raise BadInput(
            f"there is no holiday calendar {country!r}; name a country that has one, such as "
            '{country: KE}, or none and list the days: {country: "", add: {2026-06-30: why}}'
        ) from None
    return tuple(one.supported_categories), tuple(one.supported_languages)
