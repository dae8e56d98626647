"""People who sign in to the console under test: one of each role, of one market, of none."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, func, insert, select, update
from werkzeug.test import TestResponse

from ssoc.accounts import actions, passwords
from ssoc.accounts.actions import NewPerson
from ssoc.core.clock import FrozenClock
from ssoc.core.database import Base
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime

PASSWORD = "correct battery staple"
KEY = "a key for tests only, forty characters long"
ROLES: dict[str, tuple[tuple[Role, str], ...]] = {
    **{role.value.replace("_", "-"): ((role, "*"),) for role in Role},
    "desk-ke": ((Role.NOC_OPERATOR, "KE"),),
    "desk-tz": ((Role.NOC_OPERATOR, "TZ"),),
    "nobody-yet": (),
}
OPERATOR, MANAGER, ADMIN, AUDITOR = "noc-operator", "incident-manager", "admin", "auditor"
CHAIN = "event_chain"
Rows = list[tuple[Table, list[dict[str, Any]]]]
_hashes: dict[str, str] = {}
_rows: dict[tuple[str, datetime], Rows] = {}


def with_key(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Return the runtime with a signing key from the environment."""
    monkeypatch.setenv("SSOC_TEST_KEY", KEY)
    web = replace(runtime.settings.web, secret="env:SSOC_TEST_KEY")
    return replace(runtime, settings=replace(runtime.settings, web=web))


def add_people(runtime: Runtime) -> None:
    """Add everybody, all with the same password; it is hashed once for the whole run.

    The actions write them once for each instant; other databases are given the same rows.
    """
    key = (runtime.engine.dialect.name, runtime.clock.now())
    if isinstance(runtime.clock, FrozenClock) and key in _rows:
        _put(runtime.engine, _rows[key])
        return
    if PASSWORD not in _hashes:
        _hashes[PASSWORD] = passwords.hash_of(PASSWORD)
    kept = _hashes[PASSWORD]
    was_empty = not _taken(runtime.engine)
    with pytest.MonkeyPatch.context() as patch, runtime.work(SYSTEM) as work:
        patch.setattr(actions, "hash_of", lambda _: kept)
        for name, roles in ROLES.items():
            actions.add_person(work, NewPerson(name, name.replace("-", " "), PASSWORD, roles))
    if was_empty:
        _rows[key] = _taken(runtime.engine)


def _taken(engine: Engine) -> Rows:
    """Return every row of every table but the event chain's own first one, in order."""
    found: Rows = []
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = [dict(each) for each in connection.execute(select(table)).mappings()]
            if rows and not (table.name == CHAIN and not rows[0]["length"]):
                found.append((table, rows))
    return found


def _put(engine: Engine, found: Rows) -> None:
    """Write rows as they were taken; what counts them goes on behind the last."""
    with engine.begin() as connection:
        for table, rows in found:
            if table.name == CHAIN:
                connection.execute(update(table).values(**rows[0]))
                continue
            connection.execute(insert(table), rows)
            if engine.dialect.name == "postgresql" and "id" in table.columns:
                last = max(row["id"] for row in rows)
                counter = func.pg_get_serial_sequence(table.name, "id")
                connection.execute(select(func.setval(counter, last)))


def told(answer: TestResponse) -> Any:
    """Return the JSON of an answer."""
    return answer.json


def sign_in(app: Flask, name: str) -> FlaskClient:
    """Return a client whose session is that of ``name``, without asking for the password."""
    from ssoc.accounts import queries

    runtime: Runtime = app.extensions["ssoc"]
    with runtime.view(SYSTEM) as work:
        person = queries.person(work, name)
        now = work.now
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(person=person.id, epoch=0, at=int(now.timestamp()))
    return client
