"""See the causes: walk, suspect what is silent, and move a suspicion that was too shallow."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from incidents.correlator.handover import taken_over
from incidents.correlator.lateness import lateness_of
from incidents.correlator.moving import move
from incidents.correlator.opening import entitle, title_of
from incidents.correlator.situation import Situation
from incidents.models import Incident
from incidents.rules.correlation import Failing, Picture, correlate, is_good
from incidents.rules.suspicion import TOGETHER, Suspect, suspects
from incidents.rules.wording import Named
from incidents.story import line
from ssoc.core.vocabulary import Severity


def see(situation: Situation) -> Picture:
    """Return the causes of all that fails, suspected ones included."""
    _confirm(situation)
    picture = _walk(situation)
    for incident in _suspected(situation):
        if _sink(situation, incident, picture):
            picture = _walk(situation)
    new = _new_suspects(situation, picture)
    for suspect in new:
        _widen(situation, suspect, picture.failing)
    return _walk(situation, new, picture.failing) if new else picture


def _walk(
    situation: Situation,
    new: Sequence[Suspect] = (),
    before: Mapping[str, Failing] = MappingProxyType({}),
) -> Picture:
    failing = dict(situation.failing)
    for incident in _suspected(situation):
        failing.setdefault(incident.component, _as_failing(situation, incident))
    for suspect in new:
        above = {each: before[each] for each in suspect.candidates}
        failing.setdefault(suspect.component, suspect.failing(above))
    lateness = situation.work.settings.incidents.cause_lateness
    later = lateness_of(situation.work, situation.estate, situation.failing)
    outlived = taken_over(situation)
    graph, good = situation.graph, situation.good
    return correlate(list(failing.values()), good, graph, lateness, later, outlived)


def _suspected(situation: Situation) -> list[Incident]:
    """Return the incidents whose cause is suspected and not proved healthy meanwhile."""
    return [
        each
        for each in situation.incidents.values()
        if each.is_suspected and not is_good(each.component, each.opened_at, situation.good)
    ]


def _as_failing(situation: Situation, incident: Incident) -> Failing:
    since = _since(situation, incident)
    return Failing(
        incident.component,
        Severity(incident.severity),
        since,
        incident.opened_at,
        alerts=0,
        is_suspected=True,
    )


def _since(situation: Situation, incident: Incident) -> datetime:
    here = situation.rows.get(incident.id, {})
    known = [situation.failing[each].since for each in here if each in situation.failing]
    return min([incident.opened_at, *known])


def _confirm(situation: Situation) -> None:
    """Take a suspicion for a fact once the component itself reports."""
    for incident in situation.incidents.values():
        if incident.is_suspected and incident.component in situation.failing:
            incident.is_suspected = False
            entitle(incident, title_of(situation, situation.failing[incident.component]))
            name = Named((incident.component,))
            text = situation.spoken("confirmed: ", name, " reports it itself")
            line(situation.work, incident, "confirmed", text)


def _sink(situation: Situation, incident: Incident, picture: Picture) -> bool:
    """Move a suspected incident down to the cause that has reported meanwhile."""
    causes = picture.causes[incident.component]
    if incident.component in causes or any(situation.at(each) for each in causes):
        return False
    cause = picture.failing[causes[0]]
    incident.is_suspected = cause.is_suspected
    move(situation, incident, cause, (Named((causes[0],)), " reports it"))
    return True


def _widen(situation: Situation, suspect: Suspect, failing: Mapping[str, Failing]) -> None:
    """Let a suspected incident become the wider suspicion instead of a second one."""
    for each in suspect.candidates:
        incident = situation.at(each)
        if incident is not None and incident.is_suspected:
            above = f"{len(suspect.candidates)} suspected or failing components need it"
            move(situation, incident, suspect.failing(failing), (above,))
            return


def _new_suspects(situation: Situation, picture: Picture) -> list[Suspect]:
    """Return whom fresh failures point at that neither report nor answer."""
    settings = situation.work.settings.incidents
    settled = {
        name
        for number, rows in situation.rows.items()
        for name in rows
        if situation.incidents[number].component != name
    }
    recent = situation.now - TOGETHER - settings.settle
    roots = [
        picture.failing[each]
        for each in picture.roots
        if each not in settled and picture.failing[each].turned_at >= recent
    ]
    if len(roots) < settings.common_cause:
        return []
    standing = {each.component for each in situation.incidents.values()}
    silent = standing | set(situation.failing)
    return suspects(roots, situation.good, situation.graph, settings.common_cause, silent)
