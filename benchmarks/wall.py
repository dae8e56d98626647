"""What open walls cost: processor time per refresh, with one wall and with fifty.

    python -m benchmarks.wall --hours 1 --database sqlite

The demo's eight markets with figures every ten seconds for ``--hours``, four weeks of past and
six open incidents. Each wall asks every three seconds, as a screen does, while the clock is moved
by hand: no waiting, only work. The cost is this process's processor time, plus PostgreSQL's.
"""

import argparse
import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, select

import ssoc.demo
from benchmarks.ingest_store import database
from benchmarks.processors import used_by_database
from incidents.clock_actions import start_clocks
from ssoc import migrations, modules
from ssoc.accounts import machines
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.settings import Settings, WebSettings
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from ssoc.demo.history import remember
from ssoc.demo.traffic import RHYTHMS, success_percent, tps
from ssoc.estate import actions as estate_actions
from ssoc.estate.reader import read
from ssoc.monitoring.models import SampleRow, Series
from tests import factories
from web.app import create_app

ESTATE = Path(ssoc.demo.__file__).parent / "estate.yaml"
BEGIN = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
ASKED_EVERY, SAMPLED_EVERY = timedelta(seconds=3), timedelta(seconds=10)
TROUBLES = ("ledger-db-east", "smsc-cd", "banks-gh", "wan-et", "app-ls", "core-ledger-north")
Figures = dict[str, Any]
Walls = Sequence[FlaskClient]


def main() -> int:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0, help="of figures before the walls open")
    parser.add_argument("--seconds", type=int, default=60, help="of a wall's life, not of ours")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("SSOC_BENCH_KEY", "a key for measuring only, forty characters long")
    with database(given.database) as url:
        engine = make_engine(url)
        migrations.upgrade(engine)
        clock = FrozenClock(BEGIN)
        settings = Settings(web=WebSettings(secret="env:SSOC_BENCH_KEY"))  # noqa: S106 (where it stands)
        runtime = replace(modules.wire(engine, clock), settings=settings)
        furnish(runtime, clock, timedelta(hours=given.hours))
        figures: Figures = {"hours": given.hours, "database": given.database}
        for name, number, scopes in (
            ("1 wall", 1, [()]),
            ("50 walls", 50, [()]),
            ("50 walls of 8 scopes", 50, [(code,) for code in sorted(RHYTHMS)]),
        ):
            walls = open_walls(runtime, number, scopes, name)
            figures[name] = measure(runtime, clock, walls, given.seconds, url)
        engine.dispose()
    print(json.dumps(figures) if given.json else table(figures))
    return 0


def furnish(runtime: Runtime, clock: FrozenClock, span: timedelta) -> None:
    """Load the demo's estate, its past, the figures of ``span`` and six incidents."""
    with runtime.work(SYSTEM) as work:
        estate_actions.replace(work, read([ESTATE]).items())
    remember(runtime)
    clock.advance(span)
    sample(runtime, clock.at - span, clock.at)
    with runtime.work(SYSTEM) as work:
        for number, component in enumerate(TROUBLES):
            row = factories.incident(
                work, ["KE", "TZ"], component=component, priority=list(Priority)[number % 4]
            )
            start_clocks(work, row, ["KE", "TZ"])


def sample(runtime: Runtime, since: datetime, until: datetime) -> None:
    """Write the figures of every market between two instants."""
    with runtime.work(SYSTEM) as work:
        rows = []
        for number, check, name in work.session.execute(
            select(Series.id, Series.check, Series.name)
        ):
            rhythm = RHYTHMS[check.partition("/")[0].rpartition("-")[2].upper()]
            figure = tps if name == "tps" else success_percent
            at = since + SAMPLED_EVERY
            while at <= until:
                rows.append({"series_id": number, "at": at, "value": figure(rhythm, at)})
                at += SAMPLED_EVERY
        if rows:
            work.session.execute(insert(SampleRow), rows)


def open_walls(
    runtime: Runtime, number: int, scopes: Sequence[Sequence[str]], name: str
) -> list[FlaskClient]:
    """Return that many wall screens, their scopes in turn, each with its first picture."""
    app = create_app(runtime)
    walls = []
    for each in range(number):
        with runtime.work(SYSTEM) as work:
            name_of = f"{name.replace(' ', '-')}-{each}"
            token = machines.create_kiosk(work, name_of, scopes[each % len(scopes)])
        client = app.test_client()
        client.get(f"/kiosk/{token}")
        walls.append(client)
    return walls


def measure(runtime: Runtime, clock: FrozenClock, walls: Walls, seconds: int, url: str) -> Figures:
    """Let every wall ask every three seconds; an incident changes something every nine."""
    tags = ["" for _ in walls]
    took: list[float] = []
    began, theirs = time.process_time(), used_by_database(url)
    asked, fresh, rounds = 0, 0, int(seconds / ASKED_EVERY.total_seconds())
    for number in range(rounds):
        paused = time.process_time()
        clock.advance(ASKED_EVERY)
        sample(runtime, clock.at - ASKED_EVERY, clock.at)
        if number % 3 == 0:
            with runtime.work(SYSTEM) as work:
                bump(work.session)
        began += time.process_time() - paused  # the world's doing is not the walls'
        for which, wall in enumerate(walls):
            start = time.perf_counter()
            answer = wall.get("/wall", headers={"If-None-Match": tags[which]})
            asked += 1
            if answer.status_code == 200:
                took.append(1000 * (time.perf_counter() - start))
                tags[which], fresh = answer.headers["ETag"], fresh + 1
            elif answer.status_code != 304:
                raise SystemExit(f"the wall answered {answer.status_code}")
    cpu = time.process_time() - began + used_by_database(url) - theirs
    took.sort()
    return {
        "asked": asked,
        "new_pictures": fresh,
        "cpu_ms_per_ask": round(1000 * cpu / asked, 2),
        "percent_of_a_core": round(100 * cpu / seconds, 1),
        "ms_per_picture": {
            "p50": round(took[len(took) // 2], 1),
            "p95": round(took[int(len(took) * 0.95)], 1),
        },
    }


def table(figures: Figures) -> str:
    """Return the figures for people."""
    lines = [f"{figures['hours']:g} h of figures on {figures['database']}"]
    for name, one in figures.items():
        with suppress(TypeError):
            took = one["ms_per_picture"]
            lines += [
                f"{name}: {one['asked']} asked, {one['new_pictures']} new pictures",
                f"  CPU {one['cpu_ms_per_ask']} ms an ask, {one['percent_of_a_core']} % of a core",
                f"  a new picture takes {took['p50']} ms (p50), {took['p95']} ms (p95)",
            ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
