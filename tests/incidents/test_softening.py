"""Redundancy that holds and guesses that payments do not confirm weigh less, until they do not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from incidents import queries
from incidents.impact_jobs import reckon_impact
from incidents.rules.priority import Softening, Thresholds, impact_of
from incidents.rules.redundancy import carried
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Priority, Severity
from ssoc.estate.values import Check, Criticality
from tests import factories
from tests.incidents.stories import Story
from tests.incidents.test_health import answer

TEN = timedelta(seconds=10)


@pytest.mark.parametrize(
    ("graph", "failing", "good", "names"),
    [
        pytest.param("db > n1|n2", "n1", "n2", {"n1": ["n2"]}, id="the other carries it"),
        pytest.param("db > n1|n2", "n1", "", {}, id="the other says nothing"),
        pytest.param("db > n1|n2", "n1 n2", "n2", {}, id="both fail"),
        pytest.param("db > n1, db > n2", "n1", "n2", {}, id="no group"),
        pytest.param(
            "db > n1|n2, app > n1", "n1", "n2", {}, id="one that needs it has no alternative"
        ),
        pytest.param("n1, n2", "n1", "n2", {}, id="nobody needs it"),
    ],
)
def test_who_carries_on(graph: str, failing: str, good: str, names: dict[str, list[str]]) -> None:
    estate = factories.estate_of(graph)
    assert carried(estate, failing.split(), lambda each: each in good.split()) == names


GRAPH = "api-ke > db > n1|n2"


@pytest.fixture
def array(story: Story) -> None:
    """Store a shared database on one of two storage arrays, one of which fails at once."""
    shared = ("KE", "TZ", "EG")
    story.estate(
        GRAPH,
        components=[
            factories.component("api-ke", "KE", criticality=Criticality.VITAL),
            *(factories.component(each, *shared) for each in ("db", "n1", "n2")),
        ],
        checks=[Check(each, "health", "health", TEN) for each in ("n1", "n2")],
    )
    answer(story, "n2")
    story.fire("n1")
    story.settle()


def texts(story: Story, number: int) -> list[str]:
    with story.runtime.view(SYSTEM) as work:
        return [each.text for each in queries.timeline(work, number)]


@pytest.mark.usefixtures("array")
def test_a_lost_redundancy_is_no_p1(story: Story) -> None:
    mine = story.live()["n1"]
    assert (mine.priority, mine.impact, mine.urgency) == (Priority.P3, 3, 1)
    assert any("redundancy lost: n2 carries it" in each.lower() for each in texts(story, mine.id))


@pytest.mark.usefixtures("array")
def test_it_rises_when_the_last_member_fails(story: Story) -> None:
    story.fire("n2")
    story.turn(1)
    story.turn(3)
    reckon_impact(story.runtime)
    live = story.live()
    assert {live[each].priority for each in ("n1", "n2")} == {Priority.P1}
    worsened = [each for each in texts(story, live["n1"].id) if each.startswith("worsened")]
    assert len(worsened) == 1
    assert "P3 to P1" in worsened[0]


@pytest.mark.usefixtures("array")
def test_it_rises_when_the_other_says_nothing_any_more(story: Story) -> None:
    story.clock.advance(timedelta(minutes=10))
    reckon_impact(story.runtime)
    assert story.live()["n1"].priority is Priority.P1


@pytest.mark.usefixtures("array")
def test_the_settings_are_the_rules_own(story: Story) -> None:
    with story.runtime.view(SYSTEM) as work:
        weighed = work.settings.priority
    assert weighed.redundant_impact == Thresholds().redundant_level
    assert weighed.guessed_impact == Thresholds().guessed_level


@pytest.mark.parametrize(
    ("softening", "share", "unseen", "level"),
    [
        pytest.param(Softening(["N2"]), None, [], 3, id="carried"),
        pytest.param(Softening(["N2"]), "0.3", [], 1, id="carried, but customers are hurt"),
        pytest.param(Softening(is_guess=True), "0", [], 3, id="a guess, payments as usual"),
        pytest.param(Softening(is_guess=True), None, [], 1, id="a guess, nobody knows"),
        pytest.param(Softening(is_guess=True), "0.3", [], 1, id="a guess that payments confirm"),
        pytest.param(Softening(is_guess=True), "0", ["Kenya"], 1, id="not seen at all"),
        pytest.param(Softening(), "0", [], 1, id="no guess: normal payments lower nothing"),
    ],
)
def test_what_softens(
    softening: Softening, share: str | None, unseen: list[str], level: int
) -> None:
    lost = None if share is None else Decimal(share)
    found = impact_of(Criticality.VITAL, ["KE"], lost, unseen=unseen, softening=softening)
    assert found.level == level


def test_one_order_for_wall_and_triage(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        for severity, minute, priority in (
            (Severity.ERROR, 0, Priority.P1),
            (Severity.CRITICAL, 1, Priority.P1),
            (Severity.CRITICAL, 2, Priority.P2),
        ):
            factories.incident(
                work,
                component=f"c{minute}",
                severity=severity,
                priority=priority,
                opened_at=work.now + timedelta(minutes=minute),
            )
    story.clock.advance(timedelta(minutes=5))
    with story.runtime.view(SYSTEM) as work:
        found = [each.id for each in queries.wall(work).lines]
        assert found == [each.id for each in queries.triage(work).items] == [1, 2, 3]
