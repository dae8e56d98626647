"""While a change runs, what it breaks by plan pages nobody; whatever else breaks pages as ever."""

from datetime import timedelta

import pytest

from changes.actions import running
from changes.lifecycle import Effect
from changes.run_jobs import watch_runs
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.notify import queries as notify_queries
from tests.changes import running_story
from tests.changes.running_story import IMRE, MINUTE
from tests.incidents.stories import Story

# both app nodes serve the API; the core stands on its database; SMS has nothing to do with it
GRAPH = "ussd-ke > api-ke > core-ke > db-ke, api-ke > node-1-ke|node-2-ke, sms-ke, core-tz"


@pytest.fixture
def story(runtime: Runtime, clock: FrozenClock) -> Story:
    return Story(runtime, clock)


def paged(story: Story) -> list[str]:
    """Return the incidents that somebody was paged for, by component."""
    for _ in range(3):
        story.turn(2)
        outbox.deliver(story.runtime)
    with story.runtime.view(SYSTEM) as work:
        found = {each.component: notify_queries.pages_of(work, each.id) for each in story.all()}
    return sorted(place for place, pages in found.items() if any(not p.skipped for p in pages))


def begin(story: Story, *touched: tuple[str, Effect]) -> int:
    story.estate(GRAPH)
    with story.runtime.work(SYSTEM) as work:
        number = running_story.tonight(work, components=touched)
    with story.runtime.work(IMRE) as work:
        return running.start(work, number)


def test_what_is_down_by_plan_pages_nobody_nor_what_stands_on_it(story: Story) -> None:
    begin(story, ("core-ke", Effect.DOWN))
    story.fire("core-ke", "api-ke", "ussd-ke")
    assert paged(story) == []
    assert [each.held_because != "" for each in story.all()] == [True]
    assert "CHG-1" in story.all()[0].held_because


@pytest.mark.parametrize("place", ["sms-ke", "db-ke", "core-tz"])
def test_what_the_plan_does_not_expect_pages(story: Story, place: str) -> None:
    begin(story, ("core-ke", Effect.DOWN))
    story.fire("core-ke")
    story.fire(place)
    assert paged(story) == [place]


def test_one_node_of_two_may_fail_unpaged_the_service_on_it_may_not(story: Story) -> None:
    begin(story, ("node-1-ke", Effect.DOWN))
    story.fire("node-1-ke")
    assert paged(story) == []
    story.fire("ussd-ke")
    assert paged(story) == ["node-1-ke"], "the other node was to carry it"
    assert [each.held_because for each in story.all()] == [""]


def test_the_same_alert_pages_once_the_run_has_ended(story: Story) -> None:
    run = begin(story, ("core-ke", Effect.DOWN))
    story.fire("core-ke")
    assert paged(story) == []
    with story.runtime.work(IMRE) as work:
        running.end(work, run, "failed", "the volume does not attach")
    assert paged(story) == ["core-ke"]


def test_and_when_the_window_ends_though_the_run_goes_on(story: Story) -> None:
    begin(story, ("core-ke", Effect.DOWN))
    story.fire("core-ke")
    assert paged(story) == []
    story.clock.advance(timedelta(hours=3))
    assert paged(story) == ["core-ke"]


def test_a_decision_holds_pages_longer(story: Story) -> None:
    run = begin(story, ("core-ke", Effect.DOWN))
    story.fire("core-ke")
    story.clock.advance(170 * MINUTE)
    with story.runtime.work(IMRE) as work:
        until = work.now + timedelta(hours=1)
        running.decide(work, run, "hold pages longer", "40 minutes to go", until)
    story.clock.advance(20 * MINUTE)
    assert paged(story) == []


def test_the_alarm_of_the_run_itself_pages(story: Story) -> None:
    run = begin(story, ("core-ke", Effect.DOWN))
    with story.runtime.work(IMRE) as work:
        running.step(work, run, 1, "start")
    story.clock.advance(100 * MINUTE)
    watch_runs(story.runtime)
    assert paged(story) == ["?ssoc/CHG-1, run 1"]
