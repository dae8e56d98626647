"""From storm to wall: 10,000 alerts of eight countries with one shared root, through the writer.

    python -m benchmarks.storm --database postgresql --seconds 60

Four clients send batches of 64 spread over ``--seconds`` (0: as fast as they are committed)
while the correlator turns and the outbox is delivered each second, as the scheduler does it. It
measures from the first alert sent: when the first incident is on the wall, when the root is
named on top, when the first page stands in the ledger; and from the last alert committed: when
the wall has settled (every alert counted, all markets listed).
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event as EventType
from resource import RUSAGE_CHILDREN, getrusage
from threading import Thread

from sqlalchemy import func, select

from benchmarks.ingest_store import _busy, database, server_cpu
from incidents import jobs, queries
from incidents.models import Incident
from ssoc import migrations, modules
from ssoc.core import outbox
from ssoc.core.database import make_engine
from ssoc.core.errors import SsocError, Unavailable
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.report import Report
from ssoc.monitoring.writer import Writer
from ssoc.notify import queries as pages
from tests.journeys import storms

CLIENTS, BATCH, TURN, LOOK = 4, 64, 1.0, 0.05
PATIENCE = 120


@dataclass
class Seen:
    """What a screen saw, in seconds since the first alert was sent; None is not yet."""

    first_incident: float | None = None
    root_on_top: float | None = None
    first_page: float | None = None
    committed: float = 0.0
    settled: float | None = None


def batches(storm: Sequence[Sequence[Report]], client: int) -> Iterator[list[Report]]:
    """Return the batches of one client, in the order of the storm."""
    mine = [each for part in storm for each in part][client::CLIENTS]
    for start in range(0, len(mine), BATCH):
        yield mine[start : start + BATCH]


def send(
    writer: Writer,
    parts: Sequence[list[Report]],
    seconds: float,
    runtime: Runtime,
    refused: list[int],
) -> None:
    """Send the batches evenly over the time; what is refused is sent again a second later."""
    began = time.perf_counter()
    for number, part in enumerate(parts):
        pause = began + number * seconds / len(parts) - time.perf_counter()
        time.sleep(max(0.0, pause))
        now = runtime.clock.now()
        reports = [replace(each, started_at=now, said_at=now) for each in part]
        while not _is_taken(writer, reports):
            refused.append(1)
            time.sleep(1)


def _is_taken(writer: Writer, reports: Sequence[Report]) -> bool:
    try:
        writer.write(reports)
    except Unavailable:
        return False
    return True


def turn(url: str, stop: EventType, longest: "Synchronized[float]") -> None:
    """Turn the correlator and deliver events each second in a process of its own."""
    runtime = modules.wire(make_engine(url))
    while not stop.is_set():
        began = time.perf_counter()
        with suppress(SsocError):  # the database was busy: the next turn has it
            jobs.correlate(runtime)
            longest.value = max(longest.value, time.perf_counter() - began)
            outbox.deliver(runtime)
        stop.wait(max(0.0, TURN - (time.perf_counter() - began)))


@contextmanager
def scheduler(runtime: Runtime) -> Iterator["Synchronized[float]"]:
    """Run the scheduler's part beside us until left; give its longest turn."""
    spawn = get_context("spawn")
    stop, longest = spawn.Event(), spawn.Value("d", 0.0)
    url = runtime.engine.url.render_as_string(hide_password=False)
    process = spawn.Process(target=turn, args=(url, stop, longest))
    process.start()
    yield longest
    stop.set()
    process.join()


def look(runtime: Runtime, seen: Seen, now: float) -> None:
    """Look at the wall as a screen does."""
    with runtime.view(SYSTEM) as work:
        wall = queries.wall(work)
        if wall.lines and seen.first_incident is None:
            seen.first_incident = now
        top = wall.lines[0] if wall.lines else None
        if top and top.component == storms.ROOT and seen.root_on_top is None:
            seen.root_on_top = now
        if seen.first_page is None and pages.recent_pages(work, 1):
            seen.first_page = now
        alerts = sum(each.alerts for each in wall.lines)
        if seen.committed and alerts == storms.ALERTS and top and len(top.markets) == 8:
            seen.settled = now


def measure(runtime: Runtime, seconds: float, root_at: float) -> dict[str, object]:
    """Let the storm come in and look until the wall has settled."""
    with runtime.work(SYSTEM) as work:
        storms.estate(work)
    storm = storms.storm(runtime.clock.now() - timedelta(minutes=1), root_at)
    writer, seen, refused = Writer(runtime), Seen(), list[int]()
    parts = [list(batches(storm, client)) for client in range(CLIENTS)]
    clients = [
        Thread(target=send, args=(writer, each, seconds, runtime, refused)) for each in parts
    ]
    before = getrusage(RUSAGE_CHILDREN)
    earlier = before.ru_utime + before.ru_stime
    database_cpu, everybody = server_cpu(runtime), _busy()
    with scheduler(runtime) as longest:
        time.sleep(3)  # until it is up: its start is not what is measured
        began, cpu = time.perf_counter(), time.process_time()
        for each in clients:
            each.start()
        while seen.settled is None and time.perf_counter() - began < PATIENCE + seconds:
            if not seen.committed and not any(each.is_alive() for each in clients):
                seen.committed = time.perf_counter() - began
            look(runtime, seen, time.perf_counter() - began)
            time.sleep(LOOK)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    children = getrusage(RUSAGE_CHILDREN)
    cpu += children.ru_utime + children.ru_stime - earlier
    database_cpu = server_cpu(runtime) - database_cpu
    writer.stop()
    return {
        "alerts": storms.ALERTS,
        "over_seconds": seconds,
        "root_at": root_at,
        "first_incident_s": _rounded(seen.first_incident),
        "root_on_top_s": _rounded(seen.root_on_top),
        "first_page_s": _rounded(seen.first_page),
        "last_alert_committed_s": _rounded(seen.committed),
        "settled_after_last_s": _rounded(seen.settled and seen.settled - seen.committed),
        "refused_batches": len(refused),
        "incidents": _incidents(runtime),
        "longest_turn_s": _rounded(longest.value),
        "our_cpu_s": _rounded(cpu),
        "database_cpu_s": _rounded(database_cpu),
        "others_cpus": _rounded(max(0.0, (_busy() - everybody - cpu - database_cpu) / took)),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _incidents(runtime: Runtime) -> int:
    with runtime.view(SYSTEM) as work:
        return work.session.scalar(select(func.count()).select_from(Incident)) or 0


def run(kind: str, seconds: float, root_at: float) -> dict[str, object]:
    """Measure one storm on an empty database."""
    with database(kind) as url:
        engine = make_engine(url)
        migrations.upgrade(engine)
        found = measure(modules.wire(engine), seconds, root_at)
        engine.dispose()
    return found


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=float, action="append", help="spread; repeat")
    parser.add_argument("--root-at", type=float, default=0.5, help="0 first, 1 last of all alerts")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    given = parser.parse_args()
    found = [run(given.database, each, given.root_at) for each in given.seconds or [60, 0]]
    if given.json:
        print(json.dumps({"database": given.database, "runs": found}))
        return
    for each in found:
        print("  ".join(f"{name} {value}" for name, value in each.items()))


if __name__ == "__main__":
    main()
