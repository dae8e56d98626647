"""Take an incident, work on it, end it."""

from collections.abc import Sequence

from sqlalchemy import select

from incidents.actions.holding import held, said, still_firing
from incidents.clock_actions import on_acknowledge, on_priority_change, on_reopen, on_resolve
from incidents.lifecycle import INCIDENT, Move, State
from incidents.models import Incident
from incidents.story import mark, tell
from ssoc.core.errors import Conflict
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.vocabulary import (
    IncidentAcknowledged,
    IncidentAssigned,
    IncidentClosed,
    IncidentMitigated,
    IncidentPrioritised,
    IncidentReopened,
    IncidentResolved,
    Priority,
)
from ssoc.core.work import Work


def acknowledge(work: Work, incident_id: int) -> Incident:
    """Take the incident: its pages stop, and the owner is the person who took it.

    A machine can say that somebody looks after it, but nobody can ask a machine how it goes.
    """
    incident = held(work, incident_id)
    incident.state = INCIDENT.after(incident.state, Move.ACKNOWLEDGE)
    incident.acknowledged_at = work.now
    if work.actor.kind is not ActorKind.TOKEN:
        incident.owner = incident.owner or work.actor.name[:64]
    on_acknowledge(work, incident)
    text = f"acknowledged by {work.actor.name}"
    tell(work, incident, IncidentAcknowledged, text, owner=incident.owner)
    return incident


def assign(work: Work, incident_id: int, owner: str) -> Incident:
    """Name who owns the incident; an empty name leaves it to nobody."""
    incident = held(work, incident_id)
    _refuse_closed(incident, "assign")
    named = owner.strip()[:64]
    if incident.owner == named:
        return incident  # said already
    incident.owner = named
    text = f"assigned to {incident.owner}" if incident.owner else "assigned to nobody"
    tell(work, incident, IncidentAssigned, text, owner=incident.owner)
    return incident


def mitigate(work: Work, incident_id: int, text: str = "") -> Incident:
    """Say that customers are served again, though the cause may still be there."""
    incident = held(work, incident_id)
    incident.state = INCIDENT.after(incident.state, Move.MITIGATE)
    incident.mitigated_at = work.now
    words = f"mitigated: {text.strip()}" if text.strip() else "mitigated"
    tell(work, incident, IncidentMitigated, words)
    return incident


def resolve(work: Work, incident_id: int, reason: str = "", force: bool = False) -> Incident:
    """End the incident by hand; refused while its alerts fire, unless forced with a reason."""
    incident = held(work, incident_id)
    state = INCIDENT.after(incident.state, Move.RESOLVE)
    firing = still_firing(work, [incident.id])
    if firing and not force:
        raise Conflict(
            f"{mark(incident.id)} still has {firing} firing alert{'' if firing == 1 else 's'}; "
            "wait until all is clear, or force the resolve with a reason"
        )
    words = said(reason, "reason") if firing else reason.strip()
    _end(work, incident, state, words, firing)
    nested = select(Incident).where(Incident.parent_id == incident.id).order_by(Incident.id)
    for child in work.session.scalars(nested):
        if child.state.is_live:  # its symptoms go with it, or each would page at once
            after = INCIDENT.after(child.state, Move.RESOLVE)
            _end(work, child, after, words, still_firing(work, [child.id]))
    return incident


def _end(work: Work, incident: Incident, state: State, words: str, firing: int) -> None:
    incident.state, incident.resolved_at = state, work.now
    incident.is_forced = firing > 0
    on_resolve(work, incident)
    still = "1 alert still fires" if firing == 1 else f"{firing} alerts still fire"
    forced = f" although {still}" if firing else ""
    text = f"resolved by {work.actor.name}{forced}" + (f": {words}" if words else "")
    tell(work, incident, IncidentResolved, text, reason=words, forced=firing > 0)


def reopen(work: Work, incident_id: int, reason: str) -> Incident:
    """Take a resolved or closed incident up again."""
    incident = held(work, incident_id)
    state = INCIDENT.after(incident.state, Move.REOPEN)
    words = said(reason, "reason")
    if incident.merged_into_id is not None:
        raise Conflict(
            f"{mark(incident.id)} was merged into {mark(incident.merged_into_id)}; "
            "split what you need from there"
        )
    _refuse_second(work, incident)
    incident.state, incident.is_forced = state, False
    incident.resolved_at = incident.closed_at = incident.acknowledged_at = None
    incident.mitigated_at = incident.parent_id = None
    incident.held_because = ""
    on_reopen(work, incident)
    text = f"reopened by {work.actor.name}: {words}"
    tell(work, incident, IncidentReopened, text, reason=words)
    return incident


def close(work: Work, incident_id: int) -> Incident:
    """Say that nothing more is to be done."""
    incident = held(work, incident_id)
    incident.state = INCIDENT.after(incident.state, Move.CLOSE)
    incident.closed_at = work.now
    tell(work, incident, IncidentClosed, "closed")
    return incident


def prioritise(work: Work, incident_id: int, priority: Priority, reason: str) -> Incident:
    """Set the priority against the matrix; from then on only people change it."""
    incident = held(work, incident_id, Permission.INCIDENT_PRIORITISE)
    _refuse_closed(incident, "prioritise")
    words, was = said(reason, "reason")[:500], incident.priority
    if (priority, words) == (was, incident.priority_reason):
        return incident  # said already
    incident.priority, incident.priority_reason = priority, words
    on_priority_change(work, incident)
    step = f"priority {was} to {priority}" if priority != was else f"priority {was} kept"
    text = f"{step} by {work.actor.name}: {words}"
    tell(work, incident, IncidentPrioritised, text, was=was, reason=words)
    return incident


def _refuse_closed(incident: Incident, what: str) -> None:
    if incident.state is State.CLOSED:
        raise Conflict(f"cannot {what} {mark(incident.id)}: it is closed; reopen it first")


def _refuse_second(work: Work, incident: Incident) -> None:
    """Refuse a second live incident at one component: nobody could tell where alerts belong."""
    live: Sequence[State] = [state for state in State if state.is_live]
    other = select(Incident.id).where(
        Incident.component == incident.component, Incident.state.in_(live)
    )
    found = work.session.scalar(other)
    if found is not None:
        raise Conflict(
            f"{mark(found)} is already open at {incident.component}; work on that one, "
            "or resolve it first"
        )
