"""A roll-out from its first wave to its end, by real actions and a real gate."""

import pytest
from sqlalchemy import select

from changes.lifecycle import Outcome, State
from changes.rollouts import jobs
from changes.rollouts.actions import deciding, log, waves
from changes.rollouts.lifecycle import RolloutState, WaveState
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Actor
from ssoc.core.work import Runtime
from ssoc.estate import queries as estate_queries
from ssoc.monitoring import queries as monitoring
from tests import factories
from tests.rollouts import story

ONE = ({"name": "all"},)
TASK = {"name": "all", "tasks": [{"title": "Load the menu", "undo": "Unload it"}, "Tell agents"]}
GOOD, BAD = [99.5, 99.5], [97.0]


def begin(runtime: Runtime, number: int, who: Actor = story.IMRE) -> None:
    with runtime.work(who) as work:
        waves.start(work, number)


def test_waves_pass_one_after_the_other_and_end_the_change(runtime: Runtime) -> None:
    number = story.planned(runtime)
    for position in (1, 2, 3, 4):
        begin(runtime, number)
        view = story.look(runtime, number)
        assert view.wave(position).state is WaveState.AT_GATE
        assert story.change_of(runtime, number).state is State.RUNNING
        story.measure(runtime, number, GOOD)
    view, change = story.look(runtime, number), story.change_of(runtime, number)
    assert [each.state for each in view.waves] == [WaveState.PASSED] * 4
    assert (view.state, change.state) == (RolloutState.FINISHED, State.ENDED)
    assert (change.outcome, change.finished_at) == (Outcome.SUCCESSFUL, runtime.clock.now())
    told = [(each.position, each.move, each.by) for each in view.decisions[:5]]
    assert told == [
        (None, "start", "imre"),
        (1, "start", "imre"),
        (1, "reach gate", "imre"),
        (1, "pass", "ssoc"),
        (2, "start", "imre"),
    ]


def test_each_beginning_of_a_wave_is_an_entry_of_the_change_log(runtime: Runtime) -> None:
    number = story.planned(runtime, {"name": "first", "markets": ["KE", "TZ"]})
    begin(runtime, number)
    with runtime.view(SYSTEM) as work:
        logged = monitoring.changes(work, (), runtime.clock.now() - story.H, 10)
    told = {(each.market, each.reference, each.component, each.summary) for each in logged}
    assert told == {
        (code, "CHG-1", "core", "ROL-1 Savings pocket: wave 1, first") for code in ("KE", "TZ")
    }


@pytest.mark.parametrize(
    ("touched", "logged"),
    [
        pytest.param(("app-gh", "app-ke"), {"KE": ["app-ke"], "GH": ["app-gh"]}, id="own ones"),
        pytest.param(
            ("app-gh", "app-ke", "core"),
            {"KE": ["app-ke", "core"], "GH": ["app-gh", "core"]},
            id="and a shared one",
        ),
        pytest.param(("app-gh",), {"KE": [""], "GH": ["app-gh"]}, id="nothing of this market"),
    ],
)
def test_the_entry_names_the_component_of_its_market(
    runtime: Runtime, touched: tuple[str, ...], logged: dict[str, list[str]]
) -> None:
    components = [factories.component("core", "KE", "GH")]
    components += [factories.component(f"app-{code.lower()}", code) for code in ("KE", "GH")]
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "app-ke > core, app-gh > core", components=components)
    with runtime.view(SYSTEM) as work:
        estate = estate_queries.current(work)
    assert {code: list(log.components_in(estate, touched, code)) for code in logged} == logged


UNSEEN = "\u200b \u2060\u3164"


def test_a_reason_nobody_can_see_is_none(runtime: Runtime) -> None:
    number = story.planned(runtime, *ONE)
    begin(runtime, number)
    story.measure(runtime, number, BAD)
    with pytest.raises(BadInput, match="needs a reason"), runtime.work(story.OLGA) as work:
        deciding.resume(work, number, 1, UNSEEN)
    with pytest.raises(BadInput, match="needs a reason"), runtime.work(story.IMRE) as work:
        deciding.pause(work, number, None, UNSEEN)
    assert story.look(runtime, number).wave(1).state is WaveState.PAUSED


def test_a_wave_has_a_name_that_is_seen(runtime: Runtime) -> None:
    with pytest.raises(BadInput, match="wave 1 has no name"):
        story.planned(runtime, {"name": UNSEEN})


def test_the_gate_decides_only_after_the_last_task(runtime: Runtime) -> None:
    number = story.planned(runtime, TASK)
    begin(runtime, number)
    assert story.look(runtime, number).wave(1).state is WaveState.RUNNING
    with runtime.work(story.NILS) as work:
        waves.tick(work, number, 1, 2)
    with pytest.raises(Conflict, match=r"nils did it at 08:00 UTC; nothing was written"):
        tick(runtime, number, 2)
    assert story.look(runtime, number).wave(1).gate_id is None
    tick(runtime, number, 1, "took two tries")
    wave = story.look(runtime, number).wave(1)
    assert (wave.state, [each.done_by for each in wave.tasks]) == (
        WaveState.AT_GATE,
        ["imre", "nils"],
    )
    assert wave.tasks[0].note == "took two tries"


def tick(runtime: Runtime, number: int, task: int, note: str = "") -> None:
    with runtime.work(story.IMRE) as work:
        waves.tick(work, number, 1, task, note)


# ----------------------------------------------------------- what a gate decides (3.4)


@pytest.mark.parametrize(
    ("on_failed", "tested", "figures", "state", "reason"),
    [
        pytest.param("rollback", True, BAD, "rolled back", "", id="S1 a tested roll-back starts"),
        pytest.param("rollback", False, BAD, "paused", "rollback not tested", id="S2 not tested"),
        pytest.param("pause", True, BAD, "paused", "Success rate", id="G1 a pause by default"),
        pytest.param("notify", True, BAD, "passed", "", id="G1 notify goes on"),
    ],
)
def test_a_failed_metric(  # noqa: PLR0913 (the columns of the table)
    runtime: Runtime,
    clock: FrozenClock,
    on_failed: str,
    tested: bool,
    figures: list[float],
    state: str,
    reason: str,
) -> None:
    rehearsed = clock.now() - story.H if tested else None
    wave = {"name": "all", "gate": story.gate(on_failed=on_failed)}
    number = story.planned(runtime, wave, rollback_rehearsed_at=rehearsed)
    begin(runtime, number)
    story.measure(runtime, number, figures)
    wave_now = story.look(runtime, number).wave(1)
    assert wave_now.state.value == state
    assert reason in wave_now.paused_because


def test_an_error_never_rolls_back(runtime: Runtime, clock: FrozenClock) -> None:
    """S3: EEEEE with a tested roll-back pauses."""
    rehearsed = clock.now() - story.H
    wave = {"name": "all", "markets": ["TZ"], "gate": story.gate(on_failed="rollback")}
    number = story.planned(runtime, wave, rollback_rehearsed_at=rehearsed)
    begin(runtime, number)
    gate_id = story.look(runtime, number).wave(1).gate_id or 0
    for _ in range(5):
        with runtime.work(SYSTEM) as work:
            story.write(work, gate_id, "success", "TZ", None, error="away")
    story.tell(runtime)
    assert story.look(runtime, number).wave(1).state is WaveState.PAUSED


def paused(runtime: Runtime, figure: float = 98.5, **given: object) -> int:
    """Return a roll-out whose gate is unsure of Tanzania."""
    wave = {"name": "all", "markets": ["KE", "TZ"], "gate": story.unsure(**given)}
    number = story.planned(runtime, wave, {"name": "rest"})
    begin(runtime, number)
    story.measure(runtime, number, {"KE": GOOD, "TZ": [99.5, figure]})
    wave_now = story.look(runtime, number).wave(1)
    assert (wave_now.state, wave_now.paused_by) == (WaveState.PAUSED, "its gate")
    return number


def resume(runtime: Runtime, number: int, who: Actor = story.OLGA, reason: str = "seen") -> None:
    with runtime.work(who) as work:
        deciding.resume(work, number, 1, reason)


def test_s9_resumed_and_good_goes_on(runtime: Runtime) -> None:
    number = paused(runtime)
    resume(runtime, number, reason="a single slow bank, seen with them")
    assert story.look(runtime, number).wave(1).state is WaveState.AT_GATE
    story.measure(runtime, number, {"TZ": GOOD})
    view = story.look(runtime, number)
    assert view.wave(1).state is WaveState.PASSED
    told = next(each for each in view.decisions if each.move == "resume at gate")
    assert (told.by, told.reason) == ("olga", "a single slow bank, seen with them")
    assert told.through == 4, "all four measurements so far are consumed"


def test_s10_the_same_evidence_pauses_no_second_time(runtime: Runtime) -> None:
    number = paused(runtime)
    resume(runtime, number)
    with runtime.view(SYSTEM) as work:
        kept = work.session.scalars(
            select(EventRecord).where(EventRecord.kind == "GateDecided").order_by(EventRecord.id)
        ).all()[-1]
    with runtime.work(SYSTEM) as work:
        from changes.rollouts import subscribers

        subscribers.follow_gate(work, kept.event)  # type: ignore[arg-type]
    jobs.advance(runtime)
    assert story.look(runtime, number).wave(1).state is WaveState.AT_GATE


def test_s11_new_evidence_pauses_again(runtime: Runtime) -> None:
    number = paused(runtime)
    resume(runtime, number)
    story.measure(runtime, number, {"TZ": [98.5]})
    assert story.look(runtime, number).wave(1).state is WaveState.PAUSED
    resume(runtime, number, story.OTTO, "once more")
    story.measure(runtime, number, {"TZ": GOOD})
    assert story.look(runtime, number).wave(1).state is WaveState.PASSED


@pytest.mark.parametrize(
    ("who", "error", "words"),
    [
        pytest.param(
            story.IMRE,
            NotAllowed,
            "may not approve or refuse changes in KE",
            id="S12 without the right",
        ),
        pytest.param(
            Actor("imre", story.OLGA.grants),
            NotAllowed,
            "imre is its implementer, and so may not approve it",
            id="S12 the implementer",
        ),
        pytest.param(
            Actor("rita", story.OLGA.grants),
            NotAllowed,
            "rita is its requester",
            id="S12 the requester",
        ),
        pytest.param(SYSTEM, NotAllowed, "by a person with a name", id="G8 no machine"),
    ],
)
def test_who_may_not_resume(
    runtime: Runtime, who: Actor, error: type[Exception], words: str
) -> None:
    number = paused(runtime)
    with pytest.raises(error, match=words):
        resume(runtime, number, who)
    assert story.look(runtime, number).wave(1).state is WaveState.PAUSED


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_s13_a_resume_without_a_fit_reason_is_refused(runtime: Runtime, reason: str) -> None:
    number = paused(runtime)
    with pytest.raises(BadInput, match="reason"):
        resume(runtime, number, reason=reason)
    assert story.look(runtime, number).wave(1).state is WaveState.PAUSED


def test_g13_what_would_be_refused_at_load_is_refused_at_planning(runtime: Runtime) -> None:
    """S15, with every other fault at once."""
    from changes.rollouts.actions import planning
    from changes.rollouts.rules import drafting

    change = story.stored(runtime)
    bad = story.waves(
        {"name": "one", "gate": story.gate(failure_limit=-1)},
        {"name": "one", "markets": ["CD"], "gate": {}},
        {"name": "three", "gate": story.gate(count=None)},
    )
    with runtime.work(story.RITA) as work, pytest.raises(BadInput) as refused:
        planning.plan(work, change, drafting.read(bad))
    said = str(refused.value)
    assert "the gate of wave 1: " in said
    assert "failure_limit" in said
    assert "wave 2 has the name of an earlier one" in said
    assert "wave 2 names CD, and the change touches " in said
    assert "wave 2 has no gate" in said
    assert "the gate of wave 3: metric 'success': it would measure for ever" in said


# ----------------------------------------------------------- people decide


def test_a_pause_by_a_person_needs_an_approval_too(runtime: Runtime) -> None:
    number = story.planned(runtime, TASK)
    begin(runtime, number)
    with runtime.work(story.NILS) as work:
        deciding.pause(work, number, None, "the bank called")
    wave = story.look(runtime, number).wave(1)
    assert (wave.state, wave.paused_by, wave.paused_because) == (
        WaveState.PAUSED,
        "nils",
        "the bank called",
    )
    with runtime.work(story.NILS) as work, pytest.raises(Conflict, match="nils paused it at 08:00"):
        deciding.pause(work, number, 1, "again")
    with runtime.work(story.NILS) as work, pytest.raises(NotAllowed):
        deciding.resume(work, number, 1, "fine again")
    resume(runtime, number)
    assert story.look(runtime, number).wave(1).state is WaveState.RUNNING


def test_a_roll_back_that_was_never_tested_is_refused(runtime: Runtime) -> None:
    number = paused(runtime)
    with runtime.work(story.OLGA) as work, pytest.raises(IllegalMove, match="rollback not tested"):
        deciding.roll_back(work, number, 1, "figures fall")


def test_a_wave_is_rolled_back_task_by_task_and_planned_again(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = story.planned(runtime, TASK, rollback_rehearsed_at=clock.now() - story.H)
    begin(runtime, number)
    tick(runtime, number, 1)
    tick(runtime, number, 2)
    with runtime.work(story.OLGA) as work:
        deciding.roll_back(work, number, 1, "figures fall")
    assert story.look(runtime, number).wave(1).state is WaveState.ROLLING_BACK
    with runtime.work(story.IMRE) as work:
        waves.undo(work, number, 1, 1)
    view = story.look(runtime, number)
    assert (view.wave(1).state, view.state) == (WaveState.ROLLED_BACK, RolloutState.RUNNING)
    with runtime.work(story.OLGA) as work:
        deciding.plan_again(work, number, 1, "the fix is in")
    begin(runtime, number)
    wave = story.look(runtime, number).wave(1)
    assert (wave.state, wave.attempts) == (WaveState.RUNNING, 2)
    assert [each.done_at for each in wave.tasks] == [None, None]


def test_everything_is_rolled_back_and_the_change_says_so(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = story.planned(
        runtime, {"name": "a"}, {"name": "b"}, rollback_rehearsed_at=clock.now() - story.H
    )
    begin(runtime, number)
    story.measure(runtime, number, GOOD)
    begin(runtime, number)
    with (
        runtime.work(story.OLGA) as work,
        pytest.raises(IllegalMove, match="wave 2 is at gate and came after wave 1"),
    ):
        deciding.roll_back(work, number, 1, "no")
    with runtime.work(story.OLGA) as work:
        deciding.roll_back(work, number, None, "wrong fees")
    view, change = story.look(runtime, number), story.change_of(runtime, number)
    assert [each.state for each in view.waves] == [WaveState.ROLLED_BACK] * 2
    assert (view.state, change.outcome) == (RolloutState.ROLLED_BACK, Outcome.ROLLED_BACK)


@pytest.mark.parametrize(
    ("passes", "outcome"),
    [pytest.param(1, Outcome.FAILED, id="part of it stays"), pytest.param(0, Outcome.FAILED)],
)
def test_an_abort_ends_the_change(runtime: Runtime, passes: int, outcome: Outcome) -> None:
    number = story.planned(runtime, {"name": "a"}, {"name": "b"})
    begin(runtime, number)
    if passes:
        story.measure(runtime, number, GOOD)
    with runtime.work(story.OLGA) as work:
        deciding.abort(work, number, "the sponsor stopped it")
    view, change = story.look(runtime, number), story.change_of(runtime, number)
    assert (view.state, change.state) == (RolloutState.ABORTED, State.ENDED)
    assert change.outcome is outcome
