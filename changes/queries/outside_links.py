"""Which entries of the change log are changes of ours."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select

from changes.models import Change, ChangeSighting
from changes.rules.outside import ORIGIN
from ssoc.core.work import Work

_AT_ONCE = 500  # below every database's most parameters


def changes_of(work: Work, event_ids: Sequence[int]) -> dict[int, int]:
    """Return the change that each entry of the log belongs to; entries of no change left out."""
    row = ChangeSighting
    found: dict[int, int] = {}
    for start in range(0, len(event_ids), _AT_ONCE):
        some = event_ids[start : start + _AT_ONCE]
        linked = select(row.event_id, row.change_id)
        linked = linked.where(row.event_id.in_(some), row.change_id.is_not(None))
        found |= {event: change for event, change in work.session.execute(linked) if change}
    return found


def belongs_elsewhere() -> ColumnElement[bool]:
    """Return what holds for a change found in the log that was settled as part of another one."""
    own = select(ChangeSighting.event_id).where(ChangeSighting.change_id == Change.id)
    return and_(Change.origin == ORIGIN, ~own.exists())
