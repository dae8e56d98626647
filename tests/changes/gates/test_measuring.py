"""Gates on real stored samples: measured by the clock, decided, stopped, resumed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from changes.gates.actions import opening
from changes.gates.lifecycle import Effect, Judgement, Phase
from changes.gates.providers import samples
from changes.gates.queries.due import due
from changes.models import TroubledIncident
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import IllegalMove
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.estate import actions as estate_actions
from ssoc.estate import queries as estate_queries
from tests import factories
from tests.changes.gates import story
from tests.changes.gates.story import HOUR, MARKETS, MINUTE, metric, turn


def test_good_figures_pass_a_gate_in_every_market(runtime: Runtime, clock: FrozenClock) -> None:
    story.load(runtime)
    number = story.opened(runtime)
    for _ in range(5):
        turn(runtime, clock, 1, KE=99.9, LS=99.5, MZ=99.0)
    assert story.gate(runtime, number).phase is Phase.SUCCESSFUL
    assert len(story.evidence(runtime, number)) == 3 + 15 - 3, "the first turn had no figures"
    assert story.told(runtime)[-1] | {"through": 0} == {
        "gate_id": number,
        "about": "wave:7",
        "phase": "successful",
        "effect": "go on",
        "metric": "",
        "market": "",
        "reason": "every metric passed",
        "through": 0,
    }
    turn(runtime, clock, 5, KE=1, LS=1, MZ=1)
    assert len(story.evidence(runtime, number)) == 15, "what is decided is measured no more"


def test_s5_one_bad_market_of_three_fails_the_gate_and_is_named(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(title="Payments"))
    turn(runtime, clock, 1, KE=99.9, LS=99.9, MZ=98.0)
    gate = story.gate(runtime, number)
    assert (gate.phase, gate.effect) == (Phase.FAILED, Effect.PAUSE)
    (event,) = story.told(runtime)
    assert (event["market"], event["metric"], event["effect"]) == ("MZ", "success", "pause")
    assert event["reason"] == "Payments in MZ: failed, 98 is below 99; 1 failed, 0 tolerated"
    assert event["through"] == story.evidence(runtime, number, "MZ")[-1].id
    others = [story.series(runtime, number, code) for code in ("KE", "LS")]
    assert [(each.phase, each.is_stopped, each.next_at) for each in others] == [
        (Phase.SUCCESSFUL, True, None)
    ] * 2


def test_s6_a_quiet_night_is_no_data_not_a_failure(runtime: Runtime, clock: FrozenClock) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(min_samples=50), markets=("LS",))
    clock.advance(MINUTE)
    story.figures(runtime, "LS", clock.now(), success_percent=90.0, transactions=10)
    turn(runtime, clock)
    (found,) = story.evidence(runtime, number)
    assert (found.judgement, found.value, found.samples) == (Judgement.NO_DATA, 90.0, 10)
    assert found.why == "10 samples, 50 are needed"
    assert story.gate(runtime, number).phase is Phase.RUNNING


def test_s4_five_empty_results_in_a_row_pause_as_no_data(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(on_failed="rollback"), is_rollback_tested=True)
    for minute in range(5):
        assert story.gate(runtime, number).phase is Phase.RUNNING, minute
        turn(runtime, clock, 1 if minute else 0)
    gate = story.gate(runtime, number)
    assert (gate.phase, gate.effect) == (Phase.NO_DATA, Effect.PAUSE)
    assert "nothing was ever stored of core-ke/kpi success_percent" in [
        each.why for each in story.evidence(runtime, number, "KE")
    ]


@pytest.mark.parametrize(
    ("is_tested", "effect", "why"),
    [
        pytest.param(True, Effect.ROLL_BACK, "1 failed, 0 tolerated", id="S1"),
        pytest.param(False, Effect.PAUSE, "rollback not tested", id="S2"),
    ],
)
def test_a_failure_rolls_back_only_what_was_tested(
    runtime: Runtime, clock: FrozenClock, is_tested: bool, effect: Effect, why: str
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(on_failed="rollback"), is_rollback_tested=is_tested)
    turn(runtime, clock, 1, KE=90, LS=99.9, MZ=99.9)
    gate = story.gate(runtime, number)
    assert (gate.phase, gate.effect) == (Phase.FAILED, effect)
    assert gate.why.endswith(why)
    assert story.told(runtime)[-1]["effect"] == effect.value


def test_s3_errors_pause_and_are_asked_again_after_ten_seconds(
    runtime: Runtime, clock: FrozenClock
) -> None:
    """A metric that does not exist is an error with its name, five times in 40 s."""
    story.load(runtime)
    nowhere = {"samples": {"check": "core-{cc}/nothing", "sample": "x"}}
    number = story.opened(
        runtime,
        metric(provider=nowhere, on_failed="rollback", interval="10m"),
        markets=("KE",),
        is_rollback_tested=True,
    )
    for _ in range(5):
        turn(runtime, clock)
        clock.advance(timedelta(seconds=10))
    gate, found = story.gate(runtime, number), story.evidence(runtime, number)
    assert [each.judgement for each in found] == [Judgement.ERROR] * 5
    assert found[0].why == "there is no check core-ke/nothing in the estate; correct the definition"
    assert (gate.phase, gate.effect) == (Phase.ERROR, Effect.PAUSE)
    assert gate.why.endswith("rollback is never by missing telemetry")
    assert [each.counters["count"] for each in found] == [0] * 5


def test_the_plan_does_not_drift_however_late_a_turn_is(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(interval="5m", initial_delay="2m"), markets=("KE",))
    start = clock.now()
    turn(runtime, clock, 1, KE=99.9)
    assert not story.evidence(runtime, number), "before its delay"
    assert story.gate(runtime, number).phase is Phase.RUNNING, "R10"
    assert story.series(runtime, number).phase is Phase.PENDING
    turn(runtime, clock, 1.5, KE=99.9)  # 30 s late
    assert story.series(runtime, number).next_at == start + 7 * MINUTE
    turn(runtime, clock, 11, KE=99.9)  # two turns were missed
    assert story.series(runtime, number).next_at == start + 17 * MINUTE
    assert [each.planned_at for each in story.evidence(runtime, number)] == [
        start + 2 * MINUTE,
        start + 7 * MINUTE,
    ]


MONDAYS = [story.NOON - timedelta(weeks=week) for week in range(1, 5)]


def test_s7_a_baseline_of_four_mondays_fails_what_the_limit_tolerates(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    hours = [at - 3 * HOUR for at in MONDAYS]  # noon in Nairobi is 09:00 UTC
    story.past(runtime, "KE", dict(zip(hours, (99.9, 99.8, 99.9, 100.0), strict=True)))
    clock.advance(HOUR)  # 09:00
    number = story.opened(runtime, metric(baseline={"lowest": -0.5}), markets=("KE",))
    turn(runtime, clock, 1, KE=99.2)
    (found,) = story.evidence(runtime, number)
    assert (found.judgement, found.baseline, found.value) == (Judgement.FAILED, 99.9, 99.2)
    assert found.baseline_judgement is Judgement.FAILED
    assert found.why == "baseline: -0.7 against the usual 99.9, -0.5 tolerated"
    assert found.usual["used"] == ["2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23"]


def test_s8_with_two_of_four_days_the_absolute_limit_counts_alone(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    hours = [at - 3 * HOUR for at in MONDAYS]
    story.past(runtime, "KE", dict.fromkeys(hours[:3], 99.9))
    with runtime.work(SYSTEM) as work:
        work.session.add(
            TroubledIncident(
                incident_id=9,
                component="core-ke",
                markets=["KE"],
                priority="P1",
                began_at=hours[0] - 5 * HOUR,
                ended_at=hours[0] - 4 * HOUR,
            )
        )
    clock.advance(HOUR)
    number = story.opened(runtime, metric(baseline={"lowest": -0.5}), markets=("KE",))
    turn(runtime, clock, 1, KE=99.2)
    (found,) = story.evidence(runtime, number)
    assert (found.judgement, found.baseline) == (Judgement.SUCCESSFUL, None)
    assert found.baseline_judgement is Judgement.NO_DATA
    assert found.usual == {
        "used": ["2026-02-09", "2026-02-16"],
        "left_out": {"2026-02-02": "no figures", "2026-02-23": "incident 9"},
    }


def test_the_hour_is_the_markets_own(runtime: Runtime, clock: FrozenClock) -> None:
    """In Cairo the clocks go forward on the last Friday of April: 12:00 is 10:00, then 09:00."""
    cairo = story.check("EG")
    assert cairo.key == "core-eg/kpi"
    story.load(runtime, ["EG"])
    clock.advance(datetime(2026, 4, 27, 9, 30, tzinfo=UTC) - clock.now())
    mondays = [datetime(2026, 4, day, 10, tzinfo=UTC) for day in (20, 13, 6)]
    story.past(runtime, "EG", dict.fromkeys(mondays, 99.0))
    story.past(runtime, "EG", {datetime(2026, 3, 30, 10, tzinfo=UTC): 98.0})
    number = story.opened(runtime, metric(baseline={"lowest": -2}), markets=("EG",))
    turn(runtime, clock, 1, EG=99.2)
    (found,) = story.evidence(runtime, number)
    assert found.baseline == 99.0
    assert found.usual["used"] == ["2026-03-30", "2026-04-06", "2026-04-13", "2026-04-20"]


def test_a_holiday_is_left_out_and_named(runtime: Runtime, clock: FrozenClock) -> None:
    """The clock stands on Monday 2 March, 08:00Z."""
    story.load(runtime, ["KE"])
    with runtime.work(SYSTEM) as work:
        known = estate_queries.current(work)
        off = replace(known.markets["KE"], added_holidays={"2026-02-23": "Founders' Day"})
        own = replace(known, markets={**known.markets, "KE": off})
        estate_actions.replace(work, factories.items_of(own))
    mondays = [datetime(2026, 2, day, 8, tzinfo=UTC) for day in (2, 9, 16)]
    story.past(runtime, "KE", dict.fromkeys(mondays, 99.0))
    story.past(runtime, "KE", {datetime(2026, 2, 23, 8, tzinfo=UTC): 1.0})
    number = story.opened(runtime, metric(baseline={"lowest": -2}), markets=("KE",))
    turn(runtime, clock, 1, KE=99.2)
    (found,) = story.evidence(runtime, number)
    assert found.baseline == 99.0
    assert found.usual == {
        "used": ["2026-02-02", "2026-02-09", "2026-02-16"],
        "left_out": {"2026-02-23": "holiday: Founders' Day"},
    }


def test_s9_s11_a_resume_consumes_the_evidence_and_new_evidence_decides(
    runtime: Runtime, clock: FrozenClock
) -> None:
    unsure = metric(failure_condition="result < 95", count=3)
    story.load(runtime)
    number = story.opened(runtime, unsure, markets=("KE", "MZ"))
    turn(runtime, clock, 1, KE=97, MZ=99.9)
    assert story.gate(runtime, number).phase is Phase.INCONCLUSIVE
    with runtime.work(SYSTEM) as work:
        through = opening.consume(work, number)
    assert through == max(each.id for each in story.evidence(runtime, number))
    assert story.gate(runtime, number).phase is Phase.RUNNING, "S10: the same evidence is over"
    turn(runtime, clock)
    assert len(story.evidence(runtime, number)) == 2, "S10: nor is it asked for again"
    turn(runtime, clock, 1, KE=99.9, MZ=99.9)
    mine = story.series(runtime, number)
    assert (mine.phase, mine.inconclusive, mine.count) == (Phase.RUNNING, 0, 1), "S9"
    turn(runtime, clock, 1, KE=91.1, MZ=99.9)  # the mean of the window since the resume: 95.5
    assert story.gate(runtime, number).phase is Phase.INCONCLUSIVE, "S11"
    assert [event["effect"] for event in story.told(runtime)] == ["pause", "pause"]
    with runtime.work(SYSTEM) as work:
        assert opening.consume(work, number) > through


def test_samples_from_before_the_resume_are_in_no_window_after_it(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(), markets=("KE",))
    turn(runtime, clock, 1, KE=10)
    with runtime.work(SYSTEM) as work:
        opening.consume(work, number)
    turn(runtime, clock, 1, KE=99.9)  # over 5m the mean would be 55
    assert [each.value for each in story.evidence(runtime, number)] == [10, 99.9]


def test_a_metric_that_is_only_told_goes_on(runtime: Runtime, clock: FrozenClock) -> None:
    story.load(runtime)
    told = metric("told", on_failed="notify")
    number = story.opened(runtime, told, metric(count=2), markets=("KE",))
    turn(runtime, clock, 1, KE=99.9)
    turn(runtime, clock, 1, KE=10)
    assert story.gate(runtime, number).phase is Phase.FAILED
    number = story.opened(runtime, told, metric(count=2, success_condition="result > 1"))
    turn(runtime, clock, 1, KE=10, LS=10, MZ=10)
    assert {event["effect"] for event in story.told(runtime)[-3:]} == {"notify"}
    turn(runtime, clock, 1, KE=10, LS=10, MZ=10)
    gate = story.gate(runtime, number)
    assert (gate.phase, gate.effect) == (Phase.SUCCESSFUL, Effect.GO_ON)
    assert story.series(runtime, number, metric="told").phase is Phase.FAILED


@pytest.mark.parametrize("value", [99.9, 10])
def test_a_dry_run_is_measured_and_never_counts(
    runtime: Runtime, clock: FrozenClock, value: float
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(dry_run=True, count=1), markets=("KE",))
    turn(runtime, clock, 1, KE=value)
    assert story.gate(runtime, number).phase is Phase.SUCCESSFUL
    assert [event["effect"] for event in story.told(runtime)] == ["go on"]


def test_r8_r9_stopped_by_a_person(runtime: Runtime, clock: FrozenClock) -> None:
    story.load(runtime)
    number = story.opened(runtime)
    with runtime.work(SYSTEM) as work:
        assert opening.stop_gate(work, number, "the night is over") is Phase.SUCCESSFUL
    assert story.series(runtime, number).next_at is None
    with runtime.work(SYSTEM) as work:
        opening.resume_measuring(work, number)
    assert story.gate(runtime, number).phase is Phase.RUNNING
    turn(runtime, clock, 1, KE=97, LS=99.9, MZ=99.9)
    assert story.gate(runtime, number).phase is Phase.FAILED
    with runtime.work(SYSTEM) as work:
        assert opening.stop_gate(work, number, "too late") is Phase.FAILED, "R9"
    with pytest.raises(IllegalMove, match="decided failed"), runtime.work(SYSTEM) as work:
        opening.resume_measuring(work, number)


def test_no_data_that_is_waited_for_goes_on_to_the_end(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(on_no_data="wait", count=2), markets=("KE",))
    for _ in range(8):
        turn(runtime, clock, 1)
    assert story.gate(runtime, number).phase is Phase.RUNNING
    with runtime.work(SYSTEM) as work:
        assert opening.stop_gate(work, number, "the window ends") is Phase.NO_DATA


def test_a_metric_that_goes_silent_or_flaps_is_decided_with_its_reason(
    runtime: Runtime, clock: FrozenClock
) -> None:
    """Good, then silent for more than four turns: no data, since when, and what it was."""
    story.load(runtime)
    silent = metric(count=0, provider={"samples": {**story.SUCCESS, "over": "1m"}})
    number = story.opened(runtime, silent, markets=("KE",))
    turn(runtime, clock, 1, KE=99.9)
    for _ in range(5):
        turn(runtime, clock, 1)
    gate = story.gate(runtime, number)
    assert (gate.phase, gate.effect) == (Phase.NO_DATA, Effect.PAUSE)
    nothing = "no sample of core-ke/kpi success_percent since 08:05:00 UTC"
    assert gate.why == f"success in KE: no data, {nothing}; 5 times no data in a row, 4 tolerated"
    assert story.evidence(runtime, number)[-1].why == (
        "no sample of core-ke/kpi success_percent since 08:05:00 UTC"
    )
    flaps = metric(count=0, failure_limit=2, provider=silent["provider"])
    number = story.opened(runtime, flaps, markets=("KE",))
    for value in (10, 99.9, 10, 99.9, 10):
        turn(runtime, clock, 1, KE=value)
    gate = story.gate(runtime, number)
    assert (gate.phase, gate.why) == (
        Phase.FAILED,
        "success in KE: failed, 10 is below 99; 3 failed, 2 tolerated",
    )


@pytest.mark.parametrize("names", [("a",), ("a", "b", "c", "d", "e", "f")])
def test_what_is_due_is_read_in_as_many_statements_however_much_it_is(
    runtime: Runtime, clock: FrozenClock, names: tuple[str, ...]
) -> None:
    story.load(runtime)
    story.past(runtime, "KE", {clock.now(): 99.9})
    rows = [metric(name, baseline={"lowest": -1}) for name in names]
    story.opened(runtime, *rows, markets=MARKETS if len(names) > 1 else ("KE",))
    seen: list[str] = []
    with runtime.view(SYSTEM) as work:
        connection = work.session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
        asked = samples.measure(work, due(work).items)
    assert len(asked) == len(names) * (3 if len(names) > 1 else 1)
    statements = [each for each in seen if "estate" not in each]
    assert len(statements) == 5, statements


def test_of_markets_that_turn_bad_in_the_same_minute_each_is_named_with_its_evidence(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    unsure = metric(failure_condition="result < 95", on_failed="rollback")
    number = story.opened(runtime, unsure, is_rollback_tested=True)
    turn(runtime, clock, 1, KE=97, LS=99.9, MZ=90)
    gate = story.gate(runtime, number)
    assert (gate.phase, gate.effect) == (Phase.FAILED, Effect.ROLL_BACK)
    assert gate.why == (
        "success in KE: inconclusive, 97 is between 95 and 99; 1 inconclusive, 0 tolerated; a "
        "person decides: resume or abort; success in MZ: failed, 90 is below 95; 1 failed, 0 "
        "tolerated"
    )
    assert [(e["market"], e["effect"]) for e in story.told(runtime)] == [
        ("KE", "pause"),
        ("MZ", "roll back"),
    ]
    assert [each.market for each in story.evidence(runtime, number)] == list(MARKETS)
    quiet = story.series(runtime, number, "LS")
    assert (quiet.phase, quiet.is_stopped, quiet.count) == (Phase.SUCCESSFUL, True, 1)
