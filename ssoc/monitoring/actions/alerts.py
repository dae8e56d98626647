"""What is done with reports of alerts and with the transitions that come of them."""

from collections.abc import Sequence

from sqlalchemy import select, update

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.monitoring import alert_store
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import Alert, AlertTransition
from ssoc.monitoring.report import Report, Transition


def ingest(work: Work, reports: Sequence[Report]) -> int:
    """Store what sources said; return how many transitions it made.

    A report without a market needs the permission everywhere, since nobody knows whose it is.
    """
    for market in sorted({each.market for each in reports}):
        work.require(Permission.ALERT_INGEST, market or EVERYWHERE)
    return alert_store.store(work.session, reports, work.now) if reports else 0


def take_transitions(work: Work, limit: int = 1_000) -> list[Transition]:
    """Claim the oldest waiting transitions; they wait again if this unit of work fails."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    waiting = (
        select(AlertTransition, Alert.name, Alert.way)
        .outerjoin(Alert, Alert.key == AlertTransition.key)
        .where(AlertTransition.taken_at.is_(None))
        .order_by(AlertTransition.id)
        .limit(limit)
        .with_for_update(of=AlertTransition, skip_locked=True)
    )
    rows = work.session.execute(waiting).all()
    taken = [row.id for row, *_ in rows]
    if taken:
        mark = update(AlertTransition).where(AlertTransition.id.in_(taken))
        work.session.execute(
            mark.values(taken_at=work.now), execution_options={"synchronize_session": False}
        )
    return [_transition(row, name or "", way or "") for row, name, way in rows]


def _transition(row: AlertTransition, name: str, way: str) -> Transition:
    return Transition(
        key=row.key,
        number=row.number,
        state=AlertState(row.state),
        severity=Severity(row.severity),
        was_state=None if row.was_state is None else AlertState(row.was_state),
        was_severity=None if row.was_severity is None else Severity(row.was_severity),
        market=row.market,
        component=row.component,
        started_at=row.started_at,
        at=row.at,
        name=name,
        way=way,
    )
