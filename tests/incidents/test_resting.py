"""A turn that would change nothing costs next to nothing, and none is left out that is needed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event

from incidents import actions
from ssoc.core.permissions import SYSTEM
from ssoc.estate.values import Check
from ssoc.monitoring.actions import SilenceDraft, set_silence
from ssoc.monitoring.rules.matching import Matcher
from tests.incidents.stories import Story

CHAIN = "ussd-ke > api-ke > db-ke, till-ke"


def statements(story: Story, seconds: float = 1) -> list[str]:
    """Return what one turn sends to the database."""
    found: list[str] = []

    def note(_1: object, _2: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(story.runtime.engine, "before_cursor_execute", note)
    try:
        story.turn(seconds)
    finally:
        event.remove(story.runtime.engine, "before_cursor_execute", note)
    return [each for each in found if not each.startswith(("PRAGMA", "BEGIN"))]


@pytest.fixture
def resting(story: Story) -> Story:
    story.estate(CHAIN)
    story.fire("ussd-ke", "db-ke")
    story.settle()
    for _ in range(3):
        story.turn(1)
    return story


def test_an_idle_turn_only_looks(resting: Story) -> None:
    sent = statements(resting)
    assert len(sent) <= 5, sent
    assert all(each.startswith("SELECT") for each in sent)


def test_it_looks_around_again_after_a_while(resting: Story) -> None:
    assert len(statements(resting, 5)) > 5


def new_alert(story: Story) -> None:
    story.fire("till-ke")


def person(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        actions.acknowledge(work, 1)


def silence(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        until = work.now + timedelta(hours=1)
        draft = SilenceDraft((Matcher("name", "x"),), work.now, until, "known")
        set_silence(work, draft)


def new_estate(story: Story) -> None:
    story.estate("ussd-ke > api-ke > db-ke, till-ke, new-ke")


@pytest.mark.parametrize("happens", [new_alert, person, silence, new_estate])
def test_what_happens_ends_the_rest(resting: Story, happens: Callable[[Story], None]) -> None:
    happens(resting)
    assert len(statements(resting)) > 5


def test_what_settles_is_not_slept_through(resting: Story) -> None:
    resting.fire("ussd-ke", name="Other")
    resting.turn()
    resting.clear("db-ke")
    resting.turn(1)
    for _ in range(119):
        resting.turn(1)
    assert resting.alone() == ["db-ke"]
    resting.turn(1)
    assert resting.alone() == ["ussd-ke"], "to the second"


@pytest.mark.parametrize(
    ("every", "late", "expected"),
    [
        pytest.param(60, 180, ["db-ke"], id="asked each minute: three minutes are in time"),
        pytest.param(60, 181, ["db-ke", "ussd-ke"], id="and no second more"),
        pytest.param(10, 120, ["db-ke"], id="asked often: the setting is the least"),
        pytest.param(10, 121, ["db-ke", "ussd-ke"], id="later than the setting"),
    ],
)
def test_a_cause_may_be_as_late_as_its_check(
    story: Story, every: int, late: int, expected: list[str]
) -> None:
    rule = {"name": "Slow", "sample": "p95", "above": 1, "for": {"n": 3, "of": 5}}
    check = Check("db-ke", "figures", "http", timedelta(seconds=every), market="KE", rules=[rule])
    story.estate("ussd-ke > db-ke", checks=[check])
    story.fire("ussd-ke")
    story.settle()
    story.until(late)
    story.fire("db-ke", name="Slow")
    story.turn()
    story.turn(4)
    assert story.alone() == expected


def test_what_is_pushed_is_as_late_as_the_setting_says(story: Story) -> None:
    """The slow check of the component says nothing: its own pace does not count."""
    rule = {"name": "Slow", "sample": "p95", "above": 1}
    check = Check("db-ke", "figures", "http", timedelta(seconds=60), market="KE", rules=[rule])
    story.estate("ussd-ke > db-ke", checks=[check])
    story.fire("ussd-ke")
    story.settle()
    story.until(150)
    story.fire("db-ke", name="Pushed")
    story.turn()
    story.turn(4)
    assert story.alone() == ["db-ke", "ussd-ke"]
