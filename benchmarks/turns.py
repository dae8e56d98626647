"""How long a turn of the correlator takes while nothing happens.

``python -m benchmarks.turns``: 320 components of eight markets fail because of one, on SQLite in a
folder of its own; prints the median processor time of whole turns, and of turns that rest.
"""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time, sleep

from incidents import jobs
from ssoc import migrations, modules
from ssoc.core.clock import SystemClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import ingest
from tests import factories

MARKETS, SERVICES, TURNS = tuple(factories.ZONES), 40, 30


def main() -> None:
    """Fill a database, let it settle, and time turns."""
    modules.load()
    with TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'turns.db'}")
        migrations.upgrade(engine)
        runtime = Runtime(engine, SystemClock())
        _fail(runtime)
        for _ in range(3):
            jobs.correlate(runtime)
            sleep(3)
        whole = [_timed(runtime, rests=False) for _ in range(TURNS)]
        jobs.correlate(runtime)
        idle = [_timed(runtime, rests=True) for _ in range(TURNS)]
    print(
        f"median processor time: whole turn {median(whole):.1f} ms, "
        f"resting turn {median(idle):.2f} ms"
    )


def _fail(runtime: Runtime) -> None:
    names = [f"s{number}-{code.lower()}" for code in MARKETS for number in range(SERVICES)]
    with runtime.work(SYSTEM) as work:
        factories.estate(work, ", ".join(f"{name} > core" for name in names))
        now = work.now
        ingest(
            work,
            [
                factories.report(
                    component=name, market=name[-2:].upper(), started_at=now, said_at=now
                )
                for name in names
            ]
            + [factories.report(component="core", market="", started_at=now, said_at=now)],
        )


def _timed(runtime: Runtime, *, rests: bool) -> float:
    if not rests:
        jobs._resting.clear()
    began = process_time()
    jobs.correlate(runtime)
    return (process_time() - began) * 1_000


if __name__ == "__main__":
    main()
