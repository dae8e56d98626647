"""What measuring gates costs: 8 markets with 6 metrics each, all on stored samples.

    python -m benchmarks.gates --database sqlite --turns 20

Each turn is ``measure_due`` as the scheduler runs it: what is due is read, judged against fixed
limits and the baseline of four weeks, and every measurement is written in its own transaction.
Milliseconds of processor time for one measurement: ``here`` is the scheduler's, ``server`` what
PostgreSQL adds; ``elapsed`` by the clock, whatever else the machine does.
"""

import argparse
import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from benchmarks.ingest_store import database, server_cpu
from changes.gates.jobs import measure_due
from changes.gates.models import GateMeasurement
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.models import SampleRow
from ssoc.monitoring.models import Series as SeriesRow
from tests.changes.gates import story

BEGINS = datetime(2026, 3, 2, 8, tzinfo=UTC)
MARKETS = ("KE", "TZ", "CD", "MZ", "LS", "GH", "EG", "ET")
METRICS = 6
POLL = timedelta(seconds=30)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Cost:
    """Milliseconds for one measurement."""

    database: str
    measurements: int
    here_ms: float
    server_ms: float
    elapsed_ms: float


def run(kind: str, turns: int) -> Cost:
    """Measure one gate over so many turns, a minute apart."""
    with database(kind) as url:
        engine = make_engine(url)
        migrations.upgrade(engine)
        clock = FrozenClock(BEGINS)
        runtime = modules.wire(engine, clock)
        _fill(runtime, turns)
        rows = [
            story.metric(f"m{number}", count=0, baseline={"lowest": -5}, min_samples=5)
            for number in range(METRICS)
        ]
        story.opened(runtime, *rows, markets=MARKETS)
        measure_due(runtime)  # reads the estate and the definition for the first time
        before = _count(runtime)
        cpu, server, began = time.process_time(), server_cpu(runtime), time.perf_counter()
        for _ in range(turns):
            clock.advance(MINUTE)
            measure_due(runtime)
        here, there = time.process_time() - cpu, server_cpu(runtime) - server
        elapsed, done = time.perf_counter() - began, _count(runtime) - before
        engine.dispose()
    if done != turns * METRICS * len(MARKETS):
        raise SystemExit(f"{done} measurements were written, not all of them")
    ms = [round(1000 * each / done, 3) for each in (here, there, elapsed)]
    return Cost(kind, done, *ms)


def _fill(runtime: Runtime, turns: int) -> None:
    """Store polls of each half minute, and four weeks of the same hours."""
    story.load(runtime, MARKETS)
    hours = [
        BEGINS - timedelta(weeks=week) + hour * HOUR
        for week in range(1, 5)
        for hour in range(-1, 3)
    ]
    for code in MARKETS:
        story.figures(runtime, code, BEGINS - HOUR, success_percent=99.9, transactions=100)
        story.past(runtime, code, dict.fromkeys(hours, 99.8))
    polls = int((turns + 10) * MINUTE / POLL)
    with runtime.work(SYSTEM) as work:
        found = work.session.execute(select(SeriesRow.id, SeriesRow.name)).all()
        work.session.execute(
            insert(SampleRow),
            [
                {
                    "series_id": number,
                    "at": BEGINS - 10 * MINUTE + place * POLL,
                    "value": 99.9 if name == "success_percent" else 100.0,
                }
                for number, name in found
                for place in range(polls)
            ],
        )


def _count(runtime: Runtime) -> int:
    with runtime.view(SYSTEM) as work:
        return work.session.scalar(select(func.count()).select_from(GateMeasurement)) or 0


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    given = parser.parse_args()
    cost = run(given.database, given.turns)
    if given.json:
        print(json.dumps(asdict(cost)))
        return
    print(
        f"{cost.database}: {cost.measurements} measurements; each {cost.here_ms} ms here, "
        f"{cost.server_ms} ms of the server, {cost.elapsed_ms} ms by the clock"
    )


if __name__ == "__main__":
    main()
