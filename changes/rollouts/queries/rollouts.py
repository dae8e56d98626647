"""Roll-outs as values: one, that of a change, many; a fixed number of statements."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Select, select

from changes.models import Change
from changes.queries import views
from changes.rollouts.lifecycle import RolloutState, WaveState
from changes.rollouts.models import Rollout, RolloutDecision, Wave, WaveTask
from changes.rollouts.queries import holding
from changes.rollouts.values import Cohort, DecisionView, RolloutView, TaskView, WaveView
from changes.values import ChangeView
from ssoc.core.errors import NotFound
from ssoc.core.work import Work

MOST = 200
_SAME_WAVE = (
    *("id", "position", "name", "state", "percent", "people", "not_before", "is_automatic"),
    *("soak_minutes", "gate", "gate_id", "was", "attempts", "started_at", "at_gate_at"),
    *("paused_at", "paused_by", "paused_because", "ended_at"),
)
_SAME = (
    *("id", "change_id", "state", "watch_minutes", "watch", "started_at", "watched_from"),
    *("gate_id", "paused_at", "paused_by", "paused_because", "rolled_back_at", "ended_at"),
    *("created_at", "created_by", "version"),
)


def rollout(work: Work, rollout_id: int) -> RolloutView:
    """Return one roll-out whole, or raise NotFound when there is none that the actor may see.

    Each waiting wave says why it may not begin now. Who sees one market sees the whole.
    """
    row = work.session.get(Rollout, rollout_id)
    found = _seen(work, [row] if row else [])
    if not found:
        raise NotFound(f"there is no roll-out ROL-{rollout_id} that you may see")
    return whole(work, found[0])


def of_change(work: Work, change_id: int) -> RolloutView | None:
    """Return the roll-out of a change, whole; None when it has none."""
    row = work.session.scalar(select(Rollout).where(Rollout.change_id == change_id))
    found = _seen(work, [row] if row else [])
    return whole(work, found[0]) if found else None


def number_of(work: Work, change_id: int) -> int | None:
    """Return the number of the roll-out of a change, None when it has none."""
    return work.session.scalar(select(Rollout.id).where(Rollout.change_id == change_id))


def listed(
    work: Work, states: Collection[RolloutState] = (), market: str = "", limit: int = MOST
) -> list[RolloutView]:
    """Return roll-outs that the actor may see: those that go on first, then the newest.

    Why a waiting wave is held is as it was written down last.
    """
    wanted = _visible(work).order_by(Rollout.ended_at.is_not(None), Rollout.id.desc())
    if states:
        wanted = wanted.where(Rollout.state.in_(states))
    rows = work.session.scalars(wanted.limit(MOST if market else limit))
    found = views_of(work, rows)
    return [each for each in found if not market or market in each.markets][:limit]


def open_ids(work: Work) -> list[int]:
    """Return the roll-outs that go on, for jobs."""
    going = (RolloutState.RUNNING, RolloutState.WATCHING)
    return list(
        work.session.scalars(
            select(Rollout.id).where(Rollout.state.in_(going)).order_by(Rollout.id)
        )
    )


def open_rollouts(work: Work) -> list[RolloutView]:
    """Return the roll-outs that go on and whose change the actor may see."""
    going = (RolloutState.RUNNING, RolloutState.WATCHING)
    rows = work.session.scalars(_visible(work).where(Rollout.state.in_(going)).order_by(Rollout.id))
    return views_of(work, rows)


def held_texts(work: Work, rollout_id: int) -> dict[int, str]:
    """Return what is written down of why each wave is held, by its number."""
    chosen = select(Wave.id, Wave.held_because).where(Wave.rollout_id == rollout_id)
    return {number: text for number, text in work.session.execute(chosen)}


def whole(work: Work, found: RolloutView) -> RolloutView:
    """Return a roll-out with its decisions, and why each waiting wave may not begin now."""
    held = holding.held_waves(work, found)
    waves = tuple(replace(each, held=held.get(each.position, ())) for each in found.waves)
    return replace(found, waves=waves, decisions=_decisions(work, found.id))


def views_of(work: Work, rows: Iterable[Rollout]) -> list[RolloutView]:
    """Return roll-outs as values in the order of ``rows``; whether they are seen is not asked."""
    known = list(rows)
    ids = [each.id for each in known]
    changes = _changes(work, [each.change_id for each in known])
    waves = _waves(work, ids)
    return [
        _view(each, changes[each.change_id], waves.get(each.id, []))
        for each in known
        if each.change_id in changes
    ]


def _visible(work: Work) -> Select[Rollout]:
    chosen = select(Rollout).join(Change, Change.id == Rollout.change_id)
    return chosen.where(views.is_visible(work))


def _seen(work: Work, rows: Sequence[Rollout]) -> list[RolloutView]:
    """Return those of ``rows`` whose change the actor may see."""
    found = []
    for each in rows:
        try:
            views.change(work, each.change_id)
        except NotFound:
            continue
        found.append(each)
    return views_of(work, found)


def _changes(work: Work, ids: Sequence[int]) -> dict[int, ChangeView]:
    rows = work.session.scalars(select(Change).where(Change.id.in_(ids)))
    return {each.id: each for each in views.changes_of(work, rows)}


def _waves(work: Work, ids: Sequence[int]) -> dict[int, list[WaveView]]:
    chosen = select(Wave).where(Wave.rollout_id.in_(ids)).order_by(Wave.rollout_id, Wave.position)
    rows = list(work.session.scalars(chosen))
    tasks = _tasks(work, [each.id for each in rows])
    found: dict[int, list[WaveView]] = {}
    for row in rows:
        found.setdefault(row.rollout_id, []).append(_wave(row, tasks.get(row.id, [])))
    return found


def _tasks(work: Work, ids: Sequence[int]) -> dict[int, list[TaskView]]:
    chosen = select(WaveTask).where(WaveTask.wave_id.in_(ids))
    found: dict[int, list[TaskView]] = {}
    for row in work.session.scalars(chosen.order_by(WaveTask.wave_id, WaveTask.position)):
        names = TaskView.__dataclass_fields__
        found.setdefault(row.wave_id, []).append(TaskView(**{n: getattr(row, n) for n in names}))
    return found


def _wave(row: Wave, tasks: Sequence[TaskView]) -> WaveView:
    return WaveView(
        **{name: getattr(row, name) for name in _SAME_WAVE},
        markets=tuple(row.markets),
        cohorts=tuple(
            Cohort(each["name"], each["attribute"], tuple(each["values"])) for each in row.cohorts
        ),
        sites=tuple(row.sites),
        tasks=tuple(tasks),
        held=(row.held_because,) if row.held_because and row.state is WaveState.WAITING else (),
    )


def _view(row: Rollout, change: ChangeView, waves: Sequence[WaveView]) -> RolloutView:
    return RolloutView(
        **{name: getattr(row, name) for name in _SAME},
        title=change.title,
        markets=change.markets,
        components=change.components,
        waves=tuple(waves),
        rollback_minutes=change.rollback_minutes,
        rollback_is_tested=change.rollback_rehearsed_at is not None,
        requester=change.requester,
        implementer=change.implementer,
        verifier=change.verifier,
        change_state=change.state,
        window=change.window,
    )


def _decisions(work: Work, rollout_id: int) -> tuple[DecisionView, ...]:
    chosen = select(RolloutDecision).where(RolloutDecision.rollout_id == rollout_id)
    names = DecisionView.__dataclass_fields__
    return tuple(
        DecisionView(**{name: getattr(row, name) for name in names})
        for row in work.session.scalars(chosen.order_by(RolloutDecision.id))
    )
