"""What every action on a run shares: find it, ask for the right, lock it, tell it."""

from dataclasses import dataclass

from changes.actions import moving
from changes.models import Change, Run, RunStep
from changes.queries import runs as run_queries
from changes.run_values import RunView
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

LONGEST = 2_000


@dataclass(frozen=True)
class FoundRun:
    """A run to be acted on, as row and value; locked for this unit of work."""

    row: Run
    view: RunView

    @property
    def markets(self) -> str:
        """Return the markets of its change as events carry them."""
        return moving.markets_text(self.view.change.markets)


def found(work: Work, run_id: int, *, ahead: bool = False) -> FoundRun:
    """Return an open run, or raise NotFound, NotAllowed, or Conflict when it has ended.

    Its row is locked first, so that of two people who press at once the second sees what the
    first has written. ``ahead``: with the forecast of its end, for an action that keeps it.
    """
    row = work.session.get(Run, run_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no run {run_id} that you may see")
    view = run_queries.run(work, run_id, ahead=ahead)
    moving.require_in(work, Permission.CHANGE_RUN, view.change.markets)
    if not view.is_open:
        what = "rehearsal" if view.is_rehearsal else "run"
        raise Conflict(
            f"this {what} of {view.change.reference} ended at {view.ended_at:%H:%M} UTC; "
            f"{view.ended_by} ended it; nothing was written"
        )
    return FoundRun(row, view)


def step_row(work: Work, run_id: int, position: int) -> RunStep:
    """Return one step of a run."""
    row = work.session.get(RunStep, (run_id, position))
    if row is None:
        raise NotFound(f"the run has no step {position}")
    return row


def change_row(work: Work, view: RunView) -> Change:
    """Return the change of a run, locked."""
    row = work.session.get(Change, view.change.id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no change CHG-{view.change.id} that you may see")
    return row


def said(text: str, needed: str = "") -> str:
    """Return what somebody wrote, tidy; BadInput when it is too long, or missing though needed."""
    tidy = str(storable(text)).strip()
    if len(tidy) > LONGEST:
        raise BadInput(f"the text has {len(tidy)} characters; write {LONGEST} at most")
    if needed and not tidy:
        raise BadInput(needed)
    return tidy
