"""A roll-out in a real browser: a wave, bad figures, the pause, the approval, and its end.

The figures are stored samples, the gate is measured and the waves advanced by the jobs themselves.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from changes.gates.jobs import measure_due
from changes.lifecycle import Effect, Outcome, State
from changes.rollouts import jobs
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.sample_store import SeriesBook
from tests import factories
from tests.browser.conftest import NARROW, OpenPage, no_violations, shoot
from tests.changes.approving import add_team
from tests.changes.gates import story as figures
from tests.rollouts import story
from tests.rollouts.story import MINUTE

STATE = "td[data-label=State]"
STATES, HERE = f"#waves {STATE}", "#waves tr[aria-current=step]"
LIMITS = {"First after": "0s", "Every": "1m", "Times": "3", "Failures allowed": "0"}


@pytest.fixture(autouse=True)
def change(runtime: Runtime) -> None:
    """Give the team, two countries with figures, and a draft for now."""
    add_team(runtime)
    figures.load(runtime, ("KE", "TZ"))
    with runtime.work(SYSTEM) as work:
        begins = work.now + timedelta(minutes=5)
        factories.change(
            work,
            ["KE", "TZ"],
            [("core-ke", Effect.NONE), ("core-tz", Effect.NONE)],
            title="Savings pocket",
            starts_at=begins,
            ends_at=begins + timedelta(hours=4),
            rollback_minutes=12,
            rollback_plan="set the flag to off",
        )


def test_wave_bad_figures_pause_resume_by_approval_finish(
    runtime: Runtime, clock: FrozenClock, open_as: OpenPage
) -> None:
    page = planned(open_as("mona", "/changes/1"))
    address = page.url
    story.approve(runtime, 1)
    clock.advance(6 * MINUTE)
    begun(shown(open_as, "imre", address))
    measured(runtime, clock, KE=99.6, TZ=99.5)
    measured(runtime, clock, KE=99.5, TZ=98.0)
    paused(open_as, address)
    resumed(shown(open_as, "olga", address))
    for _ in range(3):
        measured(runtime, clock, KE=99.6, TZ=99.4)
    jobs.advance(runtime)  # the second wave begins by itself
    page = shown(open_as, "imre", address)
    expect(page.locator(f"{HERE} th")).to_have_text("Wave 2 · everybody")
    for _ in range(3):
        measured(runtime, clock, KE=99.6, TZ=99.4)
    page.reload()
    expect(page.locator("#head .badge").first).to_have_text("finished")
    expect(page.locator(f"{STATES} .badge")).to_have_text(["passed", "passed"])
    ended = story.change_of(runtime, 1)
    assert (ended.state, ended.outcome) == (State.ENDED, Outcome.WITH_ISSUES)


def shown(
    open_as: OpenPage, name: str, address: str, viewport: dict[str, int] | None = None
) -> Page:
    """Open the page of the roll-out; a busy machine takes a while to draw its charts."""
    page: Page = open_as(name, "/roll-outs", viewport)
    page.set_default_timeout(45_000)
    page.goto(address, wait_until="domcontentloaded")
    return page


def planned(page: Page) -> Page:
    """Plan the waves on the page of the change, after a look at what they cover."""
    page.get_by_role("link", name="Roll out in waves…").click()
    page.get_by_role("button", name="Take out wave 2").click()
    expect(page.get_by_role("heading", name="Wave 3")).to_have_count(0)
    first, second = page.locator("#w1"), page.locator("#w2")
    first.get_by_label("Title").fill("staff")
    first.get_by_label("KE").uncheck()
    first.get_by_label("Group by", exact=True).fill("group")
    first.get_by_label("Values", exact=True).fill("staff")
    second.get_by_label("Begins").select_option("by itself")
    for wave in (first, second):
        wave.get_by_label("Watched after its gate, min").fill("0")
        for label, value in LIMITS.items():
            wave.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Check", exact=True).last.click()
    expect(first.get_by_text("Reaches group staff in KE TZ · 1 metric")).to_be_visible()
    expect(page.get_by_role("heading", name="Wave 2 · everybody")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    no_violations(page)
    page.get_by_role("button", name="Keep the waves").click()
    expect(page.get_by_role("heading", name="Savings pocket")).to_be_visible()
    assert re.search(r"/roll-outs/1$", page.url)
    return page


def begun(page: Page) -> None:
    """Begin the first wave; its gate opens at once as nothing is to be done by hand."""
    page.locator("#head").get_by_role("link", name="Begin wave 1…").click()
    page.get_by_role("button", name="Begin wave 1").click()
    expect(page.locator(f"{HERE} {STATE} .badge")).to_have_text("at gate")
    expect(page.get_by_role("heading", name="Gate of wave 1, by market")).to_be_visible()


def measured(runtime: Runtime, clock: FrozenClock, **success: float) -> None:
    """Let the platforms give figures, the gate measure them, and everybody hear of it."""
    clock.advance(MINUTE)
    for code, value in success.items():
        at = clock.now() - timedelta(seconds=1)
        figures.figures(
            runtime, code, at, book=SeriesBook(), success_percent=value, transactions=200
        )
    measure_due(runtime)
    story.tell(runtime)
    jobs.advance(runtime)
    jobs.tell_paused(runtime)


def paused(open_as: OpenPage, address: str) -> None:
    """See what failed, where, with its evidence; who carries it out may not decide."""
    page = shown(open_as, "imre", address)
    note = page.locator("#finding .note.p1")
    expect(note).to_contain_text("1 failed, 0 tolerated")
    expect(page.locator("td.p1")).to_contain_text("98.75 %")
    expect(page.get_by_role("heading", name="Success rate, Tanzania")).to_be_visible()
    expect(page.get_by_role("link", name="Decide…")).to_have_count(0)
    no_violations(page)
    shoot(page, "rollout-paused")
    narrow = shown(open_as, "olga", address, NARROW)
    no_violations(narrow)
    shoot(narrow, "rollout-paused-narrow")


def resumed(page: Page) -> None:
    """Let it go on: an approval with a reason by somebody else."""
    page.locator("#head").get_by_role("link", name="Decide…").click()
    page.get_by_label("Decision").select_option("resume")
    page.get_by_label("Why").fill("one bank of Tanzania was down; its figures are back")
    page.get_by_role("button", name="Decide").click()
    expect(page.locator(f"{HERE} {STATE} .badge")).to_have_text("at gate")
    expect(page.locator("#decisions")).to_contain_text("one bank of Tanzania was down")
    expect(page.locator("#finding .note")).to_have_count(0)
