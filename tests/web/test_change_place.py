"""The page of an approved change says why it has no place yet, and who may give it one."""

from typing import Any

import pytest

from changes.actions import scheduling
from changes.lifecycle import State
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.story import RITA, H
from tests.web.conftest import SignIn

STEPS = [{"title": "Attach", "planned_minutes": 30}]


@pytest.fixture
def approved(console: Runtime) -> int:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        given: dict[str, Any] = {
            "rollback_plan": "back",
            "submitted_at": work.now,
            "type": "normal",
        }
        given |= {"starts_at": work.now + 96 * H, "ends_at": work.now + 98 * H}
        return factories.change(work, steps=STEPS, state=State.APPROVED, **given).id


def test_nothing_in_its_way_it_says_so(approved: int, as_person: SignIn) -> None:
    page = as_person("change-manager").get(f"/changes/{approved}").text
    assert "nothing is in its way: it is scheduled within a minute" in page
    assert f"/changes/{approved}/schedule" in page


def test_taken_out_by_hand_it_names_who_and_why(
    approved: int, console: Runtime, as_person: SignIn
) -> None:
    with console.work(RITA) as work:
        scheduling.schedule(work, approved)
    with console.work(RITA) as work:
        scheduling.unschedule(work, approved, "the window is needed")
    page = as_person("change-manager").get(f"/changes/{approved}").text
    assert "it can be scheduled:" in page
    assert "Rita took it out of the calendar 08:00: the window is needed." in page
    assert f"/changes/{approved}/schedule" in page
