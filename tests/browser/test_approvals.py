"""Approve and reject with the keyboard, the link of a letter, delegations and the board."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from changes import approval_links
from changes.actions import meetings
from changes.actions.meetings import MeetingDraft
from changes.approval_links import Link
from changes.lifecycle import State
from changes.models import ApprovalAnswer, Change
from changes.queries.meetings import Agenda
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.browser.conftest import NARROW, OpenPage, Watched, no_violations, shoot
from tests.changes.approving import actor, add_team, says, submitted


@pytest.fixture(autouse=True)
def team(runtime: Runtime) -> None:
    add_team(runtime)


def answers(runtime: Runtime) -> list[tuple[str, bool, str]]:
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(ApprovalAnswer).order_by(ApprovalAnswer.id))
        return [(each.person, each.yes, each.reason) for each in rows]


def state(runtime: Runtime, number: int) -> State:
    with runtime.view(SYSTEM) as work:
        return work.session.get_one(Change, number).state


def test_j_and_a_approve_one_j_and_r_reject_the_next_with_a_reason(
    runtime: Runtime, open_as: OpenPage
) -> None:
    submitted(runtime, title="Core: log volume")
    submitted(runtime, title="Core: menu texts")
    page = open_as("olga", "/changes/approvals")
    no_violations(page)
    shoot(page, "approvals")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_contain_text("CHG-1: yes noted; it is submitted.")
    assert answers(runtime) == [("olga", True, "")]
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reject CHG-2")
    no_violations(page)
    page.keyboard.type("no roll-back")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("CHG-2: no noted; it is refused.")
    assert answers(runtime)[1:] == [("olga", False, "no roll-back")]


def test_the_inbox_works_without_javascript_and_on_a_telephone(
    runtime: Runtime, open_as: OpenPage
) -> None:
    submitted(runtime)
    page = open_as("olga", "/changes/approvals", NARROW, javascript=False)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("yes noted")
    assert answers(runtime) == [("olga", True, "")]
    other = open_as("omar", "/changes/approvals", NARROW)
    no_violations(other)
    shoot(other, "approvals-400")


def test_two_people_have_it_open_and_both_press(
    runtime: Runtime, open_as: OpenPage, watched: Watched
) -> None:
    watched.allow("409")
    number = submitted(runtime, type="emergency")
    first, second = (open_as(who, f"/changes/{number}") for who in ("olga", "omar"))
    for page in (first, second):
        page.keyboard.press("a")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Approve CHG-{number}")
    press(first)
    expect(first.get_by_role("status")).to_contain_text("it is scheduled")
    with second.expect_response("**/changes/answers") as met:
        press(second)
    assert met.value.status == 409
    expect(second.locator("main")).to_contain_text("is scheduled: nothing waits for an answer")
    assert answers(runtime) == [("olga", True, "")]
    panel = first.locator("#approvals")
    expect(panel).to_contain_text("yes: olga, operations lead KE TZ")
    no_violations(first)


def press(page: Page) -> None:
    page.get_by_role("button", name="Approve", exact=True).click()


def test_the_link_of_a_letter_asks_for_sign_in_and_then_for_the_answer(
    runtime: Runtime, open_as: OpenPage, new_page: OpenPage, clock: FrozenClock
) -> None:
    number = submitted(runtime)
    link = Link(number, 1, 1, "olga", clock.now() + timedelta(days=1))
    page = new_page()
    page.goto(f"/changes/answer/{approval_links.sign(runtime.settings.web, link)}")
    expect(page.get_by_label("Password")).to_be_visible()
    page.fill("#name", "olga")
    page.fill("#password", "correct battery staple")
    page.click("button[type=submit]")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    assert answers(runtime) == []
    no_violations(page)
    shoot(page, "answer-link")
    page.get_by_label("Comment; a refusal needs one").fill("read on the train")
    press(page)
    expect(page).to_have_url(re.compile(f"/changes/{number}$"))
    assert answers(runtime) == [("olga", True, "read on the train")]


def test_a_delegation_is_set_and_ended_by_page(runtime: Runtime, open_as: OpenPage) -> None:
    submitted(runtime)
    page = open_as("omar", "/changes/delegations/new")
    no_violations(page)
    page.get_by_label("Who answers instead").fill("nils")
    page.get_by_label("Until").fill("2026-03-04T08:00")
    page.get_by_role("button", name="Delegate").click()
    expect(page.get_by_role("row", name="nils")).to_contain_text("active")
    no_violations(page)
    shoot(page, "delegations")
    nils = open_as("nils", "/changes/approvals")
    expect(nils.locator("#queue")).to_contain_text("for omar")
    page.get_by_role("button", name="End the delegation").click()
    expect(page.get_by_role("row", name="nils")).to_contain_text("revoked")


def test_the_board_decides_and_the_agenda_prints(
    runtime: Runtime, open_as: OpenPage, clock: FrozenClock
) -> None:
    number = submitted(runtime, risk_points=80.0, title="Core: release 12")
    for who, stage in (("olga", 1), ("omar", 1), ("petra", 2), ("sven", 3)):
        says(runtime, who, number, stage=stage)
    with runtime.work(actor("mona")) as work:
        draft = MeetingDraft("Board", clock.now() + timedelta(hours=1), "mona", Agenda())
        meetings.plan(work, draft)
    page = open_as("mona", "/changes/meetings/1")
    page.get_by_role("button", name="Open the meeting").click()
    for who in ("mona", "olga", "petra"):
        page.get_by_label("Somebody who is there").fill(who)
        page.get_by_role("button", name="Note it").click()
        expect(page.get_by_role("region", name="Who is there")).to_contain_text(who)
    no_violations(page)
    shoot(page, "board")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Approve")).to_be_hidden()
    expect(page.get_by_text("Core: release 12")).to_be_visible()
    page.emulate_media(media="screen")
    page.locator(f"#m-{number}").fill("go on Tuesday")
    press(page)
    expect(page.locator(f"#item-{number}")).to_contain_text("Approved")
    assert state(runtime, number) is State.APPROVED
    narrow = open_as("rita", "/changes/meetings/1", NARROW)
    no_violations(narrow)
    shoot(narrow, "board-400")
