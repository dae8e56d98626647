"""Read the heartbeats of jobs: what ran when, and what stays away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.running import JobRun
from ssoc.core.work import Work

MISSED_TURNS = 3
PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True)
class Job:
    """The last turn of one job, and whether the next stays away."""

    name: str
    every: timedelta
    started_at: datetime
    ended_at: datetime | None
    took: timedelta
    runs: int
    failures: int
    misfires: int
    last_error: str
    process: str
    is_late: bool
    failing_since: datetime | None = None

    def is_failing(self, now: datetime) -> bool:
        """Tell whether it has failed at every turn for three turns and half a minute more."""
        return self.failing_since is not None and is_late(self.failing_since, self.every, now)


@dataclass(frozen=True)
class Trouble:
    """What keeps every screen from being true: a dead scheduler, or a job that only fails."""

    silent_since: datetime | None = None
    failing: str = ""
    failing_since: datetime | None = None


def is_late(last: datetime, every: timedelta, now: datetime) -> bool:
    """Tell whether a job has missed three turns and half a minute more."""
    return now - last > MISSED_TURNS * every + PATIENCE


def jobs(work: Work) -> list[Job]:
    """Return every job that has ever run, late ones first."""
    if not work.actor.markets(Permission.JOB_SEE):
        work.require(Permission.JOB_SEE, EVERYWHERE)
    found = [_job(row, work.now) for row in work.session.scalars(select(JobRun))]
    return sorted(found, key=lambda job: (not job.is_late, job.name))


def _job(row: JobRun, now: datetime) -> Job:
    every = timedelta(seconds=row.every_seconds)
    return Job(
        name=row.name,
        every=every,
        started_at=row.started_at,
        ended_at=row.ended_at,
        took=timedelta(milliseconds=row.duration_ms),
        runs=row.runs,
        failures=row.failures,
        misfires=row.misfires,
        last_error=row.last_error or "",
        process=row.process,
        is_late=is_late(row.ended_at or row.started_at, every, now),
        failing_since=row.failing_since,
    )


def trouble(work: Work) -> Trouble:
    """Return whether all jobs stay away, and which has failed for longest without a success.

    For every screen, whoever looks: a dead scheduler cannot say so itself.
    """
    known = [_job(row, work.now) for row in work.session.scalars(select(JobRun))]
    if not known:
        return Trouble()
    last, often = max(each.started_at for each in known), min(each.every for each in known)
    failing = [each for each in known if each.is_failing(work.now)]
    worst = min(failing, key=lambda each: (each.failing_since or work.now, each.name), default=None)
    return Trouble(
        silent_since=last if is_late(last, often, work.now) else None,
        failing=worst.name if worst else "",
        failing_since=worst.failing_since if worst else None,
    )
