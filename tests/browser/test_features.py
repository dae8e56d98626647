"""The page of a feature in a browser: drawn by day and night, and forced off from it."""

import pytest
from playwright.sync_api import expect

from changes.features.queries import features
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.browser.conftest import (
    NARROW,
    WIDE,
    OpenPage,
    no_violations,
    no_violations_by_day_and_night,
)
from tests.changes.features import story
from tests.changes.features.story import KEY
from tests.web import people
from tests.web.test_features import PAGE, samples


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_forced_off_from_its_page(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock, size: dict[str, int]
) -> None:
    story.feature(runtime, adoption="app-{cc}/savings/share", errors="app-{cc}/savings/failed")
    samples(runtime, clock, "app-ke/savings", "share", [0, 0.4, 1.1, 2.5, 2.9])
    samples(runtime, clock, "app-ke/savings", "failed", [0.1, 0.1, 0.4, 0.3, 1.9])
    page = open_as(people.OPERATOR, PAGE, size)
    expect(page.locator("[data-drawn=yes]")).to_have_count(2)
    no_violations_by_day_and_night(page, f"feature-{size['width']}")
    page.get_by_role("link", name="Force off…").click()
    no_violations(page)
    page.get_by_label("TZ").uncheck()
    page.get_by_label("Why").fill("double debits in Kenya")
    page.get_by_role("button", name="Force off").click()
    expect(page.locator("#feature")).to_contain_text("Forced off in KE by noc-operator")
    no_violations_by_day_and_night(page, f"feature-killed-{size['width']}")
    with runtime.view(SYSTEM) as work:
        assert features.feature(work, KEY).killed == {"KE"}
    page.goto("/roll-outs/features")
    no_violations_by_day_and_night(page, f"features-{size['width']}")
