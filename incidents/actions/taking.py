"""Take incidents for the sources that acknowledged their own alerts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, tuple_

from incidents.actions.holding import held
from incidents.actions.working import acknowledge
from incidents.lifecycle import State
from incidents.models import IncidentAlert
from ssoc.core.errors import NotAllowed, NotFound
from ssoc.core.permissions import Actor, ActorKind, Permission
from ssoc.core.work import Work
from ssoc.monitoring import actions as monitoring
from ssoc.monitoring.actions import Acknowledgement
from ssoc.monitoring.lifecycle import AlertState

_NEEDED = (Permission.INCIDENT_SEE, Permission.INCIDENT_WORK)
_TAKEABLE = frozenset({State.OPEN, State.REOPENED})
NOTHING = "acknowledged nothing"


def take_acknowledged(work: Work, is_after: bool = False) -> None:
    """Take each incident of an episode that its source took, and forget the acknowledgement.

    Called when a turn begins, so that an alert which ends in this turn was still taken in time;
    and ``is_after`` it, when what was waiting may have an incident, or is over without one. An
    acknowledgement is of its episode alone: what fails later is never taken by it.
    """
    waiting = monitoring.acknowledgements(work)
    if not waiting:
        return
    homes = _homes(work, waiting)
    for each in waiting:
        if number := homes.get((each.key, each.started_at)):
            _take(work, each, number)
    done = [
        each
        for each in waiting
        if (each.key, each.started_at) in homes or (is_after and each.is_over)
    ]
    monitoring.drop_acknowledgements(work, done)


def _homes(work: Work, waiting: Sequence[Acknowledgement]) -> dict[tuple[int, datetime], int]:
    row = IncidentAlert
    pairs = [(each.key, each.started_at) for each in waiting]
    found = select(row.key, row.started_at, row.incident_id).where(
        tuple_(row.key, row.started_at).in_(pairs),
        row.incident_id.is_not(None),
        row.state < AlertState.RESOLVED,
    )
    rows = work.session.execute(found)
    return {(key, started_at): number for key, started_at, number in rows if number is not None}


def _take(work: Work, it: Acknowledgement, number: int) -> None:
    """Take the incident with the rights of the source; it becomes nobody's by that."""
    grants = frozenset((each, market) for each in _NEEDED for market in it.markets)
    theirs = replace(work, actor=Actor(it.by, grants, ActorKind.TOKEN))
    try:
        if held(theirs, number).state in _TAKEABLE:
            acknowledge(theirs, number)
    except (NotAllowed, NotFound) as error:
        source = it.by.removeprefix("token:")
        monitoring.count_fault(work, "pagerduty", source, NOTHING, str(error))
