"""Two causes overlap: what the first leaves goes over to the second, never to a third incident."""

from datetime import timedelta

import pytest

from incidents.queries import timeline
from ssoc.core.permissions import SYSTEM
from tests.incidents.stories import Story

GRAPH = "app-ke > ledger > database, ledger > hsm"


@pytest.fixture
def overlapping(story: Story) -> Story:
    """The database takes the ledger down; more than two minutes later the HSM fails too."""
    story.estate(GRAPH)
    story.fire("database", "ledger", "app-ke")
    story.settle()
    story.turn(150)
    story.fire("hsm")
    story.settle()
    assert story.alone() == ["database", "hsm"]
    return story


def members(story: Story, component: str) -> set[str]:
    from incidents.models import IncidentComponent

    number = story.live()[component].id
    with story.runtime.view(SYSTEM) as work:
        rows = work.session.query(IncidentComponent).filter_by(incident_id=number, left_at=None)
        return {row.component for row in rows}


def test_symptoms_go_over_to_the_cause_that_still_fails_at_once(overlapping: Story) -> None:
    story = overlapping
    story.turn(25)
    story.clear("database")
    story.turn(1)
    assert story.alone() == ["hsm"]
    assert members(story, "hsm") == {"hsm", "ledger", "app-ke"}
    first = story.all()[0]
    assert (first.component, first.state) == ("database", "resolved")
    with story.runtime.view(SYSTEM) as work:
        said = timeline(work, first.id)[0].text
    assert said.startswith("over: its cause has cleared; ")
    assert "goes on as INC-2" in said
    for _ in range(8):
        story.turn(30)
    assert [each.component for each in story.all()] == ["database", "hsm"], "no third incident"
    assert members(story, "hsm") == {"hsm", "ledger", "app-ke"}


def test_what_fails_after_its_cause_cleared_takes_the_symptoms_too(story: Story) -> None:
    story.estate(GRAPH)
    story.fire("database", "ledger")
    story.settle()
    story.turn(300)
    story.clear("database")
    story.turn(30)
    story.fire("hsm")
    story.settle()
    assert story.alone() == ["hsm"]
    assert members(story, "hsm") == {"hsm", "ledger"}


def test_when_the_second_cause_clears_too_the_symptom_stands_alone_after_its_grace(
    overlapping: Story,
) -> None:
    story = overlapping
    story.clear("database")
    story.turn(1)
    story.clear("hsm")
    story.turn(1)
    assert story.alone() == ["hsm"]
    story.clock.advance(timedelta(minutes=2))
    story.settle()
    assert story.alone() == ["ledger"]


def test_a_symptom_that_was_well_on_its_own_has_no_later_cause(story: Story) -> None:
    story.estate(GRAPH)
    story.fire("ledger")
    story.settle()
    story.turn(300)
    story.fire("hsm")
    story.settle()
    assert story.alone() == ["hsm", "ledger"]
