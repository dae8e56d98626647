"""What holds pages back at one instant: silences, windows, inhibition; state is never held."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ssoc.monitoring.rules.inhibition import NO_INHIBITIONS, Inhibitions
from ssoc.monitoring.rules.matching import Matcher, matches_all
from ssoc.monitoring.rules.windows import Window

ALL_MARKETS = "*"


class SilenceState(StrEnum):
    """Where a silence stands at an instant, in Alertmanager's words."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Silence:
    """Matchers that hold pages back from ``starts_at`` to ``ends_at``.

    ``markets`` are those its author may silence, ``("*",)`` for all: it holds nothing elsewhere.
    """

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str = ""
    comment: str = ""
    markets: tuple[str, ...] = (ALL_MARKETS,)
    updated_at: datetime | None = None
    last_match_at: datetime | None = None

    def state(self, now: datetime) -> SilenceState:
        """Return where the silence stands."""
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.PENDING if now < self.starts_at else SilenceState.ACTIVE

    def holds(self, labels: Mapping[str, str], market: str = "") -> bool:
        """Tell whether the silence is about an alert with ``labels`` in ``market``."""
        if ALL_MARKETS not in self.markets and market not in self.markets:
            return False
        return matches_all(self.matchers, labels)


@dataclass(frozen=True)
class Suppressions:
    """The silences and windows that are active at ``at``; who inhibits whom, if asked for."""

    at: datetime
    silences: Sequence[Silence] = field(default_factory=tuple)
    windows: Sequence[Window] = field(default_factory=tuple)
    inhibitions: Inhibitions = NO_INHIBITIONS

    def silences_of(self, labels: Mapping[str, str], market: str = "") -> list[str]:
        """Return the ids of the silences that hold an alert back.

        A silence of an author with some markets only holds alerts of these ``market``, so one
        without a market is held by silences of group-wide authors alone.
        """
        return [each.id for each in self.silences if each.holds(labels, market)]

    def windows_of(self, component: str, market: str = "") -> list[Window]:
        """Return the windows that cover a component, the one that ends last first."""
        found = [each for each in self.windows if each.covers(component, market)]
        return sorted(found, key=lambda each: each.ends_at, reverse=True)
