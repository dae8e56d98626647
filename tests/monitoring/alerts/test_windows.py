"""Maintenance windows: announced, computed from dates, ended early, overrun."""

from typing import Any

import pytest

from ssoc.core.errors import BadInput, Conflict, NotAllowed
from ssoc.core.permissions import SYSTEM, Role
from ssoc.monitoring import jobs, queries
from ssoc.monitoring.actions import WindowDraft, end_window, set_window
from ssoc.monitoring.rules.windows import WindowState
from tests import factories
from tests.factories import person
from tests.monitoring.alerts.story import FIRING, RESOLVED, Story

HOUR = 3600
MANAGER = person("achieng", Role.CHANGE_MANAGER)


@pytest.fixture(autouse=True)
def estate(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > core-ke, sms-ke, core-tz, hsm")


def announce(story: Story, window: int | None = None, by: Any = MANAGER, **more: Any) -> int:
    usual = {"title": "patch", "starts_at": story.at(HOUR), "ends_at": story.at(5 * HOUR)}
    usual |= {"components": ["core-ke"], "reference": "CHG-7"}
    with story.runtime.work(by) as work:
        return set_window(work, WindowDraft(**{**usual, **more}), window)


def maintained(story: Story, component: str = "core-ke") -> str:
    with story.runtime.view(SYSTEM) as work:
        return queries.under_maintenance(work, component)


def overrun(story: Story) -> list[tuple[str, int]]:
    jobs.watch_windows(story.runtime)
    found = story.rows("select market, state from alert where name = 'WindowOverrun'")
    return [tuple(each) for each in found]


def test_m6_m7_m8(story: Story) -> None:
    window = announce(story)
    assert maintained(story) == ""
    story.go_to(2 * HOUR)
    assert maintained(story) == "under maintenance until 2026-03-02 13:00 UTC: patch (CHG-7)"
    assert maintained(story, "sms-ke") == "", "M8"
    assert overrun(story) == []
    story.go_to(5 * HOUR)
    assert maintained(story) == "", "M7: suppression stops by itself"
    assert overrun(story) == [("KE", FIRING)]
    assert overrun(story) == [("KE", FIRING)]
    with story.runtime.work(MANAGER) as work:
        end_window(work, window)
    assert overrun(story) == [("KE", RESOLVED)]


def test_m10_cancelled_while_open(story: Story) -> None:
    window = announce(story)
    story.go_to(3 * HOUR)
    with story.runtime.work(MANAGER) as work:
        end_window(work, window)
    assert maintained(story) == ""
    story.go_to(9 * HOUR)
    assert overrun(story) == []
    with pytest.raises(Conflict), story.runtime.work(MANAGER) as work:
        end_window(work, window)
    with pytest.raises(Conflict):
        announce(story, window)


def test_several_windows_add_up(story: Story) -> None:
    announce(story)
    announce(story, ends_at=story.at(7 * HOUR), title="disk", components=["core-ke", "sms-ke"])
    story.go_to(2 * HOUR)
    assert "disk" in maintained(story), "the one that ends last"
    story.go_to(6 * HOUR)
    assert "disk" in maintained(story)
    assert "disk" in maintained(story, "sms-ke")


@pytest.mark.parametrize(
    ("change", "expect_again"),
    [
        pytest.param({"title": "patch, part two"}, False, id="words only"),
        pytest.param({"ends_at": 4 * HOUR}, False, id="shorter"),
        pytest.param({"ends_at": 6 * HOUR}, True, id="longer"),
        pytest.param({"components": ["core-ke", "sms-ke"]}, True, id="wider"),
    ],
)
def test_what_was_added_late_is_announced_late(
    story: Story, change: dict[str, Any], expect_again: bool
) -> None:
    window = announce(story)
    story.go_to(2 * HOUR)
    given = {
        name: story.at(value) if name == "ends_at" else value for name, value in change.items()
    }
    assert announce(story, window, **given) == window
    with story.runtime.view(SYSTEM) as work:
        found = queries.window(work, window)
    assert found.announced_at == story.at(2 * HOUR if expect_again else 0)
    assert found.was_announced_before is not expect_again


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        pytest.param({"components": ["core-xx"]}, "does not know core-xx", id="unknown component"),
        pytest.param({"components": [], "markets": ["XX"]}, "does not know XX", id="market"),
        pytest.param({"components": []}, "covers nothing", id="nothing"),
        pytest.param({"title": " "}, "no title", id="no title"),
    ],
)
def test_refused_windows(story: Story, given: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        announce(story, **given)
    with pytest.raises(BadInput, match="ends before"):
        announce(story, ends_at=story.at(HOUR))


@pytest.mark.parametrize(
    ("role", "markets", "components", "may"),
    [
        pytest.param(Role.NOC_OPERATOR, ["KE"], ["core-ke"], True, id="operator of the country"),
        pytest.param(Role.NOC_OPERATOR, ["TZ"], ["core-ke"], False, id="of another"),
        pytest.param(Role.NOC_OPERATOR, ["KE"], ["hsm"], False, id="a shared part is everybody's"),
        pytest.param(Role.EXECUTIVE, [], ["core-ke"], False, id="an executive"),
        pytest.param(Role.CHANGE_MANAGER, [], ["hsm"], True, id="change manager of all"),
    ],
)
def test_who_may(
    story: Story, role: Role, markets: list[str], components: list[str], may: bool
) -> None:
    somebody = person("somebody", role, *markets)
    if may:
        assert announce(story, by=somebody, components=components)
    else:
        with pytest.raises(NotAllowed):
            announce(story, by=somebody, components=components)


def test_lists_show_windows_of_the_markets_one_sees(story: Story) -> None:
    window = announce(story, components=["core-ke"], markets=["KE"])
    with story.runtime.view(person("k", Role.NOC_OPERATOR, "KE")) as work:
        (found,) = queries.windows(work)
    assert (found.id, found.state(story.clock.now())) == (window, WindowState.UPCOMING)
    with story.runtime.view(person("t", Role.NOC_OPERATOR, "TZ")) as work:
        assert queries.windows(work) == []
