"""Runs as values with their forecast: one, those of a change, those that go on now."""

from datetime import datetime

from sqlalchemy import Select, select

from changes.lifecycle import RunState
from changes.models import Change, Run
from changes.queries import views
from changes.queries.run_views import changes_by_id, run_views
from changes.run_values import EndedChange, RunningChange, RunView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE
from ssoc.core.work import Work


def run(work: Work, run_id: int, *, ahead: bool = True) -> RunView:
    """Return one run, or raise NotFound when there is none to be seen.

    ``ahead``: with its forecast; who only presses a step needs none.
    """
    row = work.session.get(Run, run_id)
    found = run_views(work, [row], ahead=ahead) if row else []
    held = views.seen_markets(work)
    if not found or not (EVERYWHERE in held or held & set(found[0].change.markets)):
        raise NotFound(f"there is no run {run_id} that you may see")
    return found[0]


def runs_of(work: Work, change_id: int) -> list[RunView]:
    """Return every run of one change, the newest first, rehearsals too."""
    views.change(work, change_id)
    return run_views(
        work,
        work.session.scalars(select(Run).where(Run.change_id == change_id).order_by(Run.id.desc())),
    )


def open_run_of(work: Work, change_id: int) -> tuple[int, bool] | None:
    """Return the number of the run of a change that goes on, and whether it is a rehearsal."""
    row = work.session.execute(
        select(Run.id, Run.is_rehearsal).where(Run.change_id == change_id, Run.ended_at.is_(None))
    ).first()
    return (row.id, row.is_rehearsal) if row else None


def open_runs(work: Work) -> list[RunView]:
    """Return every execution that goes on, whole, whose change the actor may see."""
    return run_views(work, work.session.scalars(_executed(work).where(Run.ended_at.is_(None))))


def running_now(work: Work) -> list[RunningChange]:
    """Return the changes that are executed now, the one whose window ends first first."""
    found = []
    for each in open_runs(work):
        if each.forecast is None or each.standing is None:
            continue
        found.append(
            RunningChange(
                change_id=each.change.id,
                title=each.change.title,
                markets=tuple(each.change.markets),
                components=each.change.components,
                started_at=each.started_at,
                window_end=each.window_ends_at,
                forecast_end=each.forecast.end,
                state=each.standing,
                run_id=each.id,
                words=each.standing_words,
                is_rolling_back=each.state is RunState.ROLLING_BACK,
            )
        )
    return sorted(found, key=lambda each: (each.window_end, each.run_id))


def ended_lately(work: Work, since: datetime) -> list[EndedChange]:
    """Return the changes whose execution ended at ``since`` or later, the newest first."""
    rows = list(work.session.scalars(_executed(work).where(Run.ended_at >= since)))
    changes = changes_by_id(work, rows)
    found = []
    for row in rows:
        change = changes[row.change_id]
        if row.ended_at is None or row.outcome is None:
            continue
        found.append(
            EndedChange(
                change_id=change.id,
                title=change.title,
                markets=tuple(change.markets),
                components=change.components,
                started_at=row.started_at,
                ended_at=row.ended_at,
                outcome=row.outcome,
                overran=row.ended_at > row.window_ends_at,
                run_id=row.id,
            )
        )
    return sorted(found, key=lambda each: (each.ended_at, each.run_id), reverse=True)


def _executed(work: Work) -> Select[Run]:
    return (
        select(Run)
        .join(Change, Change.id == Run.change_id)
        .where(Run.is_rehearsal.is_(False), views.is_visible(work))
        .order_by(Run.id)
    )
