"""``ssoc doctor``: look at everything an installation needs, and say what to do."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from sqlalchemy import func, select, text

from ssoc import migrations, modules
from ssoc.commands.lazy import LazyRuntime
from ssoc.commands.printing import as_json, emit
from ssoc.core import events, outbox, settings
from ssoc.core.database import is_sqlite
from ssoc.core.errors import SsocError, reason_of
from ssoc.core.module import Finding
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import JobRun
from ssoc.core.work import Runtime
from ssoc.core.writing import try_writing
from ssoc.estate import queries
from ssoc.monitoring.ask import ask
from ssoc.monitoring.reading import Health, Reading

SKEW = timedelta(seconds=2)
NTP = "synchronise the clocks by NTP"
LEAST_FREE_BYTES = 500_000_000


class NoSchema(Exception):
    """The database has not our schema; only that can be told of it."""


@click.command()
@click.option("--audit", is_flag=True, help="Walk the whole audit trail and verify its chain.")
@click.option("--no-targets", is_flag=True, help="Do not poll the platforms.")
@as_json
@click.pass_obj
def doctor(obj: LazyRuntime, audit: bool, no_targets: bool, as_json: bool) -> None:
    """Check settings, secrets, database, clock, schema, jobs, mail, files, targets; exit 1 if bad.

    Says what to do about each. Every target is polled once, side by side; one row that tries
    the database is all it writes.
    """
    found = list(_look(obj, audit, not no_targets))
    emit(
        [vars(each) for each in found],
        [
            f"{each.verdict:8} {each.what:12} {each.text}"
            + (f" -> {each.cure}" if each.cure else "")
            for each in found
        ],
        as_json,
    )
    if any(each.verdict == "bad" for each in found):
        raise click.exceptions.Exit(1)


def _look(obj: LazyRuntime, audit: bool, targets: bool) -> Iterator[Finding]:
    try:
        runtime = obj.unchecked()
    except SsocError as error:
        for line in str(error).splitlines():
            yield Finding("settings", "bad", line)
        return
    yield Finding("settings", "good", "readable")
    yield from _secrets(runtime.settings)
    try:
        yield from _database(runtime)
    except NoSchema:
        return  # said; nothing else can be looked at
    except SsocError as error:
        why = f" ({reason_of(error)})" if reason_of(error) else ""
        yield Finding("database", "bad", f"{error}{why}", "start it, or correct [database] url")
        return
    steps: list[Callable[[Runtime], Iterator[Finding]]] = [_jobs, _deliveries]
    steps += [look for module in modules.load() for look in module.looks]
    steps += [_targets] if targets else []
    steps += [_audit] if audit else []
    for step in steps:
        try:
            yield from step(runtime)
        except SsocError as error:
            yield Finding(step.__name__.strip("_"), "bad", str(error))


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 (any setting)
    if is_dataclass(value):
        for each in fields(value):
            yield from _references(getattr(value, each.name))
    elif isinstance(value, str) and value.startswith(("env:", "file:")):
        yield value


def _secrets(chosen: settings.Settings) -> Iterator[Finding]:
    for reference in _references(chosen):
        try:
            settings.secret(reference)
        except SsocError as error:
            yield Finding("secret", "bad", str(error))
        else:
            yield Finding("secret", "good", f"{reference} is there")


def _database(runtime: Runtime) -> Iterator[Finding]:
    began = perf_counter()
    current, head, known = migrations.status(runtime.engine)
    took = (perf_counter() - began) * 1000
    name = runtime.engine.url.render_as_string()
    yield Finding("database", "good", f"{name} answered in {took:.0f} ms")
    if not known:
        newer = f"{current} is newer than this release ({head})"
        yield Finding("schema", "bad", newer, "install the newer one")
        raise NoSchema
    if current != head:
        yield Finding("schema", "bad", f"{current or 'none'}, needs {head}", "run ssoc db upgrade")
        raise NoSchema
    yield Finding("schema", "good", f"{head} is current")
    yield _writes(runtime)
    if is_sqlite(runtime.engine):
        yield from _disk(runtime)
    yield from _clock(runtime)


def _writes(runtime: Runtime) -> Finding:
    """Write one row: a writer that hangs, a full disk and a standby all answer questions."""
    try:
        try_writing(runtime)
    except SsocError as error:
        cure = "end what holds it, make room on its disk, or point [database] url at the primary"
        return Finding("writes", "bad", str(error), cure)
    return Finding("writes", "good", "the database takes writes")


def _disk(runtime: Runtime) -> Iterator[Finding]:
    free = shutil.disk_usage(Path(str(runtime.engine.url.database)).resolve().parent).free
    verdict, cure = ("good", "") if free > LEAST_FREE_BYTES else ("bad", "make room on that disk")
    yield Finding("disk", verdict, f"{free // 1_000_000} MB free beside the database", cure)


def _clock(runtime: Runtime) -> Iterator[Finding]:
    """Compare with the database's clock; SQLite has none, so with the newest thing stored."""
    with runtime.view(SYSTEM) as work:
        if is_sqlite(runtime.engine):
            newest = work.session.scalar(select(func.max(events.EventRecord.at)))
            behind = newest is not None and newest > runtime.clock.now() + SKEW
            text_ = f"behind what is stored ({newest})" if behind else "not behind what is stored"
            yield Finding("clock", "bad" if behind else "good", text_, NTP if behind else "")
            return
        theirs = work.session.scalar(text("SELECT clock_timestamp()"))
    skew = abs(theirs - runtime.clock.now())
    verdict, cure = ("good", "") if skew <= SKEW else ("bad", NTP)
    yield Finding("clock", verdict, f"{skew.total_seconds():.1f} s beside the database's", cure)


def _jobs(runtime: Runtime) -> Iterator[Finding]:
    with runtime.view(SYSTEM) as work:
        runs = work.session.scalars(select(JobRun).order_by(JobRun.name)).all()
    if not runs:
        yield Finding("jobs", "warning", "none has ever run", "start ssoc scheduler or ssoc up")
    for run in runs:
        age = runtime.clock.now() - (run.ended_at or run.started_at)
        late = age > 3 * timedelta(seconds=run.every_seconds) + timedelta(seconds=30)
        cure = "is ssoc scheduler running?" if late else ""
        verdict = "bad" if run.failing_since else "warning" if late or run.last_error else "good"
        error = f", last error: {run.last_error}" if run.last_error else ""
        if run.failing_since:
            cure = f"it fails at every turn since {run.failing_since:%d %b %H:%M} UTC; see its log"
        yield Finding(
            "job", verdict, f"{run.name} ran {age.total_seconds():.0f} s ago{error}", cure
        )


def _deliveries(runtime: Runtime) -> Iterator[Finding]:
    with runtime.view(SYSTEM) as work:
        stuck = outbox.stuck(work)
    for each in stuck:
        yield Finding(
            "outbox",
            "bad",
            f"event {each.event_id} ({each.kind}) is stuck at {each.subscriber}: {each.last_error}",
            "mend the cause, then retry it on the admin page",
        )
    if not stuck:
        yield Finding("outbox", "good", "nothing is stuck")


def _targets(runtime: Runtime) -> Iterator[Finding]:
    with runtime.view(SYSTEM) as work:
        checks = list(queries.current(work).checks.values())
    if not checks:
        yield Finding("targets", "warning", "the estate has no checks", "ssoc estate load")
    with ThreadPoolExecutor(16) as pool:
        readings = pool.map(lambda each: ask(each, runtime), checks)
        for check, reading in zip(checks, readings, strict=True):
            good = reading.health is Health.OK
            verdict = "good" if good else "bad" if not reading.reached else "warning"
            text_ = ": ".join(filter(None, (check.key, _state(reading), reading.message)))
            yield Finding("target", verdict, text_, _turn(reading.reason.concerns, good))


def _state(reading: Reading) -> str:
    """Return the one word for how it is: why we do not know, or else what it says of itself."""
    return str(reading.reason or reading.health).replace("_", " ")


def _turn(concerns: str, good: bool) -> str:
    if good:
        return ""
    return {
        "link": "check the link and the allow-list of hosts",
        "source": "ask the owner of the source",
        "ssoc": "correct the check or its credentials",
    }.get(concerns, "the platform itself says so")


def _audit(runtime: Runtime) -> Iterator[Finding]:
    with runtime.view(SYSTEM) as work:
        verdict = events.verify(work.session)
    if verdict.reason:
        where = f"at event {verdict.broken_at}" if verdict.broken_at else "at its end"
        yield Finding(
            "audit",
            "bad",
            f"the chain is broken {where}: {verdict.reason}",
            "compare with a backup; tell the auditors",
        )
        return
    yield Finding("audit", "good", f"{verdict.length} events, unbroken")
