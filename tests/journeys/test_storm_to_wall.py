"""Ten thousand alerts in a minute become one incident with its cause on top, in all countries."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from incidents import jobs, queries
from incidents.models import Incident, IncidentAlert
from ssoc.core.clock import FrozenClock
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import ingest
from ssoc.monitoring.models import AlertTransition
from ssoc.monitoring.report import Report
from tests import factories
from tests.journeys import storms

pytestmark = pytest.mark.storm


def rage(runtime: Runtime, clock: FrozenClock, seconds: Sequence[Sequence[Report]]) -> None:
    """Let the storm come in second by second, the correlator turning each second."""
    for reports in seconds:
        with runtime.work(SYSTEM) as work:
            ingest(work, reports)
        jobs.correlate(runtime)
        clock.advance(timedelta(seconds=1))
    for _ in range(4):
        jobs.correlate(runtime)
        clock.advance(timedelta(seconds=1))


@pytest.mark.parametrize("root_at", [0, 0.5, 1], ids=["root first", "root in between", "root last"])
def test_ten_thousand_alerts_become_one_incident(
    runtime: Runtime, clock: FrozenClock, root_at: float
) -> None:
    with runtime.work(SYSTEM) as work:
        storms.estate(work)
    storm = storms.storm(clock.now(), root_at)
    assert sum(map(len, storm)) == storms.ALERTS
    rage(runtime, clock, storm)
    with runtime.view(SYSTEM) as work:
        incidents = list(work.session.scalars(select(Incident)))
        wall = queries.wall(work)
        events = work.session.scalar(select(func.count()).select_from(EventRecord))
    assert len(incidents) <= 3, [each.title for each in incidents]
    top = wall.lines[0]
    assert [each.component for each in wall.lines] == [storms.ROOT]
    assert top.title == "Core ledger: writes time out"
    assert set(top.markets) == set(factories.ZONES)
    assert (top.alerts, top.symptoms, top.priority) == (storms.ALERTS, 320, "P1")
    assert "320 components in 8 markets need it and fail too" in top.reason

    rage(runtime, clock, storms.again(storm, timedelta(seconds=64)))
    with runtime.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(EventRecord)) == events
        assert queries.wall(work).lines == wall.lines
        assert _alerts(work.session) == storms.ALERTS


def _alerts(session: object) -> int:
    return session.scalar(select(func.count()).select_from(IncidentAlert)) or 0  # type: ignore[attr-defined]


CORRELATOR = """
import sys
from incidents import jobs
from ssoc import modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.errors import SsocError
from datetime import datetime, timedelta
clock = FrozenClock(datetime.fromisoformat(sys.argv[2]))
runtime = modules.wire(make_engine(sys.argv[1]), clock)
jobs.BATCH = 400
print("ready", flush=True)
while True:
    clock.advance(timedelta(seconds=1))
    try:
        jobs.correlate(runtime)
    except SsocError:
        pass
"""


def test_a_correlator_killed_in_mid_storm_doubles_and_loses_nothing(
    runtime: Runtime, url: str, clock: FrozenClock
) -> None:
    with runtime.work(SYSTEM) as work:
        storms.estate(work)
    storm = [each for part in storms.storm(clock.now(), 0.5) for each in part]
    kills = 0
    for start in range(0, len(storm), 2_500):
        with runtime.work(SYSTEM) as work:
            ingest(work, storm[start : start + 2_500])
        with _correlator(url, clock) as child:
            kills += _kill_at_work(runtime, child)
        clock.advance(timedelta(seconds=15))
    assert kills >= 2, "the correlator was not killed at work"
    for _ in range(5):
        clock.advance(timedelta(seconds=1))
        jobs.correlate(runtime)
    with runtime.view(SYSTEM) as work:
        incidents = list(work.session.scalars(select(Incident)))
        attached = select(func.count()).where(IncidentAlert.incident_id.is_not(None))
        assert work.session.scalar(attached) == _alerts(work.session) == storms.ALERTS
        assert sum(each.alerts for each in incidents) == storms.ALERTS
        opened = select(func.count()).where(EventRecord.kind == "IncidentOpened")
        assert work.session.scalar(opened) == len(incidents) <= 3
        assert [each.component for each in queries.wall(work).lines] == [storms.ROOT]


def _correlator(url: str, clock: FrozenClock) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CORRELATOR), url, clock.now().isoformat()],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def _kill_at_work(runtime: Runtime, child: "subprocess.Popen[str]") -> bool:
    """Kill the child while transitions wait; tell whether any still did."""
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    before = _waiting(runtime)
    deadline = time.monotonic() + 30
    while _waiting(runtime) > before - 400 and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(timeout=10)
    return _waiting(runtime) > 0


def _waiting(runtime: Runtime) -> int:
    with runtime.view(SYSTEM) as work:
        waiting = select(func.count()).where(AlertTransition.taken_at.is_(None))
        return work.session.scalar(waiting) or 0
