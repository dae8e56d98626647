"""People who sign in to the console under test: one of each role, of one market, of none."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ssoc.accounts import actions, passwords
from ssoc.accounts.actions import NewPerson
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
_hashes: dict[str, str] = {}


def with_key(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Return the runtime with a signing key from the environment."""
    monkeypatch.setenv("SSOC_TEST_KEY", KEY)
    web = replace(runtime.settings.web, secret="env:SSOC_TEST_KEY")
    return replace(runtime, settings=replace(runtime.settings, web=web))


def add_people(runtime: Runtime) -> None:
    """Add everybody, all with the same password; it is hashed once for the whole run."""
    if PASSWORD not in _hashes:
        _hashes[PASSWORD] = passwords.hash_of(PASSWORD)
    kept = _hashes[PASSWORD]
    with pytest.MonkeyPatch.context() as patch, runtime.work(SYSTEM) as work:
        patch.setattr(actions, "hash_of", lambda _: kept)
        for name, roles in ROLES.items():
            actions.add_person(work, NewPerson(name, name.replace("-", " "), PASSWORD, roles))


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
