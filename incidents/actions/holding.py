"""Fetch an incident for an action: locked, and only for those who may act in its markets."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from incidents.models import Incident, IncidentAlert
from incidents.story import mark, markets_of
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.signs import told
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState

LONGEST = 10_000  # characters of a note, update or reason


def held(
    work: Work, incident_id: int, permission: Permission = Permission.INCIDENT_WORK
) -> Incident:
    """Return the incident, locked until the end of the work.

    Who may not see it hears that there is none; who sees it but may not act in every market it
    touches hears which one is missing, or how many are that are not theirs to see.
    """
    incident, markets = _seen(work, incident_id)
    hidden = [each for each in markets if not work.actor.may(Permission.INCIDENT_SEE, each)]
    for market in markets:
        if market not in hidden:
            work.require(permission, market)
    if hidden:
        which = "1 more market" if len(hidden) == 1 else f"{len(hidden)} more markets"
        raise NotAllowed(
            f"{mark(incident.id)} touches {which} in which you may not "
            f"{permission.phrase}; somebody with the right in all of them can"
        )
    return incident


def held_in_part(work: Work, incident_id: int) -> Incident:
    """Return the incident, locked, for what who works in one of its markets may do."""
    incident, markets = _seen(work, incident_id)
    mine = [each for each in markets if work.actor.may(Permission.INCIDENT_WORK, each)]
    work.require(Permission.INCIDENT_WORK, (mine or markets)[0])
    return incident


def _seen(work: Work, incident_id: int) -> tuple[Incident, list[str]]:
    incident = work.session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound(f"no incident {mark(incident_id)}")
    markets = markets_of(work, incident.id) or [EVERYWHERE]
    if not any(work.actor.may(Permission.INCIDENT_SEE, market) for market in markets):
        raise NotFound(f"no incident {mark(incident_id)}")
    return incident, markets


def together(work: Work, first: int, second: int) -> tuple[Incident, Incident]:
    """Return two incidents, locked in the order of their numbers so that nobody deadlocks."""
    if first == second:
        raise BadInput(f"{mark(first)} is the same incident; name another one")
    found = {number: held(work, number) for number in sorted((first, second))}
    return found[first], found[second]


def said(text: str, what: str) -> str:
    """Return ``text`` without its margins; refuse none and far too much."""
    text = told(text)
    if not text:
        raise BadInput(f"the {what} is empty; write at least a word")
    if len(text) > LONGEST:
        raise BadInput(f"the {what} has {len(text)} characters; {LONGEST} are the most")
    return text


def still_firing(work: Work, incident_ids: Iterable[int]) -> int:
    """Return how many open episodes count to the incidents and to those nested in them."""
    ids = list(incident_ids)
    child = aliased(Incident)
    nested = select(child.id).where(child.parent_id.in_(ids))
    counted = (IncidentAlert.incident_id.in_(ids)) | (IncidentAlert.incident_id.in_(nested))
    total = select(func.count()).where(counted, IncidentAlert.state < AlertState.RESOLVED)
    return work.session.scalar(total) or 0
