"""Turns: spread, one at a time, slower while dead, never made up for."""

from collections import Counter
from datetime import timedelta

import pytest

from ssoc.estate.values import Check
from ssoc.monitoring.polling.timetable import Timetable
from ssoc.monitoring.rules.schedule import first_turn, interval, jitter, lease_for

START = 1_000_000.0


def check(name: str, every: float = 30, market: str = "KE", **given: object) -> Check:
    return Check(f"c-{name}", "health", "http", timedelta(seconds=every), market, **given)  # type: ignore[arg-type]


def table(*checks: Check, at: float = START) -> Timetable:
    made = Timetable()
    made.replace({each.key: each for each in checks}, at, {})
    return made


def run(made: Timetable, seconds: float, answers: bool = True, step: float = 0.5) -> Counter[str]:
    """Let the time pass; every poll ends at once."""
    asked: Counter[str] = Counter()
    now = START
    while now < START + seconds:
        turns, _ = made.take(now)
        for turn in turns:
            asked[turn.check.key] += 1
            made.finished(turn.check.key, answers, now)
        now += step
    return asked


def test_first_turns_are_spread_over_the_interval() -> None:
    every = timedelta(seconds=30)
    seconds = Counter(int(first_turn(f"c{n}/x", every, START) - START) for n in range(3000))
    assert set(seconds) <= set(range(31))
    assert max(seconds.values()) < 200, "no second gets twice its share of 3000 / 30"


def test_the_grid_does_not_depend_on_when_we_start() -> None:
    every = timedelta(seconds=30)
    assert first_turn("a/b", every, START) == first_turn("a/b", every, START - 12) or (
        first_turn("a/b", every, START) - first_turn("a/b", every, START - 12) == 30
    )


def test_jitter_is_small_and_never_early() -> None:
    every = timedelta(seconds=30)
    found = [jitter("a/b", START + 30 * n, every) for n in range(200)]
    assert min(found) >= 0
    assert max(found) <= 3
    assert len({round(each, 3) for each in found}) > 100


@pytest.mark.parametrize(
    ("unanswered", "times"),
    [(0, 1), (2, 1), (3, 2), (4, 4), (5, 8), (6, 8), (500, 8)],
)
def test_pauses_double_up_to_eight_times(unanswered: int, times: int) -> None:
    every = timedelta(seconds=30)
    assert interval(every, unanswered) == times * every
    assert interval(every, unanswered, is_control=True) == every


def test_a_check_has_its_turn_once_an_interval() -> None:
    asked = run(table(check("a", 10), check("b", 30)), 300)
    assert 29 <= asked["c-a/health"] <= 31
    assert 9 <= asked["c-b/health"] <= 11


def test_one_turn_at_a_time_and_the_missed_ones_are_counted() -> None:
    made = table(check("a", 10))
    turns, missed = made.take(START + 15)
    assert (len(turns), missed) == (1, {})
    counted = 0
    for second in range(16, 56):
        turns, missed = made.take(START + second)
        assert turns == []
        counted += missed.get("c-a/health", 0)
    assert counted == 4
    made.finished("c-a/health", True, START + 56)
    later = [made.take(START + second)[0] for second in range(57, 68)]
    assert sum(map(len, later)) == 1


def test_turns_slept_over_are_counted_and_not_made_up_for() -> None:
    made = table(check("a", 10))
    made.take(START + 15)
    made.finished("c-a/health", True, START + 15)
    turns, missed = made.take(START + 615)
    assert len(turns) == 1
    assert 58 <= missed["c-a/health"] <= 60


def test_a_dead_target_slows_down_and_a_living_one_is_back_at_once() -> None:
    made = table(check("a", 10))
    assert run(made, 800, answers=False)["c-a/health"] < 20
    due = made.next_due()
    assert due is not None
    made.take(due)
    made.finished("c-a/health", True, due)
    following = made.next_due()
    assert following is not None
    assert following - due <= 11


def test_a_control_probe_never_slows_down() -> None:
    assert run(table(check("a", 10, is_control=True)), 800, answers=False)["c-a/health"] >= 79


def test_what_brings_one_check_of_a_market_back_brings_all() -> None:
    checks = [check(f"n{n}", 30) for n in range(20)]
    other = check("other", 30, market="TZ")
    made = table(*checks, other)
    run(made, 3000, answers=False)
    now = START + 3000
    first = "c-n0/health"
    made.finished(first, True, now)
    asked: set[str] = set()
    for tenth in range(120):
        for turn in made.take(now + tenth / 10)[0]:
            asked.add(turn.check.key)
    assert {each.key for each in checks} - asked <= {first}


def test_a_new_estate_keeps_the_turns_of_what_did_not_change() -> None:
    same, gone, changed = check("same"), check("gone"), check("changed")
    made = table(same, gone, changed)
    before = made.take(START + 31)[0]
    assert len(before) == 3
    other = check("changed", 5)
    keys = {each.key: each for each in (same, other, check("new"))}
    assert sorted(made.replace(keys, START + 32, {})) == ["c-changed/health", "c-gone/health"]
    assert len(made) == 3
    turns = [each.check.key for s in range(33, 66) for each in made.take(START + s)[0]]
    assert turns == ["c-new/health"], "the others are still under way"
    made.finished("c-gone/health", True, START + 62)  # a late end of what is gone does no harm


def test_the_lease_outlives_four_turns() -> None:
    assert lease_for(timedelta(seconds=30)) == timedelta(seconds=135)
