"""Freezes: when nothing is to be changed, which changes that stops, and why. Pure.

A freeze holds in markets, on components, or on everything; no market named means every market, no
component named every component. All stretches are half-open and in UTC; a freeze that is meant in
local time has one :class:`FreezeSpan` for each market, all of the same ``key``. What a change hurts
counts as its market, as the estate is now, whatever was named when it was planned.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from changes.rules.reach import markets_of
from changes.values import ChangeView
from ssoc.core.calendar import Span
from ssoc.estate.values import Estate


class Source(StrEnum):
    """Where a freeze comes from."""

    LIST = "list"
    FEED = "feed"
    COMPUTED = "computed"


class Phase(StrEnum):
    """What of a change lies in a freeze; only execution is ever refused."""

    EXECUTION = "execution"
    PREPARATION = "preparation"
    SOAK = "soak"


@dataclass(frozen=True)
class FreezeSpan:
    """One freeze in one stretch of real time; ``key`` names the freeze, whatever its stretches.

    ``known_at`` is when it was set, None for one that follows from the calendar; one that was
    lifted ends at ``lifted_at``.
    """

    key: str
    name: str
    is_hard: bool
    markets: tuple[str, ...]
    components: tuple[str, ...]
    since: datetime
    until: datetime
    source: Source = Source.LIST
    reason: str = ""
    known_at: datetime | None = None
    lifted_at: datetime | None = None

    @property
    def span(self) -> Span:
        """Return its stretch of time."""
        return Span(self.since, self.until)

    @property
    def word(self) -> str:
        """Return ``hard`` or ``soft``."""
        return "hard" if self.is_hard else "soft"

    @property
    def begins_at(self) -> datetime:
        """Return when it began to hold: nobody could keep to it before it was set."""
        return max(self.since, self.known_at or self.since)

    def holds_at(self, at: datetime) -> bool:
        """Tell whether it holds at an instant."""
        return self.since <= at < self.until

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share time; ends that meet do not."""
        return self.since < other.until and other.since < self.until


@dataclass(frozen=True)
class FreezeHit:
    """A freeze that a change runs into: in which of its markets, and with which part of it."""

    freeze: FreezeSpan
    markets: tuple[str, ...]
    phase: Phase


def frozen_markets(
    freeze: FreezeSpan, markets: Collection[str], components: Collection[str]
) -> tuple[str, ...]:
    """Return which of ``markets`` a freeze holds in for ``components``; empty when it is none's.

    A freeze of one market touches whatever names that market among others.
    """
    if freeze.components and not set(freeze.components) & set(components):
        return ()
    return tuple(each for each in markets if not freeze.markets or each in freeze.markets)


def touches(freeze: FreezeSpan, change: ChangeView, estate: Estate) -> bool:
    """Tell whether a freeze is about a change at all, whatever the time."""
    return bool(frozen_markets(freeze, markets_of(estate, change), change.components))


def holding(
    freezes: Iterable[FreezeSpan], change: ChangeView, estate: Estate, at: datetime
) -> list[tuple[FreezeSpan, tuple[str, ...]]]:
    """Return the freezes that hold for a change at an instant, with its markets they hold in."""
    codes = markets_of(estate, change)
    found = (
        (each, frozen_markets(each, codes, change.components))
        for each in freezes
        if each.holds_at(at)
    )
    return [(each, markets) for each, markets in found if markets]


def hits(freezes: Iterable[FreezeSpan], change: ChangeView, estate: Estate) -> list[FreezeHit]:
    """Return what a planned change runs into, by when it begins; a freeze and phase count once.

    Execution is the window with the time to roll back; before it lies the preparation, after it
    the soak. A part that a freeze touches only beside the execution is a warning, never a block.
    """
    codes = markets_of(estate, change)
    found = [
        FreezeHit(each, markets, phase)
        for each in freezes
        if (markets := frozen_markets(each, codes, change.components))
        and (phase := _phase(each, change)) is not None
    ]
    return sorted(found, key=lambda hit: (hit.freeze.since, hit.freeze.key, hit.markets))


def _phase(freeze: FreezeSpan, change: ChangeView) -> Phase | None:
    window, whole = change.window, change.span
    if window is None or whole is None or not freeze.overlaps(whole):
        return None
    executed = Span(window.since, window.until + timedelta(minutes=change.rollback_minutes))
    if freeze.overlaps(executed):
        return Phase.EXECUTION
    return Phase.PREPARATION if freeze.since < window.since else Phase.SOAK
