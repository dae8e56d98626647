"""What follows from the answers of a round, and from time: the next stage, approval, refusal."""

from changes.actions import moving
from changes.lifecycle import Move, State
from changes.models import ApprovalEscalation, Change
from changes.queries import rounds, views
from changes.queries.rounds import StoredRound
from changes.rules.approval_terms import Stage
from changes.rules.approvals import StageState, Status
from changes.values import ChangeView
from ssoc.core.running import bump
from ssoc.core.vocabulary import (
    ApprovalEscalated,
    ApprovalStageOpened,
    ChangeApproved,
    ChangeRefused,
)
from ssoc.core.work import Work


def settle(work: Work, row: Change, view: ChangeView, was: StoredRound) -> None:
    """Draw the consequence of the round as it stands now: approved, refused, or the next stage."""
    is_ = rounds.present_round(work, row.id)
    if is_ is None:
        return
    if is_.state.status is Status.REFUSED:
        refuse(work, row, view, is_.round.number, is_.state.refused_because)
    elif is_.state.status is Status.COMPLETE:
        approve(work, row, view, f"every stage of round {is_.round.number} was approved")
    elif (present := is_.state.current) and present.position != _position(was):
        ask(work, view, is_.round.number, present.position, present.stage)


def let_time_pass(work: Work, change_id: int) -> None:
    """Refuse or escalate what nobody answered in time, once; asks for no permission of its own."""
    row = work.session.get(Change, change_id, with_for_update=True)
    found = rounds.present_round(work, change_id)
    if row is None or found is None or row.state is not State.SUBMITTED:
        return
    view, present = views.changes_of(work, [row])[0], found.state.current
    if found.state.status is Status.REFUSED:
        refuse(work, row, view, found.round.number, found.state.refused_because)
    elif present is not None and found.state.status is Status.ESCALATED:
        _escalate(work, view, found, present)


def _escalate(work: Work, view: ChangeView, found: StoredRound, present: StageState) -> None:
    key = (found.id, present.position)
    if work.session.get(ApprovalEscalation, key) is not None:
        return
    work.session.add(ApprovalEscalation(round_id=key[0], stage=key[1], at=work.now))
    work.record(
        ApprovalEscalated(
            change_id=view.id,
            markets=moving.markets_text(view.markets),
            round=found.round.number,
            stage=present.position,
            name=present.stage.name,
            to=present.stage.escalate_to.value,
        )
    )
    bump(work.session)


def _position(found: StoredRound) -> int:
    return found.state.current.position if found.state.current else 0


def refuse(work: Work, row: Change, view: ChangeView, number: int, reason: str) -> None:
    """End a round with a refusal."""
    moving.move(work, row, Move.REFUSE)
    markets = moving.markets_text(view.markets)
    work.record(ChangeRefused(row.id, markets, number, reason))


def approve(work: Work, row: Change, view: ChangeView, why: str) -> None:
    """Approve a change, and give it its place in the calendar if nothing stands in its way."""
    from changes.actions.scheduling import try_schedule

    moving.move(work, row, Move.APPROVE)
    row.approved_at = work.now
    work.record(ChangeApproved(row.id, moving.markets_text(view.markets), row.round, why))
    work.session.flush()
    try_schedule(work, row.id)


def ask(work: Work, view: ChangeView, number: int, position: int, stage: Stage) -> None:
    """Tell that a stage waits for answers."""
    markets = moving.markets_text(view.markets)
    work.record(ApprovalStageOpened(view.id, markets, number, position, stage.name))
