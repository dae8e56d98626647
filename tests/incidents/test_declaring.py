"""Incidents that people declare: clocks, pages, and what the correlator makes of them."""

import pytest

from incidents import actions, queries
from incidents.clock_queries import clocks_of
from incidents.lifecycle import State
from incidents.models import Incident
from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import Priority, Severity
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


def said(story: Story, number: int) -> list[str]:
    """Return the timeline, oldest first."""
    with story.runtime.view(SYSTEM) as work:
        return [each.text for each in queries.timeline(work, number)][::-1]


@pytest.fixture
def symptom(story: Story) -> Incident:
    """Declare what turns out to be above a cause that fails, of low priority."""
    made = declare(story, component="ussd-ke", title="agents report no float", impact=2, urgency=2)
    story.fire("db-ke", "ussd-ke")
    story.settle()
    return made


def test_a_declared_one_is_never_nested_and_keeps_its_words(
    story: Story, symptom: Incident
) -> None:
    story.turn(60)
    mine = story.live()["ussd-ke"]
    assert mine.parent_id is None
    assert (mine.title, mine.reason) == ("agents report no float", "Declared by amina.")
    assert (mine.priority, mine.impact, mine.urgency) == (Priority.P3, 2, 2)
    assert not [each for each in said(story, mine.id) if "P3 to" in each]


def test_it_is_offered_its_cause_once_with_an_action(story: Story, symptom: Incident) -> None:
    for _ in range(3):
        story.turn(60)
    cause = story.live()["db-ke"]
    offers = [each for each in said(story, symptom.id) if "may be a symptom" in each]
    assert len(offers) == 1
    assert f"may be a symptom of INC-{cause.id}, " in offers[0]
    with story.runtime.view(AMINA) as work:
        offered = queries.page(work, symptom.id).offered
        assert offered is not None
        assert offered.id == cause.id
    with story.runtime.work(AMINA) as work:
        actions.merge(work, symptom.id, cause.id)
    assert story.all()[symptom.id - 1].merged_into_id == cause.id


def test_without_alerts_of_its_own_it_is_offered_a_cause_below_it(story: Story) -> None:
    made = declare(story, component="ussd-ke")
    story.fire("db-ke")
    story.settle()
    assert story.all()[made.id - 1].offered_id == story.live()["db-ke"].id


def test_what_fails_on_the_way_down_names_the_incident_it_is_in(story: Story) -> None:
    story.estate("agents-ke > api-ke > db-ke")
    story.fire("db-ke", "api-ke")
    story.settle()
    with story.runtime.work(AMINA) as work:
        actions.declare(work, "agents-ke", "no float", 2, 2)
    story.clear("db-ke")
    story.turn(1)
    live = story.live()
    assert live["agents-ke"].offered_id == live["db-ke"].id


def test_alerts_that_clear_do_not_end_it(story: Story, symptom: Incident) -> None:
    assert any("joined; a person resolves it even so" in each for each in said(story, symptom.id))
    story.clear("ussd-ke", "db-ke")
    for _ in range(5):
        story.turn(60)
    assert story.states() == {"ussd-ke": State.OPEN, "db-ke": State.RESOLVED}
    cleared = [each for each in said(story, symptom.id) if "its alerts have cleared" in each]
    assert len(cleared) == 1
    with story.runtime.view(SYSTEM) as work:
        response = clocks_of(work, [symptom.id])[symptom.id][0]
    assert response.is_running, "nobody has answered it"
    with story.runtime.work(AMINA) as work:
        actions.resolve(work, symptom.id, "float is back")
    assert story.states()["ussd-ke"] is State.RESOLVED


def test_what_fails_after_a_person_ended_it_is_a_new_one(story: Story) -> None:
    made = declare(story)
    with story.runtime.work(AMINA) as work:
        actions.resolve(work, made.id, "a false report")
    story.fire("db-ke")
    story.settle()
    assert story.live()["db-ke"].previous_id == made.id


def test_a_worse_alert_takes_the_acknowledgement_back_but_not_the_priority(story: Story) -> None:
    made = declare(story, impact=3, urgency=3)
    with story.runtime.work(AMINA) as work:
        actions.acknowledge(work, made.id)
    story.fire("db-ke")
    story.settle()
    mine = story.live()["db-ke"]
    assert (mine.priority, mine.state) == (Priority.P4, State.OPEN)
    assert any("priority stays P4, as it was declared" in each for each in said(story, made.id))


def test_a_rise_of_a_nested_priority_is_said(story: Story) -> None:
    story.fire("ussd-ke", severity=Severity.WARNING)
    story.settle()
    nested = story.live()["ussd-ke"]
    story.fire("db-ke", severity=Severity.WARNING)
    story.settle()
    assert story.live()["ussd-ke"].parent_id is not None
    story.fire("ussd-ke", severity=Severity.CRITICAL)
    story.turn(1)
    risen = story.live()["ussd-ke"]
    assert risen.priority < nested.priority
    step = f"priority {nested.priority} to {risen.priority}"
    assert any(each.startswith(step) for each in said(story, nested.id))
