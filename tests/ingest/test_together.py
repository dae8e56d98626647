"""Many at once, and a database that is away."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from ssoc.core import database
from tests.ingest.conftest import Room

PUSH = "/api/v2/alerts"


def labelled(**labels: str) -> dict[str, Any]:
    return {"labels": {"alertname": "X", "country": "KE", **labels}}


def test_eight_clients_with_the_same_new_alert_make_one_row(room: Room) -> None:
    """Another tool gave ten errors in 480 such posts."""
    start = Barrier(8)

    def post(_: int) -> set[int]:
        start.wait(timeout=10)
        return {room.post(PUSH, [labelled()]).status for _ in range(60)}

    with ThreadPoolExecutor(8) as clients:
        statuses = set.union(*clients.map(post, range(8)))
    assert statuses == {200}
    [found] = room.alerts()
    assert found.repeats == 479
    assert room.transitions() == [(0, None)]


def test_different_ways_at_once_agree(room: Room) -> None:
    start = Barrier(6)
    hook = {"alerts": [{"status": "firing", **labelled()}, {"status": "firing", **labelled(n="2")}]}

    def post(number: int) -> set[int]:
        start.wait(timeout=10)
        doors = [(PUSH, [labelled(), labelled(n="2")]), ("/hooks/alertmanager", hook)]
        path, body = doors[number % 2]
        return {room.post(path, body).status for _ in range(20)}

    with ThreadPoolExecutor(6) as clients:
        statuses = set.union(*clients.map(post, range(6)))
    assert statuses == {200}
    assert len(room.alerts()) == 2
    assert all(room.ways(key) == {"push", "webhook"} for key in room.states())


@contextmanager
def away(url: str) -> Iterator[None]:
    """Lock an SQLite file as another process would; shut a PostgreSQL database to everybody."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        other = sqlite3.connect(str(address.database), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    admin = create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = address.database
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    with admin.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute(text(kill), {"name": name})
        yield
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    admin.dispose()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a short while only for a locked file."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.3)


@pytest.mark.usefixtures("impatient")
def test_a_database_that_is_away_is_503_and_it_recovers_by_itself(url: str, room: Room) -> None:
    """The order of fixtures matters: the engine is made after BUSY_SECONDS was shortened."""
    beats = {"routing_key": room.token, "payload": {"summary": "x"}}
    event = beats | {"event_action": "trigger", "dedup_key": "k"}
    event["payload"] = {"summary": "x", "source": "y", "severity": "info"}
    hook = {"alerts": [{"status": "firing", **labelled(n="2")}]}
    own = {"alerts": [{"name": "Y"}]}
    requests = [
        (PUSH, [labelled()]),
        ("/hooks/alertmanager", hook),
        ("/api/v1/alerts", own),
        ("/v2/enqueue", event),
    ]
    assert room.post(PUSH, [labelled(n="before")]).status == 200
    with away(url):
        for path, body in requests:
            answer = room.post(path, body)
            assert (path, answer.status) == (path, 503)
            assert answer.headers["Retry-After"] == "2"
            assert isinstance(answer.json, dict)
    for path, body in requests:
        assert room.post(path, body).status in {200, 202}
    assert len(room.alerts()) == 5
    assert ("push", "prometheus", "database away") in room.faults()


@pytest.mark.usefixtures("impatient")
def test_what_was_answered_503_was_not_half_written(url: str, room: Room) -> None:
    room.post(PUSH, [labelled(n="before")])
    with away(url):
        assert room.post(PUSH, [labelled(n=str(n)) for n in range(50)]).status == 503
    assert len(room.alerts()) == 1
    assert room.transitions() == [(0, None)]
