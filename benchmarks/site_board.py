"""What the screens of a programme cost: processor time and statements, for 600 and 2,000 sites.

    python -m benchmarks.site_board --sites 600 2000 --database sqlite

A programme half way through in three markets, twelve waves, three sellers at each site, trained in
two courses, with readiness sheets, rehearsals, proofs of interfaces and an acceptance matrix. Pages
are asked of the application as the browser asks them, signed in as a change manager of all markets.
Milliseconds of processor time: ``first`` is the first ask, ``cold`` the middle one of several that
each come after a write (the board is reckoned anew), ``middle`` that of several with nothing
between, ``server`` what PostgreSQL adds to a cold one. ``packed`` is what goes over the line. What
the browser adds is in ``tests/browser``.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from benchmarks import site_proofs
from benchmarks.ingest_store import database
from benchmarks.processors import used_by_database
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.web import people
from tests.web.counting import statements
from web.app import create_app

TURNS = 7
PAGES = {
    "board": "/programmes/{programme}",
    "board, filtered": "/programmes/{programme}?state=blocked&q=permit",
    "table": "/programmes/{programme}/sites",
    "one site": "/programmes/sites/{site}",
    "list": "/programmes/",
}


@dataclass(frozen=True)
class Page:
    """One page: statements, kilobytes, and milliseconds."""

    sites: int
    name: str
    statements: int
    kilobytes: int
    packed: int
    first: int
    cold: int
    middle: int
    server: int


def main() -> int:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, nargs="+", default=[600, 2_000])
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found: list[Page] = []
    for sites in given.sites:
        with database(given.database) as url, pytest.MonkeyPatch.context() as patch:
            found += _of(url, patch, sites)
    told = {"database": given.database, "pages": [asdict(each) for each in found]}
    print(json.dumps(told) if given.json else table(found))
    return 0


def _of(url: str, patch: pytest.MonkeyPatch, sites: int) -> list[Page]:
    engine = make_engine(url)
    migrations.upgrade(engine)
    runtime = people.with_key(modules.wire(engine, FrozenClock(factories.EIGHT)), patch)
    people.add_people(runtime)
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        markets = ("KE", "CD", "EG")
        made = scenes.programme(work, sites, 12, markets=markets, states=scenes.HALF_WAY, staff=3)
        site_proofs.prove(work, made)
    with engine.begin() as connection:
        connection.execute(text("analyze"))
    app = create_app(runtime)
    client = people.sign_in(app, "change-manager")
    numbers = {"programme": made.programme, "site": made.rollouts[12]}
    measured = [
        _page(runtime, url, client, sites, name, path.format(**numbers))
        for name, path in PAGES.items()
    ]
    engine.dispose()
    return measured


def _page(
    runtime: Runtime, url: str, client: FlaskClient, sites: int, name: str, path: str
) -> Page:
    first, _ = _ask(client, path)
    theirs = used_by_database(url)
    cold = []
    for _ in range(TURNS):
        with runtime.work(SYSTEM) as work:
            bump(work.session)
        cold.append(_ask(client, path)[0])
    server = (used_by_database(url) - theirs) / TURNS
    asked = [_ask(client, path) for _ in range(TURNS)]
    warm, sizes = [took for took, _ in asked], [size for _, size in asked]
    with runtime.work(SYSTEM) as work:
        bump(work.session)
    with statements(runtime.engine) as said:
        client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"}).data
    seconds = (first, _middle(cold), _middle(warm), server)
    milliseconds = (round(1_000 * each) for each in seconds)
    return Page(sites, name, len(said), max(sizes) // 1_000, len(packed) // 1_000, *milliseconds)


def _ask(client: FlaskClient, path: str) -> tuple[float, int]:
    """Return the processor seconds and the bytes of one answer."""
    begun = time.process_time()
    answer = client.get(path)
    took = time.process_time() - begun
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return took, len(answer.data)


def _middle(found: Sequence[float]) -> float:
    return sorted(found)[len(found) // 2]


def table(found: Sequence[Page]) -> str:
    """Return the figures as lines."""
    names = ("sites", "page", "statements", "kB", "packed", "first", "cold", "middle", "server")
    return "\n".join(map(_line, (names, *(astuple(each) for each in found))))


def _line(columns: Sequence[object]) -> str:
    sites, name, *figures = map(str, columns)
    return f"{sites:>6}  {name:18}" + "".join(f"{each:>11}" for each in figures)


if __name__ == "__main__":
    sys.exit(main())
