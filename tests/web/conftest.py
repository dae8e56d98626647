"""The console on both databases, with people of every role."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ssoc.core.work import Runtime
from tests.web import people
from web.app import create_app

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def console(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Give the runtime with a signing key and one person of each role."""
    keyed = people.with_key(runtime, monkeypatch)
    people.add_people(keyed)
    return keyed


@pytest.fixture
def app(console: Runtime) -> Flask:
    """Give the application; forms need no CSRF token unless a test turns it on."""
    made = create_app(console)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def as_person(app: Flask) -> SignIn:
    """Give a maker of clients that are signed in by name."""
    return lambda name: people.sign_in(app, name)
