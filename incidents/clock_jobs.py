"""Watch the clocks: say once when one comes to be at risk, and once when it is breached."""

from collections.abc import Mapping

from sqlalchemy import select

from incidents.clock_actions import renew_calendar
from incidents.clock_queries import Urgent, at_risk
from incidents.clock_stories import chunks, stories
from incidents.clock_terms import terms
from incidents.models import Incident, TimelineEntry
from incidents.queries.lines import LIVE
from incidents.rules.clocks import length_in_words
from incidents.story import tell, word
from ssoc.core.clocks import Status
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.vocabulary import IncidentClockRanShort
from ssoc.core.work import Runtime, Work

MOST = 10_000
AT_ONCE = 100
Said = tuple[int, str, str, int]  # incident, clock, status, run


def watch_clocks(runtime: Runtime) -> None:
    """Write a line into the story of each incident whose clock came to be at risk or breached.

    Once for each clock, status and promise, however often the job runs: what was said stands
    in the timeline. Raises BadSettings while the file of the terms is wrong.
    """
    with runtime.view(SYSTEM) as work:
        urgent = at_risk(work, MOST)
        known = _said(work, {each.incident_id for each in urgent})
    unsaid = [each for each in urgent if _key(each) not in known]
    for begin in range(0, len(unsaid), AT_ONCE):  # nobody else waits long for the database
        with runtime.work(SYSTEM) as work:
            _say(work, {_key(each): each for each in unsaid[begin : begin + AT_ONCE]})
    terms(runtime.settings)


def renew_calendars(runtime: Runtime) -> None:
    """Let the clocks of live incidents follow holidays and terms that were changed meanwhile."""
    with runtime.view(SYSTEM) as work:
        live = list(work.session.scalars(select(Incident.id).where(Incident.state.in_(LIVE))))
    for some in chunks(live):
        with runtime.work(SYSTEM) as work:
            told = stories(work, some)
            moved = [renew_calendar(work, key, each) for key, mine in told.items() for each in mine]
            if any(moved):
                bump(work.session)


def _say(work: Work, urgent: Mapping[Said, Urgent]) -> None:
    ids = sorted({each.incident_id for each in urgent.values()})
    locked = select(Incident).where(Incident.id.in_(ids)).order_by(Incident.id).with_for_update()
    incidents = {row.id: row for row in work.session.scalars(locked)}
    known = _said(work, set(ids))
    for key, each in urgent.items():
        incident = incidents[each.incident_id]
        if key not in known and incident.state.is_live:
            tell(
                work,
                incident,
                IncidentClockRanShort,
                _words(each),
                clock=each.clock.name,
                status=each.clock.status.value,
                due_at=each.clock.due_at.isoformat(),
                run=each.clock.clock.run,
            )


def _words(urgent: Urgent) -> str:
    clock = urgent.clock
    length = length_in_words(clock.clock.target.duration)
    if clock.status is Status.AT_RISK:
        return f"{clock.name} clock at risk: due {clock.due_at:%H:%M} UTC of {length}"
    return f"{clock.name} clock breached: was due {clock.due_at:%H:%M} UTC of {length}"


def _key(urgent: Urgent) -> Said:
    return (
        urgent.incident_id,
        urgent.clock.name,
        urgent.clock.status.value,
        urgent.clock.clock.run,
    )


def _said(work: Work, incident_ids: set[int]) -> set[Said]:
    rows = work.session.execute(
        select(TimelineEntry.incident_id, TimelineEntry.body).where(
            TimelineEntry.incident_id.in_(incident_ids),
            TimelineEntry.kind == word(IncidentClockRanShort),
        )
    )
    return {(number, body["clock"], body["status"], body["run"]) for number, body in rows}
