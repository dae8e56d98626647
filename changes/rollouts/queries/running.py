"""What is being changed now and ended lately: by run sheets, and in waves."""

from datetime import datetime

from sqlalchemy import select

from changes.models import Change
from changes.queries import runs, views
from changes.rollouts.lifecycle import WaveState
from changes.rollouts.models import Rollout
from changes.rollouts.queries import rollouts
from changes.rollouts.rules.ahead import outlook
from changes.rollouts.values import RolloutView
from changes.rules.running import Standing
from changes.run_values import EndedChange, RunningChange
from ssoc.core.work import Work


def running_now(work: Work) -> list[RunningChange]:
    """Return the changes that are executed now, the one whose window ends first first."""
    found = [_running(work, each) for each in rollouts.open_rollouts(work)]
    both = [*runs.running_now(work), *(each for each in found if each is not None)]
    return sorted(both, key=lambda each: (each.window_end, each.run_id, each.rollout_id))


def _running(work: Work, rollout: RolloutView) -> RunningChange | None:
    ahead, began = outlook(rollout, work.now), rollout.started_at
    if ahead is None or began is None or ahead.window_end is None:
        return None
    current = rollout.current
    return RunningChange(
        change_id=rollout.change_id,
        title=f"{rollout.title}, {wave_words(rollout)}",
        markets=tuple((current.markets if current else ()) or rollout.markets),
        components=tuple(rollout.components),
        started_at=(current.started_at if current else None) or began,
        window_end=ahead.window_end,
        forecast_end=ahead.end,
        state=ahead.standing or Standing.IN_TIME,
        words=ahead.words,
        is_rolling_back=any(each.state is WaveState.ROLLING_BACK for each in rollout.waves),
        rollout_id=rollout.id,
    )


def wave_words(rollout: RolloutView) -> str:
    """Return which wave is under way: ``wave 2 of 4, paused``; or how far it is between two."""
    current, of = rollout.current, len(rollout.waves)
    if current is not None:
        is_paused = current.state is WaveState.PAUSED
        return f"wave {current.position} of {of}{', paused' if is_paused else ''}"
    passed = sum(each.state is WaveState.PASSED for each in rollout.waves)
    return f"{rollout.state}, {passed} of {of} waves passed"


def ended_lately(work: Work, since: datetime) -> list[EndedChange]:
    """Return the changes whose execution ended at ``since`` or later, the newest first."""
    rows = list(
        work.session.scalars(
            select(Change)
            .join(Rollout, Rollout.change_id == Change.id)
            .where(Change.finished_at >= since, views.is_visible(work))
        )
    )
    found = [
        EndedChange(
            change_id=each.id,
            title=each.title,
            markets=tuple(each.markets),
            components=each.components,
            started_at=each.started_at,
            ended_at=each.finished_at,
            outcome=each.outcome,
            overran=bool(each.ends_at and each.finished_at > each.ends_at),
        )
        for each in views.changes_of(work, rows)
        if each.started_at and each.finished_at and each.outcome
    ]
    both = [*runs.ended_lately(work, since), *found]
    return sorted(both, key=lambda each: (each.ended_at, each.run_id), reverse=True)
