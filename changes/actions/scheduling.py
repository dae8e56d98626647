"""Give an approved change its place in the calendar, or say what stands in its way."""

from changes.actions import moving
from changes.actions.standing import template_obstacle
from changes.lifecycle import Move, State
from changes.models import Change
from changes.policy import policy
from changes.queries import views
from changes.queries.assessment import blocking
from changes.rules import obstacles as rules
from changes.values import ChangeView
from ssoc.core.errors import Conflict, IllegalMove, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.vocabulary import ChangeScheduled, ChangeUnscheduled
from ssoc.core.work import Work


def schedule(work: Work, change_id: int) -> None:
    """Schedule an approved change by hand, as after a collision was waived.

    Raises:
        Conflict: names everything that stands in its way.

    """
    row, view = moving.found(work, change_id, Permission.CHANGE_RUN)
    if row.state is not State.APPROVED:
        raise IllegalMove(f"cannot schedule while {row.state}")
    found = try_schedule(work, change_id)
    if found:
        raise Conflict(f"{view.reference} stays approved and is not scheduled: {'; '.join(found)}")


def try_schedule(work: Work, change_id: int) -> list[str]:
    """Schedule an approved change if nothing stands in its way; return in words what does.

    It follows from an approval and asks for no permission of its own. Empty means: it is
    scheduled.
    """
    row = _locked(work, change_id)
    if row.state is State.SCHEDULED:
        return []
    if row.state is not State.APPROVED:
        return [f"it is {row.state}, not approved"]
    view = views.changes_of(work, [row])[0]
    found = obstacles(work, view)
    if found:
        return found
    moving.move(work, row, Move.SCHEDULE)
    row.scheduled_at = work.now
    since, until = (each.isoformat() if each else "" for each in (row.starts_at, row.ends_at))
    work.record(ChangeScheduled(row.id, moving.markets_text(view.markets), since, until))
    work.session.flush()
    return []


def obstacles(work: Work, change: ChangeView) -> list[str]:
    """Return what stands in the way of an approved change, in words; empty when nothing does."""
    found = own_obstacles(work, change)
    blocks = blocking(work, change.id)
    return found + [f"{each.rule} blocks: {each.sentence.removesuffix('.')}" for each in blocks]


def own_obstacles(work: Work, change: ChangeView) -> list[str]:
    """Return what stands in its way for itself, by its type, its window and its template."""
    found = rules.obstacles(change, policy(work).types, work.now)
    return found + template_obstacle(work, change)


def foreseen(work: Work, change: ChangeView) -> list[str]:
    """Return what will keep a draft or submitted change out of the calendar once approved."""
    return rules.foreseen(change, policy(work).types, work.now)


def unschedule(work: Work, change_id: int, reason: str) -> None:
    """Take a change out of the calendar, with the reason; its approval stands."""
    row, view = moving.found(work, change_id, Permission.CHANGE_MANAGE)
    moving.move(work, row, Move.UNSCHEDULE)
    row.scheduled_at = None
    said = " ".join(reason.split())[:500] or "no reason was given"
    work.record(ChangeUnscheduled(change_id, moving.markets_text(view.markets), said))
    work.session.flush()


def _locked(work: Work, change_id: int) -> Change:
    row = work.session.get(Change, change_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no change CHG-{change_id} that you may see")
    return row
