"""What holds an incident's pages back now: work on its cause, silences, inhibition, flapping."""

from collections.abc import Collection
from functools import cached_property

from sqlalchemy import select

from incidents.models import IncidentAlert
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate.values import Estate
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.queries import flapping, held_or_loud, maintenance_reason, suppressions
from ssoc.monitoring.report import is_own_place
from ssoc.monitoring.rules.flapping import pierces
from ssoc.monitoring.rules.suppression import Suppressions
from ssoc.monitoring.rules.windows import Window

LENGTH = 255
FLAPPING = "flapping: all its alerts change too often"


class Holds:
    """Silences, windows and flapping at one instant, read when first asked for."""

    def __init__(self, work: Work, estate: Estate) -> None:
        self._work, self._estate = work, estate
        self._known: dict[str, str | None] = {}  # None: nothing loud fires there

    @cached_property
    def _active(self) -> Suppressions:
        return suppressions(self._work)

    def silence(self, components: Collection[str]) -> str:
        """Return why all alerts of all ``components`` are silenced or inhibited; else nothing.

        Alerts of severity info have no say: they page nobody.
        """
        if not (self._active.silences or self._estate.inhibitions) or not components:
            return ""
        asked = [each for each in components if each not in self._known]
        if asked:
            found = held_or_loud(self._work, asked)
            self._known |= {each: found.get(each) for each in asked}
        known = [self._known[each] for each in components]
        reasons = [each for each in known if each is not None]
        return reasons[0][:LENGTH] if reasons and all(reasons) else ""

    def window(self, component: str, members: Collection[str] = ()) -> str:
        """Return the announced work that covers ``component`` in all its markets.

        A window that names its whole scope holds nothing when one of ``members`` is beyond it.
        What ssoc has to tell of work that is being done is told in spite of the window over it.
        """
        if not self._active.windows or is_own_place(component):
            return ""
        found = self._windows_of(component)
        if not found:
            return ""
        if found[0].is_whole and not all(self._windows_of(each) for each in members):
            return ""
        return maintenance_reason(found[0])[:LENGTH]

    def _windows_of(self, component: str) -> list[Window]:
        """Return the windows of its first market, none unless each of its markets has one."""
        markets = self._estate.markets_of(component) or _market_of(component)
        found = [self._active.windows_of(component, market) for market in markets]
        return found[0] if all(found) else []

    @cached_property
    def restless(self) -> set[int]:
        """Return the keys of the alerts that change too often to be believed."""
        return flapping(self._work)

    def flapping(self, components: Collection[str]) -> str:
        """Return that all open alerts of ``components`` flap; empty if one does not."""
        if not self.restless or not components:
            return ""
        row = IncidentAlert
        steady = select(row.key).where(
            row.component.in_(sorted(components)),
            row.state < AlertState.RESOLVED,
            row.severity > Severity.INFO,
            row.key.not_in(sorted(self.restless)),
        )
        return FLAPPING if self._work.session.scalar(steady.limit(1)) is None else ""

    def unless_first(self, components: Collection[str], worst: int, severity: Severity) -> str:
        """Return that ``components`` flap, unless this is the first turn to critical."""
        before = [each for each in Severity if each <= worst]
        return "" if pierces(before, severity) else self.flapping(components)

    def of(self, component: str, members: Collection[str]) -> str:
        """Return what holds the pages of an incident at ``component``; empty for nothing."""
        return self.window(component, members) or self.silence(members) or self.flapping(members)


def _market_of(place: str) -> tuple[str, ...]:
    if place.startswith("?") and not place.startswith("?-/"):
        return (place[1:].partition("/")[0],)
    return ("",)
