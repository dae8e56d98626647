"""How ssoc itself is: one look for health, readiness and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ssoc import migrations
from ssoc.core import jobs as job_queries
from ssoc.core import outbox
from ssoc.core.errors import SsocError
from ssoc.core.jobs import PATIENCE, Job
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.core.writing import WriteProbe
from ssoc.monitoring import sample_queries

BEHIND = ("scheduler", "poller", "jobs", "outbox")  # what only the database can tell
OK, BAD, WARNING, UNKNOWN = "ok", "failed", "warning", "unknown"
DEGRADED = "degraded"  # it runs, and a job stays away or fails at every turn


@dataclass(frozen=True)
class Part:
    """One thing looked at; ``text`` is for those who are signed in, ``since`` for everybody."""

    name: str
    status: str
    text: str = ""
    since: datetime | None = None
    late_jobs: tuple[str, ...] = ()
    failing_jobs: tuple[str, ...] = ()


def look(runtime: Runtime, probe: WriteProbe) -> list[Part]:
    """Return the state of every part; what lies behind a missing database is unknown."""
    first = foundations(runtime, probe)
    if any(each.status == BAD for each in first if each.name != "writes"):
        return [*first, *(Part(name, UNKNOWN) for name in BEHIND)]
    try:
        with runtime.view(SYSTEM) as work:
            return [*first, *_running(work)]
    except SsocError as error:
        return [Part("database", BAD, str(error)), *first[1:], *(Part(n, UNKNOWN) for n in BEHIND)]


def foundations(runtime: Runtime, probe: WriteProbe) -> list[Part]:
    """Return whether the database answers, has our schema, and can be written to."""
    try:
        current, head, known = migrations.status(runtime.engine)
    except SsocError as error:
        return [
            Part("database", BAD, str(error)),
            Part("schema", UNKNOWN),
            Part("writes", UNKNOWN),
        ]
    if current == head:
        good = [Part("database", OK), Part("schema", OK, f"schema {head}")]
        return [*good, _writes(runtime, probe)]
    cure = "run ssoc db upgrade" if known else "install the newer release"
    text = f"the database has schema {current or 'none'}, this release needs {head}: {cure}"
    return [Part("database", OK), Part("schema", BAD, text), Part("writes", UNKNOWN)]


def can_serve(parts: Sequence[Part]) -> bool:
    """Tell whether pages can be shown; a wall that cannot be written to is better than none."""
    return all(each.status == OK for each in parts if each.name != "writes")


def _writes(runtime: Runtime, probe: WriteProbe) -> Part:
    found = probe.look(runtime)
    if found.failing_since is None:
        return Part("writes", OK)
    last = f"; the last write that succeeded: {found.succeeded_at}" if found.succeeded_at else ""
    return Part("writes", BAD, f"{found.reason}{last}", found.failing_since)


def _running(work: Work) -> list[Part]:
    jobs = job_queries.jobs(work)
    stuck = len(outbox.stuck(work))
    silent = sample_queries.poller_silent_since(work)
    return [
        _scheduler(jobs, work.now),
        _poller(silent, work.now),
        _jobs(jobs, work.now),
        Part("outbox", WARNING if stuck else OK, f"{stuck} deliveries stuck" if stuck else ""),
    ]


def _jobs(jobs: Sequence[Job], now: datetime) -> Part:
    late = {each.name: each.ended_at or each.started_at for each in jobs if each.is_late}
    failing = {
        each.name: each.failing_since
        for each in jobs
        if each.failing_since is not None and each.is_failing(now)
    }
    if not late and not failing:
        return Part("jobs", OK)
    said = (("late", late), ("failing at every turn", failing))
    text = "; ".join(f"{word}: {', '.join(names)}" for word, names in said if names)
    oldest = min([*late.values(), *failing.values()])
    return Part("jobs", DEGRADED, text, oldest, tuple(late), tuple(failing))


def _scheduler(jobs: Sequence[Job], now: datetime) -> Part:
    """Judge by the newest turn of any job: some run every second."""
    newest = max((each.ended_at or each.started_at for each in jobs), default=None)
    if newest is None:
        return Part("scheduler", BAD, "no job has ever run: start ssoc scheduler")
    if now - newest > PATIENCE:
        return Part("scheduler", BAD, f"silent for {_whole(now - newest)} s", newest)
    return Part("scheduler", OK)


def _poller(silent: datetime | None, now: datetime) -> Part:
    if silent is None:
        return Part("poller", OK)
    return Part("poller", BAD, f"silent for {_whole(now - silent)} s", silent)


def _whole(span: timedelta) -> int:
    return int(span.total_seconds())
