"""What the screens of changes cost: processor time and statements of each page.

    python -m benchmarks.change_pages --changes 10000 --database sqlite

So many changes planned over the next 93 days, a third of them waiting for their first answer, as
many that ended in the last 90 days, half of those with a run; 300 components, 8 markets. Pages are
asked of the application as the browser asks them, signed in as a change manager of all markets.
Milliseconds of processor time: ``first`` is the first ask, ``middle`` the middle one of several,
``server`` what PostgreSQL adds to each.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text, update

from benchmarks.ingest_store import database
from benchmarks.processors import used_by_database
from benchmarks.slots import MARKETS, NOW, furnish
from changes.actions import approving, running
from changes.lifecycle import Effect, Outcome, State, StepMove, StepState
from changes.models import ApprovalRound, Change, ChangeComponent, ChangeMarket, Run, RunStep
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.web import people
from tests.web.counting import statements
from web.app import create_app

TURNS, DAYS = 7, 90
PAGES = {
    "list, all": "/changes/?tab=all",
    "list, searched": "/changes/?tab=all&q=part",
    "board": "/changes/board",
    "calendar, month": "/changes/calendar?view=month",
    "calendar, week": "/changes/calendar?view=week",
    "calendar, night": "/changes/calendar?view=night",
    "approval inbox": "/changes/approvals",
    "delivery by market": "/changes/delivery?days=90",
    "delivery by component": "/changes/delivery?days=90&by=component",
    "reviews": "/changes/reviews",
    "run sheet": "/changes/runs/{run}",
    "one change, with its slot": "/changes/{change}",
}


@dataclass(frozen=True)
class Page:
    """One page: statements, and milliseconds."""

    name: str
    statements: int
    first: int
    middle: int
    server: int


def main() -> int:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with database(given.database) as url, pytest.MonkeyPatch.context() as patch:
        engine = make_engine(url)
        migrations.upgrade(engine)
        runtime = people.with_key(modules.wire(engine, FrozenClock(NOW)), patch)
        people.add_people(runtime)
        chance = random.Random(3)  # noqa: S311 (the same story each time)
        number = furnish(runtime, given.changes, chance)
        run = happened(runtime, given.changes, number, chance)
        with engine.begin() as connection:
            connection.execute(text("analyze"))
        found = measure(runtime, url, {"change": number, "run": run})
        engine.dispose()
    told = {"changes": given.changes, "database": given.database}
    print(json.dumps({**told, "pages": [asdict(each) for each in found]}) if given.json else "")
    if not given.json:
        print(table(found))
    return 0


def happened(runtime: Runtime, count: int, number: int, chance: random.Random) -> int:
    """Add what ended, rounds of approval and a run that goes on; return the number of the run."""
    with runtime.work(SYSTEM) as work:
        _past(work, count, number, chance)
        _rounds(work, number)
        tonight = factories.change(
            work,
            ["KE"],
            [("alone", Effect.DOWN)],
            [{"title": f"Step {each}", "planned_minutes": 15} for each in range(12)],
            id=number + count + 1,
            state=State.SCHEDULED,
            starts_at=NOW - timedelta(hours=1),
            ends_at=NOW + timedelta(hours=2),
        ).id
    with runtime.work(factories.person("imre", Role.NOC_OPERATOR)) as work:
        run = running.start(work, tonight)
        running.step(work, run, 1, StepMove.START)
    return run


def _past(work: Work, count: int, before: int, chance: random.Random) -> None:
    rows, parts, places, runs, steps = [], [], [], [], []
    for number in range(before + 1, before + 1 + count):
        begun = NOW - timedelta(minutes=15 * chance.randrange(20, 96 * (DAYS - 1)))
        ended = begun + timedelta(minutes=chance.randrange(30, 200))
        rows.append(_ended(number, begun, ended, chance))
        keys = {f"c{chance.randrange(300)}", f"c{chance.randrange(300)}"}
        parts += [{"change_id": number, "component": key, "effect": Effect.DOWN} for key in keys]
        codes = chance.sample(MARKETS, chance.choice((1, 1, 1, 2, 3)))
        places += [{"change_id": number, "market": code} for code in codes]
        if number % 2:
            runs.append(_run(number, begun, ended))
            steps += [_step(number, at, begun) for at in range(1, 6)]
    stored = ((Change, rows), (ChangeComponent, parts), (ChangeMarket, places))
    for kind, made in (*stored, (Run, runs), (RunStep, steps)):
        for begin in range(0, len(made), 1_000):
            work.session.execute(insert(kind), made[begin : begin + 1_000])


def _ended(number: int, begun: datetime, ended: datetime, chance: random.Random) -> dict[str, Any]:
    return {
        **{"id": number, "title": f"Change of part {number}", "type": "normal", "version": 1},
        **{"state": chance.choice((State.ENDED, State.REVIEWED, State.CLOSED))},
        **{"outcome": chance.choice((*[Outcome.SUCCESSFUL] * 8, *Outcome))},
        **{"requester": "rita", "implementer": f"person {chance.randrange(400)}"},
        **{"starts_at": begun, "ends_at": begun + timedelta(minutes=90)},
        **{"started_at": begun, "finished_at": ended, "team": f"team {chance.randrange(12)}"},
        **{"people": [], "gates": [], "rollback_needs": [], "tests": [], "notices": []},
        **{"trainings": [], "created_at": begun - timedelta(days=6), "round": 1},
    }


def _run(number: int, begun: datetime, ended: datetime) -> dict[str, Any]:
    return {
        **{"id": number, "change_id": number, "started_at": begun, "started_by": "imre"},
        **{"window_ends_at": begun + timedelta(minutes=90), "ended_at": ended},
        **{"outcome": Outcome.SUCCESSFUL, "ended_by": "imre", "state": "ended", "suppressed": []},
        **{"rollback_minutes": 30, "is_rehearsal": False},
    }


def _step(run: int, at: int, begun: datetime) -> dict[str, Any]:
    begins = begun + timedelta(minutes=15 * at)
    return {
        **{"run_id": run, "position": at, "title": f"Step {at}", "planned_minutes": 15},
        **{"planned_at": begins, "state": StepState.DONE, "needs": [], "notes": []},
        **{"began_at": begins, "ended_at": begins + timedelta(minutes=12)},
    }


def _rounds(work: Work, number: int) -> None:
    """Open the round of one change as the product does, and the like of every submitted one."""
    waiting = list(work.session.scalars(select(Change.id).where(Change.state == State.SUBMITTED)))
    work.session.execute(update(Change).where(Change.id == number).values(state=State.SUBMITTED))
    work.session.expire_all()
    approving.open_round(work, number)
    work.session.flush()
    made = work.session.scalars(select(ApprovalRound)).one()
    columns = {each.key: getattr(made, each.key) for each in ApprovalRound.__table__.columns}
    rows = [
        {**columns, "id": None, "change_id": each, "number": 1, "markets": ["KE"]}
        for each in waiting
    ]
    for row in rows:
        del row["id"]
    for begin in range(0, len(rows), 1_000):
        work.session.execute(insert(ApprovalRound), rows[begin : begin + 1_000])
    digest = {"plan_digest": made.plan_digest, "round": 1}
    work.session.execute(update(Change).where(Change.id.in_(waiting[:500])).values(**digest))


def measure(runtime: Runtime, url: str, numbers: dict[str, int]) -> list[Page]:
    """Ask every page several times."""
    app = create_app(replace(runtime))
    app.config["WTF_CSRF_ENABLED"] = False
    client = people.sign_in(app, "change-manager")
    return [
        _page(runtime, url, client, name, path.format(**numbers)) for name, path in PAGES.items()
    ]


def _page(runtime: Runtime, url: str, client: FlaskClient, name: str, path: str) -> Page:
    took, theirs = list[float](), used_by_database(url)
    for _ in range(TURNS):
        begun = time.process_time()
        answer = client.get(path)
        took.append(time.process_time() - begun)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    server = (used_by_database(url) - theirs) / TURNS
    with statements(runtime.engine) as said:
        client.get(path)
    seconds = (took[0], sorted(took)[TURNS // 2], server)
    return Page(name, len(said), *(round(1_000 * each) for each in seconds))


def table(found: Sequence[Page]) -> str:
    """Return the figures as lines."""
    names = ("page", "statements", "first", "middle", "server")
    return "\n".join(map(_line, (names, *(astuple(each) for each in found))))


def _line(columns: Sequence[object]) -> str:
    name, *figures = map(str, columns)
    return f"{name:28}" + "".join(f"{each:>12}" for each in figures)


if __name__ == "__main__":
    sys.exit(main())
