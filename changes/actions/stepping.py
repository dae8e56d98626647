"""Press a step of a run: begin, finish, fail, skip, repeat, undo. Of two who press one wins."""

from datetime import datetime
from typing import Any

from changes.actions import runs_found
from changes.actions.runs_found import FoundRun
from changes.lifecycle import STEP, StepMove
from changes.models import RunStep
from changes.rules import run_sheet
from changes.run_values import RunStepView
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import RunStepMoved
from ssoc.core.work import Work


def step(work: Work, run_id: int, position: int, move: StepMove | str, note: str = "") -> None:
    """Do ``move`` to one step, with a note.

    A hold point passes only by a person, whose note is what the check said. A failure needs a
    note too.

    Raises:
        Conflict: somebody pressed before, or the run has ended.
        IllegalMove: the plan, a roll-back or the checkpoint stands against it.
        BadInput: a note is needed, or there is no such move.

    """
    known = runs_found.found(work, run_id)
    wanted = _move(move)
    view = known.view.step_of.get(position)
    if view is None:
        raise NotFound(f"the run has no step {position}; it has {len(known.view.steps)} steps")
    run_sheet.refuse_move(known.view, view, wanted, work.now)
    said = runs_found.said(note, _needed(view, wanted))
    if view.is_hold_point and wanted is StepMove.FINISH:
        require_person(work, "a hold point is passed", "passes it")
    row = runs_found.step_row(work, run_id, position)
    press(work, known, row, wanted, said)


def press(work: Work, known: FoundRun, row: RunStep, move: StepMove, said: str) -> None:
    """Write a move of a step that may be done, and tell it."""
    row.state = STEP.after(row.state, move)
    _stamp(row, move, work.actor.name, work.now)
    if said or row.repeats:
        told: dict[str, Any] = {"move": move.value, "text": said, "by": work.actor.name}
        row.notes = [*row.notes, told | {"at": work.now.isoformat()}]
    bump(work.session)
    work.record(
        RunStepMoved(
            known.view.change.id,
            known.markets,
            row.run_id,
            row.position,
            row.title,
            move.value,
            row.state.value,
            said,
        )
    )


def _stamp(row: RunStep, move: StepMove, who: str, now: datetime) -> None:
    if move is StepMove.START:
        row.began_at = row.resumed_at = now
        row.began_by = who
    elif move is StepMove.REPEAT:
        row.resumed_at, row.ended_at, row.ended_by = now, None, ""
        row.repeats += 1
    elif move is StepMove.UNDO:
        row.undone_at, row.undone_by = now, who
    else:
        row.ended_at, row.ended_by = now, who


def _move(given: StepMove | str) -> StepMove:
    try:
        return StepMove(given)
    except ValueError:
        raise BadInput(
            f"there is no move {str(given)[:32]!r} of a step; there are {', '.join(StepMove)}"
        ) from None


def _needed(step: RunStepView, move: StepMove) -> str:
    """Return what is to be said when a note is missing; empty when none is needed."""
    if step.is_hold_point and move is StepMove.FINISH:
        wanted = f": {step.check}" if step.check else ""
        return f"step {step.position} is a hold point; write what its check said{wanted}"
    if move is StepMove.FAIL:
        return f"say in a few words what failed in step {step.position}"
    if move is StepMove.SKIP:
        return f"say in a few words why step {step.position} is left out"
    return ""


def require_person(work: Work, what: str, who: str) -> None:
    """Let no token do what a person has to answer for, such as ``a hold point is passed``."""
    if work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed(
            f"{what} by a person with a name, not by a token; nothing was written; "
            f"somebody who may run the change {who} on the run sheet",
            Permission.CHANGE_RUN,
        )
