"""Two extracts of a million lines each, from CSV to the stored result, in a process of its own.

``python -m benchmarks.reconciliation [--lines N] [--json]`` tells for each case the seconds, CPU
seconds and peak memory of the process that reads, matches and stores.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

DAY = datetime(2026, 3, 2)  # noqa: DTZ001 (a wall time of the extract)
LINES = 1_000_000
Row = tuple[str, int, int]  # reference, minor units, second of the day


def _usual(lines: int, is_new: bool) -> Iterator[Row]:
    """Yield payments of their own; one in 500 differs in one way or another."""
    chance, late = random.Random(7), random.Random(8)  # noqa: S311 (no secrets)
    for number in range(lines):
        amount, second = chance.randrange(100, 5_000_000), chance.randrange(86_000)
        twist = number % 500 if is_new else 1
        if twist == 0 and number % 1000 == 0:
            continue
        amount += 1 if twist == 250 else 0
        yield f"TX{number:010d}", amount, second + (late.randrange(60) if is_new else 0)


def _equal(lines: int, is_new: bool) -> Iterator[Row]:
    """Yield the same amount under one reference, at changing times; a few are missing."""
    for number in range(lines - (7 if is_new else 0)):
        yield "BULK", 10_000, (number * 37 + (5 if is_new else 0)) % 86_000


def _thirds(lines: int, is_new: bool) -> Iterator[Row]:
    """Yield three equal old ones for each new one, all under one reference."""
    for number in range(lines // 3 if is_new else lines // 3 * 3):
        yield "BULK", 30_000 if is_new else 10_000, (number if is_new else number // 3) % 86_000


def _strange(lines: int, is_new: bool) -> Iterator[Row]:
    """Yield lines of which none has a counterpart: every one is a break."""
    for number in range(lines):
        yield f"{'N' if is_new else 'P'}{number}X", 10_000, number % 86_000


CASES: dict[str, Callable[[int, bool], Iterator[Row]]] = {
    "usual": _usual,
    "a million equal amounts": _equal,
    "three to one, equal": _thirds,
    "nothing matches": _strange,
}


def main() -> None:
    """Run every case in a child process and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    results = {name: _measured(make, given.lines) for name, make in CASES.items()}
    if given.json:
        print(json.dumps(results))
        return
    for name, found in results.items():
        print(
            f"{name:26} {given.lines:9,} a side: {found['seconds']:6.1f} s, CPU "
            f"{found['cpu']:6.1f} s, peak {found['peak_mib']:5.0f} MiB, {found['breaks']:,} breaks"
        )


def _measured(make: Callable[[int, bool], Iterator[Row]], lines: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        for side in ("old", "new"):
            _write(Path(folder) / f"{side}.csv", make(lines, side == "new"))
        program = [sys.executable, "-m", "benchmarks.reconciliation", "child", folder]
        done = subprocess.run(program, capture_output=True, text=True, check=True)  # noqa: S603
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


def _write(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("ref,amount,time\n")
        for reference, minor, second in rows:
            at = DAY + timedelta(seconds=second)
            file.write(f"{reference},{minor // 100}.{minor % 100:02d},{at:%Y-%m-%d %H:%M:%S}\n")


def child(folder: str) -> None:
    """Reconcile the two files of a folder with a database of its own, and say what it took."""
    from changes.reconciliation.actions import planning
    from changes.reconciliation.actions.planning import ParallelDraft
    from changes.reconciliation.actions.reconciling import Given, reconcile
    from changes.reconciliation.queries import days
    from changes.reconciliation.rules.lines import Side
    from changes.reconciliation.values import Source
    from ssoc import migrations, modules
    from ssoc.core.clock import FrozenClock
    from ssoc.core.database import make_engine
    from ssoc.core.permissions import SYSTEM
    from ssoc.estate import actions as estate
    from ssoc.estate.values import Market

    engine = make_engine(f"sqlite:///{folder}/ssoc.db")
    migrations.upgrade(engine)
    noon = datetime.fromisoformat("2026-03-03T12:00:00+00:00")
    runtime = modules.wire(engine, FrozenClock(noon))
    content = {
        "columns": {"reference": "ref", "amount": "amount", "at": "time"},
        "currency": "KES",
        "zone": "Africa/Nairobi",
    }
    with runtime.work(SYSTEM) as work:
        market = Market("KE", "Kenya", ("Africa/Nairobi",), "KES")
        estate.replace(work, [("market", market)])
        planning.define(work, "plain", "KE", content)
        source = Source(definition="plain")
        draft = ParallelDraft(
            "site:1", "Shop", "KE", date(2026, 3, 2), tolerance=Decimal(1), old=source, new=source
        )
        number = planning.plan(work, draft)
    began = time.perf_counter(), time.process_time()
    with (
        Path(folder, "old.csv").open("rb") as old,
        Path(folder, "new.csv").open("rb") as new,
    ):
        files = {Side.OLD: Given("old.csv", old), Side.NEW: Given("new.csv", new)}
        reconcile(runtime, SYSTEM, number, date(2026, 3, 2), files)
    took = {
        "seconds": time.perf_counter() - began[0],
        "cpu": time.process_time() - began[1],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    with runtime.view(SYSTEM) as work:
        [found] = days.runs(work, number)
    if not found.has_result:
        raise SystemExit(found.reason)
    print(json.dumps({**took, "breaks": found.breaks}))
    engine.dispose()


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2])
    else:
        main()
