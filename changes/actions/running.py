"""Start, rehearse and end a run of a change; the presses in between stand beside this file."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import select

from changes.actions import bridge, freezes, moving, runs_found, separation, suppressing
from changes.actions.assessing import assess
from changes.actions.bridge import join_bridge as join_bridge
from changes.actions.bridge import leave_bridge as leave_bridge
from changes.actions.deciding import decide as decide
from changes.actions.deciding import roll_back as roll_back
from changes.actions.runs_found import FoundRun
from changes.actions.stepping import step as step
from changes.lifecycle import RUN, Move, Outcome, RunMove, RunState, StepState
from changes.models import Run, RunStep
from changes.policy import policy
from changes.queries.assessment import blocking
from changes.rules.run_sheet import next_undo
from changes.rules.running import planned_starts
from changes.rules.types import refuse_foreign_move
from changes.values import ChangeView, PlanStep
from ssoc.core.errors import BadInput, Conflict, IllegalMove, SsocError
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import ChangeEnded, ChangeStarted, RehearsalEnded, RehearsalStarted
from ssoc.core.work import Work

_MINUTE = timedelta(minutes=1)
WHOLE = "Carry it out"  # the one step of a plan without steps


def start(work: Work, change_id: int) -> int:
    """Begin the execution and hold pages of what it touches; return the number of the run.

    Raises:
        IllegalMove: it is not scheduled, outside its window, or a collision blocks it.
        NotAllowed: the actor may not run it in all its markets, or a hard freeze holds.
        Conflict: another run of it is open.

    """
    row, view = moving.found(work, change_id, Permission.CHANGE_RUN)
    _refuse_in_waves(view)
    refuse_open(work, view)
    refuse_foreign_move(policy(work).types, view.type, row.state, Move.START)
    since, until = _window(view)
    _refuse_outside(work, view, since, until)
    freezes.refuse_if_frozen(work, view, work.now)
    separation.refuse_shared_duties(work, view)
    refuse_blocked(work, view)
    moving.move(work, row, Move.START)
    row.started_at = work.now
    run = _begin(work, view, since, until, is_rehearsal=False)
    suppressing.hold_pages(work, run, view, until)
    markets = moving.markets_text(view.markets)
    work.record(
        ChangeStarted(change_id, markets, run.id, ",".join(sorted(view.components)), view.title)
    )
    return run.id


def rehearse(work: Work, change_id: int) -> int:
    """Begin a rehearsal, timed against the plan: nothing is held back, no state moves."""
    _, view = moving.found(work, change_id, Permission.CHANGE_RUN)
    refuse_open(work, view)
    if not view.steps:
        raise IllegalMove(f"{view.reference} has no steps to rehearse; add them to its plan first")
    if not (view.state.may_be_edited or view.state.is_live):
        raise IllegalMove(f"{view.reference} is {view.state}; there is nothing to rehearse for")
    planned = view.window.length if view.window else timedelta(minutes=_planned(view))
    run = _begin(work, view, work.now, work.now + planned, is_rehearsal=True)
    bump(work.session)
    work.record(RehearsalStarted(change_id, moving.markets_text(view.markets), run.id))
    return run.id


def end(work: Work, run_id: int, outcome: Outcome | str, note: str = "") -> None:
    """End a run with its outcome; pages are no longer held, everybody leaves the bridge.

    Raises:
        IllegalMove: the outcome does not fit what was done.
        BadInput: there is no such outcome, or it needs a note.

    """
    known = runs_found.found(work, run_id)
    wanted = _outcome(outcome)
    _refuse_unfit(known, wanted)
    needed = "" if wanted is Outcome.SUCCESSFUL else f"it ended {wanted}; say in a few words how"
    known.row.note = runs_found.said(note, needed)
    known.row.state = RUN.after(known.row.state, RunMove.END)
    known.row.outcome, known.row.ended_at = wanted, work.now
    known.row.ended_by = work.actor.name
    bridge.clear_bridge(work, known.view)
    if known.view.is_rehearsal:
        _end_rehearsal(work, known, wanted)
    else:
        _end_execution(work, known, wanted)
    bump(work.session)


def _end_execution(work: Work, known: FoundRun, outcome: Outcome) -> None:
    row = runs_found.change_row(work, known.view)
    moving.move(work, row, Move.END)
    row.outcome, row.finished_at = outcome, work.now
    suppressing.release(work, known.row)
    overran = work.now > known.row.window_ends_at
    work.record(ChangeEnded(row.id, known.markets, known.row.id, outcome.value, overran))


def _end_rehearsal(work: Work, known: FoundRun, outcome: Outcome) -> None:
    is_rolled_back, change = outcome is Outcome.ROLLED_BACK, known.view.change.id
    if is_rolled_back:
        runs_found.change_row(work, known.view).rollback_rehearsed_at = work.now
        work.session.flush()
        assess(work, change)  # a tested roll-back is less of a risk
    began = known.view.rolled_back_at or known.row.started_at
    took, planned = ceil((work.now - began) / _MINUTE), known.row.rollback_minutes
    told = (change, known.markets, known.row.id, outcome.value, is_rolled_back)
    work.record(RehearsalEnded(*told, took, planned) if is_rolled_back else RehearsalEnded(*told))


def _begin(
    work: Work, view: ChangeView, since: datetime, until: datetime, *, is_rehearsal: bool
) -> Run:
    run = Run(
        change_id=view.id,
        is_rehearsal=is_rehearsal,
        started_at=work.now,
        started_by=work.actor.name,
        window_ends_at=until,
        rollback_minutes=view.rollback_minutes,
        suppressed=[],
    )
    work.session.add(run)
    work.session.flush()
    steps = view.steps or [_whole(view, until - since)]
    starts = planned_starts(steps)
    work.session.add_all(_step(run.id, each, since + starts[each.position]) for each in steps)
    work.session.flush()
    return run


def _step(run_id: int, step: PlanStep, planned_at: datetime) -> RunStep:
    return RunStep(
        run_id=run_id,
        position=step.position,
        title=step.title,
        owner=step.owner,
        planned_minutes=step.planned_minutes,
        planned_at=planned_at,
        check=step.check,
        undo=step.undo,
        is_hold_point=step.is_hold_point,
        needs=list(step.needs),
        notes=[],
    )


def _whole(view: ChangeView, length: timedelta) -> PlanStep:
    """Return the one step of a plan that has none: the window less the roll-back."""
    minutes = max(1, int(length / _MINUTE) - view.rollback_minutes)
    return PlanStep(1, WHOLE, view.implementer, minutes, undo=view.rollback_plan[:2_000])


def _planned(view: ChangeView) -> int:
    starts = planned_starts(view.steps)
    minutes = [starts[each.position] / _MINUTE + each.planned_minutes for each in view.steps]
    return int(max(minutes, default=0)) + view.rollback_minutes + 1


def _window(view: ChangeView) -> tuple[datetime, datetime]:
    if view.starts_at is None or view.ends_at is None:
        raise IllegalMove(f"{view.reference} has no window; give it one, then schedule it")
    return view.starts_at, view.ends_at


def _refuse_in_waves(view: ChangeView) -> None:
    if view.waves_digest:
        raise IllegalMove(
            f"{view.reference} is rolled out in waves and has no run sheet; begin its waves on the "
            "page of its roll-out, or take the waves away there first; nothing was started"
        )


def refuse_open(work: Work, view: ChangeView) -> None:
    """Raise Conflict while a run or a rehearsal of a change is open."""
    run = work.session.scalars(
        select(Run).where(Run.change_id == view.id, Run.ended_at.is_(None))
    ).first()
    if run is None:
        return
    since = f"since {run.started_at:%Y-%m-%d %H:%M} UTC; {run.started_by} began it"
    if run.is_rehearsal:
        raise Conflict(
            f"a rehearsal of {view.reference} is open {since}; end it, then begin; nothing was "
            "written"
        )
    raise Conflict(f"{view.reference} is running {since}; nothing was written; look again")


def _refuse_outside(work: Work, view: ChangeView, since: datetime, until: datetime) -> None:
    first = since - timedelta(minutes=view.preparation_minutes)
    if work.now < first:
        raise IllegalMove(
            f"{view.reference} may begin from {first:%Y-%m-%d %H:%M} UTC, when its preparation "
            "does; nothing was started; wait, or move its window"
        )
    if work.now >= until:
        raise IllegalMove(
            f"the window of {view.reference} ended at {until:%Y-%m-%d %H:%M} UTC; nothing was "
            "started; give it a new window and have that approved"
        )


def refuse_blocked(work: Work, view: ChangeView) -> None:
    """Raise IllegalMove while a collision that nobody waived blocks a change."""
    assess(work, view.id)  # what was scheduled since the last assessment counts too
    if said := _blocked_words(work, view):
        raise IllegalMove(
            f"{said}; nothing was started; move its window, or have the finding waived by who may"
        )


def _blocked_words(work: Work, view: ChangeView) -> str:
    # freezes are asked about by the instant: one that is over refuses no more
    found = [each for each in blocking(work, view.id) if not each.is_of_freeze]
    if not found:
        return ""
    also = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"a collision blocks {view.reference}: {found[0].reason}{also}"


def in_the_way(work: Work, view: ChangeView) -> tuple[str, ...]:
    """Return in words what would refuse to begin a change now, as it was assessed last.

    An open run, duties that one person shares, a collision that nobody waived; nothing is written.
    """
    found = [_blocked_words(work, view)]
    for refuse in (refuse_open, separation.refuse_shared_duties):
        try:
            refuse(work, view)
        except SsocError as refusal:
            found.append(str(refusal).partition("; nothing was")[0])
    return tuple(each for each in found if each)


def _outcome(given: Outcome | str) -> Outcome:
    try:
        return Outcome(given)
    except ValueError:
        raise BadInput(
            f"there is no outcome {str(given)[:32]!r}; there are {', '.join(Outcome)}"
        ) from None


def _refuse_unfit(known: FoundRun, outcome: Outcome) -> None:
    view = known.view
    if view.state is RunState.ROLLING_BACK:
        if not outcome.is_failure:
            raise IllegalMove(f"it is rolled back; it cannot end {outcome}; nothing was written")
        left = next_undo(view)
        if outcome is Outcome.ROLLED_BACK and left is not None:
            raise IllegalMove(
                f"step {left.position} is not undone yet; undo it, or end it as failed; nothing "
                "was written"
            )
        return
    if outcome is Outcome.ROLLED_BACK:
        raise IllegalMove("it was not rolled back; roll back first; nothing was written")
    _refuse_unfinished(known, outcome)


def _refuse_unfinished(known: FoundRun, outcome: Outcome) -> None:
    """Let nothing be waiting, running or failed in a run that ends well."""
    bad = {
        Outcome.SUCCESSFUL: {StepState.WAITING, StepState.RUNNING, StepState.FAILED},
        Outcome.WITH_ISSUES: {StepState.RUNNING},
    }.get(outcome, set())
    left = next((each for each in known.view.steps if each.state in bad), None)
    if left is not None:
        raise IllegalMove(
            f"step {left.position} is {left.state}; it cannot end {outcome}; finish it, leave it "
            "out with a reason, or end it otherwise; nothing was written"
        )
