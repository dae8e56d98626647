"""What holds an incident's pages back now: silences over all of it, or work on its cause."""

from collections.abc import Collection
from functools import cached_property

from incidents.correlator.situation import Situation
from ssoc.monitoring.queries import held, maintenance_reason, suppressions
from ssoc.monitoring.rules.suppression import Suppressions

LENGTH = 255


class Holds:
    """Silences and windows at one instant, read when first asked for."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        self._known: dict[str, str] = {}

    @cached_property
    def _active(self) -> Suppressions:
        return suppressions(self._situation.work)

    def silence(self, components: Collection[str]) -> str:
        """Return why all alerts of all ``components`` are silenced; empty if one is not."""
        if not self._active.silences or not components:
            return ""
        asked = [each for each in components if each not in self._known]
        if asked:
            found = held(self._situation.work, asked)
            self._known |= {each: found.get(each, "") for each in asked}
        reasons = [self._known[each] for each in components]
        return "" if "" in reasons else reasons[0][:LENGTH]

    def window(self, component: str) -> str:
        """Return the announced work that covers ``component`` in all its markets."""
        if not self._active.windows:
            return ""
        markets = self._situation.estate.markets_of(component) or _market_of(component)
        found = [self._active.windows_of(component, market) for market in markets]
        if not all(found):
            return ""
        return maintenance_reason(found[0][0])[:LENGTH]

    def of(self, component: str, members: Collection[str]) -> str:
        """Return what holds the pages of an incident at ``component``; empty for nothing."""
        return self.window(component) or self.silence(members)


def _market_of(place: str) -> tuple[str, ...]:
    if place.startswith("?") and not place.startswith("?-/"):
        return (place[1:].partition("/")[0],)
    return ("",)
