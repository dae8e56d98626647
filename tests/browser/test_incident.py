"""The page of an incident in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    NARROW,
    WIDE,
    OpenPage,
    Watched,
    no_violations,
    no_violations_by_day_and_night,
)
from tests.browser.furnished import clock as clock
from tests.browser.furnished import template as template
from tests.web import people

SIZES = [pytest.param(WIDE, id="1440 px"), pytest.param(NARROW, id="400 px")]
WORST = "Ledger database East"


@pytest.fixture
def worst(open_as: OpenPage) -> str:
    """Give the address of the worst incident."""
    page = open_as(people.OPERATOR, "/triage")
    href = page.locator("tr[data-row] .what a").first.get_attribute("href")
    assert href is not None
    return href


@pytest.mark.parametrize("size", SIZES)
def test_the_incident_is_accessible(open_as: OpenPage, worst: str, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, worst, size)
    expect(page.get_by_role("heading", level=1)).to_contain_text(WORST)
    no_violations_by_day_and_night(page, f"incident-{size['width']}")


@pytest.mark.parametrize(
    "path", ["timeline", "resolve", "assign", "role", "split", "pause", "dispute", "move?k="]
)
def test_what_leads_on_from_it_is_accessible(open_as: OpenPage, worst: str, path: str) -> None:
    page = open_as(people.MANAGER, f"{worst}/{path}", NARROW)
    no_violations_by_day_and_night(page, f"incident-{path.partition('?')[0]}")


def test_what_is_typed_survives_the_refresh(open_as: OpenPage, worst: str) -> None:
    page = open_as(people.OPERATOR, worst)
    page.fill("#e-text", "half a sentence")
    with page.expect_response(lambda answer: worst in answer.url, timeout=9_000):
        pass
    expect(page.locator("#e-text")).to_have_value("half a sentence")


def test_somebody_was_faster(open_as: OpenPage, worst: str, watched: Watched) -> None:
    watched.allow("409")
    mine, theirs = open_as(people.OPERATOR, worst), open_as(people.MANAGER, worst)
    theirs.click("text=Mark mitigated")
    expect(theirs.locator("#head .badge").first).to_have_text("mitigated")
    mine.evaluate("document.querySelector('form[action$=mitigate]').requestSubmit()")
    expect(mine.get_by_role("heading", level=1)).to_have_text("That does not fit any more")
    no_violations(mine)
    mine.click("text=Look again")
    expect(mine.locator("#head .badge").first).to_have_text("mitigated")


def test_it_prints_without_buttons_and_in_one_column(open_as: OpenPage, worst: str) -> None:
    page = open_as(people.OPERATOR, worst)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_contain_text(WORST)
    expect(page.locator(".nav")).to_be_hidden()
    expect(page.locator("#head .acts")).to_be_hidden()
    expect(page.locator("#e-text")).to_be_hidden()


def test_an_incident_works_without_javascript(open_as: OpenPage, worst: str) -> None:
    page = open_as(people.OPERATOR, worst, javascript=False)
    page.fill("#e-text", "called the vendor again")
    page.click("text=Send as update")
    expect(page.locator("#timeline")).to_contain_text(re.compile("called the vendor again", re.I))
