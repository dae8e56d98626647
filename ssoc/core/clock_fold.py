"""Read a clock: a fold over its append-only list of events.

Nothing about the time left is ever stored: a late, corrected or backdated event recomputes
everything, and ``known_at`` tells what was known then. Every second from the start belongs to
exactly one party. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ssoc.core.clocks import Clock, ClockEvent, Kind, Party, Round, Segment, Status, Target

ZERO = timedelta()
OUTSIDE = "outside the calendar"


def fold(
    events: Iterable[ClockEvent],
    now: datetime,
    known_at: datetime | None = None,
    count_disputed: bool = True,
    runner: Party = Party.US,
) -> Clock | None:
    """Return how the clock stands at ``now``, None if it has not started.

    Args:
        events: in any order; those after ``now`` do not count yet.
        now: the instant to read the clock at.
        known_at: use only what was recorded by then; everything when None.
        count_disputed: False reads it as if disputed pauses had never been.
        runner: whose time it is while the clock runs.

    Raises:
        NoWorkingTime: its calendar never reaches the target.

    """
    counted = [
        each
        for each in events
        if each.at <= now
        and (known_at is None or each.recorded_at <= known_at)
        and each.accepted
        and (count_disputed or not each.disputed)
    ]
    early: list[ClockEvent] = []  # pauses that are older than the start
    hands: _Hands | None = None
    for event in sorted(counted, key=lambda each: (each.at, each.recorded_at)):
        if hands:
            hands.take(event)
        elif event.kind is Kind.START and event.target:
            hands = _Hands(runner, event.target, event.at, event.at, event.reason, pauses=early)
        elif event.kind is Kind.PAUSE:
            early.append(event)
        elif event.kind is Kind.RESUME:
            _end_pause(early, event)
    return hands.read(now) if hands else None


def both_ways(events: Sequence[ClockEvent], now: datetime) -> tuple[Clock | None, Clock | None]:
    """Return the clock with its disputed pauses and without them."""
    return fold(events, now), fold(events, now, count_disputed=False)


def _end_pause(pauses: list[ClockEvent], resume: ClockEvent) -> None:
    """End the latest pause that ``resume`` belongs to."""
    for index in range(len(pauses) - 1, -1, -1):
        pause = pauses[index]
        if resume.link == pause.link if resume.link else resume.party is pause.party:
            del pauses[index]
            return


@dataclass
class _Hands:
    """The moving part of a clock; ``to`` is how far time has been attributed."""

    runner: Party
    target: Target
    started_at: datetime
    to: datetime
    reason: str
    stopped_at: datetime | None = None
    stop: ClockEvent | None = None
    accrued: timedelta = ZERO
    due_at: datetime | None = None  # once the target is reached
    at_risk_at: datetime | None = None  # once its share is reached
    run: int = 1
    pauses: list[ClockEvent] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)

    def take(self, event: ClockEvent) -> None:
        """Let time pass until the event, then let it happen; what makes no sense does nothing."""
        if self.stopped_at is not None and event.kind is not Kind.START:
            return
        self._pass(event.at)
        match event.kind:
            case Kind.START if self.stopped_at:
                self._start_again(event)
            case Kind.PAUSE:
                self.pauses.append(event)
            case Kind.RESUME:
                _end_pause(self.pauses, event)
            case Kind.RETARGET:
                self.target = event.target or self.target
                self._promise(event.at, anew=event.restart)
            case Kind.UPDATE if self.target.repeats:
                self._close_round(event.at)
                self._promise(event.at, anew=True)
            case Kind.STOP:
                self._stop(event)

    def _start_again(self, event: ClockEvent) -> None:
        self.stopped_at, self.reason = None, event.reason
        self.target = event.target or self.target
        self._promise(event.at, anew=event.restart or self.target.repeats)

    def _stop(self, event: ClockEvent) -> None:
        if self.target.repeats:
            self._close_round(event.at)
        self.stopped_at, self.stop = event.at, event
        self.pauses.clear()

    def _promise(self, at: datetime, anew: bool) -> None:
        """Begin a new run; the past is never counted again under the new target."""
        self.run += 1
        self.accrued = ZERO if anew else self.accrued
        self.due_at = at if self.accrued >= self.target.duration else None
        self.at_risk_at = at if self.accrued >= self._risky else None

    def _close_round(self, at: datetime) -> None:
        self.rounds.append(Round(self._when(self.target.duration, self.due_at, at), at))

    @property
    def _risky(self) -> timedelta:
        return self.target.duration * self.target.at_risk_percent / 100

    def _when(self, limit: timedelta, reached: datetime | None, at: datetime) -> datetime:
        """Return when ``limit`` was reached, or will be if the clock runs on from ``at``."""
        return reached or self.target.calendar.add_working(at, limit - self.accrued)

    def _pass(self, until: datetime) -> None:
        """Attribute the time up to ``until``, and accrue what of it counts."""
        since, self.to = self.to, until
        if self.stopped_at is not None:
            self._attribute(since, until, Party.NOBODY, "stopped")
        elif self.pauses:
            self._share_out(since, until, self.pauses[-1].party, self.pauses[-1].reason)
        else:
            self._accrue(since, until)
            self._share_out(since, until, self.runner, self.reason)

    def _accrue(self, since: datetime, until: datetime) -> None:
        calendar = self.target.calendar
        after = self.accrued + calendar.working_time(since, until)
        if self.due_at is None and after >= self.target.duration:
            self.due_at = calendar.add_working(since, self.target.duration - self.accrued)
        if self.at_risk_at is None and after >= self._risky:
            self.at_risk_at = calendar.add_working(since, self._risky - self.accrued)
        self.accrued = after

    def _share_out(self, since: datetime, until: datetime, party: Party, reason: str) -> None:
        for span in self.target.calendar.between(since, until):
            self._attribute(since, span.since, Party.NOBODY, OUTSIDE)
            self._attribute(span.since, span.until, party, reason)
            since = span.until
        self._attribute(since, until, Party.NOBODY, OUTSIDE)

    def _attribute(self, since: datetime, until: datetime, party: Party, reason: str) -> None:
        if until <= since:
            return
        last = self.segments[-1] if self.segments else None
        if last and (last.until, last.party, last.reason) == (since, party, reason):
            self.segments[-1] = replace(last, until=until)
        else:
            self.segments.append(Segment(since, until, party, reason))

    def read(self, now: datetime) -> Clock:
        """Return what the hands show at ``now``."""
        if self.stopped_at is None:
            self._pass(now)
        at = self.stopped_at or now
        due_at = self._when(self.target.duration, self.due_at, at)
        at_risk_at = self._when(self._risky, self.at_risk_at, at)
        return Clock(
            target=self.target,
            started_at=self.started_at,
            read_at=now,
            stopped_at=self.stopped_at,
            accrued=self.accrued,
            due_at=due_at,
            at_risk_at=at_risk_at,
            status=self._final(due_at) if self.stopped_at else self._status(now, at_risk_at),
            run=self.run,
            holder=self._holder(now),
            segments=tuple(self.segments),
            rounds=tuple(self.rounds),
            waits=tuple(self.pauses),
            stopped_because=self.stop.reason if self.stopped_at and self.stop else "",
        )

    def _final(self, due_at: datetime) -> Status:
        if self.target.repeats:
            kept = all(each.status is Status.MET for each in self.rounds)
            return Status.MET if kept else Status.MISSED
        if not self.stopped_at or self.stopped_at > due_at:
            return Status.BREACHED
        return Status.NOT_NEEDED if self.stop and self.stop.unneeded else Status.MET

    def _status(self, now: datetime, at_risk_at: datetime) -> Status:
        if self.due_at is not None and now > self.due_at:
            return Status.BREACHED
        if self.pauses:
            return Status.PAUSED
        return Status.AT_RISK if now >= at_risk_at else Status.ON_TRACK

    def _holder(self, now: datetime) -> Party:
        if self.stopped_at is not None or not self.target.calendar.is_open(now):
            return Party.NOBODY
        return self.pauses[-1].party if self.pauses else self.runner
