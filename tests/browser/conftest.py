"""A real Chromium before a real server: pages per person, and what must never happen on them."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    sync_playwright,
)

from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.work import Runtime
from tests.web import people
from web.cli import application
from web.server import Server, bind

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-features=Translate,OptimizationHints,MediaRouter,InterestFeedContentSuggestions",
]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 400, "height": 800}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING: dict[str, object] = {"type": "tag", "values": RULES}
COLOURS: dict[str, object] = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and skip it loudly where there is no Chromium."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).exists():
                item.add_marker(pytest.mark.skip(reason=f"BROWSER NOT TESTED: no {CHROMIUM}"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a migrated database with one person of each role, made once."""
    path = tmp_path_factory.mktemp("browser") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    people.add_people(modules.wire(engine))
    engine.dispose()
    return path


@pytest.fixture
def runtime(
    template: Path, tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runtime]:
    """Give a runtime on SQLite: pages are tested on both databases in tests/web."""
    shutil.copy(template, tmp_path / "ssoc.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'ssoc.db'}")
    yield people.with_key(modules.wire(engine, clock), monkeypatch)
    engine.dispose()


@pytest.fixture
def live(runtime: Runtime) -> Iterator[str]:
    """Give the address of a server that runs in a thread."""
    app = application(runtime)
    server = Server(app, bind("127.0.0.1:0"), threads=8)
    thread = Thread(target=server.run, name="live")
    thread.start()
    yield server.address
    server.stop()
    thread.join(timeout=15)
    assert not thread.is_alive(), "the server did not end"
    app.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give the browser, started once."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """What a page did that none may do: ask another host, break the policy, log an error."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.expected: tuple[str, ...] = ()

    def follow(self, page: Page) -> None:
        """Listen to one page; whatever another host is asked for is not sent at all."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.route("**/*", self._route)

    def allow(self, *texts: str) -> None:
        """Accept console errors that hold one of these texts, such as a status expected."""
        self.expected += texts

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self._note(said.text)

    def _route(self, route: Route) -> None:
        if urlsplit(route.request.url).hostname in {"127.0.0.1", None}:
            route.fallback()
        else:
            self._note(f"asked another host: {route.request.url}")
            route.abort()

    def _note(self, text: str) -> None:
        if not any(each in text for each in self.expected):
            self.faults.append(text)


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Give the watch; a test fails at its end if a page did what none may do."""
    watch = Watched()
    yield watch
    assert watch.faults == []


OpenPage = Callable[..., Page]


def hear_keys_when_loaded(page: Page) -> None:
    """Let a test's keys wait for the page: a word can be seen before the keyboard's script ran."""
    keyboard = page.keyboard
    press = keyboard.press

    def patient(key: str, *, delay: float | None = None) -> None:
        page.wait_for_load_state("load")
        press(key, delay=delay)

    keyboard.press = patient  # type: ignore[method-assign]


@pytest.fixture
def new_page(chromium: Browser, live: str, watched: Watched) -> Iterator[OpenPage]:
    """Give a maker of fresh browser windows: ``new_page(viewport=WIDE, javascript=True)``."""
    contexts: list[BrowserContext] = []

    def make(viewport: dict[str, int] | None = None, javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=live,
            viewport=viewport or WIDE,  # type: ignore[arg-type]
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.set_default_navigation_timeout(30_000)  # a page with charts reads 5 MB of script
        hear_keys_when_loaded(page)
        watched.follow(page)
        return page

    yield make
    for context in contexts:
        context.close()


def sign_in(page: Page, name: str) -> None:
    """Send the form as the window would, without drawing it and the page that follows.

    The form itself is filled in ``test_sign_in`` and ``test_tour``.
    """
    asked = page.context.request
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked.get("/sign-in").text())
    assert token
    given = {"csrf_token": token[1], "name": name, "password": people.PASSWORD}
    answer = asked.post("/sign-in", form=given, max_redirects=0)
    assert answer.status == 303, answer.text()


@pytest.fixture
def open_as(new_page: OpenPage) -> OpenPage:
    """Give a maker of signed-in windows: ``open_as("noc-operator", "/triage", NARROW)``."""

    def make(
        name: str,
        path: str = "/",
        viewport: dict[str, int] | None = None,
        javascript: bool = True,
    ) -> Page:
        page = new_page(viewport, javascript)
        sign_in(page, name)
        page.goto(path)
        return page

    return make


def no_violations(page: Page, run_only: dict[str, object] = EVERYTHING) -> None:
    """Assert that axe finds nothing, and that the page does not scroll sideways."""
    page.wait_for_load_state()  # a page without its style sheet has small targets
    found = Axe().run(page, options={"runOnly": run_only, "resultTypes": ["violations"]})
    faults = [
        f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}"
        for each in found.response["violations"]
    ]
    assert faults == [], "\n".join(faults)
    wide = page.evaluate("document.documentElement.scrollWidth")
    shown = page.evaluate("document.documentElement.clientWidth")
    assert wide <= shown, f"the page is {wide} px wide on a screen of {shown} px"


def no_violations_by_day_and_night(page: Page, name: str) -> None:
    """Assert the same of both themes: by night other colours stand in the same places.

    That they are all that differs is guarded in ``tests/architecture/test_themes.py``.
    """
    for theme, rules in (("light", EVERYTHING), ("dark", COLOURS)):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        no_violations(page, rules)
        shoot(page, f"{name}-{theme}")


def shoot(page: Page, name: str) -> None:
    """Keep a screenshot for a person to look at, when SSOC_SHOTS names a folder."""
    import os

    if folder := os.environ.get("SSOC_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
