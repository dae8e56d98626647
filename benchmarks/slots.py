"""How long the next free slot and one assessment take against very many planned changes.

    python -m benchmarks.slots --changes 10000 --database sqlite

300 components and 8 markets, changes drawn at random over 93 days with change hours, freezes and
works of vendors. The change asked for stands on a shared component of all markets, and is in the
way of others on most nights. Each case is the query that page, API and ``ssoc`` call, with all it
loads from the database. Milliseconds of processor time: ``first`` is the first call of a case,
``middle`` the middle one of several, ``server`` what PostgreSQL adds to each; ``elapsed`` by the
clock, whatever else the machine does.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert, text

from benchmarks.ingest_store import database, server_cpu
from changes import models
from changes.actions import assessing
from changes.lifecycle import Effect, State
from changes.queries import views
from changes.queries.calendar_items import items_between
from changes.queries.collisions import ground_of
from changes.queries.slot_search import next_free_slot
from changes.rules.collisions import findings, index_of, item_of
from changes.values import ChangeView, Touched
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.models import MaintenanceWindow
from tests import factories

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MARKETS = ("KE", "TZ", "CD", "MZ", "LS", "GH", "EG", "ET")
DAYS, COMPONENTS, SHARED = 93, 300, 12  # the horizon, and the lead time before it begins
AT_ANY_HOUR = "LS"  # the only market without change hours
HOURS = {"GH": "21:00-03:00", "EG": "00:00-04:00", "CD": "22:00-03:00"}
TURNS = 9


@dataclass(frozen=True)
class Turn:
    """One case: its answer, and milliseconds."""

    name: str
    answer: str
    first: int
    middle: int
    server: int
    elapsed: int


def main() -> int:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with database(given.database) as url:
        engine = make_engine(url)
        migrations.upgrade(engine)
        runtime = modules.wire(engine, FrozenClock(NOW))
        number = furnish(runtime, given.changes, random.Random(given.seed))  # noqa: S311
        with engine.begin() as connection:
            connection.execute(text("analyze"))
        found = measure(runtime, number)
        engine.dispose()
    asked = {"changes": given.changes, "database": given.database}
    told = {**asked, "cases": [asdict(each) for each in found]}
    print(json.dumps(told) if given.json else table(found))
    return 0


def furnish(runtime: Runtime, count: int, chance: random.Random) -> int:
    """Store estate, changes and works; return the number of the change to be asked for."""
    with runtime.work(SYSTEM) as work:
        _estate(work)
        rows, parts, places, steps = [], [], [], []
        for number in range(1, count + 1):
            starts_at = NOW + timedelta(minutes=15 * chance.randrange(96 * DAYS))
            shared = chance.random() < SHARED / COMPONENTS
            component = chance.randrange(SHARED if shared else COMPONENTS)
            rows.append(_row(number, starts_at, chance))
            parts += [
                {"change_id": number, "component": key, "effect": Effect.DOWN}
                for key in {f"c{component}", f"c{chance.randrange(SHARED, COMPONENTS)}"}
            ]
            places += [
                {"change_id": number, "market": code}
                for code in chance.sample(MARKETS, chance.choice((1, 1, 1, 2, 3)))
            ]
            steps += [
                {
                    **{"change_id": number, "position": at, "title": f"Step {at}"},
                    **{"owner": f"owner {chance.randrange(300)}", "planned_minutes": 20},
                    **{"check": "", "undo": "", "is_hold_point": False, "needs": []},
                }
                for at in range(1, 6)
            ]
        for table_, made in (
            (models.Change, rows),
            (models.ChangeComponent, parts),
            (models.ChangeMarket, places),
            (models.ChangeStep, steps),
        ):
            for begin in range(0, len(made), 1_000):
                work.session.execute(insert(table_), made[begin : begin + 1_000])
        _works(work, chance)
        return factories.change(
            work,
            MARKETS,
            [("c0", Effect.DOWN), ("c3", Effect.DOWN)],
            id=count + 1,
            title="Core ledger: new release",
            starts_at=NOW + timedelta(days=1, hours=9),
            ends_at=NOW + timedelta(days=1, hours=10),
            state=State.APPROVED,
            rollback_minutes=30,
            preparation_minutes=60,
            soak_minutes=30,
            gates=["c1"],
            rollback_needs=["c2"],
        ).id


def _estate(work: Work) -> None:
    """Store 300 components: shared ones below, groups of three, services of one market on top."""
    graph, parts = [], []
    for number in range(COMPONENTS):
        codes = MARKETS if number < SHARED else (MARKETS[number % 8],)
        parts.append(factories.component(f"c{number}", *codes))
        if number >= SHARED:
            graph.append(f"c{number} > c{number % SHARED}")
        if number >= 60 and number % 4 == 0:
            graph.append(f"c{number} > c{number - 30}|c{number - 31}|c{number - 32}")
    value = factories.estate_of(", ".join(graph), components=parts, markets=MARKETS)
    markets = {
        code: factories.market(
            code,
            position=at,
            change_hours="" if code == AT_ANY_HOUR else HOURS.get(code, "23:00-03:00"),
            peak_hours="17:00-21:00",
        )
        for at, code in enumerate(MARKETS)
    }
    whole = type(value)(**{**value.__dict__, "markets": markets})
    from ssoc.estate import actions

    actions.replace(work, factories.items_of(whole))


def _row(number: int, starts_at: datetime, chance: random.Random) -> dict[str, Any]:
    return {
        **{"id": number, "title": f"Change of part {number}", "type": "normal", "version": 1},
        **{"state": chance.choice((State.SCHEDULED, State.APPROVED, State.SUBMITTED))},
        **{"requester": "rita", "implementer": f"person {chance.randrange(400)}"},
        **{"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=90)},
        **{"preparation_minutes": 30, "rollback_minutes": 30, "soak_minutes": 30},
        **{"people": [], "gates": [f"c{chance.randrange(COMPONENTS)}"], "rollback_needs": []},
        **{"tests": [], "notices": [], "trainings": [], "created_at": NOW, "round": 1},
    }


def _works(work: Work, chance: random.Random) -> None:
    for number in range(100):
        starts_at = NOW + timedelta(hours=chance.randrange(24 * DAYS))
        work.session.add(
            MaintenanceWindow(
                title=f"Works {number}",
                reference="",
                components=[f"c{chance.randrange(COMPONENTS)}"],
                markets=[],
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=4),
                announced_at=NOW,
                created_by="vendor",
            )
        )
    work.session.flush()


def measure(runtime: Runtime, number: int) -> list[Turn]:
    """Return what each case of the search takes, and an assessment."""
    found = list[Turn]()
    with runtime.view(SYSTEM) as work:
        change = views.change(work, number)
        for name, asked in cases(change).items():
            slot = next_free_slot(work, asked, NOW)
            answer = f"{slot.starts_at:%d %b %H:%M}" if slot else "none"
            found.append(_turn(runtime, name, answer, partial(next_free_slot, work, asked, NOW)))
        item = item_of(change)
        index = index_of(items_between(work, NOW, NOW + timedelta(days=DAYS + 1)))
        ground = ground_of(work)
        met = findings(ground, item, index)
        against = partial(findings, ground, item, index)
        found.append(_turn(runtime, "one change against all", f"{len(met)} findings", against))
    found.append(_turn(runtime, "assess and store", "", partial(_assess, runtime, number)))
    return found


def cases(change: ChangeView) -> dict[str, ChangeView]:
    """Return the change in other lights: where a slot is near, far, or not there at all."""
    everybody = tuple(f"person {each}" for each in range(400))
    parts = tuple(Touched(f"c{each}", Effect.DOWN) for each in range(COMPONENTS))
    rows = tuple(Touched(f"c{each}", Effect.DOWN) for each in range(COMPONENTS - 1, 31, -6))
    hourless = replace(change, markets=(AT_ANY_HOUR,))
    alone = replace(hourless, gates=(), rollback_needs=())
    return {
        "a slot within days": change,
        "none: everybody is needed": replace(change, people=everybody),
        "none: at any hour, everybody": replace(hourless, people=everybody),
        "none: at any hour, every part": replace(hourless, touched=parts),
        "none: at any hour, 45 groups": replace(alone, touched=rows),
        "none: no hours in common": replace(change, ends_at=NOW + timedelta(days=1, hours=16)),
    }


def _assess(runtime: Runtime, number: int) -> None:
    with runtime.work(SYSTEM) as work:
        assessing.assess(work, number)


def _turn(runtime: Runtime, name: str, answer: str, run: Callable[[], object]) -> Turn:
    """Measure several turns of one case."""
    cpu, elapsed, middle = list[float](), list[float](), TURNS // 2
    server = server_cpu(runtime)
    for _ in range(TURNS):
        begun, at = time.process_time(), time.perf_counter()
        run()
        cpu.append(time.process_time() - begun)
        elapsed.append(time.perf_counter() - at)
    server = (server_cpu(runtime) - server) / TURNS
    seconds = (cpu[0], sorted(cpu)[middle], server, sorted(elapsed)[middle])
    return Turn(name, answer, *(round(1_000 * each) for each in seconds))


def table(found: Sequence[Turn]) -> str:
    """Return the figures as lines."""
    names = ("case", "answer", "first", "middle", "server", "elapsed")
    return "\n".join(map(_line, (names, *(astuple(each) for each in found))))


def _line(columns: Sequence[object]) -> str:
    name, answer, *figures = map(str, columns)
    return f"{name:32} {answer:14}" + "".join(f"{each:>9}" for each in figures)


if __name__ == "__main__":
    sys.exit(main())
