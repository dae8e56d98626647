"""What the wall says in words: for whom it speaks, what ended last, whose sources are silent."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask

from incidents import actions, jobs
from incidents.correlator.holds import FLAPPING
from ssoc.accounts import machines
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Check, Market
from ssoc.monitoring.actions import ingest
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.reading import Sample
from ssoc.monitoring.report import Report
from tests import factories
from tests.conftest import EIGHT
from tests.monitoring.polling.estates import polled, record, recorder
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.room import report

CODES = ("KE", "TZ", "CD", "MZ", "LS", "GH", "EG", "ET")


@pytest.mark.parametrize(
    ("markets", "heading", "where"),
    [
        pytest.param(["KE"], "Kenya", "open in Kenya.", id="one by name"),
        pytest.param(["KE", "TZ"], "Kenya and Tanzania", "open in Kenya and Tanzania.", id="two"),
        pytest.param(CODES[:5], "Five markets", "open in these markets.", id="more are counted"),
        pytest.param([], "Eight markets", "open in any market.", id="all"),
    ],
)
def test_a_calm_wall_speaks_for_what_it_sees(
    console: Runtime, app: Flask, markets: Sequence[str], heading: str, where: str
) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        token = machines.create_kiosk(work, "wall", markets)
    client = app.test_client()
    page = client.get(f"/kiosk/{token}", follow_redirects=True).text
    assert f"data-live>{heading} <span" in page
    assert f"No P1, P2 or P3 is {where}" in page


def test_what_comes_and_goes_is_not_said_to_be_closed(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, app-ke")
        factories.incident(work, held_because=FLAPPING)
    page = as_person("desk-ke").get("/wall").text
    assert "No P1, P2 or P3 fails now in Kenya; one comes and goes." in page
    assert "Low priority" not in page
    assert f"Its pages are held: {FLAPPING}." in as_person("desk-ke").get("/incidents/1").text


def test_a_person_of_one_market_hears_of_that_one(console: Runtime, as_person: SignIn) -> None:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
    page = as_person("desk-ke").get("/wall").text
    assert "No P1, P2 or P3 is open in Kenya." in page
    assert "any market" not in page


@pytest.mark.parametrize(
    ("number", "shape"),
    [
        (1, "a-row-1 few"),
        (2, "a-row-2 few"),
        (3, "a-row-3 few"),
        (4, "a-row-4"),
        (8, "a-row-8"),
        (9, "a-row-5 dense"),
        (16, "a-row-8 dense"),
        (24, "a-row-8 tight"),
    ],
)
def test_the_tiles_are_laid_out_by_their_number(
    console: Runtime, as_person: SignIn, number: int, shape: str
) -> None:
    with console.work(SYSTEM) as work:
        codes = [f"{first}{second}" for first in "ABC" for second in "ABCDEFGH"]
        named = [Market(code, f"Land {code}", ("UTC",), "USD") for code in codes[:number]]
        estate_actions.replace(work, [("market", each) for each in named])
    assert f'class="w-tiles {shape}"' in as_person(people.OPERATOR).get("/wall").text


def test_a_calm_wall_says_what_ended_last(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    client, desk = as_person(people.OPERATOR), as_person("desk-ke")
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
    assert "none has ended yet" in client.get("/wall").text
    with console.work(SYSTEM) as work:
        for market in ("KE", "TZ"):
            row = factories.incident(work, [market], component=f"core-{market.lower()}")
            number = row.id
            actions.acknowledge(work, number)
    for number, minutes in ((1, 5), (2, 20)):
        clock.advance(timedelta(minutes=minutes))
        with console.work(SYSTEM) as work:
            actions.resolve(work, number, "the disk was replaced", force=True)
    assert "last one resolved 08:25 UTC, INC-2" in client.get("/wall").text
    assert "last one resolved 08:05 UTC, INC-1" in desk.get("/wall").text, "of Kenya"
    clock.advance(timedelta(minutes=40))
    with console.work(SYSTEM) as work:
        actions.close(work, 2)
    assert "last one closed 09:05 UTC, INC-2" in client.get("/wall").text


def test_alerts_that_went_stale_are_said_on_the_lead(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    client = as_person(people.OPERATOR)
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        ingest(work, [alert("Down"), alert("Slow")])
    correlated(console, clock)
    assert "stale" not in lead(client.get("/wall").text)
    with console.work(SYSTEM) as work:
        ingest(work, [alert("Slow", AlertState.STALE, clock)])
    correlated(console, clock)
    assert "1 of 2\u00a0alerts stale" in lead(client.get("/wall").text)
    with console.work(SYSTEM) as work:
        ingest(work, [alert("Down", AlertState.STALE, clock)])
    correlated(console, clock)
    found = lead(client.get("/wall").text)
    assert "Alerts stale: their sources are silent" in found
    assert "w-lead p1 silent" in found or "w-lead p2 silent" in found


def alert(
    name: str, state: AlertState = AlertState.FIRING, clock: FrozenClock | None = None
) -> Report:
    """Return what a source says of the core of Kenya, or that it says nothing more."""
    given = {"said_at": clock.at} if clock else {}
    return report("core-ke", "KE", name, "all fails", state=state, started_at=EIGHT, **given)


def correlated(console: Runtime, clock: FrozenClock) -> None:
    """Let a minute pass with the correlator at work."""
    for _ in range(6):
        clock.advance(timedelta(seconds=10))
        jobs.correlate(console)


def lead(page: str) -> str:
    """Return the part of the page about the most urgent incident."""
    _, found, rest = page.partition("w-lead ")
    return found + rest.partition("</section>")[0]


def test_a_loss_of_success_is_drawn(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    """Traffic hardly moves when every third payment fails: the line of success does."""
    check = Check("core-ke", "figures", "promql", timedelta(minutes=1), "KE")
    kpis = {"tps": "figures/tps", "success_percent": "figures/success_percent"}
    with console.work(SYSTEM) as work:
        core = factories.component("core-ke", kpis=kpis)
        factories.estate(work, components=[core], checks=[check], markets=["KE"])
    polls = []
    for minute in range(60):
        share = 98.0 if minute < 50 else 60.0
        samples = (Sample("tps", 300), Sample("success_percent", share))
        polls.append(polled(check, clock.at, *samples))
        clock.advance(timedelta(minutes=1))
    record(recorder(console), polls)
    page = as_person(people.OPERATOR).get("/wall").text
    drawn = page.partition('class="spark of-success"')[2].partition("</svg>")[0]
    numbers = [float(each) for each in drawn.partition(' d="M')[2].partition('"')[0].split()]
    heights = numbers[1::2]
    assert max(heights) - min(heights) == pytest.approx(32 * 0.71, abs=1), "38 of 50 points"
    assert '<div class="tile-rate">60.0' in page, "what is usual is not known yet"
