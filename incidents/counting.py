"""Count what an incident holds."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.models import Incident, IncidentAlert

__all__ = ["count_alerts"]


def count_alerts(session: Session, incidents: Iterable[Incident]) -> None:
    """Set how many alerts were ever attached to each; one that fired five times is one."""
    counted = {incident.id: incident for incident in incidents}
    attached = (
        select(IncidentAlert.incident_id, func.count(IncidentAlert.key.distinct()))
        .where(IncidentAlert.incident_id.in_(sorted(counted)))
        .group_by(IncidentAlert.incident_id)
    )
    known = {number: count for number, count in session.execute(attached) if number is not None}
    for number, incident in counted.items():
        incident.alerts = known.get(number, 0)
