"""Signing in with a real browser."""

from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from ssoc.core.clock import FrozenClock
from ssoc.core.work import Runtime
from tests.browser.conftest import NARROW, WIDE, OpenPage, Watched, no_violations, shoot
from tests.web import people


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1440 px", "400 px"])
def test_the_sign_in_page_is_accessible(new_page: OpenPage, viewport: dict[str, int]) -> None:
    page = new_page(viewport)
    page.goto("/sign-in")
    no_violations(page)
    shoot(page, f"signin-{viewport['width']}")


def test_somebody_signs_in_with_the_keyboard_alone(new_page: OpenPage, watched: Watched) -> None:
    watched.allow("401")
    page = new_page()
    page.goto("/account")
    assert page.url.endswith("/sign-in?next=/account")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("4 more before a pause of 5 min")
    shoot(page, "signin-wrong")
    no_violations(page)
    page.keyboard.type(people.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("admin")
    assert page.url.endswith("/account")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1440 px", "400 px"])
def test_the_own_account_is_accessible(open_as: OpenPage, viewport: dict[str, int]) -> None:
    page: Page = open_as("noc-operator", "/account", viewport)
    no_violations(page)
    shoot(page, f"account-{viewport['width']}")


def test_a_second_factor_is_set_up_and_used(
    open_as: OpenPage, new_page: OpenPage, clock: FrozenClock, watched: Watched
) -> None:
    watched.allow("400", "401")
    page = open_as("auditor", "/account")
    page.get_by_role("button", name="Set up…").press("Enter")
    shoot(page, "second-factor")
    no_violations(page)
    key = page.locator("#second-factor code").inner_text().replace(" ", "")
    page.fill("#code", "000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("code is wrong")
    page.fill("#code", pyotp.TOTP(key).at(clock.now()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Second factor is on")
    clock.advance(timedelta(seconds=30))
    other = new_page()
    other.goto("/sign-in")
    other.fill("#name", "auditor")
    other.fill("#password", people.PASSWORD)
    other.keyboard.press("Enter")
    expect(other.get_by_role("alert")).to_contain_text("password or code is wrong")
    other.fill("#password", people.PASSWORD)
    other.fill("#code", pyotp.TOTP(key).at(clock.now()))
    other.keyboard.press("Enter")
    other.wait_for_url(lambda url: "/sign-in" not in url)


def test_sign_in_works_without_javascript(new_page: OpenPage) -> None:
    page = new_page(javascript=False)
    page.goto("/sign-in?next=/account")
    page.fill("#name", "auditor")
    page.fill("#password", people.PASSWORD)
    page.click("button[type=submit]")
    assert page.url.endswith("/account")
    page.select_option("#theme", "dark")
    page.get_by_role("button", name="Save").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    shoot(page, "account-dark")


def test_the_dark_account_page_is_accessible(open_as: OpenPage) -> None:
    page = open_as("auditor", "/account")
    page.select_option("#theme", "dark")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_load_state("load")
    no_violations(page)


def test_refusals_and_missing_pages_are_accessible(open_as: OpenPage, watched: Watched) -> None:
    watched.allow("403", "404")
    page = open_as("noc-operator")
    for path, name in (("/admin/people", "refused"), ("/no/such/page", "missing")):
        page.goto(path)
        no_violations(page)
        shoot(page, name)
    expect(page.get_by_role("heading", level=1)).to_contain_text("no such page")


def test_a_database_that_is_away_is_said_and_comes_back(
    open_as: OpenPage, watched: Watched, runtime: Runtime
) -> None:
    watched.allow("503")
    page = open_as("noc-operator", "/account")
    path = Path(str(runtime.engine.url.database))
    away = path.with_suffix(".away")
    runtime.engine.dispose()
    path.rename(away)
    try:
        path.mkdir()  # nothing can be opened there
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("The database does not answer")
        no_violations(page)
        shoot(page, "away")
    finally:
        path.rmdir()
        away.rename(path)
        runtime.engine.dispose()
    page.get_by_role("link", name="Try now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("noc operator")
