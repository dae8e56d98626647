"""The rest of a run: what waits for what, when it ends, and where that is against its window. Pure.

The end is simulated: every open step has ``draws`` durations at evenly spaced shares of its
distribution, in an order shuffled by the run's number and the step's position (Latin hypercube:
McKay, Beckman, Conover 1979, Technometrics 21, 239-245). Each draw is walked along the plan, so
branches side by side are right, and the quantile of the ends is taken. A sum of 90 % quantiles
would be far too late: not every step is late in the same night.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from random import Random

from changes.lifecycle import StepState
from changes.rules.durations import Duration, ExecutionPolicy
from changes.values import PlanStep

OPEN = frozenset({StepState.WAITING, StepState.RUNNING, StepState.FAILED})
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class OpenStep:
    """One step as far as the rest of the run is concerned; ``resumed_at`` while it runs."""

    position: int
    state: StepState
    duration: Duration
    resumed_at: datetime | None = None

    def left(self, now: datetime, shares: Sequence[float]) -> list[float]:
        """Return the minutes it still takes at each of ``shares``; a failed one is repeated."""
        if self.state not in OPEN:
            return [0.0] * len(shares)
        begun = self.resumed_at if self.state is StepState.RUNNING else None
        since = begun or now
        return self.duration.left((now - since) / _MINUTE, shares)


@dataclass(frozen=True)
class Forecast:
    """When the run ends in nine of ten cases; ``path`` are the steps that decide it.

    ``n`` is the fewest cases that a step on the path rests on.
    """

    end: datetime
    remaining: timedelta
    path: Sequence[int] = ()
    n: int = 0


def waits_for(steps: Iterable[PlanStep]) -> dict[int, tuple[int, ...]]:
    """Return which steps each one waits for, in an order in which they can be done.

    Without ``needs`` a step waits for the one before. A hold point holds every later step, also
    one on a branch of its own. What is unknown, or would go in a circle, is left out.
    """
    known = sorted(steps, key=lambda step: step.position)
    positions = {each.position for each in known}
    wanted: dict[int, set[int]] = {}
    before: int | None = None
    held: int | None = None
    for step in known:
        needs = {each for each in step.needs if each in positions and each != step.position}
        if not step.needs and before is not None:
            needs = {before}
        wanted[step.position] = needs | ({held} if held is not None else set())
        before = step.position
        held = step.position if step.is_hold_point else held
    return _in_order(wanted)


def _in_order(wanted: Mapping[int, set[int]]) -> dict[int, tuple[int, ...]]:
    done: dict[int, tuple[int, ...]] = {}
    left = sorted(wanted)
    while left:
        ready = [each for each in left if wanted[each] <= done.keys()] or left[:1]
        for each in ready:
            done[each] = tuple(sorted(need for need in wanted[each] if need in done))
        left = [each for each in left if each not in done]
    return done


def planned_starts(steps: Sequence[PlanStep]) -> dict[int, timedelta]:
    """Return how long after the beginning each step begins by plan."""
    minutes = {each.position: each.planned_minutes for each in steps}
    ends: dict[int, int] = {}
    starts: dict[int, timedelta] = {}
    for position, needs in waits_for(steps).items():
        start = max((ends[each] for each in needs), default=0)
        starts[position], ends[position] = timedelta(minutes=start), start + minutes[position]
    return starts


def forecast(
    steps: Iterable[OpenStep],
    needs: Mapping[int, Sequence[int]],
    now: datetime,
    policy: ExecutionPolicy,
    seed: int,
) -> Forecast:
    """Return when the rest of the plan is done; ``needs`` is what ``waits_for`` said."""
    known = {each.position: each for each in steps}
    nothing = [0.0] * policy.draws
    ends: dict[int, list[float]] = {}
    for position, waits in needs.items():
        step = known[position]
        is_going = step.state is StepState.RUNNING  # whatever it should have waited for
        before = [] if is_going else [ends[each] for each in waits]
        begins = [max(each) for each in zip(nothing, *before, strict=True)]
        if step.state not in OPEN:
            ends[position] = nothing  # what is done holds nobody
            continue
        left = step.left(now, _shares(seed, position, policy.draws))
        ends[position] = [a + b for a, b in zip(begins, left, strict=True)]
    whole = [max(each) for each in zip(nothing, *ends.values(), strict=True)]
    remaining = timedelta(minutes=_quantile(whole, policy.quantile))
    path = critical_path(known, needs, now)
    n = min((known[each].duration.n for each in path), default=0)
    return Forecast(now + remaining, remaining, path, n)


def critical_path(
    steps: Mapping[int, OpenStep], needs: Mapping[int, Sequence[int]], now: datetime
) -> tuple[int, ...]:
    """Return the open steps, one after the other, that take longest at their medians."""
    length: dict[int, float] = {}
    come_from: dict[int, int | None] = {}
    for position, waits in needs.items():
        if steps[position].state not in OPEN:
            continue
        waits = () if steps[position].state is StepState.RUNNING else waits
        last = max((each for each in waits if each in length), key=length.__getitem__, default=None)
        left = steps[position].left(now, (0.5,))[0]
        length[position] = left + (length[last] if last is not None else 0.0)
        come_from[position] = last
    at = max(length, key=length.__getitem__, default=None)
    path: list[int] = []
    while at is not None:
        path.append(at)
        at = come_from[at]
    return tuple(reversed(path))


@lru_cache(maxsize=4096)
def _shares(seed: int, position: int, draws: int) -> tuple[float, ...]:
    """Return evenly spaced shares in an order of the step's own: it is the same at every look."""
    shares = [(each + 0.5) / draws for each in range(draws)]
    Random(f"{seed}/{position}").shuffle(shares)  # noqa: S311 (a simulation, no secret)
    return tuple(shares)


def _quantile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    place = min(max(share * len(ordered) - 0.5, 0.0), len(ordered) - 1.0)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


class Standing(StrEnum):
    """Where a run is against its window."""

    IN_TIME = "in time"
    OVERRUN = "overrun ahead"
    DUE = "roll-back decision due"
    PAST = "past the checkpoint"
    GOING_ON = "going on by decision"
    ROLLING_BACK = "rolling back"
    OVER = "past its window"


def standing(
    now: datetime,
    forecast_end: datetime,
    window_end: datetime,
    rollback: timedelta,
    *,
    is_decided: bool = False,
    is_rolling_back: bool = False,
) -> tuple[Standing, str]:
    """Return where a run stands, and the sentence that says so.

    The checkpoint is the end of the window less the time of the roll-back. "Due now" is the
    minute of the checkpoint; after it going on needs a decision, however good the forecast is.
    """
    checkpoint = window_end - rollback
    if now >= window_end:
        return Standing.OVER, f"past its window by {_minutes(now - window_end)}"
    is_late = forecast_end > window_end
    late = f"; forecast {_minutes(forecast_end - window_end)} beyond the window" if is_late else ""
    if is_rolling_back:
        return Standing.ROLLING_BACK, f"rolling back{late}"
    if now < checkpoint:
        if not is_late:
            return Standing.IN_TIME, "in time"
        return (
            Standing.OVERRUN,
            f"overrun alert, {_minutes(checkpoint - now)} before the checkpoint",
        )
    if is_decided:
        return Standing.GOING_ON, f"past the checkpoint, going on by decision{late}"
    if now < checkpoint + _MINUTE:
        return Standing.DUE, "roll-back decision due now"
    return Standing.PAST, "past the checkpoint: going on needs a recorded decision"


def _minutes(span: timedelta) -> str:
    return "less than 1 min" if span < _MINUTE else f"{int(span / _MINUTE)} min"


def minute_after(at: datetime) -> datetime:
    """Return the whole minute at or after ``at``: a forecast in minutes promises nothing less."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + _MINUTE
