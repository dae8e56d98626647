"""What the page of a change says of its plan: whether it can be, how long it really takes."""

from datetime import timedelta
from typing import Any

import pytest

from changes.lifecycle import State
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.web.conftest import SignIn

HOUR = timedelta(hours=1)
MANAGER = "change-manager"


@pytest.fixture
def house(console: Runtime) -> Runtime:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
    return console


def planned(house: Runtime, **given: Any) -> str:
    """Store a change as given and return the address of its page."""
    with house.work(SYSTEM) as work:
        return f"/changes/{factories.change(work, **given).id}"


LONG = [{"planned_minutes": 400}]


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        (State.DRAFT, "It cannot be submitted as it is:"),
        (State.SCHEDULED, "Its plan does not fit its window:"),
    ],
)
def test_a_plan_that_cannot_be_is_told_in_every_state(
    house: Runtime, as_person: SignIn, state: State, heading: str
) -> None:
    page = as_person(MANAGER).get(planned(house, steps=LONG, state=state)).text
    assert heading in page
    assert "Its steps take 400 min at least, its window 120 min" in page


def test_a_draft_whose_window_has_begun_says_that_it_cannot_be_submitted(
    house: Runtime, as_person: SignIn
) -> None:
    begun = house.clock.now() - HOUR
    address = planned(house, starts_at=begun, rollback_plan="the old volume")
    page = as_person(MANAGER).get(address).text
    assert "It cannot be submitted as it is:" in page
    assert "choose a later one, or make it an emergency change" in page
    refused = as_person(MANAGER).post(f"{address}/submit")
    assert refused.status_code == 400
    assert "its window began" in refused.text
