"""Silences and maintenance windows in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    NARROW,
    WIDE,
    OpenPage,
    Watched,
    no_violations_by_day_and_night,
)
from tests.browser.furnished import clock as clock
from tests.browser.furnished import template as template
from tests.web import people

SIZES = [pytest.param(WIDE, id="1440 px"), pytest.param(NARROW, id="400 px")]
PAGES = [
    "/silences",
    "/silences/new?name=alertname&op=%3D~&value=Errors.*",
    "/windows",
    "/windows/new",
    "/windows/1",
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", PAGES)
def test_they_are_accessible(open_as: OpenPage, path: str, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, path, size)
    no_violations_by_day_and_night(
        page, f"{path.partition('?')[0].strip('/').replace('/', '-')}-{size['width']}"
    )


def test_a_silence_is_made_and_ended_without_javascript(
    open_as: OpenPage, watched: Watched
) -> None:
    watched.allow("400")
    page = open_as(people.OPERATOR, "/silences/new", javascript=False)
    page.fill("#m-n1", "alertname")
    page.select_option("#m-o1", "=~")
    page.fill("#m-v1", "Errors(")
    page.fill("#e-comment", "planned")
    page.click("button:has-text('Preview')")
    expect(page.get_by_role("alert")).to_contain_text("regular expression")
    page.fill("#m-v1", "Errors.*")
    page.click("button:has-text('Preview')")
    expect(page.get_by_label("Preview")).to_contain_text("open alerts would be held back now.")
    page.click("button:has-text('Silence')")
    page.goto("/silences")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label('End silence alertname=~"Errors.*"').click()
    expect(page.locator("tbody tr", has_text="expired")).to_have_count(1)


def test_a_window_is_announced_and_ended(open_as: OpenPage, watched: Watched) -> None:
    watched.allow("400")
    page = open_as(people.OPERATOR, "/windows/new")
    page.fill("#e-title", "Manutenção do gateway")
    page.fill("#e-starts", "tomorrow")
    page.fill("#e-ends", "2026-03-04 02:00")
    page.select_option("#e-component", "smsc-mz")
    page.click("button:has-text('Announce')")
    expect(page.get_by_role("alert")).to_contain_text("write it like 2026-03-02 08:00")
    page.fill("#e-starts", "2026-03-03 22:00")
    page.click("button:has-text('Announce')")
    expect(page.locator("tbody tr", has_text="Manutenção do gateway")).to_contain_text("upcoming")
    page.get_by_label("Cancel Manutenção do gateway").click()
    expect(page.locator("tbody tr", has_text="Manutenção do gateway")).to_contain_text("cancelled")
