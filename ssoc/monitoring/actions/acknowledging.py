"""Sources that take their own alerts: written down at once, acted on when there is an incident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select

from ssoc.core.bulk import insert_new
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import bump
from ssoc.core.work import Work
from ssoc.monitoring.models import IS_OPEN, Alert, AlertAcknowledgement


@dataclass(frozen=True)
class Acknowledgement:
    """Who took which episode of an alert; ``is_over`` when that episode has ended since."""

    key: int
    started_at: datetime
    by: str
    markets: frozenset[str]
    is_over: bool


def acknowledge_alert(work: Work, key: int) -> bool:
    """Write down that the source takes the present episode of its alert.

    One that is over, or that nobody has seen, is not taken: what fails later is news. Returns
    whether there was something to take.
    """
    markets = work.actor.markets(Permission.ALERT_INGEST)
    if not markets:
        work.require(Permission.ALERT_INGEST, EVERYWHERE)
    started_at = work.session.scalar(select(Alert.started_at).where(Alert.key == key, IS_OPEN))
    if started_at is None:
        return False
    row = {"key": key, "started_at": started_at, "by": work.actor.name[:128], "at": work.now}
    row["markets"] = ",".join(sorted(markets))
    insert_new(work.session, AlertAcknowledgement, [row], ("key", "started_at"))
    bump(work.session)  # wakes the correlator
    return True


def acknowledgements(work: Work) -> list[Acknowledgement]:
    """Return what waits, oldest first."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    row = AlertAcknowledgement
    same = and_(Alert.key == row.key, Alert.started_at == row.started_at, IS_OPEN)
    waiting = select(row, Alert.key).outerjoin(Alert, same).order_by(row.at, row.key)
    return [
        Acknowledgement(
            each.key, each.started_at, each.by, frozenset(each.markets.split(",")), still is None
        )
        for each, still in work.session.execute(waiting)
    ]


def drop_acknowledgements(work: Work, done: Sequence[Acknowledgement]) -> None:
    """Forget what was acted on, or came to nothing."""
    work.require(Permission.ALERT_INGEST, EVERYWHERE)
    row = AlertAcknowledgement
    for each in done:
        work.session.execute(
            delete(row).where(row.key == each.key, row.started_at == each.started_at),
            execution_options={"synchronize_session": False},
        )
