"""When which running clock is to be looked at: an index over their events, never the truth."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from incidents.clock_stories import Story, stories
from incidents.models import ClockDue
from ssoc.core.clock_fold import fold
from ssoc.core.work import Work


def index_clocks(work: Work, incident_id: int, told: Iterable[Story] | None = None) -> bool:
    """Note when the running clocks of an incident come to be at risk and fall due.

    Asked after each event of its clocks. Return whether anything was noted otherwise before.
    """
    work.session.flush()
    if told is None:
        told = stories(work, [incident_id]).get(incident_id, ())
    wanted = {story.clock: dues for story in told if (dues := _dues(story, work.now))}
    rows = work.session.scalars(select(ClockDue).where(ClockDue.incident_id == incident_id))
    known = {row.clock: row for row in rows}
    over = sorted(set(known) - set(wanted))
    if over:
        here = (ClockDue.incident_id == incident_id, ClockDue.clock.in_(over))
        work.session.execute(delete(ClockDue).where(*here))
    moved = [_note(work, incident_id, clock, known.get(clock), *at) for clock, at in wanted.items()]
    return bool(over) or any(moved)


def _note(
    work: Work,
    incident_id: int,
    clock: str,
    row: ClockDue | None,
    at_risk_at: datetime,
    due_at: datetime,
) -> bool:
    if row is not None and (row.at_risk_at, row.due_at) == (at_risk_at, due_at):
        return False
    if row is None:
        row = ClockDue(incident_id=incident_id, clock=clock)
        work.session.add(row)
    row.at_risk_at, row.due_at, row.next_at = at_risk_at, due_at, at_risk_at
    return True


def _dues(story: Story, now: datetime) -> tuple[datetime, datetime] | None:
    """Return when a clock is at risk and due; None while nobody can know: paused, or stopped."""
    clock = None if story.is_withdrawn else fold(story.events, now)
    if clock is None or clock.stopped_at is not None:
        return None
    if clock.waits and clock.accrued < clock.target.duration:
        return None
    return clock.at_risk_at, clock.due_at
