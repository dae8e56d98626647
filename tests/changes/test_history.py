"""The record of earlier changes: what became of them, by template, team, component and type."""

from datetime import timedelta
from typing import Any

import pytest

from changes.lifecycle import Effect, Outcome, State
from changes.queries.history import TrackRecord, records_of_templates, track_record
from changes.rules.track import Done, record_of
from ssoc.core.work import Work
from tests import factories
from tests.factories import EIGHT


def ended(work: Work, outcome: Outcome | None = Outcome.SUCCESSFUL, **given: Any) -> None:
    """Store a change that was planned for an hour and took ``took`` minutes."""
    took = given.pop("took", 60)
    start = work.now - timedelta(days=given.pop("days_ago", 3))
    usual = {
        "state": State.ENDED,
        "outcome": outcome,
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        "started_at": start,
        "finished_at": start + timedelta(minutes=took),
    }
    factories.change(work, **{**usual, **given})


def test_without_a_past_there_is_no_record(work: Work) -> None:
    assert track_record(work, team="core") == TrackRecord(0, 0, 0)


def test_each_outcome_is_counted_once(work: Work) -> None:
    for outcome in (*[Outcome.SUCCESSFUL] * 8, Outcome.WITH_ISSUES, Outcome.FAILED):
        ended(work, outcome, template_id=7)
    found = track_record(work, template_id=7)
    assert (found.n, found.successes, found.with_issues, found.failures) == (10, 8, 1, 1)
    assert found.harmful == 1


@pytest.mark.parametrize("state", [State.DRAFT, State.RUNNING, State.CANCELLED])
def test_what_has_not_ended_says_nothing(work: Work, state: State) -> None:
    ended(work, state=state, team="core")
    ended(work, None, team="core")  # found afterwards: nobody knows how it went
    assert track_record(work, team="core").n == 0


def test_all_that_is_asked_must_fit(work: Work) -> None:
    ended(work, template_id=7, team="core", type="standard")
    ended(work, template_id=7, team="edge", components=[("ussd-ke", Effect.DOWN), "core-ke"])
    ended(work, template_id=8, team="edge")
    assert track_record(work, template_id=7).n == 2
    assert track_record(work, template_id=7, team="edge").n == 1
    assert track_record(work, component="ussd-ke").n == 1
    assert track_record(work, component="core-ke").n == 3
    assert track_record(work, type="standard").n == 1
    assert track_record(work).n == 3


def test_the_ratio_is_the_median_of_real_over_planned(work: Work) -> None:
    for took in (60, 90, 300):
        ended(work, took=took, team="core")
    assert track_record(work, team="core").overrun_ratio == pytest.approx(1.5)


def test_steps_say_what_was_planned_where_there_are_some(work: Work) -> None:
    ended(work, took=45, team="core", steps=[{"planned_minutes": 10}, {"planned_minutes": 20}])
    assert track_record(work, team="core").overrun_ratio == pytest.approx(1.5)


def test_templates_are_counted_together(work: Work) -> None:
    ended(work, Outcome.ROLLED_BACK, template_id=1)
    ended(work, template_id=2)
    found = records_of_templates(work, [1, 2, 3])
    assert {each: (of.n, of.failures) for each, of in found.items()} == {
        1: (1, 1),
        2: (1, 0),
        3: (0, 0),
    }


def test_a_success_that_caused_an_incident_is_harmful() -> None:
    done = Done(Outcome.SUCCESSFUL, None, None, None, None, 0, ("P2",))
    quiet = Done(Outcome.FAILED, EIGHT, EIGHT, EIGHT, EIGHT)
    assert record_of([done, quiet]) == TrackRecord(2, 1, 0, {"P2": 1}, None, harmful=2)
