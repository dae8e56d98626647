"""What people declared stays theirs: alerts may join it, it is offered a cause, it never ends."""

from collections import deque
from collections.abc import Collection

from incidents.correlator.situation import Situation
from incidents.models import Incident
from incidents.rules.wording import Named, from_plain
from incidents.story import line, mark

OFFERED = "offered"


def offer(situation: Situation, incident: Incident) -> None:
    """Say once that it may be a symptom of a deeper incident; nobody but a person nests it."""
    deeper = _deeper(situation, incident)
    if deeper is None or deeper.id == incident.offered_id:
        return
    incident.offered_id = deeper.id
    of = from_plain(deeper.title_told) or (deeper.title,)
    text = situation.spoken(f"may be a symptom of {mark(deeper.id)}, ", *of, "; merge it if it is")
    line(situation.work, incident, OFFERED, text, of=deeper.id)


def heard(situation: Situation, incident: Incident, came: Collection[str]) -> None:
    """Say that alerts of its own component joined, and what does not change because of them."""
    if incident.component in came:
        name = Named((incident.component,))
        text = situation.spoken("alerts of ", name, " joined; a person resolves it even so")
        line(situation.work, incident, "joined", text)


def quiet(situation: Situation, incident: Incident) -> None:
    """Say that nothing fires in it any more; who declared it knows whether it is over."""
    text = "its alerts have cleared; people declared it, so a person resolves it"
    line(situation.work, incident, "cause", text)


def _deeper(situation: Situation, incident: Incident) -> Incident | None:
    """Return the nearest other live incident in what its component needs, good parts left out."""
    graph = situation.graph
    start = graph.node(incident.component)
    seen, waiting = {start}, deque([start])
    while waiting:
        for group in graph.needs.get(waiting.popleft(), ()):
            if any(_is_good(situation, each) for each in group):
                continue
            for lower in group:
                found = _at(situation, lower, incident)
                if found is not None:
                    return found
                if lower not in seen:
                    seen.add(lower)
                    waiting.append(lower)
    return None


def _is_good(situation: Situation, node: str) -> bool:
    members = situation.graph.members.get(node, (node,))
    return all(each in situation.good and each not in situation.failing for each in members)


def _at(situation: Situation, node: str, incident: Incident) -> Incident | None:
    """Return the other incident in which a node fails, or the one that is nested in."""
    for each in situation.graph.members.get(node, (node,)):
        for number in sorted(situation.incidents):
            found = situation.incidents[number]
            here = {found.component, *situation.rows.get(number, ())}
            if number != incident.id and each in here:
                return situation.incidents.get(found.parent_id or number, found)
    return None
