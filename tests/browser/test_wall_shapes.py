"""The wall for one, two, three and sixteen markets, with long names, and after an upgrade."""

import math
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Check, Market
from ssoc.monitoring.reading import Sample
from tests import factories
from tests.browser.conftest import OpenPage, no_violations, shoot
from tests.browser.test_wall import HD, overflow
from tests.monitoring.polling.estates import polled, record, recorder
from tests.web import people
from tests.web.room import EVENING
from web import assets

DESK = {"width": 1366, "height": 768}
NAMES = (
    ("KE", "Kenya", ""),
    ("EG", "Egypt", "جمهورية مصر العربية"),
    ("CF", "Central African Republic", "République centrafricaine"),
    ("ET", "Ethiopia", "ኢትዮጵያ"),
)
KPIS = {"tps": "figures/tps", "success_percent": "figures/success_percent"}


def land(number: int) -> Market:
    """Return a market; the first four have the names that need most room."""
    if number < len(NAMES):
        code, name, native = NAMES[number]
        languages = {"EG": ("ar",), "CF": ("fr",), "ET": ("am",)}.get(code, ())
        return Market(code, name, ("UTC",), "USD", native_name=native, languages=languages)
    code = f"{chr(65 + number)}{chr(90 - number)}"
    return Market(code, f"Land number {number}", ("UTC",), "USD")


def lands(runtime: Runtime, clock: FrozenClock, number: int, hurt: float = 98.5) -> None:
    """Store so many markets with three hours of figures; success of the first falls to ``hurt``."""
    clock.at = EVENING
    markets = [land(each) for each in range(number)]
    parts = [
        factories.component(f"api-{each.code.lower()}", each.code, kpis=KPIS) for each in markets
    ]
    checks = [
        Check(part.key, "figures", "promql", timedelta(minutes=5), part.markets[0])
        for part in parts
    ]
    with runtime.work(SYSTEM) as work:
        items = [("market", each) for each in markets]
        items += [("component", each) for each in parts]  # type: ignore[misc]
        items += [("check", each) for each in checks]  # type: ignore[misc]
        estate_actions.replace(work, items)
    polls = []
    for minute in range(-180, 1, 5):
        for place, each in enumerate(checks):
            share = hurt if place == 0 and minute > -20 else 98.5
            load = 1_234_567 + 400_000 * math.sin(minute / 60 + place)
            at = clock.at + timedelta(minutes=minute, seconds=-2)
            polls.append(polled(each, at, Sample("tps", load), Sample("success_percent", share)))
    record(recorder(runtime), polls)


def trouble(runtime: Runtime, code: str = "KE", number: int = 6) -> None:
    """Open incidents of every priority, one with a very long name."""
    with runtime.work(SYSTEM) as work:
        for each in range(number):
            factories.incident(
                work,
                [code],
                component=f"part-{each}",
                title="Passerelle de paiement transfrontalier du marché central : délais dépassés"
                if each
                else "Cross-border settlement gateway of the central corridor: writes time out",
                reason="p95 of writes is 9.8 s, usual 0.3 s, since the failover of the array",
                priority=list(Priority)[min(each, 3)],
            )


def clipped(page: Page) -> list[str]:
    """Return what is cut: boxes whose content is higher, and figures wider than their tile."""
    found: list[str] = page.evaluate(
        """() => [
          ...[...document.querySelectorAll('.tile, .w-panel')].filter(
             o => o.scrollHeight > o.clientHeight + 1 || o.scrollWidth > o.clientWidth + 1),
          ...[...document.querySelectorAll('.tile > *')].filter(o => o.getBoundingClientRect().right
             > o.parentElement.getBoundingClientRect().right + 1),
          ...[...document.querySelectorAll('.tile-rate, .tile-tps, .tile-exp')].filter(
             o => o.offsetParent && !o.closest('.tight') && o.scrollWidth > o.clientWidth + 1),
        ].map(o => o.className + ': ' + o.innerText)"""
    )
    return found


@pytest.mark.parametrize("calm", [True, False], ids=["calm", "six incidents"])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 8, 16, 24])
def test_so_many_markets_fill_the_wall(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock, number: int, calm: bool
) -> None:
    lands(runtime, clock, number, 98.5 if calm else 61.4)
    if not calm:
        trouble(runtime)
    page = open_as(people.OPERATOR, "/wall", HD)
    expect(page.locator(".tile")).to_have_count(number)
    for size in (HD, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        shoot(page, f"shape-{number}-{'calm' if calm else 'hurt'}-{size['width']}")
        assert overflow(page) == (0, 0), size
        assert clipped(page) == [], size
        right = page.evaluate(
            "Math.max(...[...document.querySelectorAll('.tile')]"
            ".map(o => o.getBoundingClientRect().right)) / innerWidth"
        )
        assert right > 0.95, "no part of the wall stands empty beside the tiles"


def test_a_fall_of_success_is_seen_from_afar(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock
) -> None:
    lands(runtime, clock, 8, 61.4)
    page = open_as(people.OPERATOR, "/wall", HD)
    fallen, other = (
        page.locator(".tile", has_text=name).locator(".of-success path").bounding_box()
        for name in ("Kenya", "Ethiopia")
    )
    assert fallen is not None
    assert other is not None
    assert fallen["height"] > other["height"] + 40, "in pixels of a screen of 1080"
    no_violations(page)


def test_an_open_wall_loads_anew_after_an_upgrade(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lands(runtime, clock, 1)
    page = open_as(people.OPERATOR, "/wall", HD)
    page.evaluate("window.before = true")
    old = page.locator("body").get_attribute("data-assets")
    monkeypatch.setattr(assets, "together", lambda: "0123456789")
    expect(page.locator("body")).to_have_attribute("data-assets", "0123456789", timeout=15_000)
    assert not page.evaluate("window.before"), "the page itself came anew, not only its panels"
    assert old != "0123456789"
    page.evaluate("window.before = true")
    monkeypatch.setattr(assets, "together", lambda: "9876543210")
    with page.expect_response(lambda answer: answer.status == 200, timeout=10_000):
        pass
    page.wait_for_timeout(500)
    assert page.evaluate("window.before"), "two versions behind one name do not make it flicker"


def test_an_answer_that_is_no_wall_leaves_the_picture(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock
) -> None:
    lands(runtime, clock, 1)
    page = open_as(people.OPERATOR, "/wall", HD)
    page.route("**/wall", lambda route: route.fulfill(body="<h1>Sign in to the guest network</h1>"))
    expect(page.locator("#stale")).to_contain_text(re.compile("Stale since"), timeout=20_000)
    expect(page.locator(".tile")).to_have_count(1)


def test_the_date_of_an_open_wall_moves(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock
) -> None:
    lands(runtime, clock, 1)
    page = open_as(people.OPERATOR, "/wall", HD)
    expect(page.locator("#wall-date")).to_contain_text("3\u00a0Mar")
    clock.advance(timedelta(hours=8))
    expect(page.locator("#wall-date")).to_contain_text("4\u00a0Mar", timeout=8_000)
