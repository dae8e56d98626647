"""The administration with a real browser: accessible, and done with the keyboard alone."""

import pytest
from playwright.sync_api import expect

from ssoc.accounts import machines
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.browser.conftest import NARROW, WIDE, OpenPage, Watched, no_violations, shoot
from tests.web import people, scenery

PAGES = {
    "people": "/admin/people",
    "person-new": "/admin/people/new",
    "person": "/admin/people/desk-ke",
    "tokens": "/admin/tokens",
    "token-revoke": "/admin/tokens/reports/revoke",
    "kiosks": "/admin/kiosks",
    "jobs": "/admin/jobs",
    "ingest": "/admin/ingest",
    "pages": "/admin/pages",
    "deliveries": "/admin/deliveries",
    "audit": "/admin/audit",
    "audit-none": "/admin/audit?kind=HeartbeatSet",
    "estate": "/estate",
    "component": "/estate/ledger-east",
}


@pytest.fixture(autouse=True)
def furnished(runtime: Runtime) -> None:
    scenery.furnish(runtime)


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1440 px", "400 px"])
def test_every_page_is_accessible(open_as: OpenPage, viewport: dict[str, int]) -> None:
    page = open_as(people.ADMIN, "/admin/people", viewport)
    for name, path in PAGES.items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        shoot(page, f"{name}-{viewport['width']}")
        no_violations(page)


def test_a_person_is_added_with_the_keyboard_alone(open_as: OpenPage) -> None:
    page = open_as(people.ADMIN, "/admin/people")
    page.get_by_role("link", name="Add a person…").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/people/new")
    page.keyboard.type("wairimu")  # the cursor stands in the first field
    page.keyboard.press("Tab")
    page.keyboard.type("Wairimu Njoroge")
    page.keyboard.press("Tab")  # no mail address
    page.keyboard.press("Tab")  # the password stays empty: one is made
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # NOC operator
    page.keyboard.press("Tab")
    page.keyboard.type("KE, TZ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Password of wairimu")
    shoot(page, "once")
    no_violations(page)
    made = page.locator("#secret").inner_text()
    page.get_by_role("link", name="Go on to wairimu").press("Enter")
    expect(page.get_by_label("NOC operator", exact=True)).to_be_checked()
    expect(page.get_by_label("Markets of NOC operator")).to_have_value("KE, TZ")
    assert made not in page.content()


def test_a_token_is_made_and_revoked_with_the_keyboard_alone(open_as: OpenPage) -> None:
    page = open_as(people.ADMIN, "/admin/tokens")
    page.get_by_label("Name of the machine").focus()
    page.keyboard.type("relay-2")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # from ingest to read
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Token relay-2")
    assert len(page.locator("#secret").inner_text()) == 32
    page.get_by_role("link", name="Back to the tokens").press("Enter")
    page.get_by_role("link", name="Revoke… relay-2").press("Enter")
    expect(page.get_by_role("link", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")  # the cursor is on "keep": nothing happens
    expect(page.get_by_role("row", name="relay-2")).to_contain_text("valid")
    page.get_by_role("link", name="Revoke… relay-2").press("Enter")
    expect(page.get_by_role("link", name="Keep it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is revoked")


def test_the_chain_is_verified_by_a_button(open_as: OpenPage) -> None:
    page = open_as(people.AUDITOR, "/admin/audit?kind=SignedIn")
    page.get_by_role("button", name="Verify the chain").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The chain is whole")
    shoot(page, "audit-verified")
    no_violations(page)


def test_everything_works_without_javascript(open_as: OpenPage) -> None:
    page = open_as(people.ADMIN, "/estate", javascript=False)
    page.select_option("#f-market", "KE")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("link", name="api-tz")).to_have_count(0)
    page.get_by_role("link", name="Ledger database East").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ledger database East")
    page.goto("/admin/deliveries")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status")).to_contain_text("being delivered")


def test_a_wall_screen_opens_its_link_and_no_more(
    new_page: OpenPage, runtime: Runtime, watched: Watched
) -> None:
    watched.allow("403", "401", "404")
    with runtime.work(SYSTEM) as work:
        link = machines.create_kiosk(work, "wall-2", ["KE"])
    page = new_page()
    page.goto(f"/kiosk/{link}")
    page.wait_for_url("**/wall")
    answer = page.goto("/admin/people")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_contain_text("wall screen")
    with runtime.work(SYSTEM) as work:
        machines.revoke_kiosk(work, "wall-2")
    page.goto("/wall")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
