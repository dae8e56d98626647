"""Every test that asks for a database runs on SQLite and on PostgreSQL.

The schema is what the migrations build, made once and copied for each test.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from tests import compiled_statements, compiled_templates, garbage, memory_disk, postgres

DATABASES = ("sqlite", "postgresql")
EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
NO_POSTGRES = "PostgreSQL NOT TESTED: not installed, and SSOC_TEST_POSTGRES_URL is not set"
Fresh = Callable[[], AbstractContextManager[str]]
compiled_templates.keep()
memory_disk.use()
garbage.seldom()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 (xdist's)
    """Give tests to workers one by one, but for files that share something dear."""
    if config.getoption("dist") != "loadgroup":
        return None
    from tests.together import Together

    return Together(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=DATABASES, help="run on this database only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        only = metafunc.config.getoption("--database")
        metafunc.parametrize("database", [only] if only else DATABASES, scope="session")


def pytest_collection_finish() -> None:
    garbage.keep_what_stays()


def _postgres_missing() -> bool:
    return not os.environ.get("SSOC_TEST_POSTGRES_URL") and postgres.binaries() is None


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.getoption("--database") != "sqlite" and _postgres_missing():
        terminalreporter.section("WARNING", red=True, bold=True)
        terminalreporter.line(NO_POSTGRES, red=True)


@pytest.fixture(scope="session")
def fresh(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """Give a maker of fresh, migrated databases of the kind the test runs on."""
    with ExitStack() as stack:
        if database == "sqlite":
            yield _sqlite(tmp_path_factory.mktemp("sqlite"))
            return
        if _postgres_missing():
            if os.environ.get("SSOC_REQUIRE_POSTGRES"):
                pytest.fail(NO_POSTGRES)
            pytest.skip(NO_POSTGRES)
        server = os.environ.get("SSOC_TEST_POSTGRES_URL")
        if not server:
            programs = postgres.binaries()
            assert programs is not None
            server = stack.enter_context(postgres.cluster(programs))
        yield stack.enter_context(_postgres(server))


def _migrate(url: str) -> None:
    engine = make_engine(url)
    migrations.upgrade(engine)
    engine.dispose()


def _sqlite(folder: Path) -> Fresh:
    template, numbers = folder / "template.db", count(1)
    _migrate(f"sqlite:///{template}")

    @contextmanager
    def make() -> Iterator[str]:
        path = folder / f"{next(numbers)}.db"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        for left in folder.glob(f"{path.name}*"):
            left.unlink()

    return make


@contextmanager
def _postgres(server: str) -> Iterator[Fresh]:
    """Give one database again and again, emptied; a new one when a test changed its schema."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    stem, numbers = f"ssoc_test_{os.getpid()}", count(1)

    def execute(statement: str) -> None:
        with admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def create(name: str, template: str) -> str:
        execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    def drop(name: str) -> None:
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    _migrate(create(stem, "template0"))
    kept: list[postgres.Reused] = []  # at most one, emptied

    @contextmanager
    def make() -> Iterator[str]:
        if kept:
            reused = kept.pop()
        else:
            name = f"{stem}_{next(numbers)}"
            reused = postgres.Reused(name, create(name, stem))
        try:
            yield reused.url
        finally:
            if not kept and reused.emptied():
                kept.append(reused)
            else:
                reused.close()
                drop(reused.name)

    try:
        yield make
    finally:
        for each in kept:
            each.close()
            drop(each.name)
        drop(stem)
        admin.dispose()


@pytest.fixture
def url(fresh: Fresh) -> Iterator[str]:
    with fresh() as made:
        yield made


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(EIGHT)


@pytest.fixture
def runtime(url: str, clock: FrozenClock) -> Iterator[Runtime]:
    engine = compiled_statements.share(make_engine(url))
    yield modules.wire(engine, clock)
    engine.dispose()


@pytest.fixture
def work(runtime: Runtime) -> Iterator[Work]:
    with runtime.work(SYSTEM) as opened:
        yield opened
