"""The alert explorer in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    NARROW,
    WIDE,
    OpenPage,
    no_violations_by_day_and_night,
)
from tests.browser.furnished import clock as clock
from tests.browser.furnished import template as template
from tests.web import people

SIZES = [pytest.param(WIDE, id="1440 px"), pytest.param(NARROW, id="400 px")]


@pytest.mark.parametrize("size", SIZES)
def test_alerts_are_accessible(open_as: OpenPage, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, "/alerts", size)
    no_violations_by_day_and_night(page, f"alerts-{size['width']}")


@pytest.mark.parametrize("size", SIZES)
def test_one_alert_is_accessible(open_as: OpenPage, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, "/alerts?q=extratos", size)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Serviço de notificação")
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    no_violations_by_day_and_night(page, f"alert-{size['width']}")


def test_silence_this(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/alerts?q=extratos")
    page.click("[data-row] a")
    page.wait_for_url(lambda url: "/alerts/" in url)
    page.wait_for_load_state()
    page.keyboard.press("m")
    expect(page.locator("input[name=name]").first).to_have_value("alertname")
    held = re.compile(r"^1 of \d+ open alerts would be held back now\.$")
    expect(page.get_by_text(held)).to_be_visible()
    page.fill("#e-comment", "known, the queue drains")
    page.click("button:has-text('Silence')")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Silence of")
    expect(page.get_by_text("1 open alert", exact=True)).to_be_visible()
    page.goto("/alerts?silenced=yes")
    expect(page.locator("[data-row]")).to_have_count(2)
