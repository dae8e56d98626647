"""Incidents that people declare: clocks, pages, and what the correlator makes of them."""

import pytest

from incidents import actions, queries
from incidents.clock_queries import clocks_of
from incidents.lifecycle import State
from incidents.models import Incident
from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import Priority
from ssoc.notify import queries as pages
from tests import factories
from tests.incidents.stories import Story

AMINA = factories.person("amina", Role.NOC_OPERATOR, "KE")
JUMA = factories.person("juma", Role.NOC_OPERATOR, "TZ")
USUAL = {"component": "db-ke", "title": "agents cannot log in", "impact": 1, "urgency": 2}


@pytest.fixture(autouse=True)
def graph(story: Story) -> None:
    story.estate("ussd-ke > db-ke, core-tz")


def declare(story: Story, **given: object) -> Incident:
    with story.runtime.work(AMINA) as work:
        return actions.declare(work, **{**USUAL, **given})  # type: ignore[arg-type]


def test_it_opens_with_clocks_timeline_and_a_page(story: Story) -> None:
    made = declare(story, note="  three banks called  ")
    story.deliver()
    assert (made.priority, made.state, made.title) == (
        Priority.P2,
        State.OPEN,
        "agents cannot log in",
    )
    with story.runtime.view(AMINA) as work:
        assert queries.line_of(work, made.id).markets == ("KE",)
        names = [each.name for each in clocks_of(work, [made.id])[made.id]]
        texts = [each.text for each in queries.timeline(work, made.id)]
        told = [(each.kind, each.text) for each in pages.pages_of(work, made.id)]
    assert names == ["response", "update", "resolve"]
    assert texts == ["three banks called", "declared by amina: P2 = impact 1; urgency 2"]
    assert told == [("firing", "agents cannot log in")]


def test_without_alerts_a_person_ends_it(story: Story) -> None:
    declare(story)
    story.fire("ussd-ke")
    story.settle()
    story.clear("ussd-ke")
    story.turn(3600)
    assert story.states()["db-ke"] is State.OPEN
    with story.runtime.work(AMINA) as work:
        actions.resolve(work, 1, "the bank is back")
    assert story.states()["db-ke"] is State.RESOLVED


def test_alerts_of_its_component_join_it(story: Story) -> None:
    declare(story)
    story.fire("db-ke", "ussd-ke")
    story.settle()
    assert story.alone() == ["db-ke"]
    assert story.live()["db-ke"].alerts == 2
    assert story.live()["db-ke"].title == "agents cannot log in"


def test_a_second_one_is_refused_with_the_number_of_the_first(story: Story) -> None:
    declare(story)
    with pytest.raises(Conflict, match="INC-1 is already open at db-ke"):
        declare(story)
    with story.runtime.work(SYSTEM) as work:
        actions.resolve(work, 1)
    assert declare(story).previous_id == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"component": "moon"}, "no component 'moon'", id="component"),
        pytest.param({"title": "  "}, "title is empty", id="title"),
        pytest.param({"title": "x" * 256}, "255 are the most", id="long title"),
        pytest.param({"impact": 0}, "impact must be 1", id="impact"),
        pytest.param({"urgency": 4}, "urgency must be 1", id="urgency"),
        pytest.param({"markets": ["KE", "XX"]}, "no market 'XX'", id="market"),
    ],
)
def test_what_is_wrong_is_said(story: Story, given: dict[str, object], words: str) -> None:
    with (
        pytest.raises(BadInput, match=words),
        story.runtime.work(SYSTEM) as work,
    ):
        actions.declare(work, **{**USUAL, **given})  # type: ignore[arg-type]
    assert story.all() == []


@pytest.mark.parametrize("markets", [["KE", "TZ"], ["TZ"]])
def test_every_market_touched_needs_the_right(story: Story, markets: list[str]) -> None:
    with pytest.raises(NotAllowed, match="TZ"):
        declare(story, markets=markets)
    assert story.all() == []
