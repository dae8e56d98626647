"""Which entries of the change log are changes of ours, and which nobody had announced."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select

from changes.lifecycle import Sighted
from changes.models import Change, ChangeSighting
from changes.values import FOUND
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
    return and_(Change.origin == FOUND, ~own.exists())


@dataclass(frozen=True)
class Sighting:
    """What became of one entry: the change it belongs to, 0 for none."""

    change_id: int
    is_unauthorised: bool
    is_ignored: bool


def sightings_of(work: Work, event_ids: Sequence[int]) -> dict[int, Sighting]:
    """Return what became of each entry of the log; those that nobody has judged yet left out."""
    row = ChangeSighting
    unannounced = {Sighted.UNAUTHORISED, Sighted.JOINED}
    found: dict[int, Sighting] = {}
    for start in range(0, len(event_ids), _AT_ONCE):
        some = event_ids[start : start + _AT_ONCE]
        judged = select(row.event_id, row.change_id, row.verdict).where(row.event_id.in_(some))
        for event, change, verdict in work.session.execute(judged):
            ignored = verdict is Sighted.IGNORED
            found[event] = Sighting(change or 0, verdict in unannounced, ignored)
    return found
