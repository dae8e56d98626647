"""Let clocks stand still while somebody else has the ball; each move with its reason."""

from datetime import datetime

from incidents.actions.holding import held, said
from incidents.clock_actions import record_move
from incidents.clock_index import index_clocks
from incidents.clock_stories import DISPUTE, Story, stories
from incidents.models import ClockEvent, Incident
from incidents.rules.clocks import ALL, CLOCKS
from incidents.story import mark, tell
from ssoc.core.clocks import Kind, Party
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.signs import told
from ssoc.core.vocabulary import IncidentClockMoved
from ssoc.core.work import Work

PAUSERS = (Party.US, Party.VENDOR, Party.CUSTOMER, Party.THIRD_PARTY)
_LONGEST_REASON = 255


def pause_clock(
    work: Work,
    incident_id: int,
    clock: str,
    party: str,
    reason: str,
    at: datetime | None = None,
) -> Incident:
    """Let a clock stand still while somebody else has the ball; backdated when ``at`` is earlier.

    Args:
        work: whose actor must hold INCIDENT_WORK in every market of the incident.
        incident_id: of the incident.
        clock: response, update, resolve, or ``*`` for all.
        party: who has the ball: us, vendor, customer or third party.
        reason: what they were asked for.
        at: since when, now if None.

    """
    incident, holder, since = _prepared(work, incident_id, clock, party, at)
    words = said(reason, "reason")[:_LONGEST_REASON]
    chosen = [
        each for each in _running(work, incident, clock) if not each.waits_for(holder, work.now)
    ]
    if not chosen:
        raise Conflict(f"{mark(incident.id)} waits for {holder} already; resume that pause first")
    for each in chosen:
        record_move(work, incident.id, each.clock, Kind.PAUSE, since, party=holder, reason=words)
    index_clocks(work, incident.id)
    _tell(work, incident, "pause", clock, holder, words, since)
    return incident


def resume_clock(
    work: Work,
    incident_id: int,
    clock: str,
    party: str,
    reason: str = "",
    at: datetime | None = None,
) -> Incident:
    """Let a clock go on that stood still for ``party``; backdated when ``at`` is earlier."""
    incident, holder, since = _prepared(work, incident_id, clock, party, at)
    words = told(reason)[:_LONGEST_REASON]
    waiting = {
        each.clock: waits
        for each in _running(work, incident, clock)
        if (waits := each.waits_for(holder, work.now))
    }
    if not waiting:
        raise Conflict(f"no {_words(clock)} of {mark(incident.id)} waits for {holder}")
    began = max(pause.at for waits in waiting.values() for pause in waits)
    if since < began:
        raise BadInput(f"that pause began at {began:%H:%M} UTC; it cannot have ended before")
    for name in waiting:
        record_move(work, incident.id, name, Kind.RESUME, since, party=holder, reason=words)
    index_clocks(work, incident.id)
    _tell(work, incident, "resume", clock, holder, words, since)
    return incident


def dispute_pause(work: Work, incident_id: int, event_id: int, reason: str) -> Incident:
    """Say that a pause is not agreed: from then on the clock is shown with it and without it."""
    incident, words = held(work, incident_id), said(reason, "reason")[:_LONGEST_REASON]
    paused = work.session.get(ClockEvent, event_id)
    if paused is None or paused.incident_id != incident.id or paused.kind != Kind.PAUSE:
        raise BadInput(f"{mark(incident.id)} has no pause {event_id}; choose one from its clocks")
    body = {"pause": paused.id}
    record_move(work, incident.id, paused.clock, DISPUTE, work.now, reason=words, body=body)
    _tell(work, incident, "dispute", paused.clock, Party(paused.party), words, paused.at)
    return incident


def _prepared(
    work: Work, incident_id: int, clock: str, party: str, at: datetime | None
) -> tuple[Incident, Party, datetime]:
    incident = held(work, incident_id)
    if clock not in {*CLOCKS, ALL}:
        raise BadInput(f"no clock {clock!r}; there are {', '.join(CLOCKS)}, and * for all")
    if party not in PAUSERS:
        raise BadInput(f"no party {party!r}; there are {', '.join(PAUSERS)}")
    if not incident.state.is_live:
        raise Conflict(f"{mark(incident.id)} is {incident.state}: its clocks have stopped")
    since = at or work.now
    if since.tzinfo is None or not incident.opened_at <= since <= work.now:
        raise BadInput(
            f"a pause of {mark(incident.id)} lies between its opening at "
            f"{incident.opened_at:%Y-%m-%d %H:%M} UTC and now; give such a time, with its zone"
        )
    return incident, Party(party), since


def _running(work: Work, incident: Incident, clock: str) -> list[Story]:
    found = stories(work, [incident.id]).get(incident.id, [])
    chosen = [each for each in found if clock in {each.clock, ALL} and each.is_running(work.now)]
    if not chosen:
        raise Conflict(f"no {_words(clock)} of {mark(incident.id)} runs")
    return chosen


def _tell(
    work: Work,
    incident: Incident,
    move: str,
    clock: str,
    party: Party,
    reason: str,
    since: datetime,
) -> None:
    told = {
        "pause": f"{_words(clock)} paused, waiting for {party}",
        "resume": f"{_words(clock)} goes on, no longer waiting for {party}",
        "dispute": f"pause of the {_words(clock)} for {party} disputed",
    }[move]
    when = f" since {since:%H:%M} UTC" if since != work.now else ""
    text = told + when + (f": {reason}" if reason else "")
    tell(work, incident, IncidentClockMoved, text, move=move, party=party.value, reason=reason)


def _words(clock: str) -> str:
    return "clock" if clock == ALL else f"{clock} clock"
