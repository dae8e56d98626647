"""Nothing fails, and only flapping keeps an incident open: nobody's time, no breach, no lead."""

from incidents import queries
from incidents.clock_queries import clocks_of
from ssoc.core.clocks import Party, Status
from ssoc.core.permissions import SYSTEM
from ssoc.monitoring.jobs import track_flapping
from tests.incidents.stories import Story


def clocks(story: Story, number: int) -> dict[str, tuple[Status, Party]]:
    with story.runtime.view(SYSTEM) as work:
        found = clocks_of(work, [number])[number]
        return {each.name: (each.clock.status, each.clock.holder) for each in found}


def test_clocks_stand_still_while_nothing_fails_and_go_on_when_it_does(story: Story) -> None:
    story.estate("core-ke > db-ke")
    for _ in range(2):
        story.fire("db-ke")
        story.turn(5)
        story.clear("db-ke")
        story.turn(5)
    (one,) = story.all()
    assert one.state.is_live, "not to be believed yet"
    assert one.title == "db-ke: comes and goes, nothing fails now"
    assert {holder for _, holder in clocks(story, one.id).values()} == {Party.NOBODY}
    for _ in range(20):  # far beyond the five minutes of the response
        story.turn(60)
    assert Status.BREACHED not in {status for status, _ in clocks(story, one.id).values()}
    assert {holder for _, holder in clocks(story, one.id).values()} == {Party.NOBODY}
    story.fire("db-ke")
    story.turn(1)
    assert {holder for _, holder in clocks(story, one.id).values()} == {Party.US}
    assert story.all()[0].title == "db-ke: transactions fail"
    story.clear("db-ke")
    for _ in range(32):
        story.turn(60)
        track_flapping(story.runtime)
    story.turn(1)
    assert [each.state for each in story.all()] == ["resolved"]


def test_it_is_not_the_lead_of_the_wall(story: Story) -> None:
    story.estate("core-ke > db-ke, app-tz")
    for _ in range(2):
        story.fire("db-ke")
        story.turn(5)
        story.clear("db-ke")
        story.turn(5)
    with story.runtime.view(SYSTEM) as work:
        found = queries.wall(work)
        assert [each.component for each in found.lines] == ["db-ke"]
        assert found.resting == {found.lines[0].id}
        assert found.worst == {}
    story.fire("app-tz")
    story.settle()
    with story.runtime.view(SYSTEM) as work:
        assert [each.component for each in queries.wall(work).lines] == ["app-tz", "db-ke"]
