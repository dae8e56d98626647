"""What happened to a change: its own rows of the event log."""

from collections.abc import Collection

from sqlalchemy import select

from ssoc.core.audit import Entry
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import ChangeApproved, ChangeScheduled, ChangeUnscheduled
from ssoc.core.work import Work

MOST = 60


def happened(work: Work, change_id: int, limit: int = MOST) -> list[Entry]:
    """Return the newest events of a change that the actor may see, the newest first."""
    wanted = select(EventRecord).where(EventRecord.subject == f"change:{change_id}")
    rows = work.session.scalars(wanted.order_by(EventRecord.id.desc()).limit(limit))
    return [_entry(row) for row in rows]


def taken_out(work: Work, change_ids: Collection[int]) -> dict[int, Entry]:
    """Return which approved changes somebody took out of the calendar by hand, and who, and why.

    It holds until they are approved, or scheduled, again.
    """
    subjects = {f"change:{each}": each for each in change_ids}
    wanted = select(EventRecord).where(
        EventRecord.subject.in_(subjects), EventRecord.kind.in_(_PLACING)
    )
    newest = {row.subject: row for row in work.session.scalars(wanted.order_by(EventRecord.id))}
    return {
        subjects[row.subject]: _entry(row)
        for row in newest.values()
        if row.kind == ChangeUnscheduled.__name__ and row.by != SYSTEM.name
    }


_PLACING = [each.__name__ for each in (ChangeApproved, ChangeScheduled, ChangeUnscheduled)]


def _entry(row: EventRecord) -> Entry:
    return Entry(row.id, row.at, row.kind, row.by, row.subject, row.body)
