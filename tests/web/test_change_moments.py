"""What a page says before anybody presses: a freeze, a review owed, a window that goes on."""

import re
from datetime import timedelta

import pytest

from changes.actions import running
from changes.actions.assessing import assess
from changes.actions.freeze_list import FreezeDraft, set_freeze
from changes.lifecycle import Outcome, State, StepMove
from changes.models import Change
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes import running_story as story
from tests.changes.running_story import IMRE, MINUTE
from tests.web.conftest import SignIn

OPERATOR = "noc-operator"


@pytest.fixture
def planned(console: Runtime) -> int:
    with console.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        return story.tonight(work)


def test_a_hard_freeze_is_told_before_the_button(
    console: Runtime, planned: int, as_person: SignIn
) -> None:
    web = as_person(OPERATOR)
    assert "hard freeze" not in web.get(f"/changes/{planned}/start").text
    with console.work(SYSTEM) as work:
        until = work.now + timedelta(hours=6)
        set_freeze(work, FreezeDraft("Year end", True, "the books", ["KE"], (), work.now, until))
    asked = web.get(f"/changes/{planned}/start").text
    assert 'role="alert"' in asked
    assert "Year end" in asked


def test_who_worked_on_it_is_not_asked_for_its_review(
    console: Runtime, planned: int, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        row = work.session.get_one(Change, planned)
        row.state, row.outcome, row.finished_at = State.ENDED, Outcome.FAILED, work.now
        row.implementer = "change-manager"
    web = as_person("change-manager")
    refused = web.get(f"/changes/{planned}/review")
    assert refused.status_code == 403
    assert "may not review it" in refused.text
    assert f"/changes/{planned}/close" not in web.get(f"/changes/{planned}").text


def test_what_needs_no_review_is_closed(console: Runtime, planned: int, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        row = work.session.get_one(Change, planned)
        row.state, row.outcome, row.finished_at = State.ENDED, Outcome.SUCCESSFUL, work.now
    shown = as_person("change-manager").get(f"/changes/{planned}").text
    assert f"/changes/{planned}/close" in shown


def test_an_approved_emergency_whose_window_runs_is_to_be_started(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        number = story.tonight(work, type="emergency", state=State.APPROVED)
    clock.advance(5 * MINUTE)
    shown = as_person(OPERATOR).get(f"/changes/{number}").text
    assert "choose a later one" not in shown
    assert "Start…" in shown


def test_a_component_says_that_it_is_being_changed(
    console: Runtime, planned: int, as_person: SignIn
) -> None:
    web = as_person("change-manager")
    page = web.get("/estate/core-ke")
    assert (page.status_code, "Being changed now" in page.text) == (200, False)
    with console.work(IMRE) as work:
        run = running.start(work, planned)
    shown = web.get("/estate/core-ke").text
    assert "Being changed now" in shown
    assert f'href="/changes/runs/{run}"' in shown


def test_a_rehearsed_roll_back_counts_at_once_and_says_how_long_it_took(
    console: Runtime, clock: FrozenClock, planned: int, as_person: SignIn
) -> None:
    def risk() -> float:
        with console.view(SYSTEM) as work:
            return work.session.get_one(Change, planned).risk_points or 0.0

    with console.work(IMRE) as work:
        run = running.rehearse(work, planned)
    with console.work(SYSTEM) as work:
        assess(work, planned)
    before = risk()
    story.press(console, run, 1, StepMove.START, StepMove.FINISH)
    with console.work(IMRE) as work:
        running.roll_back(work, run, "tried")
    clock.advance(7 * MINUTE)
    with console.work(IMRE) as work:
        running.end(work, run, "rolled back", "as before")
    assert risk() < before
    shown = as_person(OPERATOR).get(f"/changes/{planned}").text
    shown = re.sub(r"<[^>]+>", " ", shown).replace("\u00a0", " ")
    assert "its roll-back to the end in 7 min of 50 planned" in shown
