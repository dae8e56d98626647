"""What a person does about alerts whose source is gone for good."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select

from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import AlertsClosed, Severity
from ssoc.core.work import Work
from ssoc.monitoring import alert_store
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import Alert
from ssoc.monitoring.report import Report, hex_of, storable

MOST = 500  # alerts closed at once
LONGEST_REASON = 500
_JUST_BEFORE = timedelta(microseconds=1)


def close_stale(work: Work, keys: Collection[int], reason: str) -> int:
    """Resolve alerts that are stale because their source is gone; all of them or none.

    Should the source speak again after all, they fire again, also within the same episode: a
    person who closes an alert says nothing about what failed.
    """
    rows = _locked(work, keys)
    for market in sorted({row.market for row in rows}):
        work.require(Permission.INCIDENT_WORK, market or EVERYWHERE)
    said = str(storable(reason)).strip()
    if not said:
        raise BadInput("say why the alert is over although its source does not say so")
    for row in rows:
        if row.state != AlertState.STALE:
            state = AlertState(row.state).name.lower()
            raise Conflict(f"{row.name} is not stale but {state}; only what is stale is closed")
    alert_store.write(work.session.connection(), [_over(work, row) for row in rows], work.now)
    _open_to_its_source(work, rows)
    markets = ",".join(sorted({row.market for row in rows}))
    hexes = ",".join(hex_of(row.key) for row in rows)
    work.record(AlertsClosed(hexes, markets, said[:LONGEST_REASON]))
    bump(work.session)
    return len(rows)


def _locked(work: Work, keys: Collection[int]) -> Sequence[Alert]:
    wanted = {*keys}
    if not wanted or len(wanted) > MOST:
        raise BadInput(f"name 1 to {MOST} alerts to close")
    found = select(Alert).where(Alert.key.in_(wanted)).order_by(Alert.key).with_for_update()
    rows = work.session.scalars(found).all()
    if len(rows) < len(wanted):
        gone = hex_of(min(wanted - {row.key for row in rows}))
        raise NotFound(f"there is no open alert {gone}")
    return rows


def _over(work: Work, row: Alert) -> Report:
    return Report(
        key=row.key,
        state=AlertState.RESOLVED,
        severity=Severity(row.severity),
        started_at=row.started_at,
        said_at=work.now,
        market=row.market,
        component=row.component,
        name=row.name,
        service=row.service,
        instance=row.instance,
        summary=row.summary,
        source=row.source,
        way=row.way,
    )


def _open_to_its_source(work: Work, rows: Sequence[Alert]) -> None:
    """Let the present episode begin again: its source has not ended it."""
    for row in rows:
        work.session.refresh(row)
        row.newest_start = row.started_at - _JUST_BEFORE
    work.session.flush()
