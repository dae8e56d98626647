"""Fill the clocks' calendars in for a market: its zone, its working days, its holidays."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from incidents.clock_terms import SHIPPED, read, terms
from incidents.rules.clocks import (
    ALWAYS,
    UPDATE,
    Agreed,
    Term,
    Terms,
    office_calendar,
    strictest,
)
from ssoc.core.calendar import NoWorkingTime, WorkingCalendar, always
from ssoc.core.clocks import Target
from ssoc.core.errors import BadInput, BadSettings
from ssoc.core.settings import Settings
from ssoc.core.vocabulary import Priority
from ssoc.estate.market_calendar import holidays_of
from ssoc.estate.values import Estate, Market

log = logging.getLogger(__name__)


def terms_or_shipped(settings: Settings) -> Terms:
    """Return the terms in force; those that come along while the file of the settings is wrong.

    An incident must open whatever that file says. The job that watches the clocks reads it
    too, fails, and so shows its faults.
    """
    try:
        return terms(settings)
    except BadSettings as error:
        log.warning("the clock terms are wrong, those that come along are used: %s", error)
        return read(SHIPPED)


def agreed(
    settings: Settings,
    estate: Estate,
    priority: Priority,
    markets: Iterable[str],
    at: datetime,
    *,
    is_own: bool = False,
) -> list[Agreed]:
    """Return the target of each clock for an incident of ``markets`` that starts at ``at``.

    The market whose promise falls due first decides; an incident without a market has the
    usual targets, round the clock. ``is_own``: it tells of ssoc's own work.
    """
    found = terms_or_shipped(settings)
    offers = [
        Agreed(
            term.clock, market, _target(found, term, estate.markets.get(market), estate, at.year)
        )
        for market in sorted(set(markets)) or [""]
        for term in found.of(priority, market, is_own=is_own)
    ]
    return strictest(offers, at)


def _target(found: Terms, term: Term, market: Market | None, estate: Estate, year: int) -> Target:
    return Target(
        term.duration,
        calendar_of(found, term.calendar, market, year, estate.version),
        term.at_risk_percent,
        repeats=term.clock == UPDATE,
    )


def calendar_of(
    found: Terms, name: str, market: Market | None, year: int, estate_version: int
) -> WorkingCalendar:
    """Return a market's calendar with the holidays of ``year`` and the next.

    Round the clock if there is no market, or no working time. What is wrong with the holidays
    of the library is not raised here: the local table alone counts then.
    """
    zone = market.zones[0] if market and market.zones else "UTC"
    if name == ALWAYS or market is None:
        return always(zone)
    calendar = office_calendar(
        found.calendars[name],
        market.code,
        zone,
        market.working_days,
        [day for each in (year, year + 1) for day in _days_off(market, each)],
        f"terms {found.version}, estate {estate_version}",
    )
    try:
        calendar.require_working_time()
    except NoWorkingTime:
        return always(zone)
    return calendar


def _days_off(market: Market, year: int) -> list[date]:
    try:
        return [each.on for each in holidays_of(market, year)]
    except BadInput:
        return [each.on for each in holidays_of(replace(market, holidays=""), year)]
