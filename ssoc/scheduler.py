"""The one process that runs jobs by the clock; web workers never do."""

import logging
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from threading import Event

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from ssoc.core import outbox
from ssoc.core.database import for_jobs
from ssoc.core.errors import SsocError
from ssoc.core.leader import LeaderLock
from ssoc.core.module import Module, Service
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import JobRun
from ssoc.core.work import Runtime

log = logging.getLogger(__name__)
HEARTBEAT = timedelta(seconds=2)
DELIVERY = timedelta(seconds=1)
PROCESS = f"{socket.gethostname()}:{os.getpid()}"


def deliver_events(runtime: Runtime) -> None:
    """Deliver what is due in the outbox."""
    outbox.deliver(runtime)


def schedule(scheduler: BaseScheduler, runtime: Runtime, modules: Iterable[Module]) -> None:
    """Give every job of every module to ``scheduler``, one instance at a time."""
    core = Module("ssoc.core", jobs={deliver_events: DELIVERY})
    patient = replace(runtime, engine=for_jobs(runtime.engine))
    for module in (core, *modules):
        for job, every in module.jobs.items():
            name = f"{module.name}.{job.__name__}"
            scheduler.add_job(
                guarded,
                "interval",
                args=(name, job, patient, every),
                seconds=every.total_seconds(),
                jitter=1 if every > timedelta(seconds=30) else None,
                id=name,
                name=name,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
                next_run_time=runtime.clock.now(),
            )
    scheduler.add_listener(_count_misfire(runtime), EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)


def guarded(name: str, job: Callable[[Runtime], None], runtime: Runtime, every: timedelta) -> None:
    """Run one job and leave its heartbeat; a failing one is logged and has its next turn."""
    started_at, failure = runtime.clock.now(), None
    try:
        job(runtime)
    except SsocError as error:
        failure = str(error)
        log.warning("job %s: %s", name, error)
    except Exception as error:
        failure = repr(error)
        log.exception("job %s failed", name)
    ended_at = runtime.clock.now()
    try:
        with runtime.work(SYSTEM) as work:
            run = work.session.get(JobRun, name) or JobRun(
                name=name, runs=0, failures=0, misfires=0
            )
            run.every_seconds = max(1, round(every.total_seconds()))
            run.started_at, run.ended_at, run.process = started_at, ended_at, PROCESS
            run.duration_ms = round((ended_at - started_at).total_seconds() * 1000)
            run.runs += 1
            if failure:
                run.failures, run.last_error = run.failures + 1, failure[:500]
            run.failing_since = (run.failing_since or ended_at) if failure else None
            work.session.add(run)
    except SsocError as error:  # the database is away: there is nowhere to leave a heartbeat
        log.warning("job %s left no heartbeat: %s", name, error)


def _count_misfire(runtime: Runtime) -> Callable[[JobEvent], None]:
    def count(event: JobEvent) -> None:
        try:
            with runtime.work(SYSTEM) as work:
                run = work.session.get(JobRun, event.job_id)
                if run is not None:
                    run.misfires += 1
        except SsocError as error:
            log.warning("job %s missed a turn, uncounted: %s", event.job_id, error)

    return count


def lead_or_wait(
    lock: LeaderLock, start: Callable[[], BaseScheduler], stop: Event, every: timedelta = HEARTBEAT
) -> None:
    """Run the scheduler while we hold ``lock``, else try again; until ``stop`` is set."""
    pause = every.total_seconds()
    while not stop.is_set():
        if lock.acquire():
            scheduler = start()
            while not stop.wait(pause) and lock.held():
                pass
            scheduler.shutdown(wait=stop.is_set())
            lock.release()
        stop.wait(pause)


class _Leading:
    """The jobs and services of a leader, stopped as one."""

    def __init__(self, scheduler: BaseScheduler, services: Iterable[Service]) -> None:
        self._scheduler, self._services = scheduler, list(services)
        for service in self._services:
            service.start()
        scheduler.start()

    def shutdown(self, wait: bool = True) -> None:
        """Stop taking turns, then end the services."""
        self._scheduler.shutdown(wait=wait)
        for service in self._services:
            service.stop()


def run(runtime: Runtime, modules: Iterable[Module], lock: LeaderLock, stop: Event) -> None:
    """Be the scheduler process: lead when possible, stand by otherwise."""
    rooms = list(modules)

    def start() -> BaseScheduler:
        scheduler = BackgroundScheduler(
            timezone="UTC", executors={"default": {"type": "threadpool", "max_workers": 6}}
        )
        schedule(scheduler, runtime, rooms)
        services = [make(runtime) for module in rooms for make in module.services]
        return _Leading(scheduler, services)

    lead_or_wait(lock, start, stop)
