"""What time does to rounds of approval: stages escalate or are refused, as their policy says."""

from datetime import timedelta

from sqlalchemy import select

from changes.actions import settling
from changes.lifecycle import State
from changes.models import ApprovalEscalation, Change
from changes.queries import rounds
from changes.rules.approvals import Status
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work


def mind_timeouts(runtime: Runtime) -> None:
    """Escalate or refuse what nobody answered in time; each change in a unit of work of its own."""
    with runtime.view(SYSTEM) as work:
        late = _late(work)
    for change_id in late:
        with runtime.work(SYSTEM) as work:
            settling.let_time_pass(work, change_id)


def _late(work: Work) -> list[int]:
    """Return the changes whose round has run out of time and has not been told so."""
    waiting = work.session.scalars(
        select(Change.id).where(Change.state == State.SUBMITTED).order_by(Change.id)
    ).all()
    found = rounds.rounds_of(work, waiting)
    told = {
        (each.round_id, each.stage) for each in work.session.scalars(select(ApprovalEscalation))
    }
    late = []
    for change_id, known in found.items():
        present = known[-1].state
        stage = present.current.position if present.current else 0
        is_news = present.status is Status.ESCALATED and (known[-1].id, stage) not in told
        if present.status is Status.REFUSED or is_news:
            late.append(change_id)
    return late


JOBS = {mind_timeouts: timedelta(seconds=30)}
