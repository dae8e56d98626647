"""A person of one market reads nothing of other markets, whatever page or answer they ask for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from incidents import actions, clock_queries, jobs
from incidents.clock_queries import ELSEWHERE
from incidents.models import ClockDue, Incident
from incidents.rules.wording import Named, Quoted, to_plain
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.monitoring import actions as monitoring
from ssoc.monitoring.actions import SilenceDraft, WindowDraft
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.rules.matching import Matcher
from tests import factories
from tests.web.conftest import SignIn

GRAPH = "ussd-ke > api-ke > core, ussd-tz > api-tz > core, core > array, till-ke, kiosk-tz"
NAMES = {"ussd-tz": "Zanzibar menu", "api-tz": "Dodoma gateway", "kiosk-tz": "Arusha kiosks"}
FOREIGN = re.compile(
    r"\bTZ\b|-tz\b|Tanzania|Dar.es.Salaam|Zanzibar|Dodoma|Arusha|TzOnly|Swahili words", re.I
)
KENYAN = re.compile(r"\bKE\b|\b(?:ussd|api|till)-ke\b|Kenya|Nairobi", re.I)
WALK = (
    "/wall",
    "/triage",
    "/triage?nested=1",
    "/triage?state=all",
    "/triage?q=core",
    "/alerts",
    "/alerts?state=resolved",
    "/windows",
    "/api/v1/incidents?state=all&nested=true",
    "/api/v1/incidents?state=all&q=Mombasa",
    "/api/v1/alerts",
    "/api/v1/estate",
)
OF_ONE = (
    "/incidents/{}",
    "/incidents/{}/timeline",
    "/incidents/{}/split",
    "/incidents/{}/move",
    "/incidents/{}/pause",
    "/incidents/{}/role",
    "/alerts?incident={}",
    "/api/v1/incidents/{}",
)


@pytest.fixture
def story(console: Runtime, clock: FrozenClock) -> Runtime:
    """Everything that writes texts: opening, joining, nesting, holding, merging, outliving."""
    shared = factories.component("core", "KE", "TZ", name="Core ledger")
    array = factories.component("array", "KE", "TZ", name="Storage array")
    named = [factories.component(key, name=name) for key, name in NAMES.items()]
    with console.work(SYSTEM) as work:
        factories.estate(work, GRAPH, components=[shared, array, *named])
        until = work.now.replace(hour=12)
        matcher = Matcher("name", "TzOnly")
        monitoring.set_silence(
            work, SilenceDraft((matcher,), work.now, until, "Swahili words about Zanzibar")
        )
    say(console, "ussd-tz", "ussd-ke")
    turn(console, clock)
    say(console, "api-ke")
    say(console, "api-tz", summary="Dodoma gateway: 5xx")
    turn(console, clock)
    say(console, "core", market="TZ", summary="writes of Zanzibar menu fail")
    say(console, "till-ke", "kiosk-tz", severity=Severity.ERROR)
    say(console, "", market="TZ", name="ArushaDisk")
    turn(console, clock)
    with console.work(SYSTEM) as work:
        until = work.now.replace(hour=12)
        window = WindowDraft("Zanzibar works", work.now, until, ["core"], ["TZ"])
        monitoring.set_window(work, window)
    merge(console, "kiosk-tz", "till-ke")
    merge(console, "?TZ/ArushaDisk", "core")
    turn(console, clock)
    say(console, "core", market="TZ", state=AlertState.RESOLVED)
    say(console, "api-tz", summary="", severity=Severity.WARNING, name="Slow")
    turn(console, clock)
    turn(console, clock, 130)
    outbox.deliver(console)
    return console


def say(runtime: Runtime, *components: str, **given: object) -> None:
    for each in components:
        code = each.rpartition("-")[2].upper()
        usual = {"component": each, "market": code if len(code) == 2 else ""}
        with runtime.work(SYSTEM) as work:
            said = {"started_at": factories.EIGHT, "said_at": work.now}
            monitoring.ingest(work, [factories.report(**{**usual, **said, **given})])


def turn(runtime: Runtime, clock: FrozenClock, seconds: float = 4) -> None:
    clock.advance(factories.at(seconds) - factories.EIGHT)
    jobs.correlate(runtime)
    clock.advance(factories.at(4) - factories.EIGHT)
    jobs.correlate(runtime)


def merge(runtime: Runtime, gone: str, into: str) -> None:
    with runtime.work(SYSTEM) as work:
        actions.merge(work, incident_at(runtime, gone), incident_at(runtime, into))


def incident_at(runtime: Runtime, component: str) -> int:
    from incidents import queries

    with runtime.view(SYSTEM) as work:
        found = queries.triage(work, queries.Filters(nested=True)).items
    return next(each.id for each in found if each.component == component)


def answers(client: FlaskClient) -> Iterator[tuple[str, str]]:
    """Return every page and answer that may tell of an incident."""
    listed = client.get("/api/v1/incidents?state=all&nested=true").get_json()["items"]
    alerts = client.get("/api/v1/alerts").get_json()["items"]
    paths = [*WALK, *(path.format(each["id"]) for each in listed for path in OF_ONE)]
    paths += [f"{door}/{each['id']}" for each in alerts for door in ("/alerts", "/api/v1/alerts")]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in {200, 400, 403, 409}, f"{path}: {answer.status}"
        yield path, answer.text


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        pytest.param("desk-ke", FOREIGN, id="of KE"),
        pytest.param("desk-tz", KENYAN, id="of TZ where the clock of KE binds"),
    ],
)
def test_nothing_of_another_market_is_named(
    story: Runtime, as_person: SignIn, name: str, foreign: re.Pattern[str]
) -> None:
    leaks = [
        f"{path}: …{text[max(0, found.start() - 60) : found.end() + 40]}…"
        for path, text in answers(as_person(name))
        for found in foreign.finditer(text)
    ]
    assert leaks == [], "\n".join(leaks)


def test_whose_clock_binds_is_told_to_those_who_may_read_it(
    story: Runtime, as_person: SignIn
) -> None:
    number = incident_at(story, "core")
    path = f"/incidents/{number}"
    assert "KE · 24x7 · Nairobi" in as_person("desk-ke").get(path).text
    assert "another market&#39;s calendar" in as_person("desk-tz").get(path).text
    clocks = as_person("desk-tz").get(f"/api/v1{path}").get_json()["clocks"]
    assert {each["calendar"] for each in clocks} == {ELSEWHERE}


def test_a_clock_at_risk_names_its_incident_as_the_reader_may_read_it(story: Runtime) -> None:
    number = incident_at(story, "core")
    with story.work(SYSTEM) as work:
        row = work.session.get(Incident, number)
        assert row is not None
        row.title, row.title_told = (
            "Core ledger: Nairobi menu fails",
            to_plain([Named(("core",)), ": ", Quoted("Nairobi menu fails", ("KE",), "critical")]),
        )
        work.session.execute(update(ClockDue).values(at_risk_at=work.now))
    with story.work(SYSTEM) as work:
        later = replace(work, now=work.now + timedelta(hours=5), actor=desk("TZ"))
        titles = {each.title for each in clock_queries.at_risk(later) if each.incident_id == number}
    assert titles == {"Core ledger: critical"}


def desk(market: str) -> Actor:
    return factories.person("desk", Role.NOC_OPERATOR, market)


def test_the_walk_would_find_them(story: Runtime, as_person: SignIn) -> None:
    """Who sees every market reads all these words, so that the walk above means something."""
    everything = " ".join(text for _, text in answers(as_person("noc-operator")))
    found = {each.group().lower() for each in FOREIGN.finditer(everything)}
    assert {"tz", "zanzibar", "dodoma", "arusha"} <= found


def test_a_cause_of_another_market_stands_there_without_its_name(
    story: Runtime, as_person: SignIn
) -> None:
    with story.work(SYSTEM) as work:
        other = factories.incident(
            work,
            ["KE", "TZ"],
            component="kiosk-tz",
            title="Arusha kiosks: dark",
            title_told=[{"components": ["kiosk-tz"]}, ": dark"],
        ).id
    found = as_person("desk-ke").get(f"/api/v1/incidents/{other}").get_json()
    assert found["title"] == "A component in another market: dark"
    assert found["component"] == ""
    assert [(each["component"], each["name"]) for each in found["causes"]] == [
        ("", "a component in another market")
    ]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        pytest.param("q=Zanzibar", 0, id="words of another market"),
        pytest.param("q=Core+ledger", 1, id="a shared component"),
        pytest.param("q=till-ke", 1, id="one of mine"),
        pytest.param("component=kiosk-tz", 0, id="a component of another market"),
        pytest.param("component=core", 1, id="a shared component by its key"),
    ],
)
def test_a_search_finds_only_what_is_read(
    story: Runtime, as_person: SignIn, asked: str, count: int
) -> None:
    client = as_person("desk-ke")
    found = client.get(f"/api/v1/incidents?state=all&{asked}").get_json()["items"]
    assert (len(found) > 0) == (count > 0), [each["title"] for each in found]


def test_who_may_not_act_hears_how_many_markets_are_missing(
    story: Runtime, as_person: SignIn
) -> None:
    client = as_person("desk-ke")
    number = client.get("/api/v1/incidents?q=Core+ledger&state=all").get_json()["items"][0]["id"]
    answer = client.post(f"/api/v1/incidents/{number}/acknowledge")
    assert answer.status_code == 403
    assert not FOREIGN.search(answer.text), answer.text
    assert "1 more market" in answer.text
