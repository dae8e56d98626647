"""What the tests of freezes and of their calendars share: the eight markets and a change."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from changes.lifecycle import State
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.freeze_story import estate

SignIn = Callable[[str], FlaskClient]
MANAGER, LEAD, DESK, DESK_KE = "change-manager", "operations-lead", "noc-operator", "desk-ke"


@pytest.fixture
def house(console: Runtime) -> Runtime:
    """Give the console with the eight markets."""
    with console.work(SYSTEM) as work:
        estate(work)
    return console


def change(runtime: Runtime, markets: tuple[str, ...] = ("KE", "MZ"), **given: Any) -> int:
    with runtime.work(SYSTEM) as work:
        usual = {
            "state": State.SCHEDULED,
            "starts_at": work.now,
            "ends_at": work.now + timedelta(hours=2),
        }
        return factories.change(work, markets, ("core",), **{**usual, **given}).id
