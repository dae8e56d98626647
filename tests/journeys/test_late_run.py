"""A late run is one incident: it pages at once and at each worsening, and ends with the run."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from changes.actions import running
from changes.lifecycle import Effect
from changes.run_jobs import watch_runs
from incidents import clock_queries
from incidents import queries as incident_queries
from incidents.lifecycle import State
from incidents.models import Incident
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from ssoc.estate.values import Criticality
from ssoc.monitoring.actions import WindowDraft, set_window
from ssoc.notify import queries as notify_queries
from tests import factories
from tests.changes import running_story
from tests.changes.running_story import IMRE, MINUTE
from tests.incidents.stories import Story

AMINA = factories.person("amina")


@pytest.fixture
def story(runtime: Runtime, clock: FrozenClock) -> Story:
    return Story(runtime, clock)


def begin(story: Story, criticality: Criticality = Criticality.IMPORTANT) -> int:
    """Start a change in two markets whose first step will not end."""
    core = factories.component("core-ke", criticality=criticality)
    story.estate("core-ke > db, core-tz > db, sms-ke", components=[core])
    with story.runtime.work(SYSTEM) as work:
        touched = [("core-ke", Effect.DOWN), ("core-tz", Effect.DOWN)]
        number = running_story.tonight(work, markets=("KE", "TZ"), components=touched)
    with story.runtime.work(running_story.RITA) as work:
        run = running.start(work, number)
        running.step(work, run, 1, "start")
    return run


def minute(story: Story, minutes: int) -> Incident:
    """Let it be so many minutes after the start; return the one incident there is."""
    running_story.clock_at(story.clock, factories.at(minutes * 60))
    for _ in range(3):
        watch_runs(story.runtime)
        story.turn(2)
        story.deliver()
    (incident,) = story.all()
    return incident


def pages(story: Story) -> list[str]:
    """Return what the room was told, in order."""
    with story.runtime.view(SYSTEM) as work:
        found = notify_queries.pages_of(work, 1)
    return [each.kind for each in sorted(found, key=lambda each: each.number) if not each.skipped]


def test_a_late_run_is_one_story_that_pages_whenever_it_gets_worse(story: Story) -> None:
    run = begin(story)
    ahead = minute(story, 100)
    assert "after its window 11:00 UTC" in ahead.title
    assert (ahead.component, ahead.priority) == (f"?ssoc/CHG-1, run {run}", Priority.P3)
    with story.runtime.view(AMINA) as work:
        assert list(incident_queries.page(work, 1).line.markets) == ["KE", "TZ"]
    assert pages(story) == ["firing"]
    assert "nobody has decided" in minute(story, 131).title
    assert pages(story) == ["firing", "worsened"]
    with story.runtime.work(running_story.RITA) as work:
        running.decide(work, run, "go on", "half done, going back takes longer")
    assert "Goes on past its checkpoint 10:10 UTC by decision" in minute(story, 132).title
    assert pages(story) == ["firing", "worsened"], "a decision is no worsening"
    over = minute(story, 181)
    assert "Past its window, which ended 11:00 UTC" in over.title
    assert (over.priority, over.state, over.held_because) == (Priority.P2, State.OPEN, "")
    assert pages(story) == ["firing", "worsened", "worsened"]
    with story.runtime.work(running_story.RITA) as work:
        running.end(work, run, "failed", "no")
    assert minute(story, 182).state is State.RESOLVED
    assert pages(story) == ["firing", "worsened", "worsened", "resolved"]


def test_each_worsening_says_what_is_worse(story: Story) -> None:
    begin(story)
    minute(story, 131)
    minute(story, 181)
    with story.runtime.view(SYSTEM) as work:
        texts = [each.text for each in notify_queries.pages_of(work, 1)]
    assert any("worsened, still P2: Past its window, which ended 11:00" in each for each in texts)


@pytest.mark.parametrize(
    ("criticality", "minutes", "priority", "answer"),
    [
        pytest.param(Criticality.SUPPORTING, 100, Priority.P3, 15, id="late ahead"),
        pytest.param(Criticality.VITAL, 100, Priority.P2, 10, id="late ahead, vital"),
        pytest.param(Criticality.SUPPORTING, 131, Priority.P2, 10, id="checkpoint passed"),
        pytest.param(Criticality.SUPPORTING, 181, Priority.P2, 10, id="window over"),
    ],
)
def test_its_priority_and_its_clock_are_of_the_minute(
    story: Story, criticality: Criticality, minutes: int, priority: Priority, answer: int
) -> None:
    story.clock.at = factories.at(0)  # a Monday; the promise holds at night and on Sundays too
    begin(story, criticality)
    incident = minute(story, minutes)
    assert incident.priority is priority
    with story.runtime.view(AMINA) as work:
        (clock,) = clock_queries.clocks_of(work, [1])[1]
    assert (clock.name, clock.clock.target.calendar.is_always) == ("response", True)
    assert clock.due_at == incident.opened_at + answer * MINUTE


def test_it_is_not_silenced_by_the_work_announced_in_its_markets(story: Story) -> None:
    begin(story)
    with story.runtime.work(SYSTEM) as work:
        until = work.now + timedelta(hours=4)
        draft = WindowDraft("Night of changes", work.now, until, markets=("KE", "TZ"))
        set_window(work, draft)
    assert minute(story, 131).held_because == ""
    assert pages(story) == ["firing"]


def test_two_runs_at_once_are_two_incidents(story: Story) -> None:
    begin(story)
    with story.runtime.work(SYSTEM) as work:
        number = running_story.tonight(work, components=[("sms-ke", Effect.DEGRADED)])
    with story.runtime.work(IMRE) as work:
        running.start(work, number)
    running_story.clock_at(story.clock, factories.at(181 * 60))
    watch_runs(story.runtime)
    story.settle()
    with story.runtime.view(SYSTEM) as work:
        places = work.session.scalars(select(Incident.component).order_by(Incident.id)).all()
    assert places == ["?ssoc/CHG-1, run 1", "?ssoc/CHG-2, run 2"]
