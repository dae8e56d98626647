"""Read the heartbeats of jobs: what ran when, and what stays away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

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
    )


def scheduler_silent_since(work: Work) -> datetime | None:
    """Return when the last job ran if all of them stay away; None while any of them runs.

    For every screen, whoever looks: a dead scheduler cannot say so itself.
    """
    last = work.session.scalar(select(func.max(JobRun.started_at)))
    often = work.session.scalar(select(func.min(JobRun.every_seconds)))
    if last is None or often is None:
        return None
    return last if is_late(last, timedelta(seconds=often), work.now) else None
