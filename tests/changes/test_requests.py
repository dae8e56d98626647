"""Raise, edit, submit, take back, cancel and close: rights, rounds, versions, words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from changes import queries
from changes.actions import requests, scheduling
from changes.draft import draft_of
from changes.lifecycle import Outcome, State
from changes.values import PlannedTest, plan_digest
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.story import GOOD, KE_ONLY, MAX, RITA, SEES_ONLY, H, estate, put, raised, seen


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    estate(runtime)
    return runtime


def kinds(runtime: Runtime, number: int) -> list[str]:
    with runtime.view(SYSTEM) as work:
        wanted = select(EventRecord).where(EventRecord.subject == f"change:{number}")
        return [each.kind for each in work.session.scalars(wanted.order_by(EventRecord.id))]


def test_a_raised_change_is_a_draft_with_all_that_was_written(house: Runtime) -> None:
    number = raised(house)
    found = seen(house, number)
    assert draft_of(found) == GOOD
    assert (found.state, found.requester, found.round) == (State.DRAFT, "rita", 0)
    assert kinds(house, number) == ["ChangeRaised"]


def test_without_markets_those_of_its_components_are_taken(house: Runtime) -> None:
    assert seen(house, raised(house, markets=())).markets == ("KE",)


@pytest.mark.parametrize(
    ("by", "markets"), [(KE_ONLY, ("KE", "TZ")), (SEES_ONLY, ("KE",))], ids=["one", "none"]
)
def test_who_may_not_plan_in_each_market_raises_nothing(
    house: Runtime, by: object, markets: tuple[str, ...]
) -> None:
    with pytest.raises(NotAllowed, match="may not raise or edit changes"):
        raised(house, by=by, markets=markets)  # type: ignore[arg-type]
    with house.view(SYSTEM) as work, pytest.raises(NotFound):
        queries.change(work, 1)


def test_bad_drafts_are_refused_whole(house: Runtime) -> None:
    with pytest.raises(BadInput, match="not after it starts"):
        raised(house, ends_at=GOOD.starts_at)


def test_submitting_begins_a_round_about_this_plan(house: Runtime) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        requests.submit(work, number)
    found = seen(house, number)
    assert (found.state, found.round) == (State.SUBMITTED, 1)
    assert found.plan_digest == plan_digest(found)
    assert found.risk_points is not None, "it was assessed"
    assert "ChangeSubmitted" in kinds(house, number)


def test_submitting_twice_is_refused(house: Runtime) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        requests.submit(work, number)
    with house.work(RITA) as work, pytest.raises(IllegalMove, match="cannot submit"):
        requests.submit(work, number)
    assert seen(house, number).round == 1


def test_what_its_type_asks_for_is_named_all_at_once(house: Runtime) -> None:
    number = raised(house, purpose="", implementer="", rollback_plan="")
    with (
        pytest.raises(BadInput, match="a purpose, an implementer, a roll-back plan"),
        house.work(RITA) as work,
    ):
        requests.submit(work, number)
    assert seen(house, number).state is State.DRAFT


def edit(runtime: Runtime, number: int, **given: object) -> None:
    with runtime.work(RITA) as work:
        found = queries.change(work, number)
        requests.edit(work, number, replace(draft_of(found), **given), found.version)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [State.SUBMITTED, State.APPROVED, State.SCHEDULED])
def test_another_plan_begins_a_new_round(house: Runtime, state: State) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        requests.submit(work, number)
    put(house, number, state, approved_at=house.clock.now())
    before = seen(house, number).plan_digest
    edit(house, number, ends_at=GOOD.ends_at and GOOD.ends_at + H)
    found = seen(house, number)
    assert (found.state, found.round, found.approved_at) == (State.SUBMITTED, 2, None)
    assert found.plan_digest == plan_digest(found) != before
    with house.view(SYSTEM) as work:
        edited = select(EventRecord).where(EventRecord.kind == "ChangeEdited")
        body = work.session.scalars(edited).one().body
    assert (body["what"], body["voids_approvals"]) == ("ends at", True)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.APPROVED, State.SCHEDULED])
def test_what_is_not_the_plan_leaves_approvals_alone(house: Runtime, state: State) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        requests.submit(work, number)
    put(house, number, state)
    edit(house, number, tests=(PlannedTest("Load test", "run 7", True),))
    found = seen(house, number)
    assert (found.state, found.round) == (state, 1)
    assert found.tests[0].evidence == "run 7"


def test_an_edit_that_changes_nothing_is_no_event(house: Runtime) -> None:
    number = raised(house)
    edit(house, number)
    assert kinds(house, number) == ["ChangeRaised"]


def test_two_editors_collide_loudly(house: Runtime) -> None:
    number = raised(house)
    version = seen(house, number).version
    edit(house, number, title="First")
    with house.work(MAX) as work, pytest.raises(Conflict, match="meanwhile"):
        requests.edit(work, number, replace(GOOD, title="Second"), version)
    assert seen(house, number).title == "First"


def test_changed_steps_alone_raise_the_version(house: Runtime) -> None:
    number = raised(house)
    version = seen(house, number).version
    edit(house, number, steps=GOOD.steps[:1])
    assert seen(house, number).version > version


@pytest.mark.parametrize("state", [State.RUNNING, State.ENDED, State.CLOSED, State.CANCELLED])
def test_what_runs_or_ran_is_not_edited(house: Runtime, state: State) -> None:
    number = raised(house)
    put(house, number, state)
    with pytest.raises(IllegalMove, match="cannot edit"):
        edit(house, number, title="Another")


def test_moving_it_into_a_market_asks_for_the_right_there(house: Runtime) -> None:
    number = raised(house)
    version = seen(house, number).version
    with house.work(KE_ONLY) as work, pytest.raises(NotAllowed, match="in TZ"):
        requests.edit(work, number, replace(GOOD, markets=("KE", "TZ")), version)
    assert seen(house, number).markets == ("KE",)


def test_withdrawn_it_is_a_draft_and_submitted_again_a_second_round(house: Runtime) -> None:
    number = raised(house)
    for _ in range(2):
        with house.work(RITA) as work:
            requests.submit(work, number)
        with house.work(RITA) as work:
            requests.withdraw(work, number, "the vendor cannot come")
    found = seen(house, number)
    assert (found.state, found.round, found.approved_at) == (State.DRAFT, 2, None)


@pytest.mark.parametrize("act", [requests.withdraw, requests.cancel])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_asked_for(house: Runtime, act: object, reason: str) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        requests.submit(work, number)
    with house.work(RITA) as work, pytest.raises(BadInput, match="reason"):
        act(work, number, reason)  # type: ignore[operator]
    assert seen(house, number).state is State.SUBMITTED


def test_cancelled_with_its_reason(house: Runtime) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        requests.cancel(work, number, "no longer needed")
    found = seen(house, number)
    assert (found.state, found.cancelled_because) == (State.CANCELLED, "no longer needed")


def test_closing_waits_for_a_review_that_is_owed(house: Runtime) -> None:
    good, bad = raised(house), raised(house)
    for number, outcome in ((good, Outcome.SUCCESSFUL), (bad, Outcome.FAILED)):
        at = house.clock.now()
        put(house, number, State.ENDED, outcome=outcome, started_at=at, finished_at=at)
    with house.work(RITA) as work:
        requests.close(work, good)
    assert seen(house, good).state is State.CLOSED
    with house.work(RITA) as work, pytest.raises(IllegalMove, match="before its review"):
        requests.close(work, bad)


def approved(house: Runtime, **given: Any) -> int:
    number = raised(house, **given)
    with house.work(RITA) as work:
        requests.submit(work, number)
    put(house, number, State.APPROVED, approved_at=house.clock.now())
    return number


def test_nothing_in_its_way_it_is_scheduled(house: Runtime) -> None:
    number = approved(house)
    with house.work(RITA) as work:
        assert scheduling.try_schedule(work, number) == []
        assert scheduling.try_schedule(work, number) == [], "again changes nothing"
    assert seen(house, number).state is State.SCHEDULED
    assert kinds(house, number).count("ChangeScheduled") == 1


def test_a_late_one_stays_approved_and_says_by_how_much(house: Runtime) -> None:
    soon = house.clock.now() + timedelta(hours=40)
    number = approved(house, starts_at=soon, ends_at=soon + H)
    with house.work(RITA) as work, pytest.raises(Conflict, match="8 h too late"):
        scheduling.schedule(work, number)
    assert seen(house, number).state is State.APPROVED


def test_unscheduled_its_approval_stands(house: Runtime) -> None:
    number = approved(house)
    with house.work(RITA) as work:
        scheduling.schedule(work, number)
        scheduling.unschedule(work, number, "the window is needed")
    assert seen(house, number).state is State.APPROVED


def test_an_operator_does_not_unschedule(house: Runtime) -> None:
    number = approved(house)
    with house.work(RITA) as work:
        scheduling.schedule(work, number)
    with house.work(KE_ONLY) as work, pytest.raises(NotAllowed):
        scheduling.unschedule(work, number, "mine first")
