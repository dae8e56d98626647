"""Go/no-go and the run sheet of a site in a real browser: refused, overridden, by thumb."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from changes.programmes.actions import cutting_over, go_no_go
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import site_facts
from changes.programmes.queries.decisions import DecisionStanding
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.browser.conftest import (
    NARROW,
    WIDE,
    OpenPage,
    Watched,
    no_violations_by_day_and_night,
)
from tests.programmes import scenes

MANAGER, BOSS = "change-manager", "executive"
STEPS = [
    {"title": "Close the old till", "p50": 10, "p90": 15, "verify": "Z report"},
    {"title": "Drain", "p50": 20, "p90": 30, "drains": True},
]


@pytest.fixture
def made(runtime: Runtime) -> Iterator[scenes.Ids]:
    """Give a site before its meeting, of which training alone is asked, and is red."""
    kept = dict(site_facts.FACTS)
    site_facts.FACTS.clear()
    site_facts.FACTS["training"] = lambda _, ids: dict.fromkeys(
        ids, DecisionStanding(False, "2 of 6 sellers have no valid competency")
    )
    try:
        with runtime.work(SYSTEM) as work:
            factories.estate(work)
            ids = scenes.programme(
                work,
                8,
                states=(SiteState.GO_NO_GO, SiteState.ACCEPTED),
                steering={"IT": [MANAGER]},
                authority=BOSS,
                terms={"quorum": 1},
            )
            cutting_over.set_template(work, ids.programme, STEPS, 120, 30)
            go_no_go.plan(work, MeetingDraft(work.now, ids.first, rollback_owner="sam"))
            cutting_over.rehearse(work, ids.first)
        yield ids
    finally:
        site_facts.FACTS.clear()
        site_facts.FACTS.update(kept)


def answered(page: Page, link: str, **typed: str) -> None:
    """Follow a link to a question, fill it in and send it."""
    page.get_by_role("link", name=link, exact=True).click()
    for name, value in typed.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("main button[type=submit]").first.click()


def no_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_red_hard_criterion_refuses_the_go_until_it_is_overridden(
    open_as: OpenPage, made: scenes.Ids, watched: Watched
) -> None:
    watched.allow("409")
    page = open_as(MANAGER, "/programmes/decisions/1", WIDE)
    answered(page, "Vote…", word="yes")
    expect(page.locator("#verdict-title")).to_have_text("No-go")
    answered(page, "Decide…", word="go")
    expect(page.locator("main")).to_contain_text("executive may override it in writing")
    boss = open_as(BOSS, "/programmes/decisions/1", WIDE)
    answered(boss, "Override in writing…", reason="two floaters of the region cover them")
    expect(boss.locator("#verdict")).to_contain_text("Overridden by executive")
    page.goto(page.url.replace("/decide", ""))
    answered(page, "Decide…", word="go")
    expect(page.locator("#verdict-title")).to_have_text("Go, with override")
    no_violations_by_day_and_night(page, "go-no-go")


def test_the_run_sheet_of_a_site_is_pressed_by_thumb(
    open_as: OpenPage, made: scenes.Ids, watched: Watched
) -> None:
    watched.allow("400")
    page = open_as("site-team", "/programmes/cut-overs/1", NARROW)
    main = page.locator("#next-step .button.main")
    box = main.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["width"] >= 300
    no_sideways(page)
    main.click()
    expect(main).to_have_text("Step 1 is done and verified")
    main.click()
    expect(main).to_have_text("Begin step 2")
    main.click()
    page.get_by_label("Transactions in flight").fill("4")
    main.click()
    expect(page.locator("main")).to_contain_text("4 transactions are still in flight")
    page.get_by_label("Transactions in flight").fill("0")
    page.locator("main button[type=submit]").first.click()
    expect(page.locator("#next-step .big")).to_have_text("Every step is done.")
    no_violations_by_day_and_night(page, "cut-over")


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_steering_is_accessible_and_never_wider_than_the_screen(
    open_as: OpenPage, made: scenes.Ids, size: dict[str, int]
) -> None:
    page = open_as(BOSS, f"/programmes/{made.programme}/steering", size)
    expect(page.get_by_role("heading", level=1)).to_contain_text("One plan")
    no_sideways(page)
    no_violations_by_day_and_night(page, f"steering-{size['width']}")
