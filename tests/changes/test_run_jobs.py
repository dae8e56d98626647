"""The alarm before a window is overrun: one story a run, which ends with the run."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from changes.actions import running
from changes.lifecycle import StepMove
from changes.run_jobs import watch_runs
from ssoc.core.clock import FrozenClock
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.models import IS_OPEN, Alert, AlertTransition
from tests.changes import running_story as story
from tests.changes.running_story import IMRE, MINUTE


def alarms(runtime: Runtime) -> list[str]:
    """Return the names of the alerts about runs that are open after a turn of the job."""
    watch_runs(runtime)
    with runtime.view(SYSTEM) as work:
        ours = select(Alert).where(IS_OPEN, Alert.name.like("Change%")).order_by(Alert.name)
        return [each.name for each in work.session.scalars(ours)]


def said(runtime: Runtime) -> str:
    """Return the one sentence that all alerts about runs say now."""
    with runtime.view(SYSTEM) as work:
        (words,) = set(work.session.scalars(select(Alert.summary).where(IS_OPEN)))
    return words


def told(runtime: Runtime) -> Sequence[str]:
    """Return the standings that were recorded, in their order."""
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(
            select(EventRecord)
            .where(EventRecord.kind == "RunOverrunForecast")
            .order_by(EventRecord.id)
        )
        return [each.body["standing"] for each in rows]


def test_a_calm_run_says_nothing(runtime: Runtime) -> None:
    story.begun(runtime)
    assert alarms(runtime) == []
    assert told(runtime) == []


def test_each_state_is_told_once_and_before_the_window_ends(
    runtime: Runtime, clock: FrozenClock
) -> None:
    run = story.begun(runtime)
    story.press(runtime, run, 1, StepMove.START)
    clock.advance(100 * MINUTE)  # four steps of 75 minutes are left, and the window has 80
    for _ in range(3):
        assert alarms(runtime) == ["ChangeOverrunAhead"]
    with runtime.view(SYSTEM) as work:
        (alert,) = work.session.scalars(select(Alert).where(Alert.name == "ChangeOverrunAhead"))
        assert (alert.market, alert.component) == ("KE", f"?ssoc/CHG-1, run {run}")
        assert "Ends " in alert.summary
        assert "after its window 11:00 UTC: CHG-" in alert.summary
    clock.advance(31 * MINUTE)
    assert alarms(runtime) == ["ChangeCheckpointPassed", "ChangeOverrunAhead"]
    with runtime.work(IMRE) as work:
        running.decide(work, run, "go on", "half done, going back takes longer")
    assert alarms(runtime) == ["ChangeCheckpointPassed", "ChangeOverrunAhead"]
    assert "Goes on past its checkpoint 10:10 UTC by decision" in said(runtime)
    clock.advance(60 * MINUTE)
    everything = ["ChangeCheckpointPassed", "ChangeOverran", "ChangeOverrunAhead"]
    assert alarms(runtime) == everything
    assert "Past its window, which ended 11:00 UTC" in said(runtime)
    with runtime.work(IMRE) as work:
        running.end(work, run, "failed", "no")
    assert alarms(runtime) == []
    assert told(runtime) == [
        *("overrun ahead", "past the checkpoint", "going on by decision", "past its window")
    ]
    with runtime.view(SYSTEM) as work:
        turns = work.session.scalars(select(AlertTransition.key)).all()
    assert len(turns) == 6, "each of three alerts is raised and cleared once"


def test_it_says_so_when_the_forecast_is_back_and_stays(
    runtime: Runtime, clock: FrozenClock
) -> None:
    run = story.begun(runtime)
    story.press(runtime, run, 1, StepMove.START)
    clock.advance(100 * MINUTE)
    assert alarms(runtime) == ["ChangeOverrunAhead"]
    story.press(runtime, run, 1, StepMove.FINISH)
    story.through(runtime, clock, run, 2, 1)
    story.through(runtime, clock, run, 3, 5)
    assert alarms(runtime) == ["ChangeOverrunAhead"]
    assert "in 9 of 10 cases, within its window: CHG-" in said(runtime)
    assert told(runtime) == ["overrun ahead", "in time"]
    with runtime.work(IMRE) as work:
        running.end(work, run, "failed", "no")
    assert alarms(runtime) == []


@pytest.mark.parametrize("late", [False, True])
def test_a_roll_back_is_told_if_it_will_not_end_in_time(
    runtime: Runtime, clock: FrozenClock, late: bool
) -> None:
    run = story.begun(runtime)
    clock.advance((131 if late else 129) * MINUTE)
    with runtime.work(IMRE) as work:
        running.roll_back(work, run, "no")
    assert alarms(runtime) == (["ChangeOverrunAhead"] if late else [])


def test_a_rehearsal_alarms_nobody(runtime: Runtime, clock: FrozenClock) -> None:
    run = story.begun(runtime)
    with runtime.work(IMRE) as work:
        number = story.look(runtime, run).change.id
        running.end(work, run, "failed", "no")
    with runtime.work(SYSTEM) as work:
        again = story.tonight(work)
    with runtime.work(IMRE) as work:
        running.rehearse(work, again)
    clock.advance(300 * MINUTE)
    assert number != again
    assert alarms(runtime) == []
