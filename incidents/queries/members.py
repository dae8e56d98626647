"""Which alerts count to an incident."""

from sqlalchemy import case, func, select

from incidents.models import IncidentAlert
from incidents.queries.lines import Line, line_of
from incidents.queries.sight import is_elsewhere
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.lifecycle import AlertState


def alert_keys(work: Work, incident_id: int, limit: int = 50) -> tuple[list[int], int]:
    """Return the keys of the open episodes that count to it, and how many the reader may see.

    Those of the cause come first, then the most severe, then the newest.
    """
    line = line_of(work, incident_id)
    row = IncidentAlert
    here = (
        row.incident_id == incident_id,
        row.state < AlertState.RESOLVED,
        work.visible(row.market, Permission.ALERT_SEE),
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
