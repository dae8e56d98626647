"""What an estate that was loaded meanwhile no longer watches: over, but nothing has recovered."""

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from incidents.models import Incident, IncidentAlert
from ssoc.monitoring.lookup_queries import known_alerts
from ssoc.monitoring.report import NOT_WATCHED

if TYPE_CHECKING:
    from incidents.correlator.situation import Situation

NO_LONGER = (
    "no longer watched: what said that it fails left the estate; whether it works is not known"
)


def is_unwatched(situation: "Situation", incident: Incident) -> bool:
    """Tell whether the last of its alerts ended because nobody asks any more."""
    row = IncidentAlert
    mine = row.incident_id == incident.id
    last = situation.work.session.scalar(select(func.max(row.ended_at)).where(mine))
    if last is None:
        return False
    ended = select(row.key).where(mine, row.ended_at == last)
    found = known_alerts(situation.work, list(situation.work.session.scalars(ended)))
    return any(each.summary.startswith(NOT_WATCHED) for each in found.values())


def unasked(situation: "Situation", markets: list[str]) -> list[str]:
    """Return those of ``markets`` in which nothing is asked any more."""
    asked = {each.market for each in situation.estate.checks.values()}
    return [each for each in markets if each not in asked]
