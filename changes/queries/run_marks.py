"""What runs left behind that makes a change suspect: failed steps, skipped checks, roll-backs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from changes.lifecycle import Outcome, RunState, StepState
from changes.models import Run, RunStep
from changes.rules.suspects import Gate
from ssoc.core.work import Work

_AT_ONCE = 500  # below every database's most parameters


@dataclass(frozen=True)
class Marks:
    """Of the executions of one change, rehearsals left out; ``windows`` hold pages for them."""

    failed: int = 0
    skipped: int = 0
    is_rolling_back: bool = False
    windows: frozenset[int] = frozenset()


UNMARKED = Marks()


def marks_of(work: Work, change_ids: Sequence[int]) -> dict[int, Marks]:
    """Return the marks of changes that have run; two statements for five hundred of them."""
    found: dict[int, Marks] = {}
    for start in range(0, len(change_ids), _AT_ONCE):
        found |= _some(work, change_ids[start : start + _AT_ONCE])
    return found


def _some(work: Work, ids: Collection[int]) -> dict[int, Marks]:
    runs = work.session.execute(
        select(Run.change_id, Run.state, Run.suppression_id)
        .where(Run.change_id.in_(ids), Run.is_rehearsal.is_(False))
        .order_by(Run.id)
    ).all()
    failed, skipped = _steps(work, ids)
    return {
        change: Marks(
            failed.get(change, 0),
            skipped.get(change, 0),
            any(r.state is RunState.ROLLING_BACK for r in runs if r.change_id == change),
            frozenset(r.suppression_id for r in runs if r.change_id == change) - {None},
        )
        for change in {each.change_id for each in runs}
    }


def _steps(work: Work, ids: Collection[int]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Return by change how many steps failed, and how many hold points were left out."""
    bad = (StepState.FAILED, StepState.UNDONE)
    rows = work.session.execute(
        select(Run.change_id, RunStep.state, RunStep.is_hold_point, func.count())
        .join(RunStep, RunStep.run_id == Run.id)
        .where(Run.change_id.in_(ids), Run.is_rehearsal.is_(False))
        .where(RunStep.state.in_((*bad, StepState.SKIPPED)))
        .group_by(Run.change_id, RunStep.state, RunStep.is_hold_point)
    )
    failed: dict[int, int] = {}
    skipped: dict[int, int] = {}
    for change, state, is_hold_point, number in rows:
        if state in bad:
            failed[change] = failed.get(change, 0) + number
        elif is_hold_point:
            skipped[change] = skipped.get(change, 0) + number
    return failed, skipped


def gate_of(outcome: Outcome | None, marks: Marks = UNMARKED) -> tuple[Gate, str]:
    """Return what a change's own checks said of it, with the words for it."""
    if outcome is not None and outcome.is_failure:
        return Gate.FAILED, f"it {'was ' if outcome is Outcome.ROLLED_BACK else ''}{outcome.value}"
    if marks.is_rolling_back:
        return Gate.FAILED, "it is being rolled back"
    if marks.failed:
        return Gate.FAILED, f"{_counted(marks.failed, 'step')} of it failed"
    if outcome is Outcome.WITH_ISSUES:
        return Gate.INCONCLUSIVE, "it ended with issues"
    if marks.skipped:
        return Gate.INCONCLUSIVE, f"{_counted(marks.skipped, 'hold point')} left out"
    return (Gate.NONE, "") if outcome is None else (Gate.PASSED, "it ended well")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
