"""What polling costs: eight markets of thirty targets, first all well, then one black-holed.

    python -m benchmarks.polling --seconds 60 --every 10

The platforms are a process of their own on loopback; the CPU is the poller's alone (with SQLite
the database's too). Half of the time all markets answer, then one accepts and never answers.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.ingest_store import database
from ssoc import migrations, modules
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.settings import Settings
from ssoc.core.work import Runtime
from ssoc.estate import actions
from ssoc.estate.values import Check, Component, Market
from ssoc.monitoring.models import Poll
from ssoc.monitoring.polling.poller import Poller

MARKETS = ("KE", "TZ", "CD", "MZ", "LS", "GH", "EG", "ET")
DEAD = "KE"
HEALTH = '{"status":"OK","uptime":9.07,"services":[{"name":"datastore","status":"OK"}]}'
RESULT = '{"resultType":"vector","result":[{"metric":{},"value":[%.3f,"412.5"]}]}'
VECTOR = f'{{"status":"success","data":{RESULT}}}'
RULE = {"name": "TrafficLow", "sample": "tps", "against": "usual", "drop_percent": 50}
Figures = dict[str, Any]


def main() -> int:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for both halves together")
    parser.add_argument("--every", type=float, default=10.0, help="interval of each target")
    parser.add_argument("--targets", type=int, default=30, help="in each of the eight markets")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
        return 0
    figures: Figures = {"every": given.every, "targets": given.targets * len(MARKETS)}
    with platforms() as (well, dead), database(given.database) as url:
        engine = make_engine(url)
        migrations.upgrade(engine)
        runtime = replace(modules.wire(engine), settings=Settings())
        for name, holed in (("all well", False), ("one black-holed", True)):
            load(runtime, given.targets, given.every, well, dead if holed else well)
            figures[name] = measure(runtime, given.seconds / 2, given.every)
        engine.dispose()
    print(json.dumps(figures) if given.json else table(figures))
    return 0


def load(runtime: Runtime, targets: int, every: float, well: int, dead: int) -> None:
    """Store the estate; two thirds of the targets say their health, one third figures."""
    with runtime.work(SYSTEM) as work:
        items: list[tuple[str, Any]] = []
        for code in MARKETS:
            items.append(("market", Market(code, code, ("Africa/Nairobi",), "USD")))
            port = dead if code == DEAD else well
            for number in range(targets):
                component = Component(f"c{number}-{code.lower()}", "target", "service", (code,))
                items.append(("component", component))
                items.append(("check", check(component.key, code, number, every, port)))
        actions.replace(work, items)


def check(component: str, market: str, number: int, every: float, port: int) -> Check:
    """Return one target: figures for each third, health for the others."""
    address = f"http://127.0.0.1:{port}"
    span = timedelta(seconds=every)
    if number % 3:
        settings: dict[str, Any] = {"url": f"{address}/health"}
        return Check(component, "health", "health", span, market, settings=settings)
    settings = {"url": address, "query": "tps", "name": "tps"}
    return Check(component, "tps", "promql", span, market, settings=settings, rules=(RULE,))


def measure(runtime: Runtime, seconds: float, every: float) -> Figures:
    """Poll for a while after one interval of warming up."""
    poller = Poller(runtime)
    poller.start()
    time.sleep(every + 2)
    began_at, began, cpu = runtime.clock.now(), time.perf_counter(), time.process_time()
    time.sleep(max(1.0, seconds - every - 2))
    cpu, took, threads = time.process_time() - cpu, time.perf_counter() - began, poller.threads
    ended_at = runtime.clock.now()
    poller.stop()
    with runtime.view(SYSTEM) as work:
        rows = work.session.execute(
            select(Poll.check, Poll.late_ms, Poll.health, Poll.reason).where(
                Poll.at >= began_at, Poll.at < ended_at
            )
        ).all()
    others = sorted(late for key, late, _, _ in rows if f"-{DEAD.lower()}/" not in key)
    polls = len(rows)
    return {
        "seconds": round(took, 1),
        "polls": polls,
        "cpu_ms_per_poll": round(1000 * cpu / max(1, polls), 2),
        "percent_of_a_core": round(100 * cpu / took, 1),
        "late_ms_others": {"p50": at(others, 0.5), "p99": at(others, 0.99), "max": at(others, 1)},
        "workers": threads,
        "answers": counts(
            f"{health.value} {reason.value}".strip() for _, _, health, reason in rows
        ),
    }


def at(ordered: Sequence[int], share: float) -> int:
    """Return the value below which ``share`` of the ordered values lie."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def counts(words: Iterator[str]) -> dict[str, int]:
    """Return how often each word comes."""
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found


def table(figures: Figures) -> str:
    """Return the figures for people."""
    lines = [f"{figures['targets']} targets, each asked every {figures['every']:g} s"]
    for name in ("all well", "one black-holed"):
        one = figures[name]
        late = one["late_ms_others"]
        lines += [
            f"{name}: {one['polls']} polls in {one['seconds']} s, {one['workers']} workers",
            f"  CPU {one['cpu_ms_per_poll']} ms a poll, {one['percent_of_a_core']} % of a core",
            f"  lateness of the other markets: p50 {late['p50']} ms, p99 {late['p99']} ms",
            f"  answers: {one['answers']}",
        ]
    return "\n".join(lines)


@contextmanager
def platforms() -> Iterator[tuple[int, int]]:
    """Start the platforms; yield the port that answers and the one that never does."""
    with tempfile.TemporaryFile("w+") as log:
        command = [sys.executable, "-m", "benchmarks.polling", "--serve"]
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=Path(__file__).parents[1]
        )
        try:
            well, dead = map(int, (child.stdout or log).readline().split())
            yield well, dead
        finally:
            child.terminate()
            child.communicate(timeout=10)


async def serve() -> None:
    """Be the platforms until we are ended."""
    well = await asyncio.start_server(_answer, "127.0.0.1", 0)
    dead = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    ports = [server.sockets[0].getsockname()[1] for server in (well, dead)]
    print(*ports, flush=True)
    await asyncio.gather(well.serve_forever(), dead.serve_forever())


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = VECTOR % time.time() if b"/api/v1/query" in head else HEALTH
            writer.write(
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.read(4096):
            pass
    except ConnectionError:
        pass
    writer.close()


if __name__ == "__main__":
    sys.exit(main())
