"""Clocks of agreements (SLA, OLA, a vendor's contract): their events, targets and readings.

``clock_fold`` reckons a reading from the events. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ssoc.core.calendar import WorkingCalendar


class Kind(StrEnum):
    """What can happen to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    RETARGET = "retarget"
    UPDATE = "update"
    STOP = "stop"


class Party(StrEnum):
    """Who holds the ball; outside the calendar and after the stop it is nobody."""

    US = "us"
    VENDOR = "vendor"
    CUSTOMER = "customer"
    THIRD_PARTY = "third party"
    NOBODY = "nobody"


class Status(StrEnum):
    """How a clock stands."""

    ON_TRACK = "on track"
    AT_RISK = "at risk"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    NOT_NEEDED = "not needed"  # over by itself before it was due: nobody kept it, nobody failed to

    @property
    def is_late(self) -> bool:
        """Tell whether the target was not kept."""
        return self in {Status.BREACHED, Status.MISSED}


@dataclass(frozen=True)
class Target:
    """How much time of which calendar is agreed; ``repeats`` when each update starts it anew."""

    duration: timedelta
    calendar: WorkingCalendar
    at_risk_percent: int = 75
    repeats: bool = False


@dataclass(frozen=True)
class ClockEvent:
    """One event; ``at`` is when it took effect, ``recorded_at`` when we learnt of it.

    A pause counts from ``at`` once the other side has ``accepted`` it, and never before. A
    resume ends the pause of the same ``link``, or of the same party when it has none, or the
    latest. ``target`` comes with start and retarget; ``restart`` sets the accrued time to zero.
    """

    kind: Kind
    at: datetime
    recorded_at: datetime
    by: str = ""
    party: Party = Party.US
    reason: str = ""
    link: str = ""
    target: Target | None = None
    restart: bool = False
    accepted: bool = True
    disputed: bool = False
    unneeded: bool = False  # of a stop: nothing was left to be done


@dataclass(frozen=True)
class Segment:
    """A stretch that belongs to one party, and the reason of the event that gave it to them."""

    since: datetime
    until: datetime
    party: Party
    reason: str = ""

    @property
    def length(self) -> timedelta:
        """Return its real length."""
        return self.until - self.since


@dataclass(frozen=True)
class Round:
    """One period of a clock that each update starts anew: when it was due, when it was done."""

    due_at: datetime
    done_at: datetime

    @property
    def status(self) -> Status:
        """Return met, or missed when it was done after it was due."""
        return Status.MET if self.done_at <= self.due_at else Status.MISSED


@dataclass(frozen=True)
class Clock:
    """How a clock stands at ``read_at``.

    ``due_at`` is the first instant at which the accrued time reaches the target; while the
    clock is paused, what it would be if it went on now. ``left`` is negative once it is over.
    ``run`` counts starts, retargets and updates: a new run is a new promise. ``waits`` are the
    pauses that are open, the latest one last.
    """

    target: Target
    started_at: datetime
    read_at: datetime
    stopped_at: datetime | None
    accrued: timedelta
    due_at: datetime
    at_risk_at: datetime
    status: Status
    run: int
    holder: Party
    segments: Sequence[Segment] = ()
    rounds: Sequence[Round] = ()
    waits: Sequence[ClockEvent] = ()
    stopped_because: str = ""

    @property
    def left(self) -> timedelta:
        """Return the time of the target that is left: of its calendar, not of the day."""
        return self.target.duration - self.accrued

    @property
    def to_due(self) -> timedelta:
        """Return the real time until it is due, negative once it is over."""
        return self.due_at - self.read_at

    @property
    def is_round_the_clock(self) -> bool:
        """Tell whether its time is real time: every second of its calendar counts."""
        return self.target.calendar.is_always

    @property
    def share_used(self) -> float:
        """Return which share of the target is used; more than 1 when it is over."""
        return self.accrued / self.target.duration if self.target.duration else 1.0

    @property
    def held(self) -> dict[Party, timedelta]:
        """Return how long each party has held the ball; together exactly the time elapsed."""
        sums: dict[Party, timedelta] = {}
        for each in self.segments:
            sums[each.party] = sums.get(each.party, timedelta()) + each.length
        return sums
