"""Rows of runs as values with their forecast: many runs cost as many statements as one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from changes.lifecycle import RunState
from changes.models import BridgePresence, Change, Run, RunDecision, RunStep
from changes.policy import policy
from changes.queries import views
from changes.queries.step_history import StepHistory, step_history
from changes.rules.durations import ExecutionPolicy
from changes.rules.running import Forecast, OpenStep, forecast, standing, waits_for
from changes.run_values import (
    Decision,
    DecisionView,
    Presence,
    RunStepView,
    RunView,
    StepNote,
)
from changes.values import ChangeView, PlanStep
from ssoc.core.work import Work

_AT_ONCE = 500  # below every database's most parameters


def changes_by_id(work: Work, rows: Iterable[Run]) -> dict[int, ChangeView]:
    """Return the changes that ``rows`` are runs of."""
    ids = sorted({each.change_id for each in rows})
    found: list[Change] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        found += work.session.scalars(select(Change).where(Change.id.in_(some)))
    return {each.id: each for each in views.changes_of(work, found)}


def run_views(work: Work, rows: Iterable[Run], *, ahead: bool = True) -> list[RunView]:
    """Return runs as values in the order of ``rows``; whether they may be seen is not asked.

    ``ahead``: with the forecast of those that go on, which draws on the history of like steps.
    """
    known = list(rows)
    ids = [each.id for each in known]
    changes = changes_by_id(work, known)
    steps = _grouped(work, RunStep, ids, RunStep.position)
    decisions = _grouped(work, RunDecision, ids, RunDecision.id)
    bridge = _grouped(work, BridgePresence, ids, BridgePresence.id)
    going = [changes[each.change_id] for each in known if ahead and each.ended_at is None]
    history = step_history(work, [(each.template_id, each.type) for each in going])
    return [
        _view(
            work,
            row,
            changes[row.change_id],
            _steps(steps.get(row.id, ())),
            tuple(_decision(each) for each in decisions.get(row.id, ())),
            tuple(_presence(each) for each in bridge.get(row.id, ())),
            history if ahead else None,
            policy(work).execution,
        )
        for row in known
    ]


def _grouped(
    work: Work,
    kind: type[Any],
    ids: Sequence[int],
    order: Any,  # noqa: ANN401 (a column)
) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        wanted = select(kind).where(kind.run_id.in_(some)).order_by(kind.run_id, order)
        for row in work.session.scalars(wanted):
            found.setdefault(row.run_id, []).append(row)
    return found


_SAME = (
    *("position", "title", "planned_at", "state", "owner", "planned_minutes", "check", "undo"),
    *("is_hold_point", "began_at", "began_by", "resumed_at", "ended_at", "ended_by", "repeats"),
    *("undone_at", "undone_by"),
)


def _steps(rows: Sequence[RunStep]) -> tuple[RunStepView, ...]:
    plan = [
        PlanStep(each.position, each.title, is_hold_point=each.is_hold_point, needs=each.needs)
        for each in rows
    ]
    waits = waits_for(plan)
    return tuple(
        RunStepView(
            **{name: getattr(row, name) for name in _SAME},
            waits_for=waits[row.position],
            notes=tuple(_note(each) for each in row.notes),
        )
        for row in rows
    )


def _note(given: Mapping[str, str]) -> StepNote:
    at = datetime.fromisoformat(given["at"])
    return StepNote(given["move"], given["text"], given["by"], at)


def _decision(row: RunDecision) -> DecisionView:
    kind = Decision(row.kind)
    return DecisionView(kind, row.reason, row.by, row.at, row.forecast_end, row.until)


def _presence(row: BridgePresence) -> Presence:
    return Presence(row.person, row.partner, row.joined_at, row.left_at)


def _view(
    work: Work,
    row: Run,
    change: ChangeView,
    steps: Sequence[RunStepView],
    decisions: Sequence[DecisionView],
    bridge: Sequence[Presence],
    history: StepHistory | None,
    terms: ExecutionPolicy,
) -> RunView:
    rollback = timedelta(minutes=row.rollback_minutes)
    counted_from = row.window_ends_at - rollback - terms.decision_lead
    is_decided = any(each.kind is Decision.GO_ON and each.at >= counted_from for each in decisions)
    ahead = words = where = None
    if row.ended_at is None and history is not None:
        ahead = _forecast(row, change, steps, history, work.now)
        where, words = standing(
            work.now,
            ahead.end,
            row.window_ends_at,
            rollback,
            is_decided=is_decided,
            is_rolling_back=row.state is RunState.ROLLING_BACK,
        )
    return RunView(
        id=row.id,
        change=change,
        is_rehearsal=row.is_rehearsal,
        state=row.state,
        started_at=row.started_at,
        started_by=row.started_by,
        window_ends_at=row.window_ends_at,
        rollback_minutes=row.rollback_minutes,
        steps=steps,
        decisions=decisions,
        bridge=bridge,
        outcome=row.outcome,
        rolled_back_at=row.rolled_back_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        note=row.note,
        suppressed=tuple(row.suppressed),
        suppressed_until=row.suppressed_until,
        suppression_id=row.suppression_id,
        forecast=ahead,
        standing=where,
        standing_words=words or "",
        like_runs=history.runs.get(change.template_id or 0, 0) if history else 0,
        is_decided=is_decided,
    )


def _forecast(
    row: Run, change: ChangeView, steps: Sequence[RunStepView], history: StepHistory, now: datetime
) -> Forecast:
    """Return when it ends; a roll-back takes as long as planned, and never less than nothing."""
    if row.state is RunState.ROLLING_BACK and row.rolled_back_at is not None:
        end = max(now, row.rolled_back_at + timedelta(minutes=row.rollback_minutes))
        return Forecast(end, end - now)
    left = [
        OpenStep(
            each.position,
            each.state,
            history.duration(
                change.template_id, change.type, each.position, each.title, each.planned_minutes
            ),
            each.resumed_at,
        )
        for each in steps
    ]
    needs = {each.position: each.waits_for for each in steps}
    return forecast(left, needs, now, history.terms, row.id)
