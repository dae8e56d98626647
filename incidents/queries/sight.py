"""Which components a reader of an incident may know by name: those of the reader's markets."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from incidents.rules.wording import When, from_plain, market_name, place_name, say
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.report import is_own_place


class Sight:
    """What one reader may be told: a stored text is put into words for them."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @cached_property
    def estate(self) -> Estate:
        """Return the estate, read when first asked for."""
        return estate_queries.current(self._work)

    @cached_property
    def is_whole(self) -> bool:
        """Tell whether the reader sees every market."""
        return EVERYWHERE in self._work.actor.markets(Permission.INCIDENT_SEE)

    @property
    def now(self) -> datetime:
        """Return the instant of reading."""
        return self._work.now

    def name(self, component: str) -> str:
        """Return the name of a component; empty when it belongs to other markets."""
        return "" if self.hides(component) else place_name(self.estate, component)

    def hides(self, component: str) -> bool:
        """Tell whether a component belongs to other markets alone."""
        return not self.is_whole and is_elsewhere(self._work, self.estate, component)

    def sees(self, markets: Sequence[str]) -> bool:
        """Tell whether all ``markets`` are the reader's."""
        return self.is_whole or all(self.sees_market(each) for each in markets)

    def sees_market(self, market: str) -> bool:
        """Tell whether a market is the reader's."""
        return self._work.actor.may(Permission.INCIDENT_SEE, market)

    def market(self, code: str) -> str:
        """Return the name of a market; empty when it is not the reader's."""
        return market_name(self.estate, code) if self.sees_market(code) else ""

    def text(self, stored: str, told: Sequence[Any]) -> str:
        """Return a stored text for this reader; one without parts is a person's own words."""
        parts = from_plain(told)
        is_told = self.is_whole and not any(isinstance(each, When) for each in parts)
        return stored if is_told or not parts else say(parts, self)


def sees(work: Work, estate: Estate, component: str) -> bool:
    """Tell whether one market of ``component`` is the reader's; without any, who sees all may.

    A story of our own has the markets of its incident: who reads that one may know its name.
    """
    where = markets_of_place(estate, component) or [EVERYWHERE]
    return is_own_place(component) or any(
        work.actor.may(Permission.INCIDENT_SEE, each) for each in where
    )


def is_elsewhere(work: Work, estate: Estate, component: str) -> bool:
    """Tell whether ``component`` has markets, and none of them is the reader's."""
    return bool(markets_of_place(estate, component)) and not sees(work, estate, component)


def markets_of_place(estate: Estate, component: str) -> list[str]:
    """Return the markets of a component, or of the alerts that no component explains."""
    if component.startswith("?"):
        market = component[1:].partition("/")[0]
        return [] if market == "-" or is_own_place(component) else [market]
    return list(estate.markets_of(component))
