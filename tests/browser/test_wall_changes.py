"""The wall with nothing, one and six changes running: the same picture, never a scroll bar."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.browser.conftest import OpenPage, no_violations, shoot
from tests.browser.test_wall import HD, SMALL, UHD, overflow
from tests.browser.test_wall_shapes import clipped, lands, trouble
from tests.web import people
from tests.web.test_changing import ended, running

LONG = "Migration de la passerelle de paiement transfrontalier vers la nouvelle version majeure"


@pytest.mark.parametrize("calm", [True, False], ids=["calm", "six incidents"])
@pytest.mark.parametrize("number", [0, 1, 6])
def test_so_many_changes_fit_on_the_wall(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock, number: int, calm: bool
) -> None:
    lands(runtime, clock, 8, 98.5 if calm else 61.4)
    if not calm:
        trouble(runtime)
    with runtime.work(SYSTEM) as work:
        for each in range(number):
            running(
                work,
                -10 if each == 0 else 40 * each,
                title=f"{LONG} {each}",
                markets=["KE", "EG", "ET"] if each % 2 else ["KE"],
                components=["api-ke", "api-eg"],
            )
        if number == 1:
            ended(work, 12, title="Ledger limits table", markets=["KE"], components=["api-ke"])
    clock.advance(timedelta(seconds=10))
    page = open_as(people.OPERATOR, "/wall", HD)
    rows = page.locator(".w-right .w-panel").nth(1).locator(".w-list li")
    expect(rows).to_have_count({0: 0, 1: 2, 6: 4}[number])
    expect(page.locator(".tile-changing")).to_have_count({0: 0, 1: 1, 6: 3}[number])
    for size in (HD, SMALL, UHD):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        shoot(page, f"wall-changes-{number}-{'calm' if calm else 'hurt'}-{size['width']}")
        assert overflow(page) == (0, 0), size
        assert clipped(page) == [], size
    page.set_viewport_size(HD)  # type: ignore[arg-type]
    no_violations(page)


@pytest.mark.parametrize("number", [16, 24])
def test_tiles_of_many_markets_say_it_too(
    open_as: OpenPage, runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    lands(runtime, clock, number)
    with runtime.work(SYSTEM) as work:
        for each in range(3):
            running(work, 30 + each, title=LONG, markets=["KE", "EG"], components=["api-ke"])
    page = open_as(people.OPERATOR, "/wall", HD)
    for size in (HD, SMALL):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        shoot(page, f"wall-changes-{number}-markets-{size['width']}")
        assert overflow(page) == (0, 0), size
        assert clipped(page) == [], size
