"""The wall in a real browser: it follows, it says when it is stale, it is never blank."""

import re
from collections.abc import Callable
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from incidents import jobs
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import ingest
from tests.browser.conftest import NARROW, OpenPage, Watched, no_violations, shoot
from tests.browser.furnished import clock as clock
from tests.browser.furnished import template as template
from tests.web import people
from tests.web.room import report
from web.cli import application
from web.server import Server, bind

HD, SMALL, UHD = (
    {"width": 1920, "height": 1080},
    {"width": 1280, "height": 720},
    {"width": 3840, "height": 2160},
)
SIZES = [
    pytest.param(HD, id="1080p"),
    pytest.param(UHD, id="4K"),
    pytest.param(SMALL, id="720p"),
]


def overflow(page: Page) -> tuple[int, int]:
    """Return by how many pixels the page is wider and higher than the screen."""
    found: list[int] = page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth,"
        " document.documentElement.scrollHeight - innerHeight]"
    )
    return found[0], found[1]


@pytest.mark.parametrize("size", SIZES)
def test_the_wall_needs_no_scrolling(open_as: OpenPage, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, "/wall", size)
    expect(page.locator(".w-lead")).to_contain_text("Ledger database East")
    assert overflow(page) == (0, 0)
    clipped = page.eval_on_selector_all(
        ".tile, .w-panel",
        "all => all.filter(o => o.scrollHeight > o.clientHeight + 1).map(o => o.innerText)",
    )
    assert clipped == []
    shoot(page, f"wall-{size['width']}")


def test_4k_is_the_same_picture_twice_as_sharp(open_as: OpenPage) -> None:
    def places(size: dict[str, int]) -> list[float]:
        page = open_as(people.OPERATOR, "/wall", size)
        boxes: list[float] = page.eval_on_selector_all(
            ".w-panel, .tile",
            "all => all.flatMap(o => Object.values(o.getBoundingClientRect().toJSON()))",
        )
        return boxes

    double = [2 * each for each in places(HD)]
    assert places(UHD) == pytest.approx(double, abs=8)


@pytest.mark.parametrize("size", [HD, NARROW], ids=["1080p", "400 px"])
def test_the_wall_is_accessible(open_as: OpenPage, size: dict[str, int]) -> None:
    page = open_as(people.OPERATOR, "/wall", size)
    no_violations(page)
    shoot(page, f"wall-{size['width']}")


def test_both_clocks_of_dr_congo_and_a_country_not_seen(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/wall", HD)
    congo = page.locator(".tile", has_text="Congo")
    expect(congo.locator("time")).to_have_count(2)
    assert congo.locator("time").nth(0).inner_text() != congo.locator("time").nth(1).inner_text()
    ethiopia = page.locator(".tile.gone")
    expect(ethiopia).to_have_count(1)
    expect(ethiopia).to_contain_text("Not seen")
    expect(ethiopia).to_contain_text("link suspected")
    expect(ethiopia).to_contain_text(re.compile(r"last data \d\d:\d\d UTC"))


def test_the_wall_follows_within_five_seconds(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock
) -> None:
    page = open_as(people.OPERATOR, "/wall", HD)
    before = page.locator("#wall-head").get_attribute("data-critical")
    with runtime.work(SYSTEM) as work:
        ingest(work, [report("payment-api-gh", "GH", "Down", "all fails", started_at=work.now)])
    for _ in range(3):
        clock.at = clock.at.replace(second=(clock.at.second + 5) % 60)
        jobs.correlate(runtime)
    tile = page.locator(".tile", has_text="Ghana")
    expect(tile).to_have_class(re.compile(r"\bp[123]\b"), timeout=5_000)
    assert before is not None


def test_nothing_new_is_a_304(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/wall", HD)
    with page.expect_response(lambda answer: answer.url.endswith("/wall"), timeout=8_000) as asked:
        pass
    assert asked.value.status == 304
    assert asked.value.headers["etag"] == page.locator("body").get_attribute("data-tag")


@pytest.fixture
def restartable(runtime: Runtime) -> "Restartable":
    return Restartable(runtime)


class Restartable:
    """A server that can be stopped and started again at its address."""

    def __init__(self, runtime: Runtime) -> None:
        self._make: Callable[[str], Server] = lambda at: Server(
            application(runtime), bind(at), threads=4
        )
        self.address = ""

    def start(self) -> None:
        """Serve, at the same port as before."""
        self._server = self._make(self.address.removeprefix("http://") or "127.0.0.1:0")
        self.address = self._server.address
        self._thread = Thread(target=self._server.run)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._server.stop()
        self._thread.join(timeout=15)


def test_it_says_stale_since_and_recovers_by_itself(
    new_page: OpenPage, restartable: Restartable, watched: Watched
) -> None:
    watched.allow("ERR_CONNECTION", "Failed to load resource")
    restartable.start()
    page = new_page(HD)
    page.goto(f"{restartable.address}/sign-in")
    page.fill("#name", people.OPERATOR)
    page.fill("#password", people.PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{restartable.address}/wall")
    lead = page.locator(".w-lead").inner_text()
    restartable.stop()
    try:
        expect(page.locator("#stale")).to_contain_text(
            re.compile(r"Stale since \d\d:\d\d:\d\d UTC: this screen has lost the server"),
            timeout=30_000,
        )
        expect(page.locator("body")).to_have_class(re.compile(r"\bstale\b"))
        assert page.locator(".w-lead").inner_text() == lead, "the last figures stay"
        expect(page.locator(".tile-fresh").first).to_have_text("data unknown")
        assert overflow(page) == (0, 0)
        shoot(page, "wall-stale")
    finally:
        restartable.start()
    try:
        expect(page.locator("#stale")).to_be_hidden(timeout=30_000)
        expect(page.locator("body")).not_to_have_class(re.compile(r"\bstale\b"))
        expect(page.locator(".tile-fresh").first).to_contain_text("old")
    finally:
        restartable.stop()


def test_sound_is_off_until_somebody_switches_it_on(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock
) -> None:
    page = open_as(people.OPERATOR, "/wall", HD)
    button = page.locator("#sound")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_text("Sound on")
    page.reload()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    page.locator("#sound").click()
    expect(page.locator("#sound")).to_have_text("Sound on")
    played = int(page.locator("html").get_attribute("data-played") or 0)
    with runtime.work(SYSTEM) as work:
        ingest(work, [report("core-ledger-north", "EG", "Down", "all fails", started_at=work.now)])
    clock.at = clock.at.replace(minute=clock.at.minute + 1)
    jobs.correlate(runtime)
    expect(page.locator("html")).to_have_attribute("data-played", str(played + 1), timeout=8_000)


def test_the_wall_works_without_javascript(open_as: OpenPage) -> None:
    page = open_as(people.OPERATOR, "/wall", HD, javascript=False)
    expect(page.locator(".w-lead")).to_contain_text("Ledger database East")
    assert (
        page.locator("noscript meta[http-equiv=refresh]").count() or "http-equiv" in page.content()
    )
    expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator("#sound")).to_be_hidden()
