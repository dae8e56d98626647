"""Move the clocks of an incident: every move is one more row, none is ever changed.

Called by the actions of incidents and the correlator, which have asked for permission.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import update

from incidents.clock_calendars import agreed
from incidents.clock_index import index_clocks
from incidents.clock_stories import Story, stories
from incidents.lifecycle import State
from incidents.models import ClockEvent, Incident, IncidentMarket
from incidents.rules.clocks import (
    ALL,
    CLOCKS,
    RESOLVE,
    RESPONSE,
    UPDATE,
    Agreed,
    body_of,
    length_in_words,
    target_of,
)
from incidents.story import markets_of
from ssoc.core.clocks import Kind
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.report import is_own_place


def start_clocks(work: Work, incident: Incident, markets: Iterable[str] | None = None) -> None:
    """Start the clocks of a new incident at its opening; ``markets`` when they are known."""
    for each in _agreed(work, incident, incident.opened_at, markets):
        body = body_of(each, incident.priority)
        record_move(work, incident.id, each.clock, Kind.START, incident.opened_at, body=body)
    index_clocks(work, incident.id)


def on_acknowledge(work: Work, incident: Incident) -> None:
    """Stop the response clock: somebody has taken the incident."""
    record_move(work, incident.id, RESPONSE, Kind.STOP, work.now)
    index_clocks(work, incident.id)


def on_update(work: Work, incident: Incident) -> None:
    """Begin the next round of the update clock."""
    record_move(work, incident.id, UPDATE, Kind.UPDATE, work.now)
    index_clocks(work, incident.id)


def on_resolve(work: Work, incident: Incident, unanswered: str = "") -> None:
    """Stop every clock.

    Where it ended and nobody had a part in it, ``unanswered`` says how: then the response was
    not needed, unless it was late already.
    """
    if unanswered:
        at, body = incident.resolved_at or work.now, {"unneeded": True}
        record_move(work, incident.id, RESPONSE, Kind.STOP, at, reason=unanswered, body=body)
    record_move(work, incident.id, ALL, Kind.STOP, incident.resolved_at or work.now)
    index_clocks(work, incident.id)


def on_reopen(work: Work, incident: Incident) -> None:
    """Run the clocks again from now; the resolve clock goes on where it stopped.

    The time between belongs to nobody, so that a relapse is not breached at once.
    """
    for each in _agreed(work, incident, work.now):
        body = body_of(each, incident.priority) | {"restart": each.clock != RESOLVE}
        record_move(work, incident.id, each.clock, Kind.START, work.now, body=body)
    back = update(IncidentMarket).where(IncidentMarket.incident_id == incident.id)
    work.session.execute(back.values(reckoned_to=work.now))
    index_clocks(work, incident.id)


def on_priority_change(work: Work, incident: Incident) -> None:
    """Give the clocks the targets of the new priority, from now on; what has passed stays passed.

    A clock that the new priority does not have stops; one that it has and the old had not begins.
    Whoever has taken the incident keeps it, unless it is open again.
    """
    if not incident.state.is_live:
        return
    work.session.flush()
    running = {story.clock: story for story in stories(work, [incident.id]).get(incident.id, ())}
    wanted = {each.clock: each for each in _agreed(work, incident, work.now)}
    why = f"now {incident.priority}"
    for clock in CLOCKS:
        story, other = running.get(clock), wanted.get(clock)
        _change(work, incident, clock, story, other, why, work.now)
    index_clocks(work, incident.id)


def _change(
    work: Work,
    incident: Incident,
    clock: str,
    story: Story | None,
    wanted: Agreed | None,
    why: str,
    chosen_at: datetime,
) -> bool:
    is_running = story is not None and story.is_running(work.now)
    if wanted is None:
        if is_running:
            reason = f"{incident.priority} has no {clock} clock"
            body = {"withdrawn": True}
            record_move(work, incident.id, clock, Kind.STOP, work.now, reason=reason, body=body)
        return is_running
    body = body_of(wanted, incident.priority) | {"chosen_at": chosen_at.isoformat()}
    if is_running and story is not None:
        if target_of(story.body) == wanted.target:
            return False  # the promise is the same
        record_move(work, incident.id, clock, Kind.RETARGET, work.now, reason=why, body=body)
    elif clock != RESPONSE or incident.state in {State.OPEN, State.REOPENED}:
        body["restart"] = True
        record_move(work, incident.id, clock, Kind.START, work.now, reason=why, body=body)
    else:
        return False
    return True


def follow_terms(
    work: Work,
    incident: Incident,
    clock: str,
    story: Story | None,
    wanted: Agreed | None,
    chosen_at: datetime,
) -> bool:
    """Let one clock follow what is agreed today; return whether it moved.

    ``chosen_at`` is the instant for which ``wanted`` was chosen among the markets' promises.
    """
    running = story if story is not None and story.is_running(work.now) else None
    if story is not None and running is None and not story.is_withdrawn:
        return False  # it was stopped, not withdrawn
    change = f"terms or calendar changed: {_version(wanted)}"
    if wanted is None or running is None or target_of(running.body) != wanted.target:
        return _change(work, incident, clock, running, wanted, change, chosen_at)
    return False


def _version(wanted: Agreed | None) -> str:
    if wanted is None:
        return "no such clock any more"
    return wanted.target.calendar.version or length_in_words(wanted.target.duration)


def _agreed(
    work: Work, incident: Incident, at: datetime, markets: Iterable[str] | None = None
) -> list[Agreed]:
    touched = markets_of(work, incident.id) if markets is None else list(markets)
    estate = estate_queries.current(work)
    is_own = is_own_place(incident.component)
    return agreed(work.settings, estate, incident.priority, touched, at, is_own=is_own)


def record_move(
    work: Work,
    incident_id: int,
    clock: str,
    kind: str,
    at: datetime,
    party: str = "",
    reason: str = "",
    body: dict[str, Any] | None = None,
) -> None:
    """Add one row; ``kind`` is one of the engine's, or ``dispute``."""
    work.session.add(
        ClockEvent(
            incident_id=incident_id,
            clock=clock,
            kind=kind,
            at=at,
            recorded_at=work.now,
            by=work.actor.name,
            party=party,
            reason=reason,
            body=body or {},
        )
    )
