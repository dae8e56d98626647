"""Go/no-go and the run sheet of a site in a real browser: refused, overridden, by thumb."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from changes.programmes.actions import cutting_over, go_no_go
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import ProgrammeWave
from changes.programmes.queries import cutover, site_facts
from changes.programmes.queries.decisions import DecisionStanding
from changes.programmes.rules import brake
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
            factories.accounts(work, "sam")
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
    page.get_by_role("button", name="Seen").click()
    page.get_by_label("Transactions in flight").fill("0")
    main.click()
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


def test_a_press_without_a_line_is_kept_shown_and_sent_once(
    open_as: OpenPage, runtime: Runtime, made: scenes.Ids, watched: Watched
) -> None:
    watched.allow("ERR_INTERNET_DISCONNECTED")
    page = open_as("site-team", "/programmes/cut-overs/1", NARROW)
    main = page.locator("#next-step .button.main")
    page.context.set_offline(True)
    main.click()
    unsent = page.locator("#unsent")
    expect(unsent).to_contain_text("Not sent yet: 1")
    expect(unsent).to_contain_text("Begin step 1, pressed")
    expect(main).to_have_text("Begin step 1: not sent yet")
    expect(main).to_be_disabled()
    with runtime.view(SYSTEM) as work:
        assert cutover.run(work, 1).steps[0].began_at is None
    page.context.set_offline(False)
    expect(main).to_have_text("Step 1 is done and verified", timeout=25_000)
    expect(unsent).to_be_hidden()
    with runtime.view(SYSTEM) as work:
        step = cutover.run(work, 1).steps[0]
    assert (step.began_by, step.repeats) == ("site-team", 0)
    assert page.evaluate("localStorage.getItem('presses site-team')") == "[]"


def test_an_answer_that_is_lost_does_not_press_twice(
    open_as: OpenPage, runtime: Runtime, made: scenes.Ids, watched: Watched
) -> None:
    """The server has done it, the telephone never heard: it asks again and is told the same."""
    watched.allow("ERR_FAILED")
    page = open_as("site-team", "/programmes/cut-overs/1", NARROW)
    heard: list[str] = []

    def lose_the_first(route: Route) -> None:
        heard.append(route.request.headers["idempotency-key"])
        if len(heard) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/steps/1/start", lose_the_first)
    page.locator("#next-step .button.main").click()
    expect(page.locator("#next-step .button.main")).to_have_text(
        "Step 1 is done and verified", timeout=25_000
    )
    assert len(heard) == 2
    assert len(set(heard)) == 1, "the same key both times"
    with runtime.view(SYSTEM) as work:
        assert cutover.run(work, 1).steps[0].repeats == 0


@pytest.mark.parametrize("place", ["cut-overs/1", "sites/{site}"])
def test_every_button_is_wide_enough_for_a_thumb(
    open_as: OpenPage, made: scenes.Ids, place: str
) -> None:
    page = open_as("site-team", f"/programmes/{place.format(site=made.first)}", NARROW)
    small = page.evaluate(
        """() => [...document.querySelectorAll("main :is(.button, button)")]
        .filter((each) => each.checkVisibility())
        .map((each) => [each.textContent.trim(), each.getBoundingClientRect()])
        .filter(([, box]) => box.height < 44 || box.width < 44)
        .map(([words, box]) => `${words} ${box.width} x ${box.height}`)"""
    )
    assert small == []
    no_sideways(page)


def test_steering_is_one_sheet_of_paper(
    open_as: OpenPage, runtime: Runtime, made: scenes.Ids
) -> None:
    """Twelve waves, two of them held by the brake: as much as a board is handed."""
    with runtime.work(SYSTEM) as work:
        ids = scenes.programme(work, 48, 12, states=scenes.HALF_WAY, name="Twelve", prefix="T")
        for number in ids.waves[:2]:
            wave = work.session.get_one(ProgrammeWave, number)
            wave.paused_at, wave.paused_by = work.now, "system"
            wave.paused_because = brake.words("failed", brake.FAILED_SITES, "3 failed, 2 tolerated")
    page = open_as(BOSS, f"/programmes/{ids.programme}/steering", WIDE)
    expect(page.locator("#asks")).to_contain_text("Resume Wave 1, or stop")
    assert "failed_sites" not in page.locator("main").inner_text(), "no key of ours on paper"
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 1
