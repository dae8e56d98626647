"""What the alert queries give: filters, rows, pages and counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ssoc.core.vocabulary import Severity
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import hex_of
from ssoc.monitoring.rules.inhibition import Inhibitor


class Wanted(StrEnum):
    """Which alerts a list shows."""

    OPEN = "open"
    FIRING = "firing"
    STALE = "stale"
    RESOLVED = "resolved"
    ALL = "all"


class Held(StrEnum):
    """What holds the pages of an alert; flapping is judged by incident."""

    SILENCED = "silenced"
    INHIBITED = "inhibited"
    WINDOW = "window"
    NOTHING = "nothing"


@dataclass(frozen=True)
class AlertFilter:
    """What a list of alerts is narrowed to; empty means any. ``text`` is looked for in words."""

    wanted: Wanted = Wanted.OPEN
    markets: Collection[str] = ()
    severities: Collection[Severity] = ()
    components: Collection[str] = ()
    sources: Collection[str] = ()
    keys: Collection[int] = ()
    text: str = ""
    silenced: bool | None = None
    held: Held | None = None


@dataclass(frozen=True)
class AlertRow:
    """One alert as a list shows it; ``silenced_by`` are ids, ``held_because`` a window's words."""

    key: int
    state: AlertState
    severity: Severity
    market: str
    component: str
    name: str
    service: str
    instance: str
    summary: str
    source: str
    way: str
    started_at: datetime
    said_at: datetime
    lease_until: datetime | None
    resolved_at: datetime | None
    changes: int
    repeats: int
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    severity_word: str = ""
    silenced_by: Sequence[str] = ()
    inhibited_by: Sequence[Inhibitor] = ()
    held_because: str = ""
    is_flapping: bool = False

    @property
    def id(self) -> str:
        """Return the key as people and addresses have it: 16 hex digits."""
        return hex_of(self.key)


@dataclass(frozen=True)
class Page:
    """Some alerts, and the cursor of the next page; None at the end."""

    alerts: Sequence[AlertRow]
    next: str | None


@dataclass(frozen=True)
class Count:
    """A number that is not counted further than a screen needs."""

    number: int
    is_capped: bool = False

    def __str__(self) -> str:
        """Return the number as a screen shows it."""
        return f"{self.number:,}".replace(",", " ") + ("+" if self.is_capped else "")


@dataclass(frozen=True)
class SourceOfAlert:
    """A way by which an alert reached us."""

    source: str
    way: str
    first_at: datetime


@dataclass(frozen=True)
class ChangeOfAlert:
    """One change of an alert's state or severity."""

    number: int
    state: AlertState
    severity: Severity
    was_state: AlertState | None
    was_severity: Severity | None
    started_at: datetime
    at: datetime


@dataclass(frozen=True)
class AlertPage:
    """One alert with the ways it came by and its changes, the newest first."""

    alert: AlertRow
    sources: Sequence[SourceOfAlert]
    changes: Sequence[ChangeOfAlert]
