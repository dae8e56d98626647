"""The administration with a real browser: accessible, and done with the keyboard alone."""

import pytest
from playwright.sync_api import expect

from ssoc.core.work import Runtime
from tests.browser.conftest import NARROW, WIDE, OpenPage, no_violations, shoot
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
