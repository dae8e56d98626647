"""Maintenance windows: what dates make of them, and what they cover. Nothing of it is stored."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WindowState(StrEnum):
    """Where a window stands at an instant."""

    UPCOMING = "upcoming"
    OPEN = "open"
    OVERRUN = "overrun"  # its end has passed and nobody said the work is over
    OVER = "over"
    CANCELLED = "cancelled"  # ended before it began


@dataclass(frozen=True)
class Window:
    """Announced work: on components, in markets, or on components within markets only.

    Without ``components`` it covers everything in its ``markets``; without ``markets`` its
    components wherever they stand. Whoever works ends it: a window past ``ends_at`` that nobody
    ended holds nothing any more and is an alarm.
    """

    id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    announced_at: datetime
    components: Collection[str] = ()
    markets: Collection[str] = ()
    reference: str = ""
    created_by: str = ""
    ended_at: datetime | None = None

    def state(self, now: datetime) -> WindowState:
        """Return where the window stands; suppression stops by itself at its end."""
        if self.ended_at is not None and self.ended_at <= now:
            return WindowState.CANCELLED if self.ended_at < self.starts_at else WindowState.OVER
        if now < self.starts_at:
            return WindowState.UPCOMING
        if now < self.ends_at:
            return WindowState.OPEN
        return WindowState.OVERRUN

    def is_open(self, now: datetime) -> bool:
        """Tell whether pages of what it covers are held now."""
        return self.state(now) is WindowState.OPEN

    def covers(self, component: str, market: str = "") -> bool:
        """Tell whether the window was announced for ``component`` (in ``market``)."""
        if self.components and component not in self.components:
            return False
        return not self.markets or market in self.markets

    @property
    def is_whole(self) -> bool:
        """Tell whether it names everything that may fail: it was made from a plan, and ends itself.

        One that people announce names where they work; what stands on that may fail with it.
        """
        return self.ended_at is not None and self.ended_at == self.ends_at

    @property
    def was_announced_before(self) -> bool:
        """Tell whether downtime in it may leave the SLO: only if announced before it began."""
        return self.announced_at < self.starts_at
