"""One change in a real browser, from raising it to its review, by all who have a part in it."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from changes.lifecycle import Outcome, State
from changes.models import Change
from changes.run_jobs import watch_runs
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.browser.conftest import OpenPage, no_violations, shoot
from tests.changes.approving import add_team

TITLE = "Core: larger log volume"
STEPS = [
    ("Stop payouts", "10", "payouts stand still", "open payouts"),
    ("Attach the volume", "30", "", "detach it"),
    ("Writes under 200 ms", "10", "p95 of the ledger", ""),
    ("Open payouts", "20", "", ""),
]


@pytest.fixture(autouse=True)
def estate(runtime: Runtime) -> None:
    """Give the team, and a change of Kenya's that has the core on Thursday evening."""
    add_team(runtime)
    with runtime.work(SYSTEM) as work:
        factories.change(
            work,
            ["KE"],
            ["core"],
            state=State.SCHEDULED,
            title="Core: menu texts",
            starts_at=datetime.fromisoformat("2026-03-05T20:00+00:00"),
            ends_at=datetime.fromisoformat("2026-03-05T22:00+00:00"),
        )


def test_raise_score_approve_run_overrun_review(
    runtime: Runtime, clock: FrozenClock, open_as: OpenPage
) -> None:
    address = raised(open_as("rita", "/changes/new"))
    moved_to_a_free_slot(open_as("rita", address))
    approved_by_everybody_asked(open_as)
    starts = window_of(runtime)
    assert starts - clock.now() >= timedelta(hours=48), "the lead time of a normal change"
    clock.advance(starts - clock.now())
    page = begun(open_as("imre", address))
    run_until_late(page, clock)
    clock.advance(timedelta(minutes=130))
    watch_runs(runtime)
    seen_by_the_room(open_as)
    ended_late(open_as("imre", page.url))
    reviewed(open_as("olga", address))
    with runtime.view(SYSTEM) as work:
        assert work.session.get_one(Change, number_of(address)).state is State.REVIEWED


def raised(page: Page) -> str:
    """Raise the change in the window that is taken, and return the address of its page."""
    page.get_by_label("What is changed").fill(TITLE)
    page.get_by_label("Why", exact=True).fill("the log fills up within two weeks")
    page.get_by_label("Window from").fill("2026-03-05 20:00")
    page.get_by_label("Until").fill("2026-03-05 22:00")
    page.get_by_label("Roll-back, min").fill("30")
    page.get_by_label("Component, row 1").fill("core")
    page.get_by_label("What happens to it, row 1").select_option("down")
    page.get_by_role("button", name="Add rows for steps").click()
    for at, (title, minutes, check, undo) in enumerate(STEPS, 1):
        page.get_by_label(f"Step, row {at}").fill(title)
        page.get_by_label(f"Minutes, row {at}").fill(minutes)
        page.get_by_label(f"Check, row {at}").fill(check)
        page.get_by_label(f"Undo, row {at}").fill(undo)
    page.get_by_label("Hold point, row 3").check()
    page.get_by_label("Roll-back plan").fill("detach the volume, open payouts")
    page.get_by_label("Implementer").fill("imre")
    page.get_by_label("Verifier").fill("nils")
    page.get_by_role("button", name="Save and submit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    return page.url


def moved_to_a_free_slot(page: Page) -> None:
    """See the score and the collision, and take the slot that is offered."""
    expect(page.locator("#risk h2")).to_have_text(re.compile(r"Risk \d+ of 100"))
    found = page.locator("#collisions")
    expect(found).to_contain_text("Core: menu texts")
    expect(found).to_contain_text("Next free slot:")
    no_violations(page)
    shoot(page, "story-collision")
    found.get_by_role("link", name="Move there…").click()
    page.get_by_role("button", name=re.compile("Move|Save")).first.click()
    expect(page.locator("#collisions")).not_to_contain_text("Next free slot:")


def window_of(runtime: Runtime) -> datetime:
    """Return when the window of the change begins."""
    with runtime.view(SYSTEM) as work:
        [starts] = [each.starts_at for each in work.session.query(Change) if each.title == TITLE]
        assert starts
        return starts


def number_of(address: str) -> int:
    """Return the number of the change at an address."""
    return int(address.rsplit("/", 1)[1])


def approved_by_everybody_asked(open_as: OpenPage) -> None:
    """Say yes from the list by keyboard: two operations leads, the product owner, security."""
    asked = {"olga": "submitted", "omar": "submitted", "petra": "submitted", "sven": "scheduled"}
    for name, after in asked.items():
        page = open_as(name, "/changes/approvals")
        page.keyboard.press("j")
        page.keyboard.press("a")
        expect(page.get_by_role("status")).to_contain_text(f"yes noted; it is {after}.")


def begun(page: Page) -> Page:
    """Start the run from the page of the change."""
    page.get_by_role("link", name="Start…").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status")).to_contain_text("It began.")
    return page


def run_until_late(page: Page, clock: FrozenClock) -> None:
    """Do the steps up to the hold point, which takes far longer than planned."""
    main = page.locator("#next-step .button.main")
    for at, minutes in ((1, 10), (2, 55)):
        page.keyboard.press("a")
        expect(main).to_have_text(f"Step {at} is done")
        clock.advance(timedelta(minutes=minutes))
        page.keyboard.press("a")
        expect(main).to_have_text(f"Begin step {at + 1}")
    page.keyboard.press("a")
    expect(main).to_have_text("Pass hold point…")
    shoot(page, "story-run")


def seen_by_the_room(open_as: OpenPage) -> None:
    """Find its alert among the alerts, and the change as over its window on the list."""
    page = open_as("rita", "/alerts?q=ChangeOverran")
    expect(page.get_by_role("main")).to_contain_text("Past its window, which ended")
    expect(page.get_by_role("main")).to_contain_text(f"“{TITLE}”")
    page.goto("/changes/")
    expect(page.locator("tr", has_text=TITLE)).to_contain_text("running")


def ended_late(page: Page) -> None:
    """Pass the hold point, do the last step, and end the run as it was: over its window."""
    main = page.locator("#next-step .button.main")
    expect(page.locator("#next-step")).to_contain_text("Past its window by 75 min.")
    shoot(page, "story-late")
    no_violations(page)
    page.get_by_role("link", name="Decide: go on, or roll back…").click()
    page.get_by_label("Decision").select_option("Go on")
    page.get_by_label(re.compile("Why; it stays on record")).fill("the volume is attached")
    page.get_by_role("button", name="Decide").click()
    main.click()
    page.get_by_label("What the check said").fill("p95 180 ms")
    page.get_by_role("button", name="Pass").click()
    main.click()
    expect(main).to_have_text("Step 4 is done")
    main.click()
    expect(main).to_have_text("End the run…")
    main.click()
    page.get_by_label("Outcome").select_option(Outcome.WITH_ISSUES.value)
    page.get_by_label("What is worth knowing").fill("the copy took an hour longer")
    page.get_by_role("button", name="End it").click()
    expect(page.locator("#next-step")).to_contain_text("with issues")


def reviewed(page: Page) -> None:
    """Write the review that the overrun asks for."""
    expect(page.locator("#reviews")).to_contain_text("it ended 75 min after its window")
    page.keyboard.press("r")
    page.get_by_label("What happened, and why").fill("the copy took an hour longer than planned")
    page.get_by_label("What we learn from it").fill("the copy must be measured beforehand")
    page.get_by_label("What is to be done").fill("measure the copy; imre; 2026-04-01")
    page.get_by_role("button", name="Keep the review").click()
    expect(page.get_by_role("status")).to_contain_text("Reviewed.")
    expect(page.locator("#reviews")).to_contain_text("measure the copy, imre, until 2026-04-01")
    no_violations(page)
    shoot(page, "story-reviewed")
