"""A person of one market sees why her country is down, and figures of what she may see."""

import re

import pytest

from incidents import jobs
from incidents.rules.clauses import counted_once
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.monitoring import actions as monitoring
from ssoc.monitoring.lifecycle import AlertState
from tests import factories
from tests.web.conftest import SignIn

GRAPH = "ussd-ke > core, api-ke > core, ussd-tz > core, api-tz > core, kiosk-tz > core, till-ke"
FAILING = ("ussd-ke", "api-ke", "ussd-tz", "api-tz", "kiosk-tz")


@pytest.fixture
def story(console: Runtime, clock: FrozenClock) -> Runtime:
    """A database that two countries share fails; so does what needs it in both."""
    shared = factories.component("core", "KE", "TZ", name="Ledger database East")
    other = factories.component("ring", "TZ", "MZ", name="Southern ring")
    with console.work(SYSTEM) as work:
        factories.estate(work, GRAPH, components=[shared, other])
    say(console, clock, "core", "", "LedgerDown")
    say(console, clock, "ring", "", "RingDown")
    for each in FAILING:
        say(console, clock, each, each[-2:].upper(), "Slow", severity=Severity.ERROR)
    settle(console, clock)
    return console


def say(
    runtime: Runtime, clock: FrozenClock, component: str, market: str, name: str, **given: object
) -> None:
    usual = {"component": component, "market": market, "name": name, "said_at": clock.now()}
    with runtime.work(SYSTEM) as work:
        monitoring.ingest(work, [factories.report(**{**usual, **given})])


def settle(runtime: Runtime, clock: FrozenClock, seconds: float = 4) -> None:
    for _ in range(3):
        clock.advance(factories.at(seconds) - factories.EIGHT)
        jobs.correlate(runtime)


def end(runtime: Runtime, clock: FrozenClock) -> None:
    """Clear everything, and let the incident end."""
    say(runtime, clock, "core", "", "LedgerDown", state=AlertState.RESOLVED)
    for each in FAILING:
        market = each[-2:].upper()
        gone = {"severity": Severity.ERROR, "state": AlertState.RESOLVED}
        say(runtime, clock, each, market, "Slow", **gone)
    settle(runtime, clock, 400)


def number(as_person: SignIn) -> int:
    found = as_person("noc-operator").get("/api/v1/incidents?state=all&component=core").get_json()
    return int(found["items"][0]["id"])


def words_of(page: str, panel: str) -> str:
    """Return the text of a panel of the page."""
    inside = page.partition(f'id="{panel}"')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", inside.partition(">")[2]).split())


def test_the_alert_of_a_shared_cause_is_seen_from_each_of_its_markets(
    story: Runtime, as_person: SignIn
) -> None:
    client, incident = as_person("desk-ke"), number(as_person)
    page = client.get(f"/incidents/{incident}").text
    assert "LedgerDown" in words_of(page, "alerts")
    alerts = client.get("/api/v1/alerts").get_json()["items"]
    assert {each["name"] for each in alerts} == {"LedgerDown", "Slow"}
    (own,) = (each["id"] for each in alerts if each["name"] == "LedgerDown")
    assert client.get(f"/alerts/{own}").status_code == 200
    assert "3\xa0alerts" in client.get("/alerts").text


def test_the_alert_of_what_others_share_stays_theirs(story: Runtime, as_person: SignIn) -> None:
    found = as_person("noc-operator").get("/api/v1/alerts").get_json()["items"]
    (ring,) = (each["id"] for each in found if each["name"] == "RingDown")
    client = as_person("desk-ke")
    assert client.get(f"/alerts/{ring}").status_code == 403
    assert "RingDown" not in client.get("/alerts").text


def test_figures_are_those_of_what_is_listed(story: Runtime, as_person: SignIn) -> None:
    client, incident = as_person("desk-ke"), number(as_person)
    page = client.get(f"/incidents/{incident}").text
    symptoms = words_of(page, "symptoms")
    assert "2 components, 2 alerts, 3 components in other markets" in symptoms
    assert "5 failing components need it: api-ke, ussd-ke and 3 in other markets." in words_of(
        page, "cause"
    )
    told = client.get(f"/api/v1/incidents/{incident}").get_json()
    assert (told["alerts"], told["symptoms"]) == (3, 2)
    whole = as_person("noc-operator").get(f"/api/v1/incidents/{incident}").get_json()
    assert (whole["alerts"], whole["symptoms"]) == (6, 5)


def test_what_may_not_be_done_is_not_offered(story: Runtime, as_person: SignIn) -> None:
    client, incident = as_person("desk-ke"), number(as_person)
    assert client.get(f"/api/v1/incidents/{incident}").get_json()["moves"] == []
    queue = client.get("/triage").text
    assert 'value="acknowledge"' not in queue
    assert 'value="merge"' not in queue
    everywhere = as_person("noc-operator")
    assert "acknowledge" in everywhere.get(f"/api/v1/incidents/{incident}").get_json()["moves"]
    assert 'value="acknowledge"' in everywhere.get("/triage").text


def test_one_row_that_is_not_ours_cannot_be_ticked(
    story: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    say(story, clock, "till-ke", "KE", "TillDown")
    settle(story, clock)
    queue = as_person("desk-ke").get("/triage").text
    boxes = re.findall(r'<input type="checkbox" name="i"[^>]*>', queue)
    assert sorted("disabled" in each for each in boxes) == [False, True]
    assert "touches markets that your role does not cover" in queue
    assert 'value="acknowledge"' in queue


def test_an_incident_that_is_over_is_told_in_the_past(
    story: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    end(story, clock)
    incident = number(as_person)
    page = as_person("noc-operator").get(f"/incidents/{incident}").text
    cause, symptoms, alerts = (words_of(page, each) for each in ("cause", "symptoms", "alerts"))
    assert "Ledger database East failed critically from 08:00 to 08:0" in cause
    assert "5 failing components needed it" in cause
    assert "good now" not in cause
    assert "5 components, 5 alerts" in symptoms
    assert "0 alerts" not in symptoms
    assert "6 alerts" in alerts
    assert "Ended" in alerts
    assert "LedgerDown" in alerts
    assert "resolved" in alerts


def test_the_estate_page_counts_what_is_hers(story: Runtime, as_person: SignIn) -> None:
    page = as_person("desk-ke").get("/estate").text
    head = " ".join(re.sub(r"<[^>]+>", " ", page.partition('class="meta"')[2][:600]).split())
    assert "1 market 4 components 2 dependencies" in head
    assert "0 checks" in head


def test_the_pages_of_operations_say_whose_they_are(story: Runtime, as_person: SignIn) -> None:
    page = as_person("desk-ke").get("/admin/pages").text
    assert "in all markets" not in page.partition("</h1>")[2]
    assert "not delivered, in KE" in " ".join(re.sub(r"<[^>]+>", "", page).split())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "merged; a component in another market goes on as INC-12; "
            "a component in another market goes on as INC-12",
            "merged; 2 components in other markets go on as INC-12",
            id="the same twice",
        ),
        pytest.param(
            "a component in another market goes on as INC-12; "
            "a component in another market goes on as INC-13",
            "a component in another market goes on as INC-12; "
            "a component in another market goes on as INC-13",
            id="two incidents",
        ),
        pytest.param("a note; a note", "a note; a note", id="a person's own words"),
    ],
)
def test_equal_clauses_are_told_once_with_a_count(text: str, told: str) -> None:
    assert counted_once(text) == told
