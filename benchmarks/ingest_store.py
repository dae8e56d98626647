"""How fast alerts are committed, without HTTP: what the writer and the database can do alone.

    python -m benchmarks.ingest_store --database postgresql --open 100000

A table of open alerts is filled first; then clients send what a storm looks like: of a hundred
alerts eighty repeat, ten change severity, five resolve, five are new. PostgreSQL is a throw-away
cluster with stock settings (fsync on), or the server that SSOC_BENCH_POSTGRES_URL names: its
``public`` schema is filled and must be empty.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

from sqlalchemy import text

from ssoc import migrations, modules
from ssoc.core.database import is_sqlite, make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.monitoring import alert_store
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report, identity, key_of
from ssoc.monitoring.writer import Writer
from tests import postgres

MARKETS = ("KE", "TZ", "CD", "MZ", "LS", "GH", "EG", "ET")
RUNS = ((1, 1), (8, 1), (1, 64), (4, 64))  # clients, alerts in a request
TICK = os.sysconf("SC_CLK_TCK")


class Storm:
    """Reports as Prometheus sends them; one for each client, so that keys do not meet."""

    def __init__(self, client: int, clients: int, open_alerts: int, began_at: datetime) -> None:
        self._random = random.Random(client)  # noqa: S311 (the same storm each time)
        self._keys = [key_of(identity(str(n))) for n in range(client, open_alerts, clients)]
        self._began_at, self._new, self._client = began_at, 0, client

    def batch(self, size: int, now: datetime) -> list[Report]:
        """Return the next reports."""
        return [self._next(now) for _ in range(size)]

    def _next(self, now: datetime) -> Report:
        dice = self._random.random()
        severity, state = Severity.ERROR, AlertState.FIRING
        key, start = self._random.choice(self._keys), self._began_at
        if dice < 0.05:
            self._new += 1
            key, start = key_of(identity(f"new {self._client} {self._new} {now}")), now
        elif dice < 0.10:
            state = AlertState.RESOLVED
        elif dice < 0.20:
            severity = self._random.choice((Severity.WARNING, Severity.CRITICAL))
        return report(key, state, severity, start, now)


def report(
    key: int, state: AlertState, severity: Severity, start: datetime, now: datetime
) -> Report:
    """Return an alert of about the size Prometheus sends."""
    market = MARKETS[key % len(MARKETS)]
    labels = {
        "alertname": "MobileMoneySuccessLow",
        "country": market,
        "service": "mobile-money",
        "instance": f"10.1.{key % 250}.{key % 199}:9090",
        "job": "mobile_money",
        "severity": severity.word,
    }
    return Report(
        key=key,
        state=state,
        severity=severity,
        started_at=start,
        said_at=now,
        lease_until=now + timedelta(minutes=4),
        market=market,
        component=f"service-{key % 40}",
        name="MobileMoneySuccessLow",
        service="mobile-money",
        instance=labels["instance"],
        summary="Success rate of mobile money is 71.3 % for five minutes",
        source="prometheus",
        way="push",
        severity_word=severity.word,
        labels=labels,
        annotations={"summary": "Success rate is 71.3 %", "runbook": "https://wiki/x"},
    )


@contextmanager
def database(kind: str) -> Iterator[str]:
    """Give an empty database that keeps what it acknowledges."""
    named = os.environ.get("SSOC_BENCH_POSTGRES_URL", "")
    if kind == "postgresql" and named:
        yield named
    elif kind == "postgresql":
        programs = postgres.binaries()
        if programs is None:
            raise SystemExit("PostgreSQL is not installed; set SSOC_BENCH_POSTGRES_URL")
        postgres.SPEED = "-c max_connections=50"  # as a newcomer would run it: fsync on
        with postgres.cluster(programs) as url:
            yield url
    else:
        with tempfile.TemporaryDirectory(prefix="ssoc-bench-") as folder:
            yield f"sqlite:///{Path(folder) / 'bench.db'}"


def fill(runtime: Runtime, open_alerts: int, now: datetime) -> None:
    """Open that many alerts, and let nothing wait to be correlated."""
    for start in range(0, open_alerts, 10_000):
        keys = [key_of(identity(str(n))) for n in range(start, min(start + 10_000, open_alerts))]
        with runtime.work(SYSTEM) as work:
            reports = [report(key, AlertState.FIRING, Severity.ERROR, now, now) for key in keys]
            alert_store.store(work.session, reports, now)
    with runtime.engine.begin() as connection:
        connection.execute(text("update alert_transition set taken_at = at"))
        connection.execute(text("analyze"))


def measure(
    runtime: Runtime, clients: int, size: int, open_alerts: int, seconds: float, began: datetime
) -> dict[str, float]:
    """Let ``clients`` send requests of ``size`` for a while; return rates and CPU per alert."""
    writer = Writer(runtime)
    storms = [Storm(n, clients, open_alerts, began) for n in range(clients)]
    writer.write(storms[0].batch(size, runtime.clock.now()))
    waits: list[list[float]] = [[] for _ in storms]
    end = time.monotonic() + seconds

    def send(storm: Storm, waited: list[float]) -> None:
        while time.monotonic() < end:
            batch = storm.batch(size, runtime.clock.now())
            before = time.perf_counter()
            writer.write(batch)
            waited.append(time.perf_counter() - before)

    making = _cost_of_making(storms[0], runtime.clock.now())
    threads = [Thread(target=send, args=each) for each in zip(storms, waits, strict=True)]
    server, all_cpu = server_cpu(runtime), _busy()
    began_at, cpu = time.perf_counter(), time.process_time()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    took = time.perf_counter() - began_at
    cpu, server, all_cpu = (
        time.process_time() - cpu,
        server_cpu(runtime) - server,
        _busy() - all_cpu,
    )
    log_bytes = _log_bytes(runtime)
    writer.stop()
    sent = sorted(each for waited in waits for each in waited)
    alerts = len(sent) * size
    return {
        "clients": clients,
        "batch": size,
        "open": open_alerts,
        "alerts_per_second": round(alerts / took),
        "p50_ms": round(sent[len(sent) // 2] * 1000, 2),
        "p99_ms": round(sent[len(sent) * 99 // 100] * 1000, 2),
        "our_cpu_us_per_alert": round((cpu / alerts - making) * 1e6, 1),
        "database_cpu_us_per_alert": round(server / alerts * 1e6, 1),
        "others_cpus": round(max(0.0, (all_cpu - cpu - server) / took), 2),
        "log_mb": round(log_bytes / 1e6, 1),
    }


def _log_bytes(runtime: Runtime) -> int:
    """Return the size of SQLite's write-ahead log; 0 elsewhere."""
    if not is_sqlite(runtime.engine):
        return 0
    return Path(f"{runtime.engine.url.database}-wal").stat().st_size


def _cost_of_making(storm: Storm, now: datetime) -> float:
    """Return the seconds it takes to make one report, which is not the store's to answer for."""
    before = time.process_time()
    storm.batch(2_000, now)
    return (time.process_time() - before) / 2_000


def server_cpu(runtime: Runtime) -> float:
    """Return the CPU seconds of the PostgreSQL server that serves us; 0 for SQLite."""
    if is_sqlite(runtime.engine):
        return 0.0
    with runtime.engine.connect() as connection:
        backend = connection.scalar(text("select pg_backend_pid()"))
    parent = _stat(Path(f"/proc/{backend}/stat"))[1]
    stats = [_stat(path) for path in Path("/proc").glob("[0-9]*/stat")]
    return sum(int(each[11]) + int(each[12]) for each in stats if each[1:2] == [parent]) / TICK


def _stat(path: Path) -> list[str]:
    """Return the fields behind a process's name; none for one that has just ended."""
    try:
        return path.read_text().rpartition(")")[2].split()[0:13]
    except OSError:
        return []


def _busy() -> float:
    """Return the CPU seconds this machine was busy."""
    figures = [int(each) for each in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return (sum(figures[:3]) + sum(figures[5:8])) / TICK


def run(kind: str, open_alerts: Sequence[int], seconds: float) -> list[dict[str, float]]:
    """Measure every kind of client at every size of table."""
    found = []
    for number in open_alerts:
        with database(kind) as url:
            engine = make_engine(url)
            migrations.upgrade(engine)
            runtime = modules.wire(engine)
            began = runtime.clock.now() - timedelta(minutes=1)
            fill(runtime, number, began)
            for clients, size in RUNS:
                found.append(measure(runtime, clients, size, number, seconds, began))
            engine.dispose()
    return found


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--open", type=int, action="append", help="open alerts; repeat")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    given = parser.parse_args()
    found = run(given.database, given.open or [7_000, 100_000], given.seconds)
    if given.json:
        print(json.dumps({"database": given.database, "runs": found}))
        return
    for each in found:
        print("  ".join(f"{name} {value:,}" for name, value in each.items()))


if __name__ == "__main__":
    main()
