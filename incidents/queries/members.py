"""Which alerts count to an incident."""

from sqlalchemy import func, select

from incidents.models import IncidentAlert
from incidents.queries.lines import Line, line_of
from ssoc.core.errors import NotFound
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState


def alert_keys(work: Work, incident_id: int, limit: int = 50) -> tuple[list[int], int]:
    """Return the keys of the newest open episodes that count to it, and how many there are."""
    line_of(work, incident_id)
    here = (
        IncidentAlert.incident_id == incident_id,
        IncidentAlert.state < AlertState.RESOLVED,
    )
    newest = select(IncidentAlert.key).where(*here).order_by(IncidentAlert.joined_at.desc())
    total = work.session.scalar(select(func.count()).select_from(IncidentAlert).where(*here))
    return list(work.session.scalars(newest.limit(limit))), total or 0


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
