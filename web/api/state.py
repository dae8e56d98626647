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
from ssoc.monitoring import sample_queries

BEHIND = ("scheduler", "poller", "jobs", "outbox")  # what only the database can tell
OK, BAD, WARNING, UNKNOWN = "ok", "failed", "warning", "unknown"


@dataclass(frozen=True)
class Part:
    """One thing looked at; ``text`` is for those who are signed in."""

    name: str
    status: str
    text: str = ""


def look(runtime: Runtime) -> list[Part]:
    """Return the state of every part; what lies behind a missing database is unknown."""
    first = foundations(runtime)
    if any(each.status == BAD for each in first):
        return [
            *first,
            *(Part(name, UNKNOWN) for name in ("scheduler", "poller", "jobs", "outbox")),
        ]
    try:
        with runtime.view(SYSTEM) as work:
            return [*first, *_running(work)]
    except SsocError as error:
        return [Part("database", BAD, str(error)), *first[1:]]


def foundations(runtime: Runtime) -> list[Part]:
    """Return whether the database answers and has our schema: what a page needs."""
    try:
        current, head, known = migrations.status(runtime.engine)
    except SsocError as error:
        return [Part("database", BAD, str(error)), Part("schema", UNKNOWN)]
    if current == head:
        return [Part("database", OK), Part("schema", OK, f"schema {head}")]
    cure = "run ssoc db upgrade" if known else "install the newer release"
    text = f"the database has schema {current or 'none'}, this release needs {head}: {cure}"
    return [Part("database", OK), Part("schema", BAD, text)]


def _running(work: Work) -> list[Part]:
    jobs = job_queries.jobs(work)
    late = [each.name for each in jobs if each.is_late]
    stuck = len(outbox.stuck(work))
    silent = sample_queries.poller_silent_since(work)
    return [
        _scheduler(jobs, work.now),
        _poller(silent, work.now),
        Part("jobs", BAD if late else OK, f"late: {', '.join(late)}" if late else ""),
        Part("outbox", WARNING if stuck else OK, f"{stuck} deliveries stuck" if stuck else ""),
    ]


def _scheduler(jobs: Sequence[Job], now: datetime) -> Part:
    """Judge by the newest turn of any job: some run every second."""
    newest = max((each.ended_at or each.started_at for each in jobs), default=None)
    if newest is None:
        return Part("scheduler", BAD, "no job has ever run: start ssoc scheduler")
    if now - newest > PATIENCE:
        return Part("scheduler", BAD, f"silent for {_whole(now - newest)} s")
    return Part("scheduler", OK)


def _poller(silent: datetime | None, now: datetime) -> Part:
    if silent is None:
        return Part("poller", OK)
    return Part("poller", BAD, f"silent for {_whole(now - silent)} s")


def _whole(span: timedelta) -> int:
    return int(span.total_seconds())
