"""Dead-man heartbeats: what the pings, and their absence, mean."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Ping(StrEnum):
    """What the one who pings says."""

    DONE = "done"
    START = "start"
    FAIL = "fail"


class Pulse(StrEnum):
    """Where a heartbeat stands at an instant."""

    NO_ADDRESS = "no address yet"
    NEW = "waiting for its first ping"
    UP = "up"
    RUNNING = "running"
    LATE = "late"
    FAILED = "failed"
    FAILED_AND_LATE = "failed and late"

    @property
    def is_failed(self) -> bool:
        """Tell whether it said that it failed, and no success since."""
        return self in {Pulse.FAILED, Pulse.FAILED_AND_LATE}

    @property
    def is_late(self) -> bool:
        """Tell whether a ping that was due has not come."""
        return self in {Pulse.LATE, Pulse.FAILED_AND_LATE}


@dataclass(frozen=True)
class Heartbeat:
    """A heartbeat with its last pings: ``last_at`` of success, of start, and of failure.

    ``made_at`` is when it got the address to ping; None while nobody has one.
    """

    name: str
    market: str
    component: str
    every: timedelta
    grace: timedelta
    last_at: datetime | None = None
    started_at: datetime | None = None
    failed_at: datetime | None = None
    message: str = ""
    made_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """Return when it is late; None while nobody has an address to ping.

        The first ping is due like any other, reckoned from the day it got its address. A job
        that said it started has the grace time to say how it ended.
        """
        ended = [each for each in (self.last_at, self.failed_at) if each is not None]
        heard = max(ended, default=self.made_at)
        if self.started_at is not None and (heard is None or self.started_at > heard):
            return self.started_at + self.grace
        return None if heard is None else heard + self.every + self.grace

    @property
    def is_failed(self) -> bool:
        """Tell whether it said that it failed, and no success since."""
        return self.failed_at is not None and (
            self.last_at is None or self.failed_at > self.last_at
        )

    def pulse(self, now: datetime) -> Pulse:
        """Return where it stands at ``now``; a failure stands until the next success."""
        due_at = self.due_at
        if due_at is None:
            return Pulse.NO_ADDRESS
        if self.is_failed:
            return Pulse.FAILED_AND_LATE if now > due_at else Pulse.FAILED
        if now > due_at:
            return Pulse.LATE
        if self.last_at is self.started_at is None:
            return Pulse.NEW
        if self.started_at is not None and (self.last_at is None or self.started_at > self.last_at):
            return Pulse.RUNNING
        return Pulse.UP
