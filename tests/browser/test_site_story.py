"""One shop from planned to accepted: every state by its own proofs, none of them told.

What machines and colleagues bring in bulk comes over the API, as they would bring it; what decides
is pressed on the pages: a telephone in the shop, a manager's desk, the people who vote.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from changes.programmes import decision_jobs
from changes.programmes.models.plan import ProgrammeWave
from ssoc.accounts import machines
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from tests import factories
from tests.browser.conftest import NARROW, OpenPage, Watched
from tests.browser.desk import answer, asked, bring, compared, extract, later, send, sent
from tests.conftest import EIGHT
from tests.programmes import scenes

MANAGER, TEAM = "change-manager", "site-team"
VOTERS = {"IT": MANAGER, "business": "product-owner", "finance": "executive"}
HERE, DESK = "/programmes/sites/1", "/programmes/1"
ITEMS = ("network", "power", "hardware", "data", "permits", "payment_terminals")
SLOT = date(2026, 3, 9)
PROOFS = ("round trip", "first message", "first daily file")
CELLS = [
    {"bank": bank, "method": "card", "flow": flow}
    for bank in scenes.BANKS
    for flow in ("sale", "refund")
]
STEPS = [
    {"title": "Fermer l'ancienne caisse", "p50": 10, "p90": 15, "verify": "Z report"},
    {"title": "Drain", "p50": 10, "p90": 20, "drains": True},
    {"title": "Switch", "p50": 5, "p90": 10, "no_return": True, "verify": "first sale"},
]
CHECKS = """kind,name,expected,actual,tolerance,currency,account_class
count,accounts,120,120,,,
sum,balances,1000.50,1000.50,0,KES,customer"""


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant in March."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@dataclass
class Story:
    """The shop's telephone, the manager's desk and the clock both live by."""

    shop: Page
    desk: Page
    clock: FrozenClock
    runtime: Runtime
    tills: str
    signed_in_at: datetime = EIGHT

    def until(self, at: datetime) -> None:
        """Go on at another hour, signed in again when three days have passed."""
        late = at - self.signed_in_at > timedelta(hours=71)
        later(self.clock, at, [(self.shop, TEAM), (self.desk, MANAGER)] if late else [])
        if late:
            self.signed_in_at = at
            self.desk.goto(HERE)
        self.shop.goto(HERE)

    def plan(self, path: str, body: object, method: str = "POST") -> Any:
        """Bring what a manager's sheet holds over the API."""
        return asked(self.desk, path, body, method)

    def record(self, path: str, body: object) -> Any:
        """Bring what the shop's machines hold over the API."""
        return asked(self.shop, f"/site-rollouts/1/{path}", body)

    def sold(self, rows: list[dict[str, Any]]) -> None:
        """Let the tills send figures, as a machine with its token."""
        sender = {"Authorization": f"Bearer {self.tills}", "Cookie": ""}
        answer = self.shop.context.request.post(
            "/api/v1/site-figures", data={"rows": rows}, headers=sender
        )
        assert answer.ok, answer.text()

    def refused(self, words: str) -> None:
        """Ask for what is next and be refused by its guards: the page says why before."""
        self.shop.goto(HERE)
        expect(self.shop.locator("#next")).to_contain_text(words)
        move = self.shop.locator("#next h2").inner_text().lower()
        answer = sent(self.shop, "/sites/1/moves", {"move": move})
        assert answer.status == 409
        assert words in answer.text()

    def goes(self, state: str) -> None:
        """Press what is next, with nothing in its way."""
        self.shop.goto(HERE)
        expect(self.shop.locator("#next")).to_contain_text("Nothing is in the way.")
        press_next(self.shop)
        stands(self.shop, state)


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    """Give a house where a sign-in lasts three days, since two weeks pass here."""
    web = replace(runtime.settings.web, session_hours=72)
    return replace(runtime, settings=replace(runtime.settings, web=web))


@pytest.fixture
def story(open_as: OpenPage, clock: FrozenClock, runtime: Runtime, watched: Watched) -> Story:
    """Give the story at its beginning: a Monday morning, one planned shop of three."""
    watched.allow("409")  # of the moves that guards refuse
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        factories.accounts(work, "sam")
        scenes.programme(
            work,
            3,
            ("KE", "KE", "KE"),
            staff=3,
            site={"minimum_staff": 0},
            steering={role: [name] for role, name in VOTERS.items()},
            authority="executive",
        )
        work.session.execute(update(ProgrammeWave).values(starts_on=None, ends_on=None))
        tills = machines.create_token(work, "tills", TokenScope.WRITE)
    return Story(open_as(TEAM, HERE, NARROW), open_as(MANAGER, DESK), clock, runtime, tills)


def press_next(page: Page) -> None:
    """Press what is next, and then its button."""
    page.locator("#next .acts .button").first.click()
    page.locator("form .button.main").click()


def stands(page: Page, state: str) -> None:
    expect(page.locator("#life [aria-current=step]")).to_have_text(state)


def test_from_planned_to_accepted_by_its_own_proofs(story: Story, open_as: OpenPage) -> None:
    stands(story.shop, "planned")
    story.goes("surveyed")
    _readiness(story)
    story.goes("ready")
    _slot_roster_and_baseline(story)
    story.goes("migrating")
    _rehearsals(story)
    story.goes("parallel")
    _parallel_run(story)
    story.goes("go/no-go")
    _decision(story, open_as)
    _cut_over(story)
    story.goes("hypercare")
    _hypercare(story)
    story.goes("accepted")
    expect(story.shop.locator("#next")).to_contain_text("Accepted: nothing is left to do here.")
    expect(story.shop.locator("#history li")).to_have_count(8)
    story.desk.goto(DESK)
    expect(story.desk.locator("[data-board-key=accepted] b")).to_have_text("1")


def _readiness(story: Story) -> None:
    """Sheet, sellers, interfaces: sellers are trained in a session, and counted, not ticked."""
    story.plan("/programmes/1/courses", {"name": "Caisse", "pass_score": 60})
    story.plan("/programmes/1/interfaces", {"name": "Grand livre", "type": "accounting"})
    shop, desk = story.shop, story.desk
    shop.goto(HERE)
    for each in ITEMS[1:]:
        body = {"item": each, "result": "pass", "evidence": f"photo de {each}"}
        asked(shop, "/sites/1/readiness", body)
    item = shop.locator("#item-network")
    item.get_by_role("textbox").fill("18 Mbit/s à 12 h 30")
    item.get_by_role("button", name="Pass").click()
    expect(shop.locator("#item-network .badge").first).to_have_text("pass")
    story.refused("0 of 3 employed sellers are trained")
    desk.goto("/programmes/1/training/sessions/new?place=site:1&day=2026-03-02")
    desk.get_by_label("Trainer").fill("Ana Sousa")
    desk.get_by_label("Hours there").fill("12:00-13:00")
    for seller in desk.locator("[name=person]").all():
        seller.check()
    desk.get_by_role("button", name="Plan it").click()
    expect(desk.get_by_text("Planned: 3 people on Mon 2 Mar.")).to_be_visible()
    story.until(on(2, 10, 30))
    shop.goto("/programmes/training/sessions/1")
    for box in shop.locator("[type=checkbox]").all():
        box.check()
    for score in shop.locator("[name^=score]").all():
        score.fill("80")
    shop.get_by_role("button", name="Write down").click()
    expect(shop.get_by_text("Written down; 3 passed.")).to_be_visible()
    story.refused("Grand livre lacks its round trip, first message, first daily file")
    for proof in PROOFS[:-1]:
        found = {"proof": proof, "is_ok": True, "reference": f"KE-0001 {proof}"}
        story.record("interfaces/1/prove", found)
    shop.goto(f"{HERE}/interfaces")
    shop.get_by_role("link", name="Grand livre, first daily file: not yet").click()
    send(shop, result="ok", reference="GL_KE-0001_0301.csv")
    expect(shop.get_by_role("link", name="Grand livre, first daily file: proved")).to_be_visible()


def _slot_roster_and_baseline(story: Story) -> None:
    shop, desk = story.shop, story.desk
    expect(shop.locator("#next")).to_contain_text("No slot and crew is booked")
    shop.locator("#next").get_by_role("link", name="Book a day and a crew").click()
    send(shop, day=SLOT.isoformat(), crew="équipe A")
    expect(shop.locator("#next")).to_contain_text("The baseline of the release R1 is not frozen")
    desk.goto(DESK)
    answer(desk, "Freeze…")
    expect(desk.get_by_text("The baseline of R1 is frozen.")).to_be_visible()
    story.refused("no seller is rostered on Mon 9 Mar")
    shop.goto(f"{HERE}/training")
    for box in shop.locator("[form=roster][name=person]").all():
        box.check()
    shop.locator("[type=submit][form=roster]").click()
    expect(shop.locator(".stack .note").first).to_contain_text(
        "3 of 3 rostered sellers are trained"
    )


def _rehearsals(story: Story) -> None:
    """The first comes as a table on the page, the second from the machine that migrates."""
    story.until(on(2, 15))
    shop = story.shop
    press_next(shop)
    expect(shop.get_by_role("alert")).to_contain_text("0 of 2 clean migration rehearsals")
    shop.goto(f"{HERE}/migration")
    typed = {"snapshot": "Sun 20:00", "started": "2026-03-02 13:00", "ended": "2026-03-02 14:10"}
    send(shop, **typed, table=CHECKS)
    expect(shop.get_by_text("Run 1 is judged.")).to_be_visible()
    story.refused("1 of 2 clean migration rehearsals")
    story.until(on(3, 8))
    count = {"kind": "count", "name": "accounts", "expected": 121, "actual": 121}
    times = {"started_at": "2026-03-03T05:00:00Z", "ended_at": "2026-03-03T06:00:00Z"}
    story.record("migration-runs", {"source_snapshot": "Mon 20:00", **times, "checks": [count]})


def _parallel_run(story: Story) -> None:
    """Both systems side by side from Wednesday; each evening their extracts are compared."""
    story.refused("no parallel run is planned")
    for name in ("legacy", "next"):
        columns = {"reference": "ref", "amount": "amount", "at": "time"}
        read_as = {"columns": columns, "currency": "KES", "zone": "Africa/Nairobi"}
        story.plan(f"/extract-definitions/{name}", {"market": "KE", "content": read_as}, "PUT")
    desk, shop = story.desk, story.shop
    desk.goto(HERE)
    desk.get_by_role("link", name="Plan a parallel run").click()
    for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        desk.get_by_label(f"Open on {weekday}").check()
    typed = {"starts_on": "2026-03-04", "old__definition": "legacy", "new__definition": "next"}
    send(desk, mode="shadow", **typed)
    expect(desk.locator("#exit")).to_have_text("Not met yet")
    for day in (4, 5, 6):
        story.until(on(day, 19))
        if day > 4:
            story.refused(f"{day - 4} of 3 clean business days in a row")
        rows, at = f"A{day} 100, B{day} 250.50, C{day} 7", f"2026-03-0{day}"
        old, new = extract("old.csv", rows, at), extract("new.csv", rows, at, end="\n")
        if day < 6:
            compared(shop, 1, at, old, new)
            continue
        shop.goto(f"/programmes/reconciliation/1/{at}")
        bring(shop, old, new)
        expect(shop.get_by_text("Every line agrees.")).to_be_visible()
    expect(shop.get_by_text("exit met on Fri 06 Mar 2026")).to_be_visible()


def _decision(story: Story, open_as: OpenPage) -> None:
    """The matrix is filled, the cut-over rehearsed; three roles vote, a condition is closed."""
    desk, shop = story.desk, story.shop
    scope = {"methods": ["card"], "flows": ["sale", "refund"]}
    story.plan("/programmes/1/acceptance", scope, "PUT")
    story.plan(
        "/programmes/1/run-sheet",
        {"steps": STEPS, "window_minutes": 120, "rollback_minutes": 30},
        "PUT",
    )
    desk.goto(HERE)
    answer(desk, "Plan a meeting…", rollback_owner="sam", no_return="step 3")
    expect(desk.locator("#criteria")).to_contain_text("Acceptance matrix")
    meeting = desk.url
    answer(desk, "Vote…", role="IT", word="yes")
    answer(desk, "Decide…", word="go")
    expect(desk.get_by_role("alert")).to_contain_text(re.compile("no decision|no-go"))
    _acceptance_and_rehearsal(story)
    for role in ("business", "finance"):
        voter = open_as(VOTERS[role], meeting)
        answer(voter, "Vote…", role=role, word="yes")
        expect(voter.locator("#votes")).to_contain_text(f"{VOTERS[role]}: yes")
    desk.goto(meeting)
    answer(desk, "Add a condition…", text="un groupe électrogène sur place", owner="sam")
    answer(desk, "Decide…", word="go")
    expect(desk.locator("#verdict-title")).to_contain_text("Go")
    story.until(on(9, 5))
    story.refused("condition")
    shop.goto(meeting)
    answer(shop, "Close…", how="il est dans la cour")
    expect(shop.locator("#conditions")).to_contain_text("closed by site-team")


def _acceptance_and_rehearsal(story: Story) -> None:
    story.record("acceptance", {"cells": CELLS[:-1], "status": "pass", "evidence": "reçus 1-3"})
    shop = story.shop
    shop.goto(f"{HERE}/acceptance")
    shop.get_by_label("Evidence").fill("reçu n° 4")
    shop.get_by_role("button", name="Pass").click()
    expect(shop.get_by_text("Everything asked for is passed")).to_be_visible()
    run = asked(shop, "/sites/1/cut-overs", {"is_rehearsal": True})["id"]
    for position in (1, 2, 3):
        for move in ("start", "finish"):
            body = {"position": position, "move": move, "in_flight": 0}
            asked(shop, f"/cut-overs/{run}/step", body)
    asked(shop, f"/cut-overs/{run}/end", {})


def _cut_over(story: Story) -> None:
    """The run sheet is pressed by thumb; the point of no return asks for the state once more."""
    shop, clock = story.shop, story.clock
    story.refused("no run sheet of this site has drained")
    answer(shop, "Begin the cut-over…")
    sheet = shop.url
    main = shop.locator("#next-step .button.main")
    for word in ("Begin step 1", "Step 1 is done and verified", "Begin step 2"):
        expect(main).to_have_text(word)
        main.click()
    clock.advance(timedelta(minutes=12))
    shop.get_by_label("Transactions in flight").fill("0")
    main.click()
    expect(main).to_have_text("Begin step 3")
    main.click()
    expect(shop.locator("main")).to_contain_text("is the point of no return")
    story.goes("cut over")
    story.refused("step 3, Switch, is waiting")
    shop.goto(sheet)
    for word in ("Begin step 3", "Step 3 is done and verified"):
        expect(main).to_have_text(word)
        main.click()
    expect(shop.locator("#next-step .big")).to_have_text("Every step is done.")
    answer(shop, "End…")
    expect(shop.locator("#next-step .big")).to_contain_text("Ended")


def _hypercare(story: Story) -> None:
    """Figures come from the tills; the first day is outside, five inside follow, Sunday shut."""
    past = [on(9, 0) - timedelta(days=back) for back in range(1, 29)]
    story.sold([row for day in past for row in _sold(day)])
    for day in (10, 11, 12, 13, 14, 16):
        story.clock.advance(on(day, 22) - story.clock.now())
        story.sold(_sold(on(day, 0), 0.5 if day == 10 else 1.05))
        decision_jobs.watch_sites(story.runtime)
        if day == 14:
            story.until(on(14, 22))
            story.refused("4 of 5 days in a row")
    story.until(on(17, 6))
    expect(story.shop.locator("#hypercare tbody tr")).to_have_count(7)
    expect(story.shop.locator("#hypercare")).to_contain_text("50.0 % below the usual")


def _sold(day: datetime, share: float = 1.0) -> list[dict[str, Any]]:
    if day.weekday() == 6:
        return []
    return [
        {
            "site": "KE-0001",
            "hour": (day + timedelta(hours=hour)).isoformat(),
            "count": round(40 * share),
            "value": f"{4000 * share:.2f}",
            "currency": "KES",
        }
        for hour in (6, 9, 12)
    ]
