"""The wall when little is open: the markets or the incident take the room, no box stands empty."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from ssoc.demo.history import remember
from ssoc.estate import actions as estate_actions
from ssoc.estate import queries as estate_queries
from ssoc.estate.reader import read
from ssoc.monitoring.actions import Change, record_change
from ssoc.monitoring.polling.recorder import Recorder
from tests import factories
from tests.browser.conftest import OpenPage, no_violations, shoot
from tests.browser.test_wall import SIZES, overflow
from tests.web import people
from tests.web.room import ESTATE, EVENING, Room


@pytest.fixture
def quiet(runtime: Runtime, clock: FrozenClock) -> Runtime:
    """Give eight markets in which all is well."""
    clock.at = EVENING
    with runtime.work(SYSTEM) as work:
        estate_actions.replace(work, read([ESTATE]).items())
        estate = estate_queries.current(work)
    remember(runtime)
    room = Room(runtime, clock, Recorder(runtime))
    room.recorder.watch(estate)
    room.settle(2)
    return runtime


def empty_part(page: Page) -> float:
    """Return the greatest share of the screen's height that a panel leaves empty at its foot."""
    found: float = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll('.w-panel')].map((panel) => {
          const below = [...panel.children].map((o) => o.getBoundingClientRect().bottom);
          return (panel.getBoundingClientRect().bottom - Math.max(...below)) / innerHeight;
        }))"""
    )
    return found


@pytest.mark.parametrize("low", [0, 1], ids=["nothing open", "one P4"])
@pytest.mark.parametrize("size", SIZES)
def test_a_calm_wall_gives_the_markets_the_room(
    open_as: OpenPage, quiet: Runtime, size: dict[str, int], low: int
) -> None:
    with quiet.work(SYSTEM) as work:
        for _ in range(low):
            factories.incident(
                work, ["LS"], component="app-ls", title="Certificate ends", priority=Priority.P4
            )
    page = open_as(people.OPERATOR, "/wall", size)
    expect(page.locator(".w-left")).to_contain_text("No P1, P2 or P3 is open in any market.")
    shoot(page, f"wall-calm-{low}-{size['width']}")
    assert overflow(page) == (0, 0)
    assert empty_part(page) < 0.06
    tile = page.locator(".tile").first.bounding_box()
    assert tile is not None
    assert tile["height"] > size["height"] / 2
    no_violations(page)


@pytest.mark.parametrize("size", SIZES)
def test_one_incident_alone_takes_the_room(
    open_as: OpenPage, quiet: Runtime, clock: FrozenClock, size: dict[str, int]
) -> None:
    with quiet.work(SYSTEM) as work:
        factories.incident(
            work,
            ["KE", "TZ"],
            component="ledger-db-east",
            title="Ledger database East: writes time out",
        )
    clock.advance(timedelta(seconds=20))
    page = open_as(people.OPERATOR, "/wall", size)
    expect(page.locator(".w-lead")).to_contain_text("Ledger database East")
    shoot(page, f"wall-one-{size['width']}")
    assert overflow(page) == (0, 0)
    assert empty_part(page) < 0.06
    expect(page.get_by_text("Nothing else is open.")).to_be_visible()
    clock.advance(timedelta(minutes=7))
    page.reload()
    expect(page.locator(".w-banner")).to_contain_text("Poller silent")
    shoot(page, f"wall-banner-{size['width']}")
    assert overflow(page) == (0, 0)
    tile = page.locator(".tile").first.bounding_box()
    assert tile is not None
    assert tile["height"] > size["height"] / 2, "a banner takes no room from the markets"
    no_violations(page)


@pytest.mark.parametrize("size", SIZES)
def test_where_no_clock_is_listed_more_changes_have_room(
    open_as: OpenPage, quiet: Runtime, size: dict[str, int]
) -> None:
    with quiet.work(SYSTEM) as work:
        for number in range(6):
            told = Change(work.now - timedelta(minutes=number + 1), "argo", f"Release {number}")
            record_change(work, replace(told, market="LS", component="app-ls"))
    page = open_as(people.OPERATOR, "/wall", size)
    expect(page.locator(".w-right")).to_contain_text("+ 2 more")
    assert overflow(page) == (0, 0)
    clipped = page.eval_on_selector_all(
        ".tile, .w-panel",
        "all => all.filter(o => o.scrollHeight > o.clientHeight + 1).map(o => o.innerText)",
    )
    assert clipped == []
    shoot(page, f"wall-changed-{size['width']}")
