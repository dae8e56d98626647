"""How fast alerts are taken in over HTTP: ``ssoc web`` as it is shipped, loopback, keep-alive.

    python -m benchmarks.ingest_http --database postgresql --clients 8 --batch 1 --seconds 4

Clients push to the Alertmanager API as Prometheus does: of a hundred alerts eighty-five repeat,
five resolve and ten are new. The server is a process of its own; the clients share the machine
with it. ``server_cpu_us_per_alert`` is the server's, ``database_cpu_us_per_alert`` PostgreSQL's;
``others_cpus`` is what all else used of the processors, the clients included.
"""

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import orjson

from benchmarks.ingest_store import MARKETS, database
from benchmarks.processors import busy, used_by, used_by_database
from ssoc import migrations, modules
from ssoc.accounts.machines import create_token
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM, TokenScope
from tests import factories

RUNS = ((1, 1), (4, 1), (8, 1), (1, 64), (4, 64))  # clients, alerts in a request
SERVICES = [f"service-{number}" for number in range(5)]
START_SECONDS, MOST_SECONDS = 30, 60


class Prometheus:
    """One source with its own alerts; keeps one connection, as Prometheus does."""

    def __init__(
        self, number: int, listen: str, token: str, open_alerts: int, now: datetime
    ) -> None:
        self._random = random.Random(number)  # noqa: S311 (the same storm each time)
        self._number, self._open, self._new, self._now = number, open_alerts, 0, now
        self._head = (
            f"POST /am/api/v2/alerts HTTP/1.1\r\nHost: {listen}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()
        host, _, port = listen.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waits: list[float] = []

    def open_all(self, size: int = 1_000) -> None:
        """Open the alerts that later ones repeat."""
        for start in range(0, self._open, size):
            names = range(start, min(start + size, self._open))
            self.send([self._alert(str(name)) for name in names])
        self.waits.clear()

    def storm(self, size: int, until: float) -> None:
        """Send requests of ``size`` alerts until then."""
        while time.monotonic() < until:
            self.send([self._next() for _ in range(size)])

    def send(self, alerts: Sequence[dict[str, Any]]) -> None:
        """Send one request and wait for its answer, which must be an empty 200."""
        body = orjson.dumps(alerts)
        before = time.perf_counter()
        self._socket.sendall(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
        answer = b""
        while b"\r\n\r\n" not in answer:
            got = self._socket.recv(65_536)
            if not got:
                raise SystemExit("the server hung up")
            answer += got
        self.waits.append(time.perf_counter() - before)
        if b" 200 " not in answer[:20]:
            raise SystemExit(f"the server refused: {answer[:500]!r}")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _next(self) -> dict[str, Any]:
        dice = self._random.random()
        if dice < 0.10:
            self._new += 1
            return self._alert(f"new-{self._new}")
        return self._alert(str(self._random.randrange(self._open)), is_over=dice < 0.15)

    def _alert(self, name: str, is_over: bool = False) -> dict[str, Any]:
        market = MARKETS[hash(name) % len(MARKETS)]
        ends_at = self._now - timedelta(seconds=1) if is_over else self._now + timedelta(hours=1)
        return {
            "labels": {
                "alertname": "MobileMoneySuccessLow",
                "country": market,
                "service": SERVICES[len(name) % len(SERVICES)],
                "instance": f"10.{self._number}.{name}:9090",
                "job": "mobile_money",
                "severity": "critical",
            },
            "annotations": {
                "summary": "Success rate of mobile money is 71.3 % for five minutes",
                "runbook_url": "https://wiki.example/runbooks/success-low",
            },
            "startsAt": (self._now - timedelta(minutes=5)).isoformat(),
            "endsAt": ends_at.isoformat(),
            "generatorURL": "http://prometheus:9090/graph?g0.expr=mm_success_ratio+%3C+0.95",
        }


@dataclass(frozen=True)
class House:
    """A running ``ssoc web`` and the database behind it."""

    url: str
    listen: str
    token: str
    process: int

    def used(self) -> tuple[float, float, float]:
        """Return the seconds of processor time of the server, the database, and all."""
        return used_by(self.process), used_by_database(self.url), busy()


@contextmanager
def serving(url: str) -> Iterator[House]:
    """Run ``ssoc web`` on a fresh database."""
    engine = make_engine(url)
    migrations.upgrade(engine)
    runtime = modules.wire(engine)
    with runtime.work(SYSTEM) as work:
        graph = ", ".join(f"{name}-{code.lower()}" for name in SERVICES for code in MARKETS)
        factories.estate(work, graph)
        token = create_token(work, "bench", TokenScope.INGEST)
    engine.dispose()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    given = {"SSOC_DATABASE_URL": url, "SSOC_WEB_SECRET": "env:SSOC_BENCH_KEY"}
    with tempfile.TemporaryDirectory(prefix="ssoc-bench-web-") as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "ssoc", "web", "--listen", listen],
            cwd=folder,
            env={**os.environ, **given, "SSOC_BENCH_KEY": "only for this run"},
            stderr=(Path(folder) / "log").open("wb"),
        )
        try:
            _wait_for(listen, server, Path(folder) / "log")
            yield House(url, listen, token, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(listen: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    host, _, port = listen.rpartition(":")
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"ssoc web does not serve: {log.read_text()[-1000:]}")


def measure(
    house: House, clients: int, size: int, open_alerts: int, seconds: float
) -> dict[str, float]:
    """Let clients storm for a while; return rate, latency and CPU per alert."""
    now = datetime.fromtimestamp(time.time()).astimezone()  # noqa: DTZ006 (made aware here)
    share = max(1, open_alerts // clients)
    sources = [Prometheus(n, house.listen, house.token, share, now) for n in range(clients)]
    for source in sources:
        source.open_all()
    until = time.monotonic() + seconds
    threads = [Thread(target=source.storm, args=(size, until)) for source in sources]
    before, began_at = house.used(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began_at
    web, store, all_of_it = (late - early for late, early in zip(house.used(), before, strict=True))
    waits = sorted(each for source in sources for each in source.waits)
    for source in sources:
        source.close()
    alerts = len(waits) * size
    return {
        "clients": clients,
        "batch": size,
        "open": open_alerts,
        "alerts_per_second": round(alerts / took),
        "p50_ms": round(waits[len(waits) // 2] * 1000, 2),
        "p99_ms": round(waits[len(waits) * 99 // 100] * 1000, 2),
        "server_cpu_us_per_alert": round(web / alerts * 1e6, 1),
        "database_cpu_us_per_alert": round(store / alerts * 1e6, 1),
        "others_cpus": round(max(0.0, (all_of_it - web - store) / took), 2),
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--clients", type=int, help="this many clients only")
    parser.add_argument("--batch", type=int, help="requests of this many alerts only")
    parser.add_argument("--open", type=int, default=7_000, help="open alerts, all clients together")
    parser.add_argument("--seconds", type=float, default=4, help=f"at most {MOST_SECONDS}")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    given = parser.parse_args()
    runs: Sequence[tuple[int, int]] = RUNS
    if given.clients or given.batch:
        runs = ((min(given.clients or 1, 64), min(given.batch or 1, 5_000)),)
    seconds = min(given.seconds, MOST_SECONDS)
    found = []
    with database(given.database) as url, serving(url) as house:
        for clients, size in runs:
            found.append(measure(house, clients, size, given.open, seconds))
    if given.json:
        print(json.dumps({"database": given.database, "runs": found}))
        return
    for each in found:
        print("  ".join(f"{name} {value:,}" for name, value in each.items()))


if __name__ == "__main__":
    main()
