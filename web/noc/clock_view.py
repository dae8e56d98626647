"""A clock as it is drawn: its name, the time left, a bar by party, when it is due and whose."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.clock_queries import status_in_words
from incidents.rules.clocks import length_in_words
from ssoc.core.clocks import Clock, Party, Segment, Status
from web import words

PATTERNS = {Party.VENDOR: "hatch", Party.CUSTOMER: "dots", Party.THIRD_PARTY: "cross"}
KINDS = {Party.US: "used", Party.NOBODY: "left"}
TONES = {Status.BREACHED: "p1", Status.AT_RISK: "p2", Status.MISSED: "p1"}
VERBS = {"response": "answer", "update": "update", "resolve": "resolve"}
NAMES = {"response": "Response", "update": "Next update", "resolve": "Resolve"}


@dataclass(frozen=True)
class Bar:
    """A stretch of the meter in percent of its length, with its pattern or its kind."""

    start: float
    width: float
    kind: str = "used"
    pattern: str = ""


@dataclass(frozen=True)
class ClockPart:
    """What the part ``clock`` needs, as text."""

    name: str
    word: str
    tone: str
    left: str
    due: str
    whose: str
    bars: tuple[Bar, ...]
    risk_at: float | None
    otherwise: str = ""  # how it would stand without its disputed pauses
    disputed: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the meter in words."""
        return f"{self.name}: {self.left}, {self.due}, {self.word}"


def part_of(name: str, clock: Clock, now: datetime, calendar: str = "") -> ClockPart:
    """Return the part for a clock; ``name`` is response, update or resolve."""
    return ClockPart(
        name=NAMES.get(name, name),
        word=clock.status.value,
        tone=TONES.get(clock.status, ""),
        left=left_words(clock),
        due=_due(clock, now),
        whose=" · ".join(filter(None, (calendar, _holder(clock)))),
        bars=bars_of(clock),
        risk_at=None if clock.stopped_at else _share(clock, clock.at_risk_at),
    )


def left_words(clock: Clock) -> str:
    """Return the real time left as a headline: ``4 min left``, ``12 min over``, ``met``."""
    if clock.stopped_at is not None:
        if clock.status is Status.NOT_NEEDED:
            return status_in_words(clock)
        took = f"{clock.status} after {_length(clock, clock.accrued)}"
        return "stopped" if clock.target.repeats else took
    if clock.status is Status.PAUSED:
        return f"{_length(clock, clock.left)} left, paused"
    span = words.age(abs(clock.to_due))
    return f"{span} over" if clock.to_due < timedelta(0) else f"{span} left"


def _length(clock: Clock, span: timedelta) -> str:
    """Return a length; of working time in hours, since a day of it is not 24 of them."""
    if clock.is_round_the_clock:
        return words.age(span)
    return f"{_hours(span)} of working time"


def _hours(span: timedelta) -> str:
    return length_in_words(span).replace(" ", words.HARD)


def short_words(name: str, clock: Clock) -> str:
    """Return the clock for a row of a queue: ``update in 4 min``, ``resolve +12 min``."""
    verb = VERBS.get(name, name)
    if clock.status is Status.PAUSED:
        return f"{verb} paused"
    if clock.to_due < timedelta(0):
        return f"{verb} +{words.age(-clock.to_due)}"
    return f"{verb} in {words.age(clock.to_due)}"


def due_words(clock: Clock, now: datetime) -> str:
    """Return when it is due in UTC, and in the local time of working hours if it counts these."""
    text = f"{words.when(clock.due_at, now)} UTC"
    if clock.is_round_the_clock:
        return text
    zone = clock.target.calendar.zone
    if zone == "UTC":
        return text
    there = words.when(words.local(clock.due_at, zone), words.local(now, zone))
    return f"{there} {words.place(zone)}, {text}"


def _due(clock: Clock, now: datetime) -> str:
    duration = _length(clock, clock.target.duration)
    if clock.stopped_at is not None:
        return f"stopped {words.when(clock.stopped_at, now)} UTC · {duration}"
    every = f"every {duration}" if clock.target.repeats else duration
    if clock.status is Status.PAUSED:
        return f"paused · {every}"
    if clock.is_round_the_clock or clock.left <= timedelta(0):
        return f"due {due_words(clock, now)} · {every}"
    return f"due {due_words(clock, now)} · {_hours(clock.left)} left of {every}"


def _holder(clock: Clock) -> str:
    if clock.stopped_at is not None or clock.holder is Party.US:
        return ""
    return f"with {clock.holder.value}"


def bars_of(clock: Clock) -> tuple[Bar, ...]:
    """Return the elapsed time by party; what lies beyond the due instant is drawn as over."""
    found = []
    is_late = clock.status.is_late
    for segment in clock.segments:
        for piece, over in _cut(segment, clock.due_at if is_late else None):
            bar = _bar(clock, piece, over)
            if bar.width > 0:
                found.append(bar)
    return tuple(found)


def _cut(segment: Segment, due: datetime | None) -> list[tuple[Segment, bool]]:
    if due is None or segment.until <= due:
        return [(segment, False)]
    if segment.since >= due:
        return [(segment, True)]
    before = Segment(segment.since, due, segment.party, segment.reason)
    after = Segment(due, segment.until, segment.party, segment.reason)
    return [(before, False), (after, True)]


def _bar(clock: Clock, piece: Segment, over: bool) -> Bar:
    start, end = _share(clock, piece.since), _share(clock, piece.until)
    kind = "over" if over else KINDS.get(piece.party, "used")
    pattern = "" if over else PATTERNS.get(piece.party, "")
    return Bar(start, round(end - start, 2), kind, pattern)


def _share(clock: Clock, at: datetime) -> float:
    """Return where an instant lies on the meter, in percent from its beginning."""
    begin = clock.rounds[-1].done_at if clock.target.repeats and clock.rounds else clock.started_at
    end = max(clock.due_at, clock.stopped_at or clock.read_at)
    whole = (end - begin).total_seconds() or 1.0
    return round(100 * min(1.0, max(0.0, (at - begin).total_seconds() / whole)), 2)
