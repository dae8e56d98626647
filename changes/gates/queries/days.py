"""Which days of a market are not as others: holidays, and days with a serious incident."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import or_, select

from changes.models import TroubledIncident
from ssoc.core.calendar import Span, local_day
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from ssoc.estate.market_calendar import holidays_of
from ssoc.estate.values import Market

SERIOUS = ("P1", "P2")
_HOLIDAY = "holiday: "
Days = Mapping[str, Mapping[date, str]]  # by market, each day that does not count with its reason


def unusual(work: Work, wanted: Mapping[str, set[date]], markets: Mapping[str, Market]) -> Days:
    """Return which of the wanted days of each market do not count, and why; one statement."""
    found: dict[str, dict[date, str]] = {code: {} for code in wanted}
    spans = {
        (code, day): local_day(zone_of(markets, code), day)
        for code, days in wanted.items()
        for day in days
    }
    for number, places, began, ended in _incidents(work, spans.values()):
        until = ended or work.now
        for (code, day), span in spans.items():
            if code in places and began < span.until and until > span.since:
                found[code].setdefault(day, f"incident {number}")
    for code, days in wanted.items():
        found[code].update(_holidays(markets.get(code), days))
    return found


def holiday_name(reason: str) -> str:
    """Return the name of the holiday that is a day's reason, empty for another reason."""
    return reason.removeprefix(_HOLIDAY) if reason.startswith(_HOLIDAY) else ""


def zone_of(markets: Mapping[str, Market], code: str) -> str:
    """Return the leading time zone of a market; UTC where there is none."""
    market = markets.get(code)
    return market.zones[0] if market and market.zones else "UTC"


def _incidents(
    work: Work, spans: Iterable[Span]
) -> Sequence[tuple[int, list[str], datetime, datetime | None]]:
    all_spans = list(spans)
    if not all_spans:
        return []
    since, until = min(each.since for each in all_spans), max(each.until for each in all_spans)
    wanted = select(
        TroubledIncident.incident_id,
        TroubledIncident.markets,
        TroubledIncident.began_at,
        TroubledIncident.ended_at,
    ).where(
        TroubledIncident.began_at < until,
        or_(TroubledIncident.ended_at.is_(None), TroubledIncident.ended_at > since),
        TroubledIncident.priority.in_(SERIOUS),
        TroubledIncident.is_nested.is_(False),
    )
    rows = work.session.execute(wanted.order_by(TroubledIncident.incident_id))
    return [(number, places, began, ended) for number, places, began, ended in rows]


def _holidays(market: Market | None, days: set[date]) -> dict[date, str]:
    if market is None:
        return {}
    found: dict[date, str] = {}
    for year in {day.year for day in days}:
        try:
            off = {each.on: each.name for each in holidays_of(market, year)}
        except BadInput:  # the doctor says of such a calendar what is wrong with it
            continue
        found |= {day: f"{_HOLIDAY}{off[day]}" for day in days if day in off}
    return found
