"""Write into an incident: notes for colleagues, updates for those who wait outside."""

from incidents.actions.holding import held, held_in_part, said
from incidents.clock_actions import on_update
from incidents.models import Incident
from incidents.story import tell
from ssoc.core.vocabulary import IncidentNoted
from ssoc.core.work import Work


def note(work: Work, incident_id: int, text: str) -> Incident:
    """Add a note for colleagues; to work in one of its markets is enough."""
    words = said(text, "note")
    return _write(work, held_in_part(work, incident_id), words, is_update=False)


def update(work: Work, incident_id: int, text: str) -> Incident:
    """Say what customers and markets may hear; the update clock starts again."""
    words = said(text, "update")
    return _write(work, held(work, incident_id), words, is_update=True)


def _write(work: Work, incident: Incident, text: str, is_update: bool) -> Incident:
    if is_update:
        on_update(work, incident)
    tell(work, incident, IncidentNoted, text, is_update=is_update)
    return incident
