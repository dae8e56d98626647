"""The bar that sticks to the foot of a list covers no row that a key chose, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.browser.conftest import OpenPage
from tests.changes.approving import add_team, submitted
from tests.web import people

MANY = 24
CLEAR = """row => {
  const at = row.getBoundingClientRect();
  const seen = y => row.contains(document.elementFromPoint(at.x + at.width / 2, y));
  return at.top > -1 && at.bottom < innerHeight + 1 && seen(at.top + 3) && seen(at.bottom - 3);
}"""


def many_changes(runtime: Runtime) -> None:
    add_team(runtime)
    for number in range(MANY):
        submitted(runtime, title=f"Core: log volume {number}")


def many_incidents(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, ", ".join(f"core{number}-ke" for number in range(MANY)))
        for number in range(MANY):
            factories.incident(work, component=f"core{number}-ke", title=f"Core {number}: slow")


LISTS = [
    pytest.param(many_changes, "olga", "/changes/", id="changes"),
    pytest.param(many_changes, "olga", "/changes/approvals", id="approvals"),
    pytest.param(many_incidents, people.OPERATOR, "/triage", id="triage"),
]


def is_clear(page: Page) -> bool:
    """Tell whether the chosen row comes to be seen whole: within the window, under nothing."""
    for _ in range(20):  # two seconds: a page that is refreshed meanwhile settles
        if page.locator('tr[aria-selected="true"]').evaluate(CLEAR):
            return True
        page.wait_for_timeout(100)
    return False


@pytest.mark.parametrize(("fill", "who", "path"), LISTS)
def test_the_chosen_row_is_seen_whole_wherever_it_stands(
    runtime: Runtime,
    open_as: OpenPage,
    fill: Callable[[Runtime], None],
    who: str,
    path: str,
) -> None:
    fill(runtime)
    page = open_as(who, path)
    number = page.locator("[data-row]").count()
    assert number >= MANY, "longer than the window"
    for key in ("j", "k"):
        for step in range(number - 1):
            page.keyboard.press(key)
            assert is_clear(page), f"row {step} of {key}"
