"""The run sheet in a real browser: by thumb at 400 px, by keyboard, alive, accessible."""

import pytest
from playwright.sync_api import Page, expect

from changes.lifecycle import Effect, StepMove
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.browser.conftest import (
    NARROW,
    WIDE,
    OpenPage,
    no_violations,
    no_violations_by_day_and_night,
)
from tests.changes import running_story as story
from tests.changes.running_story import MINUTE

OPERATOR = "noc-operator"
SIZES = [pytest.param(WIDE, id="1440 px"), pytest.param(NARROW, id="400 px")]


@pytest.fixture
def run(runtime: Runtime, clock: FrozenClock) -> int:
    """Give a run whose first three steps are done and whose hold point goes on."""
    number = story.begun(runtime, components=[("core-ke", Effect.DEGRADED)])
    for position, minutes in ((1, 20), (2, 9), (3, 31)):
        story.through(runtime, clock, number, position, minutes)
    story.press(runtime, number, 4, StepMove.START)
    clock.advance(6 * MINUTE)
    return number


def no_sideways(page: Page) -> None:
    """Assert that the page itself never scrolls sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", SIZES)
def test_the_run_sheet_is_accessible(open_as: OpenPage, run: int, size: dict[str, int]) -> None:
    page = open_as(OPERATOR, f"/changes/runs/{run}", size)
    expect(page.get_by_role("heading", level=1)).to_contain_text("larger log volume")
    no_violations_by_day_and_night(page, f"run-{size['width']}")
    no_sideways(page)


def test_by_thumb_the_next_thing_is_one_large_button(
    open_as: OpenPage, run: int, runtime: Runtime
) -> None:
    page = open_as(OPERATOR, f"/changes/runs/{run}", NARROW)
    main = page.locator("#next-step .button.main")
    expect(main).to_have_count(1)
    box = main.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["width"] >= 300
    assert box["y"] < NARROW["height"], "without scrolling"
    main.click()
    page.get_by_label("What the check said").fill("p95 180 ms")
    page.get_by_role("button", name="Pass").click()
    expect(page.locator("#next-step .button.main")).to_have_text("Begin step 5")
    page.locator("#next-step .button.main").click()
    expect(page.locator("#next-step .button.main")).to_have_text("Step 5 is done")
    assert story.look(runtime, run).steps[4].began_by == OPERATOR


def test_by_keyboard_and_alive(
    open_as: OpenPage, run: int, runtime: Runtime, clock: FrozenClock
) -> None:
    page = open_as(OPERATOR, f"/changes/runs/{run}")
    story.press(runtime, run, 4, StepMove.FINISH, note="p95 180 ms")  # a colleague's press
    expect(page.locator("#next-step .button.main")).to_have_text("Begin step 5", timeout=15_000)
    page.keyboard.press("a")
    expect(page.locator("#next-step .button.main")).to_have_text("Step 5 is done", timeout=15_000)
    page.keyboard.press("u")
    expect(page.locator("#window h2")).to_have_text("Tonight’s window")
    page.keyboard.press("o")
    expect(page.locator("#run-sheet tr[aria-current]")).to_contain_text("Switch over")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["decide", "roll-back", "end", "hold-pages", "bridge"])
def test_what_it_asks_is_accessible(
    open_as: OpenPage, run: int, path: str, size: dict[str, int]
) -> None:
    page = open_as(OPERATOR, f"/changes/runs/{run}/{path}", size)
    no_violations(page)
    no_sideways(page)


@pytest.mark.parametrize("size", SIZES)
def test_late_and_beside_the_plan(
    open_as: OpenPage, run: int, clock: FrozenClock, runtime: Runtime, size: dict[str, int]
) -> None:
    clock.advance(80 * MINUTE)
    page = open_as(OPERATOR, f"/changes/runs/{run}", size)
    expect(page.locator("#next-step .note.p1")).to_contain_text("Past the checkpoint")
    no_violations(page)
    number = story.look(runtime, run).change.id
    page.goto(page.url.replace(f"runs/{run}", f"{number}/runs"))
    no_violations(page)
    no_sideways(page)


def test_nothing_is_there_yet(open_as: OpenPage, runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        number = story.tonight(work)
    page = open_as(OPERATOR, f"/changes/{number}/runs")
    expect(page.get_by_role("heading", name="Nothing was run")).to_be_visible()
    no_violations(page)
