"""What happens to silences, windows, alerts and heartbeats."""

from dataclasses import dataclass

from ssoc.core.vocabulary.words import DomainEvent


@dataclass(frozen=True)
class SilenceSet(DomainEvent):
    """Somebody made or changed a silence: pages are held, state is not."""

    silence_id: str
    matchers: str
    ends_at: str
    comment: str = ""

    @property
    def subject(self) -> str:
        """Return the silence."""
        return f"silence:{self.silence_id}"


@dataclass(frozen=True)
class SilenceExpired(DomainEvent):
    """Somebody ended a silence before its time."""

    silence_id: str

    @property
    def subject(self) -> str:
        """Return the silence."""
        return f"silence:{self.silence_id}"


@dataclass(frozen=True)
class WindowSet(DomainEvent):
    """A maintenance window was announced or changed."""

    window_id: int
    title: str
    starts_at: str
    ends_at: str

    @property
    def subject(self) -> str:
        """Return the window."""
        return f"window:{self.window_id}"


@dataclass(frozen=True)
class WindowEnded(DomainEvent):
    """A maintenance window was cancelled or ended early."""

    window_id: int

    @property
    def subject(self) -> str:
        """Return the window."""
        return f"window:{self.window_id}"


@dataclass(frozen=True)
class AlertsClosed(DomainEvent):
    """A person closed stale alerts whose source is gone; ``keys`` have commas between."""

    keys: str
    markets: str
    reason: str

    @property
    def subject(self) -> str:
        """Return the first of the alerts."""
        return f"alert:{self.keys.partition(',')[0]}"


@dataclass(frozen=True)
class HeartbeatSet(DomainEvent):
    """A dead-man heartbeat was created, changed or removed."""

    name: str
    every_seconds: int
    removed: bool = False

    @property
    def subject(self) -> str:
        """Return the heartbeat."""
        return f"heartbeat:{self.name}"
