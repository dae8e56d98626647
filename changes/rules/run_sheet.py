"""What may be pressed on a run sheet now, and why not: alike for pages, API and actions. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from changes.lifecycle import STEP, RunState, StepMove, StepState
from changes.run_values import RunStepView
from ssoc.core.errors import Conflict, IllegalMove

PASSED = frozenset({StepState.DONE, StepState.SKIPPED})
_DOING = {
    StepMove.START: StepState.RUNNING,
    StepMove.REPEAT: StepState.RUNNING,
    StepMove.FINISH: StepState.DONE,
    StepMove.FAIL: StepState.FAILED,
    StepMove.SKIP: StepState.SKIPPED,
    StepMove.UNDO: StepState.UNDONE,
}


class SheetRun(Protocol):
    """What a sheet asks of a run: of a change, or of the cut-over of a site."""

    @property
    def state(self) -> RunState:
        """Return where it stands."""

    @property
    def steps(self) -> Sequence[RunStepView]:
        """Return its steps in order."""

    @property
    def step_of(self) -> Mapping[int, RunStepView]:
        """Return its steps by position."""

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on."""

    @property
    def is_rehearsal(self) -> bool:
        """Tell whether nothing real is done."""

    @property
    def is_decided(self) -> bool:
        """Tell whether going on past the checkpoint was decided."""

    @property
    def checkpoint(self) -> datetime:
        """Return the last moment to roll back in time."""

    @property
    def started_at(self) -> datetime:
        """Return when it began."""

    @property
    def ended_at(self) -> datetime | None:
        """Return when it ended, None while it goes on."""

    @property
    def ended_by(self) -> str:
        """Return who ended it."""


def refuse_move(run: SheetRun, step: RunStepView, move: StepMove, now: datetime) -> None:
    """Raise with what, why and cure when ``move`` may not be done to ``step`` now.

    Raises:
        Conflict: somebody pressed before.
        IllegalMove: the plan, the roll-back or the checkpoint stands against it.

    """
    if not run.is_open:
        raise Conflict(
            f"the run ended at {_time(run.ended_at)}; {run.ended_by} ended it; nothing was written"
        )
    _refuse_second_press(step, move)
    fault = _of_rollback(run, step, move) or _of_plan(run, step, move)
    fault = fault or _of_checkpoint(run, step, move, now)
    if fault:
        raise IllegalMove(f"{fault}; nothing was written")


def moves(run: SheetRun, step: RunStepView, now: datetime) -> list[StepMove]:
    """Return what may be done to ``step`` now, in the order of the lifecycle."""
    return [move for move in STEP.moves_from(step.state) if _may(run, step, move, now)]


def _may(run: SheetRun, step: RunStepView, move: StepMove, now: datetime) -> bool:
    try:
        refuse_move(run, step, move, now)
    except (Conflict, IllegalMove):
        return False
    return True


def next_step(run: SheetRun) -> RunStepView | None:
    """Return the step that matters now: to be undone, running, failed, or to be begun next."""
    if run.state is RunState.ROLLING_BACK:
        return next_undo(run)
    wanted = (StepState.RUNNING, StepState.FAILED, StepState.WAITING)
    for state in wanted:
        for step in run.steps:
            if step.state is state and (state is not StepState.WAITING or not _waits(run, step)):
                return step
    return None


def next_undo(run: SheetRun) -> RunStepView | None:
    """Return the step to be undone next: backwards, those with an undo that were begun."""
    begun = [
        each
        for each in run.steps
        if each.undo.strip() and each.state in {StepState.DONE, StepState.FAILED}
    ]
    return max(
        begun, key=lambda each: (each.began_at or run.started_at, each.position), default=None
    )


def needs_decision(run: SheetRun, now: datetime) -> bool:
    """Tell whether going on needs a recorded decision: past the checkpoint, and none there."""
    if run.is_rehearsal or not run.is_open or run.state is not RunState.RUNNING:
        return False
    return now >= run.checkpoint and not run.is_decided


def _refuse_second_press(step: RunStepView, move: StepMove) -> None:
    if (step.state, move) in STEP.table:
        return
    who, at = _pressed(step)
    if step.state is not StepState.WAITING and who:
        same = " already" if step.state is _DOING[move] else ""
        raise Conflict(
            f"step {step.position} is {step.state}{same}: {who} pressed at {_time(at)}; nothing "
            "was written; look again"
        )
    STEP.after(step.state, move)


def _pressed(step: RunStepView) -> tuple[str, datetime | None]:
    if step.state is StepState.UNDONE:
        return step.undone_by, step.undone_at
    if step.state is StepState.RUNNING:
        return step.notes[-1].by if step.repeats and step.notes else step.began_by, step.resumed_at
    return step.ended_by, step.ended_at


def _of_rollback(run: SheetRun, step: RunStepView, move: StepMove) -> str:
    is_back = run.state is RunState.ROLLING_BACK
    if move is not StepMove.UNDO:
        return "the run is rolled back: only undoing goes on" if is_back else ""
    if not is_back:
        return f"step {step.position} can be undone in a roll-back only; roll back first"
    first = next_undo(run)
    if first is None or not step.undo.strip():
        return f"step {step.position} has no undo in the plan"
    if first.position != step.position:
        return f"steps are undone backwards; undo step {first.position} first"
    return ""


def _of_plan(run: SheetRun, step: RunStepView, move: StepMove) -> str:
    if move is StepMove.SKIP and step.is_hold_point:
        return (
            f"step {step.position} is a hold point and cannot be skipped; pass it with what its "
            "check said, or roll back"
        )
    waits = _waits(run, step)
    if move is StepMove.START and waits:
        one = waits[0]
        return f"step {step.position} waits for step {one.position}, which is {one.state}"
    return ""


def _waits(run: SheetRun, step: RunStepView) -> list[RunStepView]:
    by_position = run.step_of
    needed = [by_position[each] for each in step.waits_for]
    return [each for each in needed if each.state not in PASSED]


def _of_checkpoint(run: SheetRun, step: RunStepView, move: StepMove, now: datetime) -> str:
    goes_on = move in {StepMove.START, StepMove.REPEAT, StepMove.SKIP}
    goes_on = goes_on or (move is StepMove.FINISH and step.is_hold_point)
    if not goes_on or not needs_decision(run, now):
        return ""
    return (
        f"it is past the checkpoint {_time(run.checkpoint)}, the last moment to roll back in time; "
        "going on needs a recorded decision: decide to go on with a reason, or roll back"
    )


def _time(at: datetime | None) -> str:
    return f"{at:%H:%M} UTC" if at else "an unknown time"
