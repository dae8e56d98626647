"""How many incidents are open, by market and priority: a figure for machines."""

from sqlalchemy import func, select

from incidents.models import Incident, IncidentMarket
from incidents.queries.lines import LIVE, seen
from ssoc.core.permissions import Permission
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work


def open_counts(work: Work) -> dict[tuple[str, Priority], int]:
    """Return the live incidents that stand on their own, counted in each market they touch."""
    counted = (
        select(IncidentMarket.market, Incident.priority, func.count())
        .join(Incident, Incident.id == IncidentMarket.incident_id)
        .where(Incident.state.in_(LIVE), Incident.parent_id.is_(None), seen(work))
        .where(work.visible(IncidentMarket.market, Permission.INCIDENT_SEE))
        .group_by(IncidentMarket.market, Incident.priority)
    )
    return {(market, priority): n for market, priority, n in work.session.execute(counted)}
