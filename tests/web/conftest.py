"""The console on both databases, with people of every role."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ssoc.core.work import Runtime
from ssoc.core.writing import WriteProbe
from tests.web import people
from web.app import create_app

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def console(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Give the runtime with a signing key and one person of each role."""
    keyed = people.with_key(runtime, monkeypatch)
    people.add_people(keyed)
    return keyed


_built: list[tuple[Flask, dict[str, Any], dict[str, Any]]] = []


@pytest.fixture
def app(console: Runtime) -> Flask:
    """Give the application; forms need no CSRF token unless a test turns it on.

    It is built once and given another runtime for each test: building it costs more than most
    tests do. What a test may have altered of it is as new.
    """
    if not _built:
        first = create_app(console)
        first.config["WTF_CSRF_ENABLED"] = False
        _built.append((first, dict(first.config), dict(first.extensions)))
    made, config, extensions = _built[0]
    made.config.clear()
    made.config.update(config)
    empty: dict[str, Any] = {name: {} for name, kept in extensions.items() if kept == {}}
    made.extensions = {**extensions, **empty, "ssoc": console, "ssoc.writes": WriteProbe()}
    return made


@pytest.fixture
def as_person(app: Flask) -> SignIn:
    """Give a maker of clients that are signed in by name."""
    return lambda name: people.sign_in(app, name)
