"""What happened to a change: its own rows of the event log."""

from sqlalchemy import select

from ssoc.core.audit import Entry
from ssoc.core.events import EventRecord
from ssoc.core.work import Work

MOST = 60


def happened(work: Work, change_id: int, limit: int = MOST) -> list[Entry]:
    """Return the newest events of a change that the actor may see, the newest first."""
    wanted = select(EventRecord).where(EventRecord.subject == f"change:{change_id}")
    rows = work.session.scalars(wanted.order_by(EventRecord.id.desc()).limit(limit))
    return [Entry(row.id, row.at, row.kind, row.by, row.subject, row.body) for row in rows]
