"""Extracts by SQL from real databases of others: read only, bounded, from allowed places."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from changes.reconciliation.actions.reconciling import Given, reconcile
from changes.reconciliation.queries import days
from changes.reconciliation.rules.lines import Side
from changes.reconciliation.values import RunView, Source, SourceKind
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.reconciling_story import MONDAY, extract, prepare

ADDRESS = "SSOC_TEST_EXTRACT_ADDRESS"
QUERY = "SELECT ref, amount, time FROM sale WHERE time >= :since AND time < :until"
ROWS = (
    ("A", "100.00", "2026-03-02 06:00:00"),
    ("B", "20.50", "2026-03-02 20:59:00"),
    ("FAR", "7.00", "2026-02-20 06:00:00"),
)
UTC_CLOCK = {"columns": {"reference": "ref", "amount": "amount", "at": "time"}, "zone": "UTC"}


def allowed(runtime: Runtime, folder: Path, *hosts: str, seconds: int = 5) -> Runtime:
    changes = replace(
        runtime.settings.changes,
        extract_folder=str(folder),
        extract_hosts=hosts,
        extract_seconds=seconds,
    )
    return replace(runtime, settings=replace(runtime.settings, changes=changes))


def sqlite_address(path: Path, **query: str) -> str:
    given = {"mode": "ro", "uri": "true", **query}
    return f"sqlite:///file:{path}?{urlencode(given)}"


def asked(runtime: Runtime, query: str = QUERY, site: str = "") -> RunView:
    """Compare Monday with the database behind the address as the new system."""
    source = Source(SourceKind.SQL, "next", url=f"env:{ADDRESS}", query=query, site=site)
    with runtime.work(SYSTEM) as work:
        number = prepare(work, new=source, next={**UTC_CLOCK, "currency": "KES"})
    old = extract("A 100 09:00, B 20.50 23:59")
    reconcile(runtime, SYSTEM, number, MONDAY, {Side.OLD: Given("old.csv", BytesIO(old))})
    with runtime.view(SYSTEM) as work:
        return days.runs(work, number)[0]


@pytest.fixture
def now(clock: FrozenClock) -> None:
    clock.advance(datetime(2026, 3, 6, 12, tzinfo=UTC) - clock.now())


@pytest.fixture
def till(tmp_path: Path) -> Path:
    """A real SQLite database of a till."""
    path = tmp_path / "till.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE sale (ref TEXT, amount TEXT, time TEXT)")
    connection.executemany("INSERT INTO sale VALUES (?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def ledger(url: str) -> Iterator[URL]:
    """A real PostgreSQL database of a ledger; its sessions think in Nairobi's time."""
    address = make_url(url)
    if address.get_backend_name() != "postgresql":
        pytest.skip("asks PostgreSQL")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA books"))
        columns = "ref text, amount numeric(12, 2), time timestamptz"
        connection.execute(text(f"CREATE TABLE books.sale ({columns})"))
        for row in ROWS:
            values = {"a": row[0], "b": row[1], "c": f"{row[2]}+00"}
            connection.execute(text("INSERT INTO books.sale VALUES (:a, :b, :c)"), values)
        connection.execute(text("CREATE SEQUENCE books.counter"))
        name = address.database
        connection.execute(text(f"ALTER DATABASE \"{name}\" SET timezone = 'Africa/Nairobi'"))
    yield address
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA books CASCADE"))
        connection.execute(text(f'ALTER DATABASE "{address.database}" RESET timezone'))
    engine.dispose()


def socket_of(address: URL) -> str:
    found = address.host or address.query.get("host", "")
    assert isinstance(found, str)
    return found


def test_a_day_comes_from_a_real_sqlite_database(
    runtime: Runtime, now: None, till: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, sqlite_address(till))
    found = asked(allowed(runtime, till.parent))
    assert (found.reason, found.breaks, found.matches["one"]) == ("", 0, 2)
    assert found.new_lines == 2
    assert found.new_name == "query as next"


def test_a_day_comes_from_a_real_postgresql_database(
    runtime: Runtime, now: None, ledger: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounds and instants are UTC whatever zone the database thinks in; amounts are exact."""
    monkeypatch.setenv(ADDRESS, ledger.render_as_string(hide_password=False))
    found = asked(
        allowed(runtime, tmp_path, socket_of(ledger)), QUERY.replace("sale", "books.sale")
    )
    assert (found.reason, found.breaks, found.matches["one"]) == ("", 0, 2)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        pytest.param(
            "SELECT ref, nextval('books.counter') AS amount, time FROM books.sale",
            "read-only transaction",
            id="a function that writes",
        ),
        pytest.param(
            "SELECT ref, amount, time FROM books.sale, pg_sleep(20)",
            "took longer than extract_seconds",
            id="a query that takes too long",
        ),
        pytest.param("SELECT * FROM books.nowhere", "does not exist", id="no such table"),
        pytest.param(
            "SELECT ref FROM books.sale", "has no column amount, time", id="a column less"
        ),
        pytest.param(
            "SELECT ref, amount, time FROM books.sale WHERE false", "has no line", id="no rows"
        ),
    ],
)
def test_what_postgresql_refuses_is_the_reason_of_the_day(
    runtime: Runtime,
    now: None,
    ledger: URL,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    reason: str,
) -> None:
    monkeypatch.setenv(ADDRESS, ledger.render_as_string(hide_password=False))
    began = monotonic()
    found = asked(allowed(runtime, tmp_path, socket_of(ledger), seconds=1), query)
    assert not found.has_result
    assert reason in found.reason
    assert monotonic() - began < 15


def test_a_slow_query_of_sqlite_is_given_up(
    runtime: Runtime, now: None, till: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, sqlite_address(till))
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT ref, amount, time FROM sale WHERE (SELECT count(*) FROM n) > 0"
    )
    found = asked(allowed(runtime, till.parent, seconds=1), endless)
    assert "took longer than extract_seconds" in found.reason


def test_the_site_is_named_as_the_system_names_it(
    runtime: Runtime, now: None, till: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, sqlite_address(till))
    found = asked(allowed(runtime, till.parent), f"{QUERY} AND ref = :site", site="B")
    assert (found.new_lines, found.breaks) == (1, 1)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("postgresql+psycopg://u:hunter2@db.example/x", "db.example is not in extract_hosts"),
        (
            "postgresql+psycopg://u:hunter2@ok.example/x?host=evil.example",
            "evil.example is not in extract_hosts",
        ),
        (
            "postgresql+psycopg://u:hunter2@ok.example/x?host=ok.example,evil.example",
            "evil.example is not in extract_hosts",
        ),
        ("postgresql+psycopg://u:hunter2@ok.example/x?hostaddr=10.0.0.9", "says hostaddr"),
        ("postgresql+psycopg://u:hunter2@ok.example/x?service=evil", "says service"),
        ("postgresql+psycopg:///{folder}/x?mode=ro", "names no host"),
        ("sqlite:///file:{folder}/till.db?mode=rw&uri=true", "opened with mode=ro"),
        ("sqlite:///{folder}/till.db?mode=ro", "opened with mode=ro"),
        ("sqlite:///file:{folder}/../x.db?mode=ro&uri=true", "below extract_folder"),
        ("sqlite:///file:{folder}/%2e%2e/x.db?mode=ro&uri=true", "below extract_folder"),
        ("sqlite:///file:/etc/passwd?mode=ro&uri=true", "below extract_folder"),
        ("sqlite://", "below extract_folder"),
        ("oracle9://u:hunter2@ok.example/x", "holds no address"),
        ("hunter2", "holds no address"),
    ],
)
def test_addresses_that_lead_elsewhere_are_not_asked(
    runtime: Runtime,
    now: None,
    till: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    reason: str,
) -> None:
    monkeypatch.setenv(ADDRESS, address.replace("{folder}", str(till.parent)))
    found = asked(allowed(runtime, till.parent, "ok.example"))
    assert not found.has_result
    assert reason in found.reason
    assert "hunter2" not in found.reason


def test_a_secret_that_is_not_there_is_named_by_its_reference(
    runtime: Runtime, now: None, till: Path
) -> None:
    found = asked(allowed(runtime, till.parent))
    assert f"env:{ADDRESS} holds no address" in found.reason


def test_a_database_that_is_away_fails_the_day_and_nothing_else(
    runtime: Runtime, now: None, till: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, "postgresql+psycopg://u:hunter2@127.0.0.1:9/x")
    found = asked(allowed(runtime, till.parent, "127.0.0.1"))
    assert "the database of the extract refused" in found.reason
    assert "hunter2" not in found.reason
