"""Watch the clocks: say once when one comes to be at risk, and once when it is breached."""

from collections.abc import Mapping

from sqlalchemy import select, update

from incidents.clock_queries import Urgent, at_in_words, promise_in_words, to_be_said
from incidents.clock_renewal import renew_clocks
from incidents.clock_stories import stories
from incidents.clock_terms import terms
from incidents.models import ClockDue, Incident, TimelineEntry
from incidents.queries.lines import LIVE
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
        urgent = to_be_said(work, MOST)
    for begin in range(0, len(urgent), AT_ONCE):  # nobody else waits long for the database
        with runtime.work(SYSTEM) as work:
            _say(work, {_key(each): each for each in urgent[begin : begin + AT_ONCE]})
    terms(runtime.settings)


def renew_calendars(runtime: Runtime) -> None:
    """Let the clocks of live incidents follow terms, calendars and holidays as they are now.

    It also repairs the index of what is due, should it ever not agree with the events.
    """
    with runtime.view(SYSTEM) as work:
        live = list(work.session.scalars(select(Incident.id).where(Incident.state.in_(LIVE))))
    for begin in range(0, len(live), AT_ONCE):
        some = live[begin : begin + AT_ONCE]
        with runtime.work(SYSTEM) as work:
            rows = select(Incident).where(Incident.id.in_(some), Incident.state.in_(LIVE))
            incidents = list(work.session.scalars(rows.order_by(Incident.id)))
            told = stories(work, [each.id for each in incidents])
            moved = [renew_clocks(work, each, told.get(each.id, ())) for each in incidents]
            if any(moved):
                bump(work.session)


def _say(work: Work, urgent: Mapping[Said, Urgent]) -> None:
    ids = sorted({each.incident_id for each in urgent.values()})
    locked = select(Incident).where(Incident.id.in_(ids)).order_by(Incident.id).with_for_update()
    incidents = {row.id: row for row in work.session.scalars(locked)}
    known = _said(work, set(ids))
    for key, each in urgent.items():
        incident = incidents[each.incident_id]
        _done(work, each)
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


def _done(work: Work, urgent: Urgent) -> None:
    """Note when there is something to say of the clock again; unless it has moved meanwhile."""
    clock, due = urgent.clock, urgent.clock.due_at
    row = ClockDue
    here = (row.incident_id == urgent.incident_id, row.clock == clock.name, row.due_at == due)
    then = due if clock.status is Status.AT_RISK else None
    moved = update(row).where(*here).values(next_at=then)
    work.session.execute(moved.execution_options(synchronize_session=False))


def _words(urgent: Urgent) -> str:
    clock = urgent.clock
    length, due = promise_in_words(clock.clock), at_in_words(clock.due_at, clock.clock.read_at)
    if clock.status is Status.AT_RISK:
        return f"{clock.name} clock at risk: due {due} of {length}"
    return f"{clock.name} clock breached: was due {due} of {length}"


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
