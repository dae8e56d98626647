"""Write into an incident: notes for colleagues, updates for those who wait outside."""

from incidents.actions.holding import held, said
from incidents.clock_actions import on_update
from incidents.models import Incident
from incidents.story import tell
from ssoc.core.vocabulary import IncidentNoted
from ssoc.core.work import Work


def note(work: Work, incident_id: int, text: str) -> Incident:
    """Add a note for colleagues."""
    return _write(work, incident_id, said(text, "note"), is_update=False)


def update(work: Work, incident_id: int, text: str) -> Incident:
    """Say what customers and markets may hear; the update clock starts again."""
    return _write(work, incident_id, said(text, "update"), is_update=True)


def _write(work: Work, incident_id: int, text: str, is_update: bool) -> Incident:
    incident = held(work, incident_id)
    if is_update:
        on_update(work, incident)
    tell(work, incident, IncidentNoted, text, is_update=is_update)
    return incident
