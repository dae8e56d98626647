"""Runs: what may be started and when, steps pressed in their order, how a run ends."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from changes.actions import assessing, freezes, running
from changes.actions.freeze_list import FreezeDraft, set_freeze
from changes.lifecycle import Effect, Outcome, RunState, State, StepMove, StepState
from changes.models import Change, Run
from changes.queries import runs
from changes.queries.assessment import blocking
from changes.queries.freezes import freeze_spans
from changes.rules.running import Standing
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound, SsocError
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Actor, ActorKind, Permission, Role
from ssoc.core.work import Runtime
from ssoc.monitoring import queries as monitoring_queries
from tests import factories
from tests.changes import running_story as story
from tests.changes.running_story import IMRE, MINUTE, RITA


def test_a_run_begins_with_its_change_and_keeps_the_plan(runtime: Runtime) -> None:
    run = story.begun(runtime)
    seen = story.look(runtime, run)
    assert (seen.change.state, seen.change.started_at) == (State.RUNNING, seen.started_at)
    assert (seen.started_by, seen.state, seen.is_rehearsal) == ("imre", RunState.RUNNING, False)
    began = seen.started_at
    assert [(each.planned_at - began) / MINUTE for each in seen.steps] == [0, 20, 30, 55, 65]
    assert [each.state for each in seen.steps] == [StepState.WAITING] * 5
    assert seen.checkpoint == began + 130 * MINUTE
    assert seen.standing is Standing.IN_TIME


@pytest.mark.parametrize(
    ("minutes", "fault"),
    [
        pytest.param(-61, "may begin from 2026-03-02 07:00 UTC", id="before its preparation"),
        pytest.param(-60, "", id="with its preparation"),
        pytest.param(179, "", id="in its last minute"),
        pytest.param(180, "ended at 2026-03-02 11:00 UTC", id="at its end"),
    ],
)
def test_it_begins_in_its_window_only(
    runtime: Runtime, clock: FrozenClock, minutes: int, fault: str
) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        number = story.tonight(work)
    clock.advance(minutes * MINUTE)
    if not fault:
        with runtime.work(IMRE) as work:
            assert running.start(work, number)
        return
    with pytest.raises(IllegalMove, match=fault), runtime.work(IMRE) as work:
        running.start(work, number)


@pytest.mark.parametrize(
    ("state", "type_name", "may"),
    [
        (State.SCHEDULED, "normal", True),
        (State.APPROVED, "normal", False),
        (State.APPROVED, "emergency", True),
        (State.DRAFT, "emergency", False),
        (State.SUBMITTED, "normal", False),
        (State.ENDED, "normal", False),
    ],
)
def test_it_begins_in_the_states_its_type_allows(
    runtime: Runtime, state: State, type_name: str, may: bool
) -> None:
    given: dict[str, Any] = {"state": state, "type": type_name}
    if may:
        assert story.begun(runtime, **given)
        return
    with pytest.raises(IllegalMove):
        story.begun(runtime, **given)
    with runtime.view(SYSTEM) as work:
        assert work.session.scalars(select(Run)).all() == []


def test_who_may_run_in_one_market_only_starts_nothing_of_two(runtime: Runtime) -> None:
    with pytest.raises(NotAllowed, match="may not run changes in TZ"):
        story.begun(runtime, markets=["KE", "TZ"])
    with pytest.raises(NotFound):
        story.begun(runtime, factories.person("gita", Role.NOC_OPERATOR, "GH"))
    with pytest.raises(NotAllowed):
        story.begun(runtime, factories.person("quin", Role.QUALITY_LEAD))


def test_a_collision_that_nobody_waived_refuses_the_start(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        number, other = story.tonight(work), story.tonight(work)
    fault = "collision blocks CHG-1: .*CHG-2"
    with pytest.raises(IllegalMove, match=fault), runtime.work(IMRE) as work:
        running.start(work, number)
    with runtime.work(factories.person("boris", Role.CHANGE_MANAGER)) as work:
        assessing.assess(work, number)
        for each in blocking(work, number):
            assessing.waive(work, number, each.key, "one team does both, one after the other")
    with runtime.work(IMRE) as work:
        assert running.start(work, number)
    assert other


def test_a_hard_freeze_refuses_the_start_and_an_override_lets_it_through(
    runtime: Runtime, clock: FrozenClock
) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        number = story.tonight(work)
        until = clock.now() + timedelta(days=1)
        set_freeze(
            work,
            FreezeDraft("Salaries", True, "paid", ("KE",), since=clock.now(), until=until),
        )
    with pytest.raises(NotAllowed, match="Salaries"), runtime.work(IMRE) as work:
        running.start(work, number)
    with runtime.view(SYSTEM) as work:
        assert work.session.scalars(select(Run)).all() == []
        (key,) = [each.key for each in freeze_spans(work, clock.now(), until)]
    lead = factories.person("lea", Role.OPERATIONS_LEAD)
    with runtime.work(lead) as work:
        freezes.override(work, number, key, "the bank asked for it")
    with runtime.work(IMRE) as work:
        assert running.start(work, number)


def test_a_freeze_that_begins_does_not_kill_what_runs(runtime: Runtime, clock: FrozenClock) -> None:
    run = story.begun(runtime)
    with runtime.work(SYSTEM) as work:
        until = clock.now() + timedelta(days=1)
        set_freeze(work, FreezeDraft("Now", True, "now", since=clock.now(), until=until))
    story.through(runtime, clock, run, 1, 5)
    assert story.look(runtime, run).steps[0].state is StepState.DONE


def test_a_change_runs_once(runtime: Runtime) -> None:
    run = story.begun(runtime)
    number = story.look(runtime, run).change.id
    with pytest.raises(Conflict, match="imre began it"), runtime.work(IMRE) as work:
        running.start(work, number)


def test_a_plan_without_steps_is_one_step(runtime: Runtime) -> None:
    run = story.begun(runtime, steps=(), type="emergency")
    (only,) = story.look(runtime, run).steps
    assert (only.title, only.planned_minutes) == ("Carry it out", 130)


HISTORY = "run_step.planned_minutes > "  # how like steps of earlier runs are asked for


def test_a_press_reckons_no_forecast(runtime: Runtime) -> None:
    """Who presses a step waits for no history of like steps; pages and decisions have it."""
    run = story.begun(runtime)
    said: list[str] = []
    event.listen(runtime.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    story.press(runtime, run, 1, StepMove.START)
    assert len(said) <= 20, said
    assert not [each for each in said if HISTORY in each]
    assert story.look(runtime, run).forecast
    assert [each for each in said if HISTORY in each]


def test_steps_go_in_their_order_with_who_and_when(runtime: Runtime, clock: FrozenClock) -> None:
    run = story.begun(runtime)
    with pytest.raises(IllegalMove, match="step 2 waits for step 1, which is waiting"):
        story.press(runtime, run, 2, StepMove.START)
    story.through(runtime, clock, run, 1, 18)
    first = story.look(runtime, run).steps[0]
    assert (first.state, first.began_by, first.ended_by) == (StepState.DONE, "imre", "imre")
    assert (first.took, first.over) == (18 * MINUTE, -2 * MINUTE)
    story.press(runtime, run, 2, StepMove.START)
    story.press(runtime, run, 2, StepMove.FAIL, note="disk full")
    with pytest.raises(IllegalMove, match="step 3 waits for step 2, which is failed"):
        story.press(runtime, run, 3, StepMove.START)
    story.press(runtime, run, 2, StepMove.REPEAT, StepMove.FINISH)
    second = story.look(runtime, run).steps[1]
    assert (second.state, second.repeats) == (StepState.DONE, 1)
    assert [each.text for each in second.notes][:2] == ["as planned", "disk full"]
    with pytest.raises(Conflict, match="step 2 is done already: imre pressed at 08:18 UTC"):
        story.press(runtime, run, 2, StepMove.FINISH)


@pytest.mark.parametrize(
    ("position", "move", "note", "kind", "fault"),
    [
        (1, "skip", "", BadInput, "why step 1 is left out"),
        (1, "jump", "x", BadInput, "there are start, finish"),
        (9, "start", "x", NotFound, "no step 9"),
        (1, "finish", "x", IllegalMove, "cannot finish while waiting"),
        (4, "skip", "x", IllegalMove, "a hold point and cannot be skipped"),
        (2, "undo", "x", IllegalMove, "cannot undo while waiting"),
        (1, "start", "x" * 2_001, BadInput, "2001 characters"),
    ],
)
def test_what_cannot_be_pressed(
    runtime: Runtime, position: int, move: str, note: str, kind: type[SsocError], fault: str
) -> None:
    run = story.begun(runtime)
    before = story.look(runtime, run)
    with pytest.raises(kind, match=fault):
        story.press(runtime, run, position, move, note=note)
    assert story.look(runtime, run) == before


def test_a_hold_point_passes_by_a_person_with_what_its_check_said(
    runtime: Runtime, clock: FrozenClock
) -> None:
    run = story.begun(runtime)
    for position in (1, 2, 3):
        story.through(runtime, clock, run, position, 1)
    story.press(runtime, run, 4, StepMove.START)
    with pytest.raises(BadInput, match="hold point; write what its check said: p95"):
        story.press(runtime, run, 4, StepMove.FINISH, note=" ")
    robot = Actor("deploy-token", frozenset({(each, "*") for each in Permission}), ActorKind.TOKEN)
    with pytest.raises(NotAllowed, match="by a person with a name"), runtime.work(robot) as work:
        running.step(work, run, 4, StepMove.FINISH, "fine")
    story.press(runtime, run, 4, StepMove.FINISH, note="p95 180 ms")
    hold = story.look(runtime, run).steps[3]
    assert (hold.state, hold.ended_by, hold.notes[-1].text) == (
        StepState.DONE,
        "imre",
        "p95 180 ms",
    )


def test_past_the_checkpoint_going_on_needs_a_decision(
    runtime: Runtime, clock: FrozenClock
) -> None:
    run = story.begun(runtime)
    story.through(runtime, clock, run, 1, 100)
    with pytest.raises(IllegalMove, match="decided from 09:55 UTC on"), runtime.work(IMRE) as work:
        running.decide(work, run, "go on", "we are sure")
    story.press(runtime, run, 2, StepMove.START)
    clock.advance(31 * MINUTE)
    assert story.look(runtime, run).standing is Standing.PAST
    story.press(runtime, run, 2, StepMove.FINISH)  # what happened is always written down
    with pytest.raises(IllegalMove, match="past the checkpoint 10:10 UTC"):
        story.press(runtime, run, 3, StepMove.START)
    with pytest.raises(BadInput, match="say why"), runtime.work(IMRE) as work:
        running.decide(work, run, "go on", " ")
    robot = Actor("deploy-token", frozenset({(each, "*") for each in Permission}), ActorKind.TOKEN)
    with pytest.raises(NotAllowed, match="by a person with a name"), runtime.work(robot) as work:
        running.decide(work, run, "go on", "green")
    with runtime.work(IMRE) as work:
        running.decide(work, run, "go on", "vendor confirms 40 min")
    seen = story.look(runtime, run)
    assert seen.standing is Standing.GOING_ON
    assert [(each.kind, each.reason, each.by) for each in seen.decisions] == [
        ("go on", "vendor confirms 40 min", "imre")
    ]
    assert seen.decisions[0].forecast_end is not None
    story.press(runtime, run, 3, StepMove.START)


def test_a_roll_back_goes_backwards_over_what_has_an_undo(
    runtime: Runtime, clock: FrozenClock
) -> None:
    run = story.begun(runtime)
    for position in (1, 2):
        story.through(runtime, clock, run, position, 10)
    story.press(runtime, run, 3, StepMove.START)
    with pytest.raises(IllegalMove, match="roll back first"):
        story.press(runtime, run, 2, StepMove.UNDO)
    with runtime.work(IMRE) as work:
        running.roll_back(work, run, "writes over 400 ms")
    seen = story.look(runtime, run)
    assert seen.state is RunState.ROLLING_BACK
    assert seen.steps[2].state is StepState.FAILED
    assert seen.forecast is not None
    assert seen.forecast.end == clock.now() + 50 * MINUTE
    with pytest.raises(IllegalMove, match="undo step 3 first"):
        story.press(runtime, run, 2, StepMove.UNDO)
    with pytest.raises(IllegalMove, match="only undoing goes on"):
        story.press(runtime, run, 4, StepMove.START)
    with pytest.raises(IllegalMove, match="step 3 is not undone"), runtime.work(IMRE) as work:
        running.end(work, run, Outcome.ROLLED_BACK, "over")
    story.press(runtime, run, 3, StepMove.UNDO)
    with pytest.raises(Conflict, match="step 3 is undone already: imre pressed"):
        story.press(runtime, run, 3, StepMove.UNDO)
    story.press(runtime, run, 2, StepMove.UNDO)
    with pytest.raises(IllegalMove, match="cannot end successful"), runtime.work(IMRE) as work:
        running.end(work, run, "successful")
    with runtime.work(IMRE) as work:
        running.end(work, run, "rolled back", "payouts open again")
    over = story.look(runtime, run)
    assert (over.change.state, over.change.outcome) == (State.ENDED, Outcome.ROLLED_BACK)
    assert (over.steps[0].state, over.steps[1].state) == (StepState.DONE, StepState.UNDONE)
    assert over.forecast is None


@pytest.mark.parametrize(
    ("outcome", "note", "kind", "fault"),
    [
        ("successful", "", IllegalMove, "step 1 is waiting"),
        ("with issues", "", BadInput, "say in a few words how"),
        ("rolled back", "x", IllegalMove, "it was not rolled back"),
        ("splendid", "x", BadInput, "there are successful, with issues"),
    ],
)
def test_an_outcome_fits_what_was_done(
    runtime: Runtime, outcome: str, note: str, kind: type[SsocError], fault: str
) -> None:
    run = story.begun(runtime)
    with pytest.raises(kind, match=fault), runtime.work(IMRE) as work:
        running.end(work, run, outcome, note)
    seen = story.look(runtime, run)
    assert (seen.is_open, seen.change.state) == (True, State.RUNNING)


@pytest.mark.parametrize(("minutes", "overran"), [(60, False), (180, False), (181, True)])
def test_a_run_ends_once_and_says_whether_it_overran(
    runtime: Runtime, clock: FrozenClock, minutes: int, overran: bool
) -> None:
    run = story.begun(runtime)
    clock.advance(minutes * MINUTE)
    with runtime.work(IMRE) as work:
        running.end(work, run, "failed", "the vendor did not come")
    seen = story.look(runtime, run)
    assert (seen.overran, seen.change.finished_at) == (overran, clock.now())
    with pytest.raises(Conflict, match="imre ended it"), runtime.work(IMRE) as work:
        running.end(work, run, "failed", "again")
    with runtime.view(SYSTEM) as work:
        told = work.session.scalars(select(EventRecord).where(EventRecord.kind == "ChangeEnded"))
        assert [each.body["overran"] for each in told] == [overran]


def test_pages_are_held_with_the_run_and_end_with_it(runtime: Runtime, clock: FrozenClock) -> None:
    run = story.begun(runtime)
    seen = story.look(runtime, run)
    assert seen.suppressed == ("app-ke", "core-ke", "ussd-ke"), "not what it stands on, not others"
    with runtime.view(SYSTEM) as work:
        (window,) = monitoring_queries.windows(work)
        assert window.title.startswith(seen.change.reference)
        assert (window.created_by, window.ends_at) == ("imre", seen.window_ends_at)
        assert window.is_open(work.now)
    clock.advance(30 * MINUTE)
    with runtime.work(IMRE) as work:
        running.end(work, run, "failed", "no")
    with runtime.view(SYSTEM) as work:
        (window,) = monitoring_queries.windows(work)
        assert window.ended_at == work.now


def test_held_pages_end_by_themselves_and_only_a_decision_holds_them_longer(
    runtime: Runtime, clock: FrozenClock
) -> None:
    run = story.begun(runtime)
    clock.advance(181 * MINUTE)
    with runtime.view(SYSTEM) as work:
        assert monitoring_queries.under_maintenance(work, "core-ke", "KE") == ""
        assert monitoring_queries.overrun_windows(work) == [], "the run tells of its overrun"
    until = clock.now() + 60 * MINUTE
    with runtime.work(IMRE) as work:
        with pytest.raises(BadInput, match="4 hours from now at most"):
            running.decide(work, run, "hold pages longer", "x", clock.now() + timedelta(days=1))
        with pytest.raises(BadInput, match="until when"):
            running.decide(work, run, "hold pages longer", "x")
        running.decide(work, run, "hold pages longer", "40 min to go", until)
    seen = story.look(runtime, run)
    assert seen.suppressed_until == until
    assert [each.until for each in seen.decisions] == [until]
    with runtime.view(SYSTEM) as work:
        assert "CHG-" in monitoring_queries.under_maintenance(work, "core-ke", "KE")
    with runtime.work(IMRE) as work:
        running.end(work, run, "with issues", "late")
    with runtime.view(SYSTEM) as work:
        assert monitoring_queries.under_maintenance(work, "core-ke", "KE") == ""


def test_less_redundant_holds_itself_only_and_no_effect_nothing(runtime: Runtime) -> None:
    run = story.begun(runtime, components=[("core-ke", Effect.REDUNDANCY)])
    assert story.look(runtime, run).suppressed == ("core-ke",)
    with runtime.work(RITA) as work:
        number = story.tonight(work, components=[("sms-ke", Effect.NONE)])
    with runtime.work(IMRE) as work:
        other = running.start(work, number)
    assert story.look(runtime, other).suppression_id is None


def test_a_rehearsal_moves_nothing_and_is_timed(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        number = story.tonight(work, state=State.DRAFT, starts_at=None, ends_at=None)
    with runtime.work(IMRE) as work:
        run = running.rehearse(work, number)
    story.through(runtime, clock, run, 1, 30)
    story.through(runtime, clock, run, 2, 10)
    with runtime.work(IMRE) as work:
        running.roll_back(work, run, "to try it")
    story.press(runtime, run, 2, StepMove.UNDO)
    with runtime.work(IMRE) as work:
        running.end(work, run, "rolled back", "went as written")
    seen = story.look(runtime, run)
    assert (seen.change.state, seen.change.outcome) == (State.DRAFT, None)
    assert (seen.suppression_id, seen.steps[0].over) == (None, 10 * MINUTE)
    assert seen.change.rollback_rehearsed_at == clock.now()
    with runtime.view(SYSTEM) as work:
        assert monitoring_queries.windows(work) == []
        assert runs.running_now(work) == []
        assert runs.ended_lately(work, clock.now() - timedelta(days=1)) == []
        assert [each.id for each in runs.runs_of(work, number)] == [run]


def test_an_open_rehearsal_is_ended_before_the_real_thing(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        number = story.tonight(work)
    with runtime.work(IMRE) as work:
        running.rehearse(work, number)
    with pytest.raises(Conflict, match="a rehearsal of CHG-1 is open"), runtime.work(IMRE) as work:
        running.start(work, number)


def test_the_bridge_is_a_roster_by_partner(runtime: Runtime, clock: FrozenClock) -> None:
    run = story.begun(runtime)
    with runtime.work(IMRE) as work:
        running.join_bridge(work, run)
        running.join_bridge(work, run, "Ana Sousa", "Pangolin Storage")
        running.join_bridge(work, run, "Bo Li", "Pangolin Storage")
    quin = factories.person("quin", Role.QUALITY_LEAD)
    with runtime.work(quin) as work:
        running.join_bridge(work, run)  # whoever may see it may listen
        with pytest.raises(NotAllowed):
            running.join_bridge(work, run, "somebody else")
    seen = story.look(runtime, run)
    assert {partner: [each.person for each in there] for partner, there in seen.roster.items()} == {
        "": ["imre", "quin"],
        "Pangolin Storage": ["Ana Sousa", "Bo Li"],
    }
    with pytest.raises(Conflict, match="on the bridge since 08:00 UTC"), runtime.work(IMRE) as work:
        running.join_bridge(work, run, "Bo Li")
    with pytest.raises(NotFound, match="not on the bridge"), runtime.work(IMRE) as work:
        running.leave_bridge(work, run, "Nobody")
    clock.advance(MINUTE)
    with runtime.work(IMRE) as work:
        running.leave_bridge(work, run, "Bo Li")
        running.end(work, run, "failed", "no")
    assert story.look(runtime, run).on_bridge == ()
    assert {each.left_at for each in story.look(runtime, run).bridge} == {clock.now()}


def test_running_now_and_ended_lately(runtime: Runtime, clock: FrozenClock) -> None:
    run = story.begun(runtime)
    with runtime.view(IMRE) as work:
        (now,) = runs.running_now(work)
        assert (now.run_id, now.markets, now.components) == (run, ("KE",), ("core-ke",))
        assert now.state is Standing.IN_TIME
        assert work.now < now.forecast_end < now.window_end
        assert runs.ended_lately(work, work.now) == []
    with runtime.view(factories.person("gita", Role.NOC_OPERATOR, "GH")) as work:
        assert runs.running_now(work) == []
        with pytest.raises(NotFound):
            runs.run(work, run)
    with runtime.work(IMRE) as work:
        running.end(work, run, "failed", "no")
    with runtime.view(IMRE) as work:
        assert runs.running_now(work) == []
        (ended,) = runs.ended_lately(work, work.now)
        assert (ended.outcome, ended.overran, ended.ended_at) == (Outcome.FAILED, False, work.now)


def test_what_happened_is_on_the_audit_trail(runtime: Runtime) -> None:
    run = story.begun(runtime)
    story.press(runtime, run, 1, StepMove.START)
    with runtime.work(IMRE) as work:
        running.join_bridge(work, run)
        running.roll_back(work, run, "no")
        running.end(work, run, "failed", "no")
    with runtime.view(SYSTEM) as work:
        told = work.session.scalars(select(EventRecord).order_by(EventRecord.id))
        kinds = [each.kind for each in told if each.by == "imre"]
        number = work.session.scalars(select(Change.id)).one()
    assert kinds == [
        *(
            "ChangeAssessed",
            "WindowSet",
            "RunPagesHeld",
            "ChangeStarted",
            "RunStepMoved",
            "BridgeJoined",
        ),
        *("RunStepMoved", "RunDecisionTaken", "WindowEnded", "ChangeEnded"),
    ]
    assert number
