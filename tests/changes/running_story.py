"""A change on the night it is executed, for tests of runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from changes import run_values
from changes.actions import running
from changes.lifecycle import Effect, State, StepMove
from changes.queries import runs
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime, Work
from tests import factories

MINUTE = timedelta(minutes=1)
GRAPH = "ussd-ke > core-ke > db-ke, app-ke > core-ke, sms-ke"
PLAN: Sequence[Mapping[str, Any]] = (
    {"title": "Precheck", "planned_minutes": 20, "owner": "core team"},
    {"title": "Stop payouts", "planned_minutes": 10, "undo": "open payouts"},
    {"title": "Attach the volume", "planned_minutes": 25, "undo": "detach it"},
    {"title": "Writes under 200 ms", "planned_minutes": 10, "is_hold_point": True, "check": "p95"},
    {"title": "Switch over", "planned_minutes": 30, "undo": "switch back"},
)
IMRE = factories.person("imre", Role.NOC_OPERATOR, "KE")
RITA = factories.person("rita", Role.CHANGE_MANAGER)


def tonight(work: Work, **given: Any) -> int:
    """Store a scheduled change whose window of three hours begins now; return its number."""
    usual: dict[str, Any] = {
        "components": [("core-ke", Effect.DOWN)],
        "steps": PLAN,
        "state": State.SCHEDULED,
        "starts_at": work.now,
        "ends_at": work.now + 180 * MINUTE,
        "rollback_minutes": 50,
        "preparation_minutes": 60,
    }
    return factories.change(work, **{**usual, **given}).id


def begun(runtime: Runtime, who: Actor = IMRE, **given: Any) -> int:
    """Store such a change and start it; return the number of the run."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, GRAPH)
        number = tonight(work, **given)
    with runtime.work(who) as work:
        return running.start(work, number)


def press(
    runtime: Runtime, run: int, position: int, *moves: StepMove | str, note: str = "as planned"
) -> None:
    """Press several moves of one step, one unit of work each."""
    for move in moves:
        with runtime.work(IMRE) as work:
            running.step(work, run, position, move, note)


def through(runtime: Runtime, clock: FrozenClock, run: int, position: int, minutes: float) -> None:
    """Begin a step and finish it so many minutes later."""
    press(runtime, run, position, StepMove.START)
    clock.advance(minutes * MINUTE)
    press(runtime, run, position, StepMove.FINISH)


def look(runtime: Runtime, run: int) -> run_values.RunView:
    """Return the run as it stands now."""
    with runtime.view(RITA) as work:
        return runs.run(work, run)


def clock_at(clock: FrozenClock, moment: datetime) -> None:
    """Move the clock to a moment."""
    clock.advance(moment - clock.now())
