"""Freezes in sentences: what, which freeze, where, until when, and who could do what about it."""

from collections.abc import Sequence
from datetime import datetime

from changes.rules.freezes import FreezeSpan
from changes.values import ChangeView
from ssoc.core.calendar import zone_of
from ssoc.estate.values import Estate

MOST_NAMED = 5
SHORT = "%a %d %b %Y %H:%M"


def until_words(freeze: FreezeSpan, estate: Estate, markets: Sequence[str]) -> str:
    """Return until when a freeze holds, on the wall of each market it holds in, and in UTC."""
    walls = dict.fromkeys(
        f"{wall(freeze.until, zone)} {zone}"
        for code in markets
        if code in estate.markets
        for zone in estate.markets[code].zones
    )
    utc = f"{freeze.until:%Y-%m-%d %H:%M} UTC"
    return f"{', '.join(walls)} ({utc})" if walls else utc


def wall(at: datetime, zone: str) -> str:
    """Return an instant as the wall of a zone shows it: ``Mon 23 Mar 2026 00:00``."""
    return f"{at.astimezone(zone_of(zone)):{SHORT}}"


def refusal(
    change: ChangeView,
    stopped: Sequence[tuple[FreezeSpan, Sequence[str]]],
    estate: Estate,
    able: Sequence[str],
) -> str:
    """Return why a change may not start: every freeze in its way, until when, and the cure."""
    freezes = " and ".join(
        f"the hard freeze {freeze.name} in {', '.join(markets)} holds until "
        f"{until_words(freeze, estate, markets)}"
        for freeze, markets in stopped
    )
    count = (
        "an override" if len({freeze.key for freeze, _ in stopped}) == 1 else "one override each"
    )
    who = ", ".join(able[:MOST_NAMED]) or "nobody yet, an admin can grant the role executive"
    return (
        f"{change.reference} may not start: {freezes}; nothing was changed; wait, or ask for "
        f"{count} on its page; who may: {who}"
    )
