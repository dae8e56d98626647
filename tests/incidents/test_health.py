"""What checks say of components counts in the walk: fresh, and after the failure began."""

from datetime import timedelta

from ssoc.core.permissions import SYSTEM
from ssoc.estate.values import Check
from ssoc.monitoring.models import CheckState
from ssoc.monitoring.reading import Health, Reason
from tests.incidents.stories import Story

GRAPH = "ussd-ke > api-ke > db-ke, pay-ke > api-ke, app-ke > api-ke"


def watched(story: Story, *components: str) -> None:
    """Store the estate with a check on each of these components."""
    checks = [Check(each, "health", "health", timedelta(seconds=30), "KE") for each in components]
    story.estate(GRAPH, checks=checks)


def answer(story: Story, component: str, health: Health = Health.OK) -> None:
    """Let a component's check have just been answered."""
    with story.runtime.work(SYSTEM) as work:
        row = CheckState(
            check=f"{component}/health",
            component=component,
            market="KE",
            path="",
            health=health,
            reason=Reason.NONE,
            message="",
            since=work.now,
            polled_at=work.now,
            answered_at=work.now,
            good_at=work.now,
        )
        work.session.merge(row)


def test_with_all_below_healthy_it_opens_at_once(story: Story) -> None:
    watched(story, "api-ke")
    answer(story, "api-ke")
    story.fire("ussd-ke")
    story.turn()
    assert story.alone() == ["ussd-ke"]


def test_an_answer_from_before_the_failure_is_waited_out(story: Story) -> None:
    watched(story, "api-ke")
    answer(story, "api-ke")
    story.clock.advance(timedelta(seconds=5))
    story.fire("ussd-ke")
    story.turn()
    assert story.alone() == []
    story.fire("db-ke")
    story.turn(2)
    assert story.alone() == ["db-ke"], "the stale good answer does not block the walk"


def test_r3_a_healthy_component_between_blocks_the_walk(story: Story) -> None:
    watched(story, "api-ke")
    story.fire("ussd-ke", "db-ke")
    answer(story, "api-ke")
    story.settle()
    assert story.alone() == ["db-ke", "ussd-ke"]


def test_a_check_that_is_late_says_nothing(story: Story) -> None:
    watched(story, "api-ke")
    answer(story, "api-ke")
    story.turn(600)
    story.fire("ussd-ke", "db-ke")
    story.settle()
    assert story.alone() == ["db-ke"]


def test_a_suspicion_is_refuted_by_an_answer(story: Story) -> None:
    watched(story, "api-ke")
    story.fire("ussd-ke", "pay-ke", "app-ke")
    story.settle()
    assert story.alone() == ["api-ke"]
    story.clock.advance(timedelta(seconds=10))
    for step in range(5):
        answer(story, "api-ke")
        story.turn(30 if step else 0)
    assert story.alone() == ["app-ke", "pay-ke", "ussd-ke"], "each stands alone after two minutes"
    assert story.events()[-1] == "Recovered api-ke"
