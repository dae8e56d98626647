"""One shop from planned to accepted by pages alone: a telephone in the shop, a manager's desk."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from changes.programmes.models.plan import ProgrammeWave
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from tests import factories
from tests.browser.conftest import NARROW, OpenPage, Watched
from tests.conftest import EIGHT
from tests.programmes import scenes, stage
from tests.web import people

MANAGER, TEAM = "change-manager", "site-team"
HERE = "/programmes/sites/1"
ITEMS = ("network", "power", "hardware", "data", "permits", "payment_terminals")
SLOT = (EIGHT + timedelta(days=7)).date().isoformat()
STATES = ("parallel", "go/no-go", "cut over", "hypercare", "accepted")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with one planned shop, whose wave holds its slot."""
    path = tmp_path_factory.mktemp("story") / "story.db"
    engine = make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    runtime = modules.wire(engine, FrozenClock(EIGHT))
    people.add_people(runtime)
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        scenes.programme(work, 3, ("KE", "KE", "KE"), staff=3)
        work.session.execute(update(ProgrammeWave).values(starts_on=None, ends_on=None))
    engine.dispose()
    return path


def go_on(page: Page) -> None:
    """Press what is next, and then its button."""
    page.locator("#next .acts .button").first.click()
    page.locator("form .button.main").click()


def stands(page: Page, state: str) -> None:
    expect(page.locator("#life [aria-current=step]")).to_have_text(state)


def test_from_planned_to_migrating_with_the_guards_of_the_house(
    open_as: OpenPage, watched: Watched
) -> None:
    watched.allow("409")  # of the move that the guards refuse
    shop, desk = open_as(TEAM, HERE, NARROW), open_as(MANAGER, "/programmes/1")
    stands(shop, "planned")
    go_on(shop)
    stands(shop, "surveyed")
    expect(shop.locator("#next")).to_contain_text("Not ready: Network measured at the peak hour")
    for each in ITEMS:
        item = shop.locator(f"#item-{each}")
        item.get_by_role("textbox").fill(f"photo de {each}")
        item.get_by_role("button", name="Pass").click()
        expect(shop.locator(f"#item-{each} .badge").first).to_have_text("pass")
    expect(shop.locator("#next")).to_contain_text("Nothing is in the way.")
    go_on(shop)
    stands(shop, "ready")
    expect(shop.locator("#next")).to_contain_text("No slot and crew is booked")
    shop.locator("#next").get_by_role("link", name="Book a day and a crew").click()
    shop.get_by_label("Day").fill(SLOT)
    shop.get_by_label("Crew", exact=True).fill("équipe A")
    shop.get_by_role("button", name="Book").click()
    expect(shop.locator("#next")).to_contain_text("The baseline of the release R1 is not frozen")
    desk.get_by_role("link", name="Freeze…").click()
    desk.get_by_role("button", name="Freeze").click()
    expect(desk.get_by_text("The baseline of R1 is frozen.")).to_be_visible()
    shop.reload()
    expect(shop.locator("#next")).to_contain_text("Nothing is in the way.")
    go_on(shop)
    stands(shop, "migrating")
    expect(shop.locator("#next")).to_contain_text(re.compile("migration rehearsals", re.IGNORECASE))
    go_on(shop)
    expect(shop.get_by_role("alert")).to_contain_text("rehearsals")
    shop.goto(HERE)
    stands(shop, "migrating")


def test_on_to_accepted_once_every_part_says_yes(open_as: OpenPage) -> None:
    """What others prove is told here; their own pages have tests of their own."""
    with stage.told():
        page = open_as(TEAM, HERE, NARROW)
        go_on(page)
        for each in ITEMS:
            page.locator(f"#item-{each}").get_by_role("button", name="Pass").click()
        go_on(page)
        page.goto(f"{HERE}/book")
        page.get_by_label("Day").fill(SLOT)
        page.get_by_label("Crew", exact=True).fill("A")
        page.get_by_role("button", name="Book").click()
        desk = open_as(MANAGER, "/programmes/releases/1/freeze")
        desk.get_by_role("button", name="Freeze").click()
        expect(desk.get_by_text("The baseline of R1 is frozen.")).to_be_visible()
        page.goto(HERE)
        go_on(page)
        stands(page, "migrating")
        for state in STATES:
            go_on(page)
            stands(page, state)
        expect(page.locator("#next")).to_contain_text("Accepted: nothing is left to do here.")
        expect(page.locator("#history li")).to_have_count(8)
        desk.goto("/programmes/1")
        expect(desk.locator("#figures")).to_contain_text("of 3")
        expect(desk.locator("[data-board-key=accepted] b")).to_have_text("1")
