"""Who is touched by a change: with the traffic that stored samples say is usual in its window."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from changes.rules.impact import (
    Impact,
    Usual,
    hours_needed,
    local_days,
    transactions,
)
from changes.rules.impact import impact as reckon
from changes.values import ChangeView
from ssoc.core.calendar import Span
from ssoc.core.errors import BadInput
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.market_calendar import holidays_of
from ssoc.estate.values import Market
from ssoc.monitoring import sample_queries

TPS = "tps"


def impact(work: Work, change: ChangeView) -> Impact:
    """Return who is touched by a change; whoever may see the change sees the whole of it."""
    estate = estate_queries.current(work)
    usual = usual_in(work, change.window) if change.window else {}
    found = reckon(estate, change, usual, {})
    if change.window is None:
        return found
    window = change.window
    markets = [
        replace(each, holidays=_holidays(estate.markets[each.market], window))
        if each.market in estate.markets
        else each
        for each in found.markets
    ]
    return replace(found, markets=markets)


def usual_in(work: Work, window: Span) -> dict[str, Usual]:
    """Return what usually happens in every market during a window; two statements.

    The same hours of the week, of the last four weeks, from the market's leading figures.
    """
    estate = estate_queries.current(work)
    everybody = replace(work, actor=SYSTEM)
    refs = {code: sample_queries.headline(estate, code, TPS) for code in estate.markets}
    lines = sample_queries.series_of(everybody, [each for each in refs.values() if each])
    hours = {
        hour
        for market in estate.markets.values()
        for hour in hours_needed(window, work.now, market.zones[0])
    }
    means = sample_queries.hour_means(everybody, {line.id for line in lines.values()}, hours)
    counts: dict[str, Decimal | None] = {}
    for code, market in estate.markets.items():
        line = lines.get(refs[code] or ("", ""))
        known = means.get(line.id, {}) if line else {}
        counts[code] = transactions(known, window, work.now, market.zones[0])
    return _worth(estate.markets, counts)


def _worth(markets: Mapping[str, Market], counts: Mapping[str, Decimal | None]) -> dict[str, Usual]:
    total = sum((each for each in counts.values() if each is not None), Decimal(0))
    found = {}
    for code, count in counts.items():
        market = markets[code]
        if count is None:
            found[code] = Usual()
            continue
        value = count * market.average_value if market.average_value is not None else None
        usd = value * market.usd_rate if value is not None and market.usd_rate is not None else None
        share = float(count / total) if total else None
        found[code] = Usual(count, value, usd, share)
    return found


def _holidays(market: Market, window: Span) -> tuple[str, ...]:
    """Return the names of the days off a window meets; a calendar with a fault has none."""
    days = local_days(market, window)
    try:
        known = {
            each.on: each.name
            for year in {day.year for day in days}
            for each in holidays_of(market, year)
        }
    except BadInput:
        return ("holidays not known",)
    return tuple(known[day] for day in days if day in known)
