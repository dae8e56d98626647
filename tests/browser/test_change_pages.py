"""The list, the board and the calendar in a real browser, filled with the demo's month."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from tests.browser.conftest import (
    NARROW,
    WIDE,
    OpenPage,
    no_violations_by_day_and_night,
)
from tests.browser.test_tour import walk
from tests.demo.test_month import NOW, prepared

SIZES = [pytest.param(WIDE, id="1440"), pytest.param(NARROW, id="400")]
PAGES = {
    "list": "/changes/",
    "over": "/changes/?state=over",
    "board": "/changes/board",
    "week": "/changes/calendar?on=2026-11-25",
    "clocks": "/changes/calendar?on=2026-10-29",
    "month": "/changes/calendar?view=month",
    "night": "/changes/calendar?view=night&on=2026-11-25",
    "nothing": "/changes/?q=nothing+is+called+so",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with the demo's people and month, made once."""
    path = tmp_path_factory.mktemp("month") / "month.db"
    engine = make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    runtime = prepared(modules.wire(engine, FrozenClock(NOW)))
    for module in modules.load():
        for past in module.history:
            past(runtime)
    engine.dispose()
    return path


@pytest.fixture
def clock() -> FrozenClock:
    """Give a clock that stands at the end of the month."""
    return FrozenClock(NOW)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_they_are_accessible(open_as: OpenPage, name: str, size: dict[str, int]) -> None:
    page = open_as("grace", PAGES[name], size)
    no_violations_by_day_and_night(page, f"changes-{name}-{size['width']}")


@pytest.mark.parametrize("name", ["list", "board", "week", "month", "night"])
def test_they_are_used_by_keyboard_alone(open_as: OpenPage, name: str) -> None:
    walk(open_as("grace", PAGES[name]))


def test_answers_by_keyboard(open_as: OpenPage) -> None:
    page = open_as("grace", "/changes/?state=waiting")
    rows = page.locator("tr[data-row]")
    before = rows.count()
    assert before >= 2
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_role("status").first).to_contain_text("yes noted")
    expect(rows).to_have_count(before - 1)
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reject CHG-")
    page.get_by_label(re.compile("What must change")).fill("the roll-back was not rehearsed")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status").first).to_contain_text("no noted")
    expect(rows).to_have_count(before - 2)


def test_a_telephone_has_the_list_instead_of_the_nights(open_as: OpenPage) -> None:
    page = open_as("carlos", PAGES["week"], NARROW)
    expect(page.get_by_role("region", name="Week of nights")).to_be_hidden()
    expect(page.get_by_role("link", name=re.compile("transaction limits")).last).to_be_visible()
    page.goto(PAGES["month"])
    expect(page.get_by_role("region", name="Month")).to_be_hidden()
    nights = page.get_by_role("region", name="Nights as a list")
    expect(nights).to_be_visible()
    below, above = page.get_by_role("heading", name="Collisions").bounding_box(), nights
    first = above.bounding_box()
    assert below
    assert first
    assert first["y"] < below["y"], "what is planned comes before what is found"


def test_a_day_of_the_month_opens_its_night(open_as: OpenPage) -> None:
    page = open_as("carlos", PAGES["month"])
    page.get_by_role("link", name=re.compile(r"^24 ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changes: the night of 24 November")
    page.get_by_role("link", name="later").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Changes: the night of 25 November")
    page.get_by_role("link", name="Week, nights").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Changes: nights of 23 to 29 November"
    )


def test_bars_are_as_long_as_the_work(open_as: OpenPage) -> None:
    page = open_as("carlos", PAGES["night"])
    bar = page.locator(".night .slot.p1").first
    box, night = bar.bounding_box(), bar.locator("xpath=..").bounding_box()
    assert box
    assert night
    assert abs(box["width"] / night["width"] - 2 / 12) < 0.01, "two hours of twelve"


def test_it_is_printed_on_a4_across(open_as: OpenPage) -> None:
    page = open_as("carlos", PAGES["week"])
    printed = page.pdf(prefer_css_page_size=True)
    [first, *_] = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    width, height = (float(each) for each in first)
    assert width > height
    assert abs(width - 842) < 2
