"""Raw rows become hourly figures, again and again the same; old ones go."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.models import Poll, PollHour, RollUpDue, SampleHour, SampleRow
from ssoc.monitoring.reading import Health, Sample
from ssoc.monitoring.roll_up import retain, roll_up
from ssoc.monitoring.sample_queries import availability
from tests.monitoring.polling.estates import check, lost, polled, record, recorder, stored

HEALTH = check("core-ke")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def poll_hour(runtime: Runtime, start: datetime, letters: str, tps: Sequence[float] = ()) -> None:
    """One poll a minute: o ok, d degraded, D down, u no answer, - no poll at all."""
    kinds = {"o": Health.OK, "d": Health.DEGRADED, "D": Health.DOWN}
    polls = []
    for minute, letter in enumerate(letters):
        at = start + minute * MINUTE
        samples = [Sample("tps", tps[minute])] if minute < len(tps) else []
        if letter == "u":
            polls.append(lost(HEALTH, at))
        elif letter != "-":
            polls.append(polled(HEALTH, at, *samples, health=kinds[letter]))
    record(recorder(runtime), polls)


def hours(runtime: Runtime) -> list[tuple[int, ...]]:
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(PollHour).order_by(PollHour.hour_at))
        return [(r.ok, r.degraded, r.down, r.unknown, r.missed, r.duration_ms_sum) for r in rows]


def samples(runtime: Runtime) -> list[tuple[float, ...]]:
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(SampleHour).order_by(SampleHour.hour_at))
        return [(r.count, r.sum, r.least, r.most) for r in rows]


def test_an_hour_is_rolled_up_when_it_is_over(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [HEALTH])
    poll_hour(runtime, clock.at, "oodDu", [10, 30, math.nan])
    roll_up(runtime)
    assert hours(runtime) == []
    clock.advance(HOUR)
    for _ in range(2):
        roll_up(runtime)
        assert hours(runtime) == [(2, 1, 1, 1, 0, 125)]
        assert samples(runtime) == [(2, 40, 10, 30)]


def test_late_rows_correct_their_hour(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [HEALTH])
    poll_hour(runtime, clock.at, "oo", [10, 30])
    clock.advance(HOUR)
    roll_up(runtime)
    poll_hour(runtime, clock.at - 30 * MINUTE, "DD", [50])
    clock.advance(MINUTE)
    roll_up(runtime)
    assert hours(runtime) == [(2, 0, 2, 0, 0, 100)]
    assert samples(runtime) == [(3, 90, 10, 50)]


def test_missed_turns_stay_when_their_hour_is_rolled_up(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [HEALTH])
    recorder(runtime).record([], {(HEALTH.key, clock.at): 7})
    poll_hour(runtime, clock.at, "oo")
    clock.advance(HOUR)
    roll_up(runtime)
    assert hours(runtime) == [(2, 0, 0, 0, 7, 50)]


def test_raw_rows_are_kept_for_the_days_of_the_settings(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [HEALTH])
    poll_hour(runtime, clock.at, "oo", [1, 2])
    clock.advance(HOUR)
    poll_hour(runtime, clock.at, "oo", [3, 4])
    clock.advance(timedelta(days=14) - HOUR)
    roll_up(runtime)
    retain(runtime)
    assert counts(runtime) == (4, 4, 2, 2)
    clock.advance(HOUR)
    retain(runtime)
    assert counts(runtime) == (2, 2, 2, 2)
    clock.advance(HOUR)
    retain(runtime)
    assert counts(runtime) == (0, 0, 2, 2)
    years = replace(runtime.settings.polling, hourly_years=1)
    shorter = replace(runtime, settings=replace(runtime.settings, polling=years))
    clock.advance(timedelta(days=366))
    retain(shorter)
    assert counts(runtime) == (0, 0, 0, 0)


def test_an_hour_that_waits_for_its_roll_up_is_not_deleted(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [HEALTH])
    poll_hour(runtime, clock.at, "oo", [1, 2])
    clock.advance(timedelta(days=30))
    retain(runtime)
    assert counts(runtime) == (2, 2, 0, 0)


def test_figures_outlive_a_late_row_of_a_deleted_hour(runtime: Runtime, clock: FrozenClock) -> None:
    """The raw rows are gone: one late row must not make the hour look nearly empty."""
    stored(runtime, [HEALTH])
    start = clock.at
    poll_hour(runtime, start, "oooo", [1, 2])
    clock.advance(HOUR)
    roll_up(runtime)
    clock.advance(timedelta(days=20))
    retain(runtime)
    poll_hour(runtime, start + 10 * MINUTE, "D")
    roll_up(runtime)
    assert hours(runtime) == [(4, 0, 0, 0, 0, 100)]
    with runtime.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(RollUpDue)) == 0


def counts(runtime: Runtime) -> tuple[int, ...]:
    with runtime.view(SYSTEM) as work:
        return tuple(
            work.session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Poll, SampleRow, PollHour, SampleHour)
        )


def test_availability_is_the_same_from_raw_and_from_hourly(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [HEALTH])
    start = clock.at
    poll_hour(runtime, start, "o" * 50 + "d" * 4 + "D" * 2 + "u" * 4)
    clock.advance(HOUR)
    for _ in range(2):
        with runtime.view(SYSTEM) as work:
            found = availability(work, [HEALTH.key], start, start + HOUR)[HEALTH.key]
        assert (found.n, found.share, found.coverage) == (56, 54 / 56, 56 / 60)
        assert found.ok_share == 50 / 56
        assert (found.unknown, found.expected, found.resolution) == (4, 60, MINUTE)
        roll_up(runtime)
    clock.advance(timedelta(days=15))
    retain(runtime)
    with runtime.view(SYSTEM) as work:
        assert availability(work, [HEALTH.key], start, start + HOUR)[HEALTH.key] == found


def test_an_hour_under_way_is_counted_from_raw(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [HEALTH])
    start = clock.at
    poll_hour(runtime, start, "o" * 60)
    clock.advance(HOUR)
    roll_up(runtime)
    poll_hour(runtime, clock.at, "o" * 10 + "D" * 10)
    clock.advance(20 * MINUTE)
    with runtime.view(SYSTEM) as work:
        found = availability(work, [HEALTH.key], start, clock.at)[HEALTH.key]
    assert (found.ok, found.down, found.expected) == (70, 10, 80)


def test_unknown_is_not_down_and_a_gap_is_no_coverage(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [HEALTH])
    start = clock.at
    poll_hour(runtime, start, "u" * 30)
    clock.advance(HOUR)
    with runtime.view(SYSTEM) as work:
        found = availability(work, [HEALTH.key], start, clock.at)[HEALTH.key]
    assert (found.share, found.n, found.coverage, found.unknown) == (None, 0, 0, 30)
