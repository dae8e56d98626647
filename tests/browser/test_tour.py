"""Every page by keyboard alone: reached, gone through, used and left, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, OpenPage, no_violations, shoot
from tests.browser.furnished import clock as clock
from tests.browser.furnished import template as template
from tests.web import people

DESK = [
    "/wall",
    "/triage",
    "/triage?market=LS&priority=P1",
    "/incidents/new",
    "/alerts",
    "/alerts?state=resolved",
    "/silences",
    "/silences?market=ET",
    "/silences/new",
    "/windows",
    "/windows/new",
    "/windows/1",
    "/changes/",
    "/changes/board",
    "/changes/calendar",
    "/changes/calendar?view=month",
    "/estate",
    "/estate/ledger-db-east",
    "/runbooks",
    "/runbooks/ErrorAnswers",
    "/keys",
    "/account",
    "/nowhere",
]
ACTS = ["", "timeline", "resolve", "assign", "priority", "role", "split", "pause", "dispute"]
ADMIN = [
    "/admin/jobs",
    "/admin/ingest",
    "/admin/pages",
    "/admin/deliveries",
    "/admin/audit",
    "/admin/people",
    "/admin/people/new",
    "/admin/people/auditor",
    "/admin/tokens",
    "/admin/kiosks",
]
SIZES = [pytest.param(WIDE, id="1440"), pytest.param(NARROW, id="400")]
FOCUSABLE = """() => [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((o) => !(o.matches("a") && o.getAttribute("tabindex") === "-1"))
  .filter((o) => o.checkVisibility({ visibilityProperty: true }) && !o.disabled
    && !o.closest("dialog:not([open])"))"""
STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const label = at.labels?.[0]?.textContent;
  const name = at.getAttribute("aria-label") || label || at.textContent || at.placeholder;
  at.dataset.seen = "yes";
  return { what: at.outerHTML.slice(0, 160), name: (name || "").trim(),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth };
}"""


def walk(page: Page) -> None:
    """Press Tab from the first stop to the last: each is seen, named and ringed, none is a trap."""
    page.evaluate("document.activeElement.blur()")
    page.evaluate("document.querySelector('h1')?.scrollIntoView()")
    total = page.evaluate(f"({FOCUSABLE})().length")
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); scrollTo(0, 0)")
    for _ in range(total + 20):  # a date has several stops of its own
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            break
        assert stop["ring"], f"no focus ring: {stop['what']}"
        assert stop["name"], f"no name: {stop['what']}"
        assert stop["inside"], f"out of sight: {stop['what']}"
    missed = page.evaluate(
        f"({FOCUSABLE})().filter((o) => !o.dataset.seen && o.type !== 'radio')"
        ".map((o) => o.outerHTML.slice(0, 160))"
    )
    assert missed == []


@pytest.mark.parametrize("path", DESK)
def test_a_page_of_the_desk(open_as: OpenPage, watched: object, path: str) -> None:
    watched.allow("404")  # type: ignore[attr-defined]
    page = open_as(people.OPERATOR, path)
    walk(page)


@pytest.mark.parametrize("act", ACTS)
def test_a_page_of_an_incident(open_as: OpenPage, act: str) -> None:
    page = open_as(people.MANAGER, f"/incidents/1/{act}".rstrip("/"))
    walk(page)


@pytest.mark.parametrize("path", ADMIN)
def test_a_page_of_the_administration(open_as: OpenPage, path: str) -> None:
    walk(open_as(people.ADMIN, path))


def test_an_alert_and_a_silence(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/alerts")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Labels")).to_be_visible()
    walk(page)
    page.goto("/silences")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Silence of")
    walk(page)


def test_signing_in(new_page: OpenPage) -> None:
    page = new_page(WIDE)
    page.goto("/sign-in")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type(people.OPERATOR)
    page.keyboard.press("Tab")
    page.keyboard.type(people.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Triage")
    page.wait_for_load_state("load")  # keys are heard once their script has come
    for key, path in (
        ("w", "/wall"),
        ("l", "/alerts"),
        ("s", "/silences"),
        ("d", "/windows"),
        ("e", "/estate"),
        ("o", "/admin/jobs"),
        ("t", "/triage"),
    ):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"**{path}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Triage")


@pytest.mark.parametrize(
    ("path", "key"), [("/triage", "m"), ("/alerts", ""), ("/silences", "m"), ("/windows", "c")]
)
def test_a_form_takes_the_focus_and_esc_gives_it_back(
    open_as: OpenPage, path: str, key: str
) -> None:
    page = open_as(people.OPERATOR, path)
    if path == "/alerts":
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/alerts/"))
        key = "m"
    elif path == "/triage":
        page.keyboard.press("j")
    here = page.url.partition("?")[0]
    page.keyboard.press(key)
    page.wait_for_url(re.compile(r"/(silences|windows)/new"))
    first = page.locator("main form :is(input:not([type=hidden]), select, textarea)").first
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(rf"{re.escape(here)}(\?|$)"))
    page.wait_for_load_state()
    at = page.evaluate("document.activeElement.outerHTML")
    assert at.startswith(("<a", "<button")), at


def test_what_was_typed_is_not_lost_by_one_esc(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/silences/new")
    page.keyboard.type("market")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Keep as it is")).to_be_focused()
    expect(page.locator("#m-n1")).to_have_value("market")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("/silences$"))


def test_the_help_shows_the_keys_of_its_page(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/triage")
    shown = page.locator("dialog [data-help]:visible")
    page.keyboard.press("?")
    expect(shown.filter(has_text="acknowledge")).to_have_count(1)
    expect(shown.filter(has_text="choose for bulk")).to_have_count(1)
    page.goto("/windows/new")
    page.keyboard.press("Escape")
    page.goto("/runbooks/ErrorAnswers")
    page.keyboard.press("?")
    expect(shown.filter(has_text="back to the list")).to_have_count(1)
    expect(shown.filter(has_text="acknowledge")).to_have_count(0)
    expect(shown.filter(has_text="next, previous row")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_on_a_telephone(open_as: OpenPage, size: dict[str, int]) -> None:
    pages = [open_as(people.OPERATOR, path, size) for path in ("/incidents/1", "/windows")]
    pages.append(open_as(people.ADMIN, "/admin/jobs", size))
    for page in pages:
        path = page.url.rpartition("/")[2]
        cut = page.evaluate(
            """() => [...document.querySelectorAll(".nav, .scroll, .filters, .acts")]
              .filter((o) => o.checkVisibility() && o.scrollWidth > o.clientWidth + 1)
              .map((o) => o.getAttribute("aria-label") || o.className)"""
        )
        assert cut == [], path
        no_violations(page)
        shoot(page, f"tour-{path}-{size['width']}")
