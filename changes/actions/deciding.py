"""Decide how a run goes on: past the checkpoint, hold pages longer, roll back. Rows are added."""

from datetime import datetime, timedelta

from changes.actions import runs_found, stepping, suppressing
from changes.actions.runs_found import FoundRun
from changes.lifecycle import RUN, RunMove, RunState, StepMove, StepState
from changes.models import RunDecision
from changes.policy import policy
from changes.run_values import Decision
from ssoc.core.errors import BadInput, Conflict, IllegalMove
from ssoc.core.running import bump
from ssoc.core.vocabulary import RunDecisionTaken
from ssoc.core.work import Work


def decide(
    work: Work, run_id: int, kind: Decision | str, reason: str, until: datetime | None = None
) -> None:
    """Record a decision with its reason: ``go on``, ``hold pages longer`` or ``roll back``.

    Raises:
        BadInput: no reason, no such decision, or an ``until`` that is none.
        IllegalMove: a rehearsal needs none, or it is too early to go on past the checkpoint.
        NotAllowed: a token would go on past the checkpoint; that is a person's to decide.

    """
    wanted = _kind(kind)
    if wanted is Decision.ROLL_BACK:
        roll_back(work, run_id, reason)
        return
    known = runs_found.found(work, run_id, ahead=True)
    said = runs_found.said(reason, "say why; the decision stays on record with your name")
    if known.view.is_rehearsal:
        raise IllegalMove("a rehearsal touches nothing and needs no decision; nothing was written")
    if wanted is Decision.HOLD_PAGES:
        until = _hold_longer(work, known, until)
    else:
        until = None
        stepping.require_person(work, "going on past the checkpoint is decided", "decides it")
        _refuse_early(work, known)
    _record(work, known, wanted, said, until)


def roll_back(work: Work, run_id: int, reason: str) -> None:
    """Begin to roll back: what runs is stopped, then steps are undone backwards."""
    known = runs_found.found(work, run_id, ahead=True)
    said = runs_found.said(reason, "say why it is rolled back")
    row = known.row
    if row.state is RunState.ROLLING_BACK:
        raise Conflict(
            f"the run is rolled back since {known.view.rolled_back_at:%H:%M} UTC; nothing was "
            "written; look again"
        )
    row.state = RUN.after(row.state, RunMove.ROLL_BACK)
    row.rolled_back_at = work.now
    for step in known.view.steps:
        if step.state is StepState.RUNNING:
            stopped = runs_found.step_row(work, run_id, step.position)
            stepping.press(work, known, stopped, StepMove.FAIL, "stopped for the roll-back")
    _record(work, known, Decision.ROLL_BACK, said, None)


def _record(
    work: Work, known: FoundRun, kind: Decision, reason: str, until: datetime | None
) -> None:
    ahead = known.view.forecast
    work.session.add(
        RunDecision(
            run_id=known.row.id,
            kind=kind.value,
            reason=reason,
            by=work.actor.name,
            at=work.now,
            forecast_end=ahead.end if ahead else None,
            until=until,
        )
    )
    bump(work.session)
    change = known.view.change.id
    work.record(RunDecisionTaken(change, known.markets, known.row.id, kind.value, reason))


def _kind(given: Decision | str) -> Decision:
    try:
        return Decision(given)
    except ValueError:
        raise BadInput(
            f"there is no decision {str(given)[:32]!r}; there are {', '.join(Decision)}"
        ) from None


def _refuse_early(work: Work, known: FoundRun) -> None:
    if known.row.state is RunState.ROLLING_BACK:
        raise IllegalMove("the run is rolled back; there is no going on; nothing was written")
    lead = policy(work).execution.decision_lead
    first = known.view.checkpoint - lead
    if work.now < first:
        raise IllegalMove(
            f"going on past the checkpoint {known.view.checkpoint:%H:%M} UTC is decided from "
            f"{first:%H:%M} UTC on, when more is known; nothing was written"
        )


def _hold_longer(work: Work, known: FoundRun, until: datetime | None) -> datetime:
    longest = policy(work).execution.longest_extension
    if until is None:
        raise BadInput("say until when pages are held back")
    if until <= max(work.now, known.row.suppressed_until or work.now):
        raise BadInput(
            f"pages are held until {(known.row.suppressed_until or work.now):%Y-%m-%d %H:%M} UTC "
            "already; give a later time"
        )
    if until > work.now + longest:
        hours = longest / timedelta(hours=1)
        raise BadInput(f"pages are held {hours:g} hours from now at most; give an earlier time")
    suppressing.hold_longer(work, known.row, known.view.change, until)
    return until
