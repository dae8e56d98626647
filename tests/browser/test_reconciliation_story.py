"""Reconciliation to its exit in a browser: two systems, five evenings, and the site goes on.

The old till writes as tills do there: semicolons, decimal commas, its own names of columns.
"""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import FilePayload, Page, expect

from changes.programmes.actions import interfaces as connecting
from changes.programmes.lifecycle import SiteState
from changes.programmes.rules.interfaces import Proof
from ssoc.core.clock import FrozenClock
from ssoc.core.work import Runtime
from tests.browser.conftest import OpenPage, Watched
from tests.browser.desk import asked, bring, later, send
from tests.programmes import proving, stage

MANAGER, TEAM, OWNER = "change-manager", "site-team", "vendor-manager"
PLACE = "/programmes/reconciliation/1"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2026-03-0{at}" for at in range(2, 7))


@pytest.fixture
def site(runtime: Runtime, watched: Watched) -> str:
    """Give the page of a site in its parallel run, ready but for its exit."""
    watched.allow("409")
    ids = stage.set_up(runtime, SiteState.PARALLEL)
    with runtime.work(stage.MANAGER) as work:
        sellers = proving.staff_of(work, ids.sites[0])
        proving.train(work, sellers, proving.course(work, ids.programme))
        proving.roster(work, ids.first, sellers, stage.SLOT)
        ledger = connecting.add_interface(work, ids.programme, "Ledger", "accounting")
        for proof in Proof:
            connecting.prove(work, ids.first, ledger, proof, True, f"seen, {proof}")
    return f"/programmes/sites/{ids.first}"


def till(rows: str, day: str) -> FilePayload:
    """Return what the old till writes of ``A 100,00 09:30`` rows."""
    lines = ["Beleg;Betrag;Zeit"]
    date = datetime.fromisoformat(day)
    for row in rows.split("  "):
        reference, amount, *at = row.split()
        lines.append(f"{reference};{amount};{date:%d.%m.%Y} {at[0] if at else '09:00'}")
    return FilePayload(name=f"Kasse_{day}.csv", mimeType="text/csv", buffer=csv(lines))


def platform(rows: str, day: str) -> FilePayload:
    """Return what the new system writes."""
    lines = ["ref,amount,at"]
    for row in rows.split("  "):
        reference, amount, *at = row.split()
        lines.append(f"{reference},{amount},{day} {at[0] if at else '09:00'}:00")
    return FilePayload(name=f"next-{day}.csv", mimeType="text/csv", buffer=csv(lines))


def csv(lines: list[str]) -> bytes:
    return "\r\n".join(lines).encode()


def evening(page: Page, clock: FrozenClock, day: str) -> None:
    """Come back in the evening of a day and open its page."""
    at = datetime.fromisoformat(day).replace(hour=19, tzinfo=UTC)
    later(clock, at, [(page, TEAM)])
    page.goto(f"{PLACE}/{day}")


def judge(page: Page, references: str, act: str, **typed: str) -> None:
    """Choose breaks by their reference and do one thing to them."""
    for each in references.split():
        page.get_by_label(f"Choose {each}", exact=True).check()
    page.get_by_label("With those chosen").select_option(act)
    for name, text in typed.items():
        page.locator(f"#judge [name={name}]").fill(text)
    page.get_by_role("button", name="Do it").click()


def row(page: Page, reference: str) -> str:
    """Return the row of a break as it reads."""
    found = page.locator("tr", has=page.locator("th", has_text=reference)).first
    return " ".join(found.inner_text().split())


def plan(desk: Page, site: str) -> None:
    """Say how both extracts are read, one of them on the page, and plan the parallel run."""
    desk.goto("/programmes/reconciliation/extracts/set")
    old = {"column__reference": "Beleg", "column__amount": "Betrag", "column__at": "Zeit"}
    more = {"currency": "KES", "zone": "Africa/Nairobi", "time": "%d.%m.%Y %H:%M", "mark": ","}
    send(desk, name="till", market="KE", pattern="Kasse_*.csv", **old, **more)
    expect(desk.get_by_text("Kept; try it on a file.")).to_be_visible()
    columns = {"reference": "ref", "amount": "amount", "at": "at"}
    new = {"columns": columns, "currency": "KES", "zone": "Africa/Nairobi"}
    asked(desk, "/extract-definitions/next", {"market": "KE", "content": new}, "PUT")
    desk.goto(site)
    desk.get_by_role("link", name="Plan a parallel run").click()
    for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        desk.get_by_label(f"Open on {weekday}").check()
    typed = {"starts_on": MONDAY, "old__definition": "till", "new__definition": "next"}
    send(desk, mode="double entry", **typed)
    expect(desk.locator("#exit")).to_have_text("Not met yet")


def test_five_evenings_to_the_exit_and_the_site_goes_on(
    open_as: OpenPage, clock: FrozenClock, site: str
) -> None:
    desk = open_as(MANAGER)
    plan(desk, site)
    shop = open_as(TEAM, site)
    _monday(shop, clock)
    _tuesday(shop, clock)
    _refused(shop, site, "0 of 3 clean business days in a row; Tue 03 Mar had 2 breaks")
    _wednesday(shop, clock)
    _owner_explains(open_as)
    _thursday(shop, clock)
    _refused(shop, site, "2 of 3 clean business days in a row")
    evening(shop, clock, FRIDAY)
    bring(shop, till("A5 100,00  B5 9,99", FRIDAY), platform("B5 9.99  A5 100.00", FRIDAY))
    expect(shop.get_by_text("Every line agrees.")).to_be_visible()
    shop.goto(PLACE)
    expect(shop.locator("#exit")).to_have_text("Exit met")
    expect(shop.get_by_text("exit met on Fri 06 Mar 2026")).to_be_visible()
    marks = shop.locator("ol[aria-label=Days] li")
    expect(marks).to_have_text(
        ["Mon 02 Mar clean", "Tue 03 Mar value", "Wed 04 Mar clean", "Thu 05 Mar clean"]
        + ["Fri 06 Mar clean"]
    )
    shop.goto(site)
    expect(shop.locator("#next")).to_contain_text("Nothing is in the way.")
    shop.locator("#next .acts .button").first.click()
    shop.locator("form .button.main").click()
    expect(shop.locator("#life [aria-current=step]")).to_have_text("go/no-go")


def _refused(page: Page, site: str, words: str) -> None:
    page.goto(site)
    expect(page.locator("#next")).to_contain_text(words)
    page.locator("#next .acts .button").first.click()
    page.locator("form .button.main").click()
    expect(page.get_by_role("alert")).to_contain_text(words)


def _monday(shop: Page, clock: FrozenClock) -> None:
    """Files on the wrong sides, then with a fault, count for nothing; a clean day follows."""
    evening(shop, clock, MONDAY)
    expect(shop.get_by_text("No run of this day")).to_be_visible()
    old, new = till("A1 1.000,00  B1 250,50", MONDAY), platform("A1 1000  B1 250.5", MONDAY)
    bring(shop, new, old)
    alert = shop.get_by_role("alert")
    expect(alert).to_contain_text("is not named as files of the old system are (Kasse_*.csv)")
    bring(shop, till("A1 1000,00  B1 250.50", MONDAY), new)
    expect(alert).to_contain_text("rows with faults: 1 of the old system and 0 of the new")
    expect(shop.locator("section[aria-labelledby=faults]")).to_contain_text("250.50")
    bring(shop, till("A1 1000,00  B1 250,50", MONDAY), new)
    expect(shop.get_by_text("Every line agrees.")).to_be_visible()
    expect(shop.locator(".meta")).to_contain_text("1 of 3 clean business days in a row")


def _tuesday(shop: Page, clock: FrozenClock) -> None:
    """Four breaks: two are explained at once, one is owned, one is only late."""
    evening(shop, clock, TUESDAY)
    old = "A2 100,00  R2 10,00  E2 40,00  INV-7 3,00  L2 5,00 23:58"
    bring(shop, till(old, TUESDAY), platform("A2 100.00  R2 10.01  inv7 3.00", TUESDAY))
    expect(shop.locator("section[aria-labelledby=classes]")).to_contain_text("4 breaks")
    for reference, kind in (("R2", "rounding"), ("E2", "missing"), ("INV-7", "mapping")):
        assert kind in row(shop, reference), row(shop, reference)
    judge(shop, "R2 INV-7", "explain", reason="le centime et le tiret de la caisse")
    expect(shop.get_by_text("2 breaks explained.")).to_be_visible()
    judge(shop, "E2", "assign", owner=OWNER)
    assert f"open {OWNER}" in row(shop, "E2")
    assert "le centime" in row(shop, "R2")
    expect(shop.locator(".meta")).to_contain_text("Tue 03 Mar had 2 breaks that nobody has")


def _wednesday(shop: Page, clock: FrozenClock) -> None:
    """What the old till sold before midnight the new system booked after it: Tuesday is told."""
    evening(shop, clock, WEDNESDAY)
    bring(shop, till("A3 7,00", WEDNESDAY), platform("A3 7.00  L2 5.00 00:03", WEDNESDAY))
    expect(shop.get_by_text("Every line agrees.")).to_be_visible()
    carried = shop.locator("section[aria-labelledby=carried]")
    expect(carried).to_contain_text("L2")
    expect(carried).to_contain_text("counterpart came on Wed 04 Mar")
    expect(shop.locator(".meta")).to_contain_text("1 of 3 clean business days in a row")


def _owner_explains(open_as: OpenPage) -> None:
    """What is explained is still worth its money: Tuesday stays over the tolerance."""
    owner = open_as(OWNER, f"{PLACE}/{TUESDAY}")
    assert "closed" in row(owner, "L2")
    judge(owner, "E2", "explain", reason="vente d'essai, reçu 77")
    assert f"vente d'essai, reçu 77 ({OWNER})" in row(owner, "E2")
    expect(owner.locator(".meta")).to_contain_text("Tue 03 Mar had a value over the tolerance")


def _thursday(shop: Page, clock: FrozenClock) -> None:
    """A break of a cent is no clean day until somebody says why; then it is."""
    evening(shop, clock, THURSDAY)
    bring(shop, till("A4 100,00  R4 10,00", THURSDAY), platform("A4 100  R4 10.01", THURSDAY))
    expect(shop.locator(".meta")).to_contain_text("0 of 3 clean business days in a row")
    judge(shop, "R4", "explain", reason="arrondi")
    expect(shop.locator(".meta")).to_contain_text("2 of 3 clean business days in a row")
