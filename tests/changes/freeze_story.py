"""What tests of freezes share: an estate whose markets live by the fact sheet, and calendars."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from changes.rules.freezes import FreezeSpan
from changes.values import ChangeView, Touched
from ssoc.core.work import Work
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Estate
from tests import factories

HOLIDAYS = {"KE": ("public", "islamic", "hindu"), "EG": ("public",), "MZ": ("public",)}
PAID = {"KE": ("25-30",), "TZ": ("23-28",), "MZ": ("20-31",), "LS": ("20-31",), "EG": ("24",)}


def utc(text: str) -> datetime:
    """Read ``2026-10-28 10:00`` as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def market(code: str, **given: Any) -> Any:
    """Return a market with its pay days and holidays as the fact sheet has them."""
    usual = {
        "pay_days": PAID.get(code, ()),
        "holidays": code,
        "holiday_categories": HOLIDAYS.get(code, ("public",)),
    }
    return factories.market(code, **{**usual, **given})


def estate(work: Work, graph: str = "core, ussd-ke > core, ussd-mz > core") -> Estate:
    """Store an estate of the eight markets with their habits, and return it."""
    value = factories.estate_of(graph)
    markets = {code: market(code) for code in value.markets}
    value = Estate(1, markets, value.components, value.dependencies)
    estate_actions.replace(work, factories.items_of(value))
    return value


def view(
    markets: Sequence[str] = ("KE",), components: Sequence[str] = ("core",), **given: Any
) -> ChangeView:
    """Return a change as rules see it: 21:00 to 23:00 UTC on 26 October 2026."""
    usual: dict[str, Any] = {
        "id": 1,
        "title": "Core release",
        "type": "normal",
        "state": "scheduled",
        "requester": "amina",
        "markets": tuple(markets),
        "touched": tuple(Touched(each) for each in components),
        "starts_at": utc("2026-10-26 21:00"),
        "ends_at": utc("2026-10-26 23:00"),
    }
    return ChangeView(**{**usual, **given})


def freeze(since: str, until: str, **given: Any) -> FreezeSpan:
    """Return a hard freeze of everything."""
    usual: dict[str, Any] = {
        "key": "list/1",
        "name": "Year end",
        "is_hard": True,
        "markets": (),
        "components": (),
        "since": utc(since),
        "until": utc(until),
    }
    return FreezeSpan(**{**usual, **given})


def calendar(*events: Sequence[str]) -> bytes:
    """Return a calendar of events, each given as its lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
