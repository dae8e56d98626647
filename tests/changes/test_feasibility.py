"""Plans that cannot be carried out as written are not submitted: windows past, steps too long."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changes import policy
from changes.actions import requests
from changes.draft import draft_of
from changes.lifecycle import State
from changes.rules.feasibility import past_faults, plan_faults, planned_minutes
from changes.values import ChangeView, PlanStep
from ssoc.core.errors import BadInput
from ssoc.core.work import Runtime
from tests.changes.story import RITA, estate, put, raised, seen
from tests.factories import EIGHT

TYPES = policy.read().types
MIN = timedelta(minutes=1)


def planned(**given: Any) -> ChangeView:
    """Return a change with a window of an hour that begins now."""
    usual = {"starts_at": EIGHT, "ends_at": EIGHT + 60 * MIN}
    return ChangeView(
        **{**usual, **given},
        id=7,
        title="Core",
        type="normal",
        state=State.DRAFT,
        requester="rita",
        markets=("KE",),
        touched=(),
    )


def steps(*minutes: int, **needs: tuple[int, ...]) -> tuple[PlanStep, ...]:
    """Return steps of these lengths, each after the one before unless ``needs`` says otherwise."""
    return tuple(
        PlanStep(at, f"Step {at}", planned_minutes=length, needs=needs.get(f"s{at}", ()))
        for at, length in enumerate(minutes, 1)
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, "", id="no steps"),
        pytest.param({"steps": steps(20, 40)}, "", id="exactly as long"),
        pytest.param({"steps": steps(20, 41)}, "take 61 min at least, its window 60", id="longer"),
        pytest.param({"steps": steps(1, 50, 50, s3=(1,))}, "", id="side by side"),
        pytest.param({"steps": steps(400), "ends_at": None}, "", id="no window yet"),
        pytest.param({"rollback_minutes": 60}, "", id="a way back as long as the window"),
        pytest.param({"rollback_minutes": 61}, "turn round lies before it begins", id="way back"),
    ],
)
def test_a_plan_fits_its_window(given: dict[str, Any], expected: str) -> None:
    found = "; ".join(plan_faults(planned(**given)))
    assert expected in found
    assert bool(found) is bool(expected)


def test_steps_behind_a_hold_point_wait_for_it_also_on_a_branch_of_their_own() -> None:
    held = (
        PlanStep(1, "a", planned_minutes=10),
        PlanStep(2, "hold", planned_minutes=20, is_hold_point=True),
        PlanStep(3, "c", planned_minutes=30, needs=(1,)),
    )
    assert planned_minutes(held) == 60
    assert planned_minutes(()) == 0


@pytest.mark.parametrize(
    ("type_", "later", "expected"),
    [
        pytest.param("normal", -1, "", id="not begun"),
        pytest.param("normal", 0, "began at 2026-03-02 08:00Z", id="begins this instant"),
        pytest.param("standard", 30, "or make it an emergency change", id="standard, begun"),
        pytest.param("emergency", 30, "", id="an emergency may have begun"),
        pytest.param("emergency", 60, "ended at 2026-03-02 09:00Z", id="an emergency, over"),
        pytest.param("gone", 30, "began at", id="a type nobody knows"),
    ],
)
def test_a_window_lies_ahead(type_: str, later: int, expected: str) -> None:
    found = "; ".join(past_faults(planned(), TYPES.get(type_), EIGHT + later * MIN))
    assert expected in found
    assert bool(found) is bool(expected)


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    estate(runtime)
    return runtime


BAD = [
    pytest.param({"starts_at": EIGHT - 60 * MIN}, "its window began", id="begun"),
    pytest.param({"steps": steps(400)}, "take 400 min", id="steps"),
    pytest.param({"rollback_minutes": 300}, "roll-back takes 300 min", id="roll-back"),
]


@pytest.mark.parametrize(("given", "words"), BAD)
def test_what_cannot_be_is_not_submitted(house: Runtime, given: dict[str, Any], words: str) -> None:
    number = raised(house, **given)
    with pytest.raises(BadInput, match=words) as refused, house.work(RITA) as work:
        requests.submit(work, number)
    assert "edit it first" in str(refused.value)
    assert seen(house, number).state is State.DRAFT


def test_an_emergency_whose_window_has_begun_is_submitted(house: Runtime) -> None:
    number = raised(house, type="emergency", starts_at=EIGHT - 60 * MIN)
    with house.work(RITA) as work:
        requests.submit(work, number)
    assert seen(house, number).state is State.SUBMITTED


@pytest.mark.parametrize(("given", "words"), BAD)
def test_no_edit_makes_a_submitted_plan_impossible(
    house: Runtime, given: dict[str, Any], words: str
) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        requests.submit(work, number)
    put(house, number, State.SCHEDULED)
    found = seen(house, number)
    with pytest.raises(BadInput, match=words), house.work(RITA) as work:
        requests.edit(work, number, replace(draft_of(found), **given), found.version)
    assert seen(house, number).state is State.SCHEDULED
