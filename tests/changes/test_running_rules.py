"""The rest of a run: durations from history, the critical path, its end, the states of 5.3."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.lifecycle import StepState
from changes.rules.durations import Basis, Duration, ExecutionPolicy, History, duration_of
from changes.rules.running import (
    OpenStep,
    Standing,
    critical_path,
    forecast,
    planned_starts,
    standing,
    waits_for,
)
from changes.values import PlanStep

NIGHT = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TERMS = ExecutionPolicy()


def at(text: str) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return NIGHT + timedelta(hours=hours, minutes=minutes)


# the window 00:30-03:30 with 50 minutes of roll-back, and rows 5.3 of the reference
@pytest.mark.parametrize(
    ("now", "remaining", "ends", "where", "words"),
    [
        pytest.param("1:30", 95, "3:05", Standing.IN_TIME, "in time", id="5.3 01:30"),
        pytest.param(
            "2:00",
            95,
            "3:35",
            Standing.OVERRUN,
            "overrun alert, 40 min before the checkpoint",
            id="5.3 02:00",
        ),
        pytest.param(
            "2:40", 95, "4:15", Standing.DUE, "roll-back decision due now", id="5.3 02:40"
        ),
        pytest.param(
            "2:41",
            45,
            "3:26",
            Standing.PAST,
            "past the checkpoint: going on needs a recorded decision",
            id="5.3 02:41",
        ),
        pytest.param("1:30", 120, "3:30", Standing.IN_TIME, "in time", id="ends with its window"),
        pytest.param(
            "2:39",
            52,
            "3:31",
            Standing.OVERRUN,
            "overrun alert, 1 min before the checkpoint",
            id="a minute before the checkpoint",
        ),
        pytest.param(
            "2:40",
            10,
            "2:50",
            Standing.DUE,
            "roll-back decision due now",
            id="due although in time: after it no roll-back ends in the window",
        ),
        pytest.param(
            "3:30",
            0,
            "3:30",
            Standing.OVER,
            "past its window by less than 1 min",
            id="the window ends",
        ),
    ],
)
def test_where_a_run_stands(
    now: str, remaining: int, ends: str, where: Standing, words: str
) -> None:
    end = at(now) + remaining * MINUTE
    assert end == at(ends)
    assert standing(at(now), end, at("3:30"), 50 * MINUTE) == (where, words)


def test_a_decision_and_a_roll_back_are_said() -> None:
    late = at("4:00")
    window, back = at("3:30"), 50 * MINUTE
    decided = standing(at("2:45"), late, window, back, is_decided=True)
    assert decided == (
        Standing.GOING_ON,
        "past the checkpoint, going on by decision; forecast 30 min beyond the window",
    )
    rolling = standing(at("2:45"), at("3:20"), window, back, is_rolling_back=True)
    assert rolling == (Standing.ROLLING_BACK, "rolling back")


def plan(*steps: PlanStep) -> dict[int, tuple[int, ...]]:
    return waits_for(steps)


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        pytest.param(
            [PlanStep(1, "a"), PlanStep(2, "b"), PlanStep(3, "c")],
            {1: (), 2: (1,), 3: (2,)},
            id="one after the other",
        ),
        pytest.param(
            [PlanStep(1, "a"), PlanStep(2, "b", needs=(1,)), PlanStep(3, "c", needs=(1,))],
            {1: (), 2: (1,), 3: (1,)},
            id="side by side",
        ),
        pytest.param(
            [PlanStep(1, "a"), PlanStep(2, "b", is_hold_point=True), PlanStep(3, "c", needs=(1,))],
            {1: (), 2: (1,), 3: (1, 2)},
            id="a hold point holds every later one",
        ),
        pytest.param(
            [PlanStep(1, "a", needs=(2,)), PlanStep(2, "b", needs=(1,))],
            {1: (), 2: (1,)},
            id="a circle is cut",
        ),
        pytest.param(
            [PlanStep(1, "a", needs=(9, 1)), PlanStep(2, "b", needs=(1,))],
            {1: (), 2: (1,)},
            id="what there is not",
        ),
        pytest.param(
            [
                PlanStep(1, "a", needs=(2,)),
                PlanStep(2, "b", needs=(3,)),
                PlanStep(3, "c", needs=(9,)),
            ],
            {3: (), 2: (3,), 1: (2,)},
            id="against the numbers",
        ),
    ],
)
def test_what_waits_for_what(steps: Sequence[PlanStep], wanted: dict[int, tuple[int, ...]]) -> None:
    assert waits_for(steps) == wanted
    assert list(waits_for(steps)) == list(wanted)


def test_planned_starts_follow_the_branches() -> None:
    steps = [
        PlanStep(1, "a", planned_minutes=10),
        PlanStep(2, "b", planned_minutes=30, needs=(1,)),
        PlanStep(3, "c", planned_minutes=5, needs=(1,)),
        PlanStep(4, "d", planned_minutes=5, needs=(2, 3)),
    ]
    found = {position: start / MINUTE for position, start in planned_starts(steps).items()}
    assert found == {1: 0, 2: 10, 3: 10, 4: 40}


@pytest.mark.parametrize(
    ("history", "basis", "n", "median"),
    [
        pytest.param(History([20, 20, 20], [9] * 9), Basis.LIKE_STEPS, 3, 20, id="like steps"),
        pytest.param(
            History([20, 20], [1.5, 1.5, 1.5]), Basis.LIKE_CHANGES, 3, 15, id="too few: its type"
        ),
        pytest.param(
            History([20], [2], 1.2, 8), Basis.OVERRUN, 8, 12, id="else the plan as it overruns"
        ),
        pytest.param(History([20], [2, 2], 1.2, 2), Basis.PLAN, 2, 10, id="else the plan alone"),
        pytest.param(History(), Basis.PLAN, 0, 10, id="nothing is known"),
    ],
)
def test_where_a_duration_comes_from(history: History, basis: Basis, n: int, median: float) -> None:
    found = duration_of(10, history, TERMS)
    assert (found.basis, found.n) == (basis, n)
    assert found.median_minutes == pytest.approx(median)


def test_nine_of_ten_take_no_longer_than_assumed_while_nobody_measured() -> None:
    assert duration_of(10, History(), TERMS).quantile(0.9) == pytest.approx(13)


def test_the_spread_is_that_of_the_house_and_of_the_steps_together() -> None:
    logs = [log(10), log(20), log(40)]
    own = sum((each - log(20)) ** 2 for each in logs) / 2
    prior = TERMS.assumed_spread**2
    wanted = ((2 * own + 4 * prior) / 6 * (1 + 1 / 3)) ** 0.5
    assert duration_of(1, History([10, 20, 40]), TERMS).spread == pytest.approx(wanted)


def step(position: int, median: float, state: StepState = StepState.WAITING) -> OpenStep:
    return OpenStep(position, state, Duration(median, 0.2, 5, Basis.LIKE_STEPS))


def test_one_step_ends_at_its_own_quantile() -> None:
    only = step(1, 60)
    found = forecast([only], {1: ()}, NIGHT, TERMS, seed=7)
    assert found.remaining / MINUTE == pytest.approx(only.duration.quantile(0.9), abs=0.1)
    assert (found.path, found.n) == ((1,), 5)


def test_a_sum_of_steps_is_tighter_than_the_sum_of_their_quantiles() -> None:
    """For ten alike the central limit says 10 m + z·√10·sd; the forecast is near that."""
    steps = [step(each, 10) for each in range(1, 11)]
    needs = {each: (each - 1,) if each > 1 else () for each in range(1, 11)}
    found = forecast(steps, needs, NIGHT, TERMS, seed=7).remaining / MINUTE
    assert found < 10 * steps[0].duration.quantile(0.9) * 0.95
    assert found == pytest.approx(10 * 10.2 + 1.2816 * 10**0.5 * 2.06, rel=0.02)


def test_of_branches_the_longest_decides() -> None:
    steps = {1: step(1, 10), 2: step(2, 30), 3: step(3, 5), 4: step(4, 5)}
    needs = {1: (), 2: (1,), 3: (1,), 4: (2, 3)}
    assert critical_path(steps, needs, NIGHT) == (1, 2, 4)
    steps[2] = step(2, 30, StepState.DONE)
    steps[1] = step(1, 10, StepState.DONE)
    assert critical_path(steps, needs, NIGHT) == (3, 4)


def test_a_running_step_that_lasts_longer_lasts_longer_still() -> None:
    duration = Duration(20, 0.3, 5, Basis.LIKE_STEPS)
    ends = [spent + duration.left(spent, [0.9])[0] for spent in (0, 10, 20, 30, 40, 400)]
    assert ends == sorted(ends)
    assert ends[0] == pytest.approx(duration.quantile(0.9))
    assert all(end > spent for end, spent in zip(ends, (0, 10, 20, 30, 40, 400), strict=True))


MINUTES = st.floats(0, 300)
STEPS = st.lists(
    st.tuples(
        MINUTES,
        st.floats(0.01, 1.2),
        st.sampled_from([StepState.WAITING, StepState.RUNNING, StepState.FAILED, StepState.DONE]),
        st.floats(0, 200),
        st.sets(st.integers(1, 6), max_size=2),
    ),
    min_size=1,
    max_size=6,
)
SEEDS = st.integers(1, 9)
Drawn = list[tuple[float, float, StepState, float, set[int]]]
FEW = replace(TERMS, draws=50)


def drawn(given_steps: Drawn) -> tuple[list[OpenStep], dict[int, tuple[int, ...]]]:
    steps, places = [], []
    for position, (median, spread, state, spent, needs) in enumerate(given_steps, 1):
        began = NIGHT - spent * MINUTE if state is StepState.RUNNING else None
        known = Duration(median, spread, 5, Basis.LIKE_STEPS)
        steps.append(OpenStep(position, state, known, began))
        places.append(PlanStep(position, "x", needs=tuple(needs)))
    return steps, waits_for(places)


@settings(deadline=None)
@given(STEPS, SEEDS)
def test_a_forecast_is_never_before_now(given_steps: Drawn, seed: int) -> None:
    steps, needs = drawn(given_steps)
    found = forecast(steps, needs, NIGHT, FEW, seed)
    assert found.end >= NIGHT
    assert found.end == NIGHT + found.remaining


@settings(deadline=None)
@given(STEPS, SEEDS, st.integers(0, 5), st.floats(1, 3))
def test_more_left_to_do_is_never_earlier(
    given_steps: Drawn, seed: int, which: int, times: float
) -> None:
    steps, needs = drawn(given_steps)
    before = forecast(steps, needs, NIGHT, FEW, seed)
    one = steps[which % len(steps)]
    if one.state is StepState.RUNNING:
        return  # a longer step of which as much is done may have less left: it is another kind
    longer = replace(one.duration, median_minutes=one.duration.median_minutes * times)
    steps[which % len(steps)] = replace(one, duration=longer)
    assert forecast(steps, needs, NIGHT, FEW, seed).end >= before.end - timedelta(seconds=1)


@settings(deadline=None)
@given(STEPS, SEEDS)
def test_one_more_step_is_never_earlier(given_steps: Drawn, seed: int) -> None:
    steps, needs = drawn(given_steps)
    fewer, some = drawn(given_steps[:-1])
    before = forecast(fewer, some, NIGHT, FEW, seed)
    if needs_only_earlier(needs, some):
        assert forecast(steps, needs, NIGHT, FEW, seed).end >= before.end


def needs_only_earlier(needs: dict[int, tuple[int, ...]], some: dict[int, tuple[int, ...]]) -> bool:
    """Tell whether the last step came behind: else it changed what waits for what (a circle)."""
    return all(set(some[each]) <= set(needs[each]) for each in some)


@settings(deadline=None)
@given(STEPS, SEEDS, st.integers(0, 5), st.floats(0, 60))
def test_finishing_a_step_early_never_delays_the_end(
    given_steps: Drawn, seed: int, which: int, later: float
) -> None:
    """At any moment: done now is never later than it still running or waiting."""
    steps, needs = drawn(given_steps)
    now = NIGHT + later * MINUTE
    before = forecast(steps, needs, now, FEW, seed)
    steps[which % len(steps)] = replace(steps[which % len(steps)], state=StepState.DONE)
    assert forecast(steps, needs, now, FEW, seed).end <= before.end


@settings(deadline=None)
@given(STEPS, SEEDS, st.floats(0, 120))
def test_waiting_never_makes_the_end_earlier(given_steps: Drawn, seed: int, later: float) -> None:
    steps, needs = drawn(given_steps)
    before = forecast(steps, needs, NIGHT, FEW, seed).end
    after = forecast(steps, needs, NIGHT + later * MINUTE, FEW, seed).end
    assert after >= before - timedelta(seconds=1)


def test_every_look_says_the_same() -> None:
    steps = [step(1, 20), step(2, 30)]
    needs = {1: (), 2: (1,)}
    first = forecast(steps, needs, NIGHT, TERMS, seed=12)
    assert first == forecast(steps, needs, NIGHT, TERMS, seed=12)


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantile", 1.0), ("draws", 1), ("assumed_ratio", 1.0), ("least_n", 0)],
)
def test_a_policy_that_means_nothing_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        ExecutionPolicy(**{field: value})  # type: ignore[arg-type]


def test_a_step_pressed_in_a_hurry_says_nothing_of_long_ones() -> None:
    """Ten steps as planned, give or take; one of a second of the same kind changes little."""
    usual = [0.8, 0.9, 0.95, 1.0, 1.0, 1.05, 1.1, 1.2, 1.3, 1.5]
    calm = duration_of(52, History(ratios=usual), ExecutionPolicy()).quantile(0.9)
    hasty = duration_of(52, History(ratios=[*usual, 0.0024]), ExecutionPolicy()).quantile(0.9)
    assert calm < 52 * 1.5
    assert hasty < 1.25 * calm
