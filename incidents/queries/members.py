"""Which alerts count to an incident."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from incidents.models import IncidentAlert
from incidents.queries.lines import Line, line_of
from incidents.queries.sight import is_elsewhere
from ssoc.core.errors import NotFound
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.queries import visible_alerts


@dataclass(frozen=True)
class PastAlert:
    """One alert of an incident that is over; ``ended_at`` is None while it goes on."""

    key: int
    name: str
    component: str
    market: str
    severity: Severity
    began_at: datetime
    ended_at: datetime | None
    state: AlertState


def alert_keys(work: Work, incident_id: int, limit: int = 50) -> tuple[list[int], int]:
    """Return the keys of the open episodes that count to it, and how many the reader may see.

    Those of the cause come first, then the most severe, then the newest.
    """
    line = line_of(work, incident_id)
    row = IncidentAlert
    here = (
        row.incident_id == incident_id,
        row.state < AlertState.RESOLVED,
        visible_alerts(work, row.market, row.component),
    )
    estate = estate_queries.current(work)
    places = work.session.scalars(select(row.component).where(*here).distinct())
    hidden = [each for each in places if is_elsewhere(work, estate, each)]
    mine = (*here, row.component.not_in(hidden)) if hidden else here
    first = case((row.component == line.component, 0), else_=1)
    order = (first, row.severity.desc(), row.joined_at.desc(), row.key)
    total = work.session.scalar(select(func.count()).select_from(row).where(*mine))
    wanted = select(row.key).where(*mine).order_by(*order).limit(limit)
    return list(work.session.scalars(wanted)), total or 0


def past_alerts(work: Work, incident_id: int, limit: int = 50) -> tuple[list[PastAlert], int]:
    """Return the alerts that ever counted to it, once each, and how many the reader may see.

    For an incident that is over: those of the cause come first, then the most severe, then the
    first to begin.
    """
    line, row = line_of(work, incident_id), IncidentAlert
    mine = (row.incident_id == incident_id, visible_alerts(work, row.market, row.component))
    first = func.max(case((row.component == line.component, 1), else_=0))
    total = work.session.scalar(select(func.count(row.key.distinct())).where(*mine))
    found = (
        select(
            row.key,
            func.max(row.name),
            func.max(row.component),
            func.max(row.market),
            func.max(row.severity),
            func.min(row.started_at),
            func.max(row.ended_at),
            func.min(row.state),
        )
        .where(*mine)
        .group_by(row.key)
        .order_by(first.desc(), func.max(row.severity).desc(), func.min(row.started_at), row.key)
        .limit(limit)
    )
    return [_past(*each) for each in work.session.execute(found)], total or 0


def _past(
    key: int,
    name: str,
    component: str,
    market: str,
    severity: int,
    began_at: datetime,
    ended_at: datetime | None,
    state: int,
) -> PastAlert:
    now = AlertState(state)
    over = None if now.is_open else ended_at
    return PastAlert(key, name, component, market, Severity(severity), began_at, over, now)


def incident_of(work: Work, key: int) -> Line | None:
    """Return the incident that the newest episode of an alert counts to; None if none is seen."""
    newest = (
        select(IncidentAlert.incident_id)
        .where(IncidentAlert.key == key, IncidentAlert.incident_id.is_not(None))
        .order_by(IncidentAlert.started_at.desc())
        .limit(1)
    )
    found = work.session.scalar(newest)
    try:
        return line_of(work, found) if found is not None else None
    except NotFound:
        return None
