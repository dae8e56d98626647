"""The keyboard in a real browser: help and goals on every page, also without a list."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, no_violations, shoot
from tests.browser.furnished import clock as clock
from tests.browser.furnished import template as template
from tests.web import people

PAGES = ["/wall", "/triage", "/silences", "/estate", "/account", "/admin/jobs"]


@pytest.mark.parametrize("path", PAGES)
def test_help_opens_and_g_d_leads_to_windows(open_as: OpenPage, path: str) -> None:
    page = open_as(people.ADMIN, path)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    no_violations(page)
    shoot(page, f"keys-{path.strip('/').replace('/', '-')}")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page).to_have_url(re.compile("/windows$"))
