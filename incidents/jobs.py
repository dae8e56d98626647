"""What incidents does by the clock."""

from sqlalchemy import select

from incidents import actions
from incidents.correlator import turn
from incidents.lifecycle import State
from incidents.models import Incident
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime

BATCH = 2_000
CLOSED_AT_ONCE = 200


def correlate(runtime: Runtime) -> None:
    """Empty the queue of alert transitions, one batch per unit of work."""
    taken = BATCH
    while taken == BATCH:
        with runtime.work(SYSTEM) as work:
            taken = turn(work, BATCH)


def close_old(runtime: Runtime) -> None:
    """Close what was resolved long enough ago that a relapse would be news."""
    with runtime.work(SYSTEM) as work:
        old = select(Incident.id).where(
            Incident.state == State.RESOLVED,
            Incident.resolved_at <= work.now - work.settings.incidents.close_after,
        )
        for number in list(work.session.scalars(old.order_by(Incident.id).limit(CLOSED_AT_ONCE))):
            actions.close(work, number)
