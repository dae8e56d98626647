"""Move an incident to another component: it is the same failure, better known."""

from incidents.correlator.opening import entitle, title_of
from incidents.correlator.situation import Situation
from incidents.models import Incident
from incidents.rules.correlation import Failing
from incidents.rules.wording import Named, Told
from incidents.story import tell
from ssoc.core.vocabulary import IncidentRerooted


def move(situation: Situation, incident: Incident, to: Failing, why: Told) -> None:
    """Let an incident stand at ``to`` from now on, and say why."""
    was, incident.component = incident.component, to.component
    entitle(incident, title_of(situation, to))
    text = situation.spoken(
        "moved from ", Named((was,)), " to ", Named((to.component,)), ": ", *why
    )
    tell(situation.work, incident, IncidentRerooted, text, was=was, title=incident.title)
