"""What is approved finds its place by itself as soon as nothing is in its way any more."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from changes import queries
from changes.actions import assessing, requests, scheduling
from changes.draft import draft_of
from changes.lifecycle import Effect, State
from changes.queries.assessment import blocking
from changes.queries.happened import taken_out
from changes.request_jobs import recheck_scheduled, try_approved
from changes.values import PlanStep, Touched
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.story import GOOD, MAX, RITA, H, estate, put, raised, seen

STEP = PlanStep(1, "Attach", "vera", 30)
DOWN = (Touched("core-ke", Effect.DOWN),)


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    estate(runtime)
    return runtime


def submitted(house: Runtime, **given: Any) -> int:
    number = raised(house, **{"touched": DOWN, **given})
    with house.work(RITA) as work:
        requests.submit(work, number)
    return number


def pair(house: Runtime) -> tuple[int, int]:
    """Return a change that stands in the calendar, and one that is approved and in its way."""
    first = submitted(house)
    put(house, first, State.SCHEDULED)
    second = submitted(house, implementer="vera", verifier="imre", steps=(STEP,))
    put(house, second, State.APPROVED)
    try_approved(house)
    assert seen(house, second).state is State.APPROVED, "the first is in its way"
    return first, second


def move(house: Runtime, first: int, second: int) -> None:
    assert second
    with house.work(RITA) as work:
        found = queries.change(work, first)
        later = {name: getattr(found, name) + 48 * H for name in ("starts_at", "ends_at")}
        requests.edit(work, first, replace(draft_of(found), **later), found.version)


def cancel(house: Runtime, first: int, second: int) -> None:
    assert second
    with house.work(RITA) as work:
        requests.cancel(work, first, "no longer needed")


def waive(house: Runtime, first: int, second: int) -> None:
    assert first
    with house.work(MAX) as work:
        for each in blocking(work, second):
            assessing.waive(work, second, each.key, "both only read")


@pytest.mark.parametrize("end", [move, cancel, waive])
def test_what_was_in_its_way_has_gone(
    house: Runtime, end: Callable[[Runtime, int, int], None]
) -> None:
    first, second = pair(house)
    end(house, first, second)
    assert seen(house, second).state is State.APPROVED
    try_approved(house)
    found = seen(house, second)
    assert (found.state, found.scheduled_at) == (State.SCHEDULED, house.clock.now())


def test_taken_out_by_hand_it_stays_out(house: Runtime) -> None:
    number = submitted(house)
    put(house, number, State.SCHEDULED)
    with house.work(RITA) as work:
        scheduling.unschedule(work, number, "the window is needed")
    try_approved(house)
    assert seen(house, number).state is State.APPROVED
    with house.view(SYSTEM) as work:
        out = taken_out(work, [number])[number]
    assert (out.by, out.body["reason"]) == ("rita", "the window is needed")
    with house.work(RITA) as work:
        scheduling.schedule(work, number)
    with house.view(SYSTEM) as work:
        assert not taken_out(work, [number])


def test_taken_out_by_the_clock_it_comes_back(house: Runtime) -> None:
    first, second = pair(house)
    put(house, second, State.SCHEDULED)
    recheck_scheduled(house)
    assert State.APPROVED in {seen(house, each).state for each in (first, second)}
    cancel(house, first, second)
    try_approved(house)
    assert seen(house, second).state is State.SCHEDULED


def test_what_has_no_place_of_its_own_is_left_alone(house: Runtime) -> None:
    """An emergency change is started when it is approved; a late one waits for another window."""
    urgent = submitted(house, type="emergency")
    assert GOOD.starts_at is not None
    late = submitted(house, title="too late", ends_at=GOOD.starts_at + H)
    for each in (urgent, late):
        put(house, each, State.APPROVED)
    put(house, late, State.APPROVED, submitted_at=GOOD.starts_at)
    put(house, urgent, State.APPROVED)
    try_approved(house)
    assert {seen(house, each).state for each in (urgent, late)} == {State.APPROVED}
