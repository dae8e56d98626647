"""Open incidents: when they have settled, unless silenced; or take a relapse up again."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from incidents.clock_actions import on_reopen, start_clocks
from incidents.correlator.holds import Holds
from incidents.correlator.situation import LIVE, Situation
from incidents.correlator.softening import soften
from incidents.correlator.unseen import unseen_in
from incidents.lifecycle import INCIDENT, Move
from incidents.models import Incident, IncidentAlert, IncidentMarket
from incidents.rules.correlation import Failing, Picture, is_good
from incidents.rules.wording import Named, Quoted, Told, from_plain, place_name, to_plain
from incidents.rules.words import (
    cause_reason,
    headline,
    link_reason,
    own_title,
    title,
    unplaced_title,
    watch_reason,
    without_comment,
)
from incidents.story import Spoken, tell
from incidents.weighing import Weight, weigh
from ssoc.core.vocabulary import IncidentOpened, IncidentReopened
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.lookup_queries import known_alerts
from ssoc.monitoring.own_alerts import WAY
from ssoc.monitoring.report import is_own_place

TITLE = 255


def open_settled(
    situation: Situation, picture: Picture, roots: Sequence[str], holds: Holds
) -> list[Incident]:
    """Open an incident at each of ``roots`` that is ready for one."""
    opened = []
    for root in roots:
        cause, symptoms = picture.failing[root], picture.symptoms_of(root)
        real = [each for each in (root, *symptoms) if each in situation.failing]
        if not real or not _is_settled(situation, cause) or holds.silence(real):
            continue
        incident = _open(situation, cause, real, holds)
        situation.incidents[incident.id] = incident
        situation.rows.setdefault(incident.id, {})
        opened.append(incident)
    return opened


def _is_settled(situation: Situation, cause: Failing) -> bool:
    """Tell whether no deeper cause can be expected: all below is healthy, or time has passed."""
    node = situation.graph.node(cause.component)
    below = situation.graph.below(node)
    if not cause.is_suspected and all(is_good(each, cause.since, situation.good) for each in below):
        return True
    return situation.now >= cause.turned_at + situation.work.settings.incidents.settle


def _open(situation: Situation, cause: Failing, real: Sequence[str], holds: Holds) -> Incident:
    markets = _markets(situation, cause.component, real)
    severity = max(situation.failing[each].severity for each in real)
    settings = situation.work.settings.priority
    unseen = unseen_in(situation, real)
    failing = [cause.component, *real]
    soft = soften(situation, failing, markets, cause)
    weight = weigh(
        settings,
        situation.estate,
        severity,
        failing,
        markets,
        soft.share_lost,
        unseen,
        soft.carried_by,
        soft.is_guess,
    )
    earlier = _earlier(situation, cause.component)
    if earlier is not None and _is_relapse(situation, earlier):
        return _reopen(situation, earlier, cause, weight, real, holds)
    window = holds.window(cause.component, real)
    held = window or holds.unless_first(real, 0, severity)
    incident = Incident(
        component=cause.component,
        severity=severity,
        worst_severity=severity,
        impact=weight.impact.level,
        urgency=weight.urgency,
        priority=weight.priority,
        is_suspected=cause.is_suspected,
        held_because=window,  # flapping is said by the keeper
        previous_id=earlier.id if earlier else None,
        alerts=0,
        told=0,
        opened_at=situation.now,
        changed_at=situation.now,
    )
    entitle(incident, title_of(situation, cause))
    explain(incident, reason_of(situation, cause, real))
    situation.work.session.add(incident)
    situation.work.session.flush()
    touch(situation, incident, markets, known=())
    start_clocks(situation.work, incident, markets)
    why = from_plain(incident.reason_told)
    tell(
        situation.work,
        incident,
        IncidentOpened,
        situation.spoken("opened: ", *why, " ", weight.said(markets), *_held(held, markets)),
        markets=markets,
        title=incident.title,
        held_because=held,
        began_at=cause.since.isoformat(),
    )
    return incident


def _reopen(
    situation: Situation,
    incident: Incident,
    cause: Failing,
    weight: Weight,
    real: Sequence[str],
    holds: Holds,
) -> Incident:
    """Take a relapse up again: the same incident, with all that people know about it."""
    window = holds.window(cause.component, real)
    held = window or holds.unless_first(real, incident.worst_severity, weight.severity)
    incident.state = INCIDENT.after(incident.state, Move.RELAPSE)
    incident.resolved_at = incident.closed_at = incident.cause_cleared_at = None
    incident.acknowledged_at = incident.mitigated_at = incident.parent_id = None
    incident.is_forced, incident.is_suspected = False, cause.is_suspected
    taker, incident.owner = incident.owner, ""  # who took it then has not taken it now
    if is_worded_by_us(incident):
        entitle(incident, title_of(situation, cause))
    incident.severity, incident.held_because = weight.severity, window
    incident.worst_severity = max(incident.worst_severity, weight.severity)
    explain(incident, reason_of(situation, cause, real))
    was = incident.priority
    if weight.priority < incident.priority and not incident.priority_reason:
        incident.priority, incident.impact = weight.priority, weight.impact.level
        incident.urgency = weight.urgency
    markets = _markets(situation, cause.component, real)
    touch(situation, incident, markets)
    on_reopen(situation.work, incident)
    rose: Told = (f"; {was} to ", weight.said(markets)) if incident.priority != was else ()
    before = f"; it was with {taker}" if taker else ""
    text = situation.spoken("failed again: ", *from_plain(incident.reason_told), *rose, before)
    tell(situation.work, incident, IncidentReopened, text, reason="relapse", held_because=held)
    return incident


def _earlier(situation: Situation, component: str) -> Incident | None:
    """Return the last incident at the component that has ended, unless it was merged away."""
    last = (
        select(Incident)
        .where(
            Incident.component == component,
            Incident.state.not_in(LIVE),
            Incident.merged_into_id.is_(None),
        )
        .order_by(Incident.resolved_at.desc(), Incident.id.desc())
    )
    return situation.work.session.scalar(last.limit(1))


def _is_relapse(situation: Situation, earlier: Incident) -> bool:
    within = situation.work.settings.incidents.relapse_within
    if earlier.resolved_at is None or earlier.declared_by:  # what people declared, they end
        return False
    return situation.now <= earlier.resolved_at + within


def _held(held: str, markets: Sequence[str]) -> Told:
    """Return that pages are held; who sees only some of the markets reads no person's words."""
    if not held:
        return ()
    return ("; held: ", Quoted(held, tuple(markets), without_comment(held)))


def entitle(incident: Incident, heard: Spoken) -> None:
    """Give an incident its title, and the parts it is made of."""
    incident.title, incident.title_told = heard.text[:TITLE], to_plain(heard.told)


def explain(incident: Incident, heard: Spoken) -> None:
    """Give an incident its reason, and the parts it is made of."""
    incident.reason, incident.reason_told = heard.text, to_plain(heard.told)


def is_worded_by_us(incident: Incident) -> bool:
    """Tell whether the title begins with the cause, so that no person has worded it."""
    if is_own_place(incident.component):
        return bool(incident.title_told)
    return from_plain(incident.title_told[:1]) == (Named((incident.component,)),)


def recount(situation: Situation, incident: Incident) -> None:
    """Let the title of an incident of no known component say how many alerts it has."""
    place = incident.component
    failing = situation.failing.get(place)
    if failing is None or failing.alerts < 2 or not place.startswith("?") or is_own_place(place):
        return
    if is_worded_by_us(incident):
        heard = situation.spoken(*unplaced_title(place, failing.alerts))
        if heard.text != incident.title:
            entitle(incident, heard)


def title_of(situation: Situation, cause: Failing) -> Spoken:
    """Return component and symptom, as the oldest of its worst alerts words it."""
    place = cause.component
    if cause.is_suspected:
        return situation.spoken(Named((place,)), ": suspected, what needs it fails")
    if is_own_place(place):
        return situation.spoken(headline(own_words(situation, place)))
    if place.startswith("?") and cause.alerts > 1:
        return situation.spoken(*unplaced_title(place, cause.alerts))
    worst = (
        select(IncidentAlert.key, IncidentAlert.name, IncidentAlert.market)
        .where(
            IncidentAlert.component == cause.component,
            IncidentAlert.state < AlertState.RESOLVED,
        )
        .order_by(IncidentAlert.severity.desc(), IncidentAlert.started_at, IncidentAlert.key)
        .limit(1)
    )
    found = situation.work.session.execute(worst).first()
    if found is None:
        return situation.spoken(Named((place,)))
    alert = known_alerts(situation.work, [found.key]).get(found.key)
    words = (alert.summary if alert else "") or found.name
    if place.startswith("?") and alert and alert.way == WAY and alert.summary:
        return situation.spoken(*own_title(words, found.name, found.market))
    name = found.name if place.startswith("?") else situation.name(place)
    unseen = situation.unseen.get(place)
    markets = {found.market, *(unseen.markets if unseen else ())} - {""}
    instead = "not seen" if unseen else cause.severity.word
    return situation.spoken(*title(place, name, words, sorted(markets), instead))


def own_words(situation: Situation, place: str) -> str:
    """Return what ssoc says now of a story of its own; all that fires there says the same."""
    row = IncidentAlert
    here = (row.component == place, row.state < AlertState.RESOLVED)
    keys = situation.work.session.scalars(select(row.key).where(*here)).all()
    said = [each.summary for each in known_alerts(situation.work, keys).values()]
    return max(said, default="") or place_name(situation.estate, place)


def reason_of(situation: Situation, cause: Failing, real: Collection[str]) -> Spoken:
    """Return why there is one incident here, for all that fails in it."""
    if is_own_place(cause.component):
        return situation.spoken(own_words(situation, cause.component))
    blind = situation.unseen.get(cause.component)
    if blind is not None and blind.only and blind.hidden and not cause.is_suspected:
        return situation.spoken(*link_reason(sorted(blind.hidden), cause.since))
    if cause.is_ours:
        return situation.spoken(*watch_reason(cause.component, cause.since))
    others = [each for each in real if each != cause.component]
    above = [each for each in others if _needs(situation, each, cause.component)]
    markets = {market for each in above for market in situation.markets_of(each)}
    node = situation.graph.node(cause.component)
    unseen = [
        each
        for each in situation.graph.below(node)
        if each not in situation.failing
        and each not in situation.good
        and not situation.graph.carries(each, lambda it: is_good(it, cause.since, situation.good))
    ]
    return situation.spoken(
        *cause_reason(cause, len(above), len(markets), unseen, by_hand=len(others) - len(above))
    )


def _needs(situation: Situation, component: str, cause: str) -> bool:
    """Tell whether the graph leads from a component down to the cause."""
    graph = situation.graph
    return graph.path(graph.node(component), graph.node(cause), lambda _: True) is not None


def _markets(situation: Situation, component: str, real: Sequence[str]) -> list[str]:
    """Return the markets of all that fails, and of the alerts that say so."""
    found = {market for each in real for market in situation.markets_of(each)}
    found.update(situation.markets_of(component))
    said = select(IncidentAlert.market).where(
        IncidentAlert.component.in_(real), IncidentAlert.state < AlertState.RESOLVED
    )
    found.update(situation.work.session.scalars(said.distinct()))
    return sorted(found - {""})


def touch(
    situation: Situation,
    incident: Incident,
    markets: Sequence[str],
    known: Sequence[str] | None = None,
) -> list[str]:
    """Let the incident touch ``markets``; return those it did not touch before."""
    row = IncidentMarket
    if not markets:
        return []
    if known is None:
        there = select(row.market).where(row.incident_id == incident.id)
        known = list(situation.work.session.scalars(there))
    new = [each for each in markets if each not in known]
    situation.work.session.add_all(row(incident_id=incident.id, market=each) for each in new)
    return new
