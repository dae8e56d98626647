"""Nobody's time: an incident in which nothing fails, kept open only because its alerts flap.

Its clocks stand still until something fails again, so that none is breached as if it failed.
"""

from incidents.clock_actions import record_move
from incidents.clock_index import index_clocks
from incidents.clock_stories import stories
from incidents.correlator.opening import entitle, is_worded_by_us
from incidents.correlator.situation import Situation
from incidents.models import Incident
from incidents.rules.wording import Named
from ssoc.core.clocks import Kind, Party

QUIET = "nothing fails now: kept open only because its alerts flap"


def rest(situation: Situation, incident: Incident) -> None:
    """Let the clocks stand still, and the title say that nothing fails; once."""
    if incident.cause_cleared_at is None:
        incident.cause_cleared_at = situation.now
    if _move(situation, incident, Kind.PAUSE, QUIET) and is_worded_by_us(incident):
        name = Named((incident.component,))
        entitle(incident, situation.spoken(name, ": comes and goes, nothing fails now"))


def wake(situation: Situation, incident: Incident) -> None:
    """Let the clocks go on that stood still, since something fails again."""
    _move(situation, incident, Kind.RESUME, "it fails again")


def _move(situation: Situation, incident: Incident, kind: Kind, reason: str) -> bool:
    work, now = situation.work, situation.now
    work.session.flush()
    told = stories(work, [incident.id]).get(incident.id, [])
    chosen = [
        each.clock
        for each in told
        if each.is_running(now) and bool(each.waits_for(Party.NOBODY, now)) == (kind is Kind.RESUME)
    ]
    for clock in chosen:
        record_move(work, incident.id, clock, kind, now, Party.NOBODY, reason)
    if chosen:
        index_clocks(work, incident.id)
    return bool(chosen)
