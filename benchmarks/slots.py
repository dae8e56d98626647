"""How long the next free slot and one assessment take against very many planned changes.

    python -m benchmarks.slots --changes 10000 --database sqlite

300 components and 8 markets, changes drawn at random over 90 days with change hours, freezes and
works of vendors. The change asked for stands on a shared component of all markets, and is in the
way of others on most nights. ``rules`` is the search alone; ``whole`` with loading everything from
the database.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from benchmarks.ingest_store import database
from changes import models
from changes.actions import assessing
from changes.lifecycle import Effect, State
from changes.queries import collisions as queries
from changes.queries import views
from changes.queries.calendar_items import items_between
from changes.rules.collisions import findings, index_of, item_of
from changes.rules.slots import next_free
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.models import MaintenanceWindow
from tests import factories

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MARKETS = ("KE", "TZ", "CD", "MZ", "LS", "GH", "EG", "ET")
DAYS, COMPONENTS, SHARED = 90, 300, 12
HOURS = {"GH": "21:00-03:00", "EG": "00:00-04:00", "CD": "22:00-03:00"}
TURNS = 5


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
        found: dict[str, Any] = {"changes": given.changes, "database": given.database}
        found |= measure(runtime, number)
        engine.dispose()
    print(json.dumps(found) if given.json else table(found))
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
            code, position=at, change_hours=HOURS.get(code, "23:00-03:00"), peak_hours="17:00-21:00"
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


def measure(runtime: Runtime, number: int) -> dict[str, Any]:
    """Return the seconds of search and assessment, with loading and without."""
    with runtime.view(SYSTEM) as work:
        change = views.change(work, number)
        ground, item = queries.ground_of(work), item_of(change)
        window = change.window.length if change.window else timedelta()
        items = items_between(work, NOW, NOW + timedelta(days=DAYS + 1), people=item.people)
        index = index_of(items)
        slot = next_free(ground, item, window, index, NOW)
        first = _seconds(lambda: next_free(ground, item, window, index_of(items), NOW))
        whole = _seconds(lambda: queries.next_free_slot(work, change, NOW))
        endless = replace(change, people=tuple(f"person {each}" for each in range(400)))
        none = _seconds(lambda: queries.next_free_slot(work, endless, NOW))
        assert queries.next_free_slot(work, endless, NOW) is None  # noqa: S101 (what is measured)
        against = _seconds(lambda: findings(ground, item, index))
        met = findings(ground, item, index)
    return {
        "items": len(items),
        "slot": slot.starts_at.isoformat() if slot else None,
        "slot_rules_seconds": first,
        "slot_whole_seconds": whole,
        "no_slot_whole_seconds": none,
        "findings": len(met),
        "findings_rules_seconds": against,
        "assess_whole_seconds": _seconds(lambda: _assess(runtime, number)),
    }


def _assess(runtime: Runtime, number: int) -> None:
    with runtime.work(SYSTEM) as work:
        assessing.assess(work, number)


def _seconds(run: Callable[[], object]) -> float:
    """Return the processor time of the middle one of several turns: others use this machine."""
    turns: list[float] = []
    for _ in range(TURNS):
        begun = time.process_time()
        run()
        turns.append(time.process_time() - begun)
    return round(sorted(turns)[TURNS // 2], 4)


def table(found: dict[str, Any]) -> str:
    """Return the figures as lines."""
    lines: Sequence[tuple[str, object]] = list(found.items())
    return "\n".join(f"{name:24} {value}" for name, value in lines)


if __name__ == "__main__":
    sys.exit(main())
