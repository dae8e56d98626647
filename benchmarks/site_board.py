"""What the screens of a programme cost: processor time and statements, for 600 and 2,000 sites.

    python -m benchmarks.site_board --sites 600 2000 --database sqlite

A programme half way through in three markets, twelve waves, three sellers at each site. Pages are
asked of the application as the browser asks them, signed in as a change manager of all markets.
Milliseconds of processor time: ``first`` is the first ask, ``middle`` the middle one of several,
``server`` what PostgreSQL adds to each. What the browser adds is in ``tests/browser``.
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

from benchmarks.ingest_store import database
from benchmarks.processors import used_by_database
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
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
    first: int
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
    took, theirs, size = list[float](), used_by_database(url), 0
    for _ in range(TURNS):
        begun = time.process_time()
        answer = client.get(path)
        took.append(time.process_time() - begun)
        size = len(answer.data)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    server = (used_by_database(url) - theirs) / TURNS
    with statements(runtime.engine) as said:
        client.get(path)
    seconds = (took[0], sorted(took)[TURNS // 2], server)
    return Page(sites, name, len(said), size // 1_000, *(round(1_000 * each) for each in seconds))


def table(found: Sequence[Page]) -> str:
    """Return the figures as lines."""
    names = ("sites", "page", "statements", "kB", "first", "middle", "server")
    return "\n".join(map(_line, (names, *(astuple(each) for each in found))))


def _line(columns: Sequence[object]) -> str:
    sites, name, *figures = map(str, columns)
    return f"{sites:>6}  {name:18}" + "".join(f"{each:>12}" for each in figures)


if __name__ == "__main__":
    sys.exit(main())
