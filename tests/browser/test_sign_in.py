"""Signing in with a real browser."""

import pytest
from playwright.sync_api import Page, expect

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
