"""Whether a plan can be carried out as written: in the time to come, within its window. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from changes.rules.running import planned_starts
from changes.rules.types import EMERGENCY, ChangeType, Late
from changes.values import ChangeView, PlanStep
from ssoc.core.errors import BadInput

_MINUTE = timedelta(minutes=1)


def refuse_unfeasible(change: ChangeView, known: ChangeType | None, now: datetime) -> None:
    """Raise BadInput that names all that makes the plan impossible to carry out."""
    found = [*past_faults(change, known, now), *plan_faults(change)]
    if found:
        raise BadInput(
            f"{change.reference} cannot be submitted as it is: {'; '.join(found)}; nothing was "
            "changed; edit it first"
        )


def past_faults(change: ChangeView, known: ChangeType | None, now: datetime) -> list[str]:
    """Return that the window lies in the past; a type that may come late may have begun already."""
    if change.starts_at is None or change.ends_at is None or change.starts_at > now:
        return []
    if change.ends_at <= now:
        return [f"its window ended at {_at(change.ends_at)}: choose a later one"]
    if known is not None and known.late is Late.NOTED:
        return []
    return [
        f"its window began at {_at(change.starts_at)}: choose a later one, or make it an "
        f"{EMERGENCY} change"
    ]


def plan_faults(change: ChangeView) -> list[str]:
    """Return where steps or the way back take longer than the whole window, with the cure."""
    if change.window is None:
        return []
    found, window = [], int((change.window.until - change.window.since) / _MINUTE)
    takes = planned_minutes(change.steps)
    if takes > window:
        found.append(
            f"its steps take {takes} min at least, its window {window} min: give it a "
            "longer window or fewer minutes"
        )
    if change.rollback_minutes > window:
        found.append(
            f"its roll-back takes {change.rollback_minutes} min, its window {window} min, so the "
            "moment to turn round lies before it begins: give it a longer window"
        )
    return found


def planned_minutes(steps: Sequence[PlanStep]) -> int:
    """Return how long a plan takes: the longest way through its steps, not their sum."""
    begins = planned_starts(steps)
    return max((int(begins[e.position] / _MINUTE) + e.planned_minutes for e in steps), default=0)


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
