"""Triage in a real browser, with the keyboard only, with axe, and without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from incidents import actions, jobs
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
    shoot,
)
from tests.browser.furnished import clock as clock
from tests.browser.furnished import template as template
from tests.web import people

SIZES = [pytest.param(WIDE, id="1440 px"), pytest.param(NARROW, id="400 px")]


def chosen(page: Page) -> str:
    """Return the title of the row with the bar."""
    return page.locator('tr[aria-selected="true"] .what a').inner_text()


@pytest.mark.parametrize("size", SIZES)
def test_triage_is_accessible(open_as: OpenPage, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, "/triage", size)
    no_violations_by_day_and_night(page, f"triage-{size['width']}")


@pytest.mark.parametrize("size", SIZES)
def test_nothing_found_is_accessible(open_as: OpenPage, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, "/triage?market=LS&priority=P1&owner=-", size)
    expect(page.get_by_role("heading", level=2)).to_have_text(
        "No incident matches these three filters"
    )
    no_violations(page)
    page.get_by_label("Remove filter owner nobody").click()
    page.wait_for_url("**/triage?market=LS&priority=P1")


def test_a_shift_with_the_keyboard_alone(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/triage?state=open")
    keys = page.keyboard
    first = chosen(page)
    keys.press("j")
    second = chosen(page)
    assert second != first
    expect(page.locator("#pane h2")).to_have_text(second)
    keys.press("k")
    assert chosen(page) == first
    keys.press("j")
    keys.press("x")
    expect(page.locator("#chosen")).to_have_text("1")
    keys.press("a")
    expect(page.locator(".note[role=status]").first).to_contain_text(
        re.compile(r"Acknowledged: INC-\d+\.")
    )
    expect(page.get_by_role("link", name=second)).to_have_count(0)  # it is not "open" any more
    page.goto("/triage?owner=me&state=acknowledged")
    while chosen(page) != second:
        keys.press("j")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(second)
    page.wait_for_load_state()
    keys.press("n")
    keys.type("jump server checked, all well; a x j are letters here")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("jump server checked")
    page.get_by_role("link", name="Resolve…").focus()
    keys.press("Enter")
    expect(page.get_by_label("What cured it")).to_be_focused()
    keys.type("the partner restarted it")
    keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator(".note[role=status]").first).to_contain_text("is resolved")
    expect(page.locator("#head .badge").first).to_have_text("resolved")
    keys.press("u")
    expect(page).to_have_url(re.compile("/triage$"))


def test_keys_are_shown_go_places_and_can_be_switched_off(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/triage")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    no_violations(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("g")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile("/alerts$"))
    page.go_back()
    page.evaluate("document.documentElement.dataset.keys = 'off'")
    before = chosen(page)
    page.keyboard.press("j")
    assert chosen(page) == before


def test_the_queue_refreshes_and_keeps_choice_focus_and_place(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock
) -> None:
    page = open_as(people.OPERATOR, "/triage")
    page.keyboard.press("j")
    page.keyboard.press("x")
    kept = chosen(page)
    with runtime.work(SYSTEM) as work:
        factories.incident(work, component="core-ledger-gh", title="Core ledger Ghana: silent")
    jobs.correlate(runtime)
    with runtime.work(SYSTEM) as work:
        actions.note(work, 1, "the revision rises with this")
    expect(page.get_by_role("link", name="Core ledger Ghana: silent")).to_be_visible(timeout=9_000)
    assert chosen(page) == kept
    expect(page.locator("#chosen")).to_have_text("1")
    expect(page.get_by_role("link", name=kept)).to_be_focused()


def test_triage_works_without_javascript(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/triage", javascript=False)
    page.select_option("#f-market", "CD")
    page.click("text=Filter")
    page.wait_for_url("**/triage?market=CD*")
    boxes = page.locator("tr[data-row] input[type=checkbox]")
    assert boxes.count() >= 1
    boxes.first.check()
    page.click("text=Assign…")
    page.fill("#e-owner", "noc-operator")
    page.click("button:has-text('Assign')")
    expect(page.locator(".note[role=status]").first).to_contain_text("Assigned to noc-operator.")
    assert "market=CD" in page.url
    expect(page.locator("tr[data-row]", has_text="noc-operator")).to_have_count(1)
    page.click("text=Keys")
    expect(page.get_by_role("heading", level=1)).to_have_text("Keys")


def test_merge_asks_and_the_cursor_stands_on_keep(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/triage?priority=P4")
    for box in page.locator("tr[data-row] input[type=checkbox]").all():
        box.check()
    page.click("text=Merge…")
    expect(page.get_by_role("link", name="Keep as it is")).to_be_focused()
    no_violations(page)
    shoot(page, "merge-1440")
    page.click("button:has-text('Merge')")
    expect(page.locator(".note[role=status]").first).to_contain_text("Merged into INC-")
