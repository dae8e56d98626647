"""A job waits for its turn to write where a caller would hear 503."""

from threading import Event, Thread

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from ssoc import scheduler
from ssoc.core import database
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import JobRun, bump
from ssoc.core.work import Runtime


def test_a_job_queues_behind_a_long_write(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The one who writes ends only when a caller would have given up."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    timetable = BackgroundScheduler(timezone="UTC")
    scheduler.schedule(timetable, runtime, [])
    (job,) = timetable.get_jobs()
    writes, ends = Event(), Event()

    def write_long() -> None:
        with runtime.work(SYSTEM) as work:
            bump(work.session, "other")
            writes.set()
            ends.wait(1)

    writer = Thread(target=write_long)
    writer.start()
    assert writes.wait(10)
    job.func(*job.args)
    ends.set()
    writer.join(timeout=10)
    assert caplog.messages == []
    with runtime.view(SYSTEM) as work:
        run = work.session.get(JobRun, job.id)
        assert run is not None, "it left its heartbeat"
        assert (run.runs, run.failures) == (1, 0)
