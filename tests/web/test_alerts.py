"""The alert explorer: filters, ways, changes, and nothing a source says is markup."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from incidents.jobs import correlate
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Inhibition
from ssoc.monitoring.actions import SilenceDraft, WindowDraft, ingest, set_silence, set_window
from ssoc.monitoring.jobs import sweep_leases
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import hex_of
from ssoc.monitoring.rules.matching import Matcher
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.counting import statements

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def some(console: Runtime) -> Runtime:
    """Give three open alerts and a resolved one."""
    down = factories.report(
        name="Down",
        summary=HOSTILE,
        labels={"alertname": "Down", "market": "KE", HOSTILE: HOSTILE},
        annotations={"note": HOSTILE},
    )
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        ingest(
            work,
            [
                down,
                replace(down, source="alertmanager", way="webhook"),
                factories.report(name="Slow", severity=Severity.WARNING, instance="b"),
                factories.report(name="Late", market="TZ", component="core-tz", summary="retard"),
                factories.report(name="Cured", instance="c"),
            ],
        )
        cured = factories.report(name="Cured", instance="c")
        ingest(work, [replace(cured, state=AlertState.RESOLVED, said_at=factories.at(5))])
        matcher = Matcher("name", "Slow")
        set_silence(work, SilenceDraft((matcher,), work.now, factories.at(3600), "planned"))
    return console


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("silenced", "Slow"),
        ("inhibited", "Down"),
        ("window", "Late"),
        ("nothing", ""),
    ],
)
def test_what_holds_pages_is_a_filter(
    some: Runtime, as_person: SignIn, kind: str, expected: str
) -> None:
    rule = Inhibition("slow-over-down", {"name": "Slow"}, {"alertname": "Down"}, ("market",))
    with some.work(SYSTEM) as work:
        value = replace(factories.estate_of("core-ke, core-tz"), inhibitions={rule.name: rule})
        estate_actions.replace(work, factories.items_of(value))
        set_window(work, WindowDraft("works", work.now, factories.at(3600), ["core-tz"], ["TZ"]))
    page = as_person(people.OPERATOR).get(f"/alerts?silenced={kind}").text
    shown = [name for name in ("Down", "Slow", "Late") if f"<bdi>{name}</bdi>" in page]
    assert "|".join(shown) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", "Down|Slow|Late", id="open"),
        pytest.param("?state=resolved", "Cured", id="resolved"),
        pytest.param("?state=stale", "", id="stale"),
        pytest.param("?severity=warning", "Slow", id="severity"),
        pytest.param("?market=TZ", "Late", id="market"),
        pytest.param("?component=core-tz", "Late", id="component"),
        pytest.param("?silenced=yes", "Slow", id="silenced"),
        pytest.param("?silenced=no", "Down|Late", id="not silenced"),
        pytest.param("?q=retard", "Late", id="words"),
        pytest.param("?state=nonsense&severity=awful", "Down|Slow|Late", id="unknown words"),
    ],
)
def test_filters(some: Runtime, as_person: SignIn, query: str, expected: str) -> None:
    page = as_person(people.OPERATOR).get(f"/alerts{query}").text
    shown = [name for name in ("Down", "Slow", "Late", "Cured") if f"<bdi>{name}</bdi>" in page]
    assert "|".join(shown) == expected


def test_one_alert_says_where_it_came_from_and_is_never_markup(
    some: Runtime, as_person: SignIn
) -> None:
    client = as_person(people.OPERATOR)
    key = hex_of(factories.report(name="Down").key)
    page = client.get(f"/alerts/{key}").text
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    for words in ("prometheus", "alertmanager", "webhook", "first heard of"):
        assert words in page
    held = client.get(f"/alerts/{hex_of(factories.report(name='Slow', instance='b').key)}").text
    assert "Pages are held, state is not" in held


@pytest.mark.parametrize(
    ("path", "status"),
    [("/alerts/zz", 400), ("/alerts/00000000000000aa", 404), ("/alerts?cursor=zz", 400)],
)
def test_wrong_addresses(some: Runtime, as_person: SignIn, path: str, status: int) -> None:
    assert as_person(people.OPERATOR).get(path).status_code == status


def test_markets_out_of_sight(some: Runtime, as_person: SignIn) -> None:
    client = as_person("desk-ke")
    assert "<bdi>Late</bdi>" not in client.get("/alerts").text
    late = factories.report(name="Late", market="TZ", component="core-tz")
    assert client.get(f"/alerts/{hex_of(late.key)}").status_code == 403
    assert as_person("nobody-yet").get("/alerts").status_code == 403


def test_fifty_alerts_need_no_more_statements_than_one(console: Runtime, as_person: SignIn) -> None:
    client, counts = as_person(people.OPERATOR), []
    for start, number in ((0, 1), (1, 49)):
        names = [f"n{each}" for each in range(start, start + number)]
        with console.work(SYSTEM) as work:
            ingest(work, [factories.report(name=name) for name in names])
        client.get("/alerts")
        with statements(console.engine) as sent:
            assert client.get("/alerts").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1], counts


@pytest.fixture
def stale(console: Runtime, clock: FrozenClock) -> str:
    """Give the hex key of an alert whose source fell silent."""
    one = factories.report(name="Gone", lease_until=factories.at(60))
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        ingest(work, [one])
    clock.advance(timedelta(minutes=2))
    sweep_leases(console)
    return hex_of(one.key)


def test_a_stale_alert_is_closed_by_hand(stale: str, as_person: SignIn) -> None:
    client = as_person(people.OPERATOR)
    assert f'href="/alerts/{stale}/close"' in client.get(f"/alerts/{stale}").text
    form = client.get(f"/alerts/{stale}/close").text
    assert 'name="csrf_token"' in form
    assert 'name="reason"' in form
    refused = client.post(f"/alerts/{stale}/close", data={"reason": " "})
    assert refused.status_code == 400
    assert "Say why the alert is over" in refused.text
    done = client.post(f"/alerts/{stale}/close", data={"reason": "exporter removed"})
    assert (done.status_code, done.headers["Location"]) == (303, f"/alerts/{stale}")
    page = client.get(f"/alerts/{stale}").text
    assert "was stale" in page
    assert "/close" not in page, "there is nothing left to close"
    again = client.post(f"/alerts/{stale}/close", data={"reason": "twice"})
    assert again.status_code == 409


def test_who_may_not_work_closes_nothing(stale: str, app: Flask, as_person: SignIn) -> None:
    reader = as_person(people.AUDITOR)
    assert "/close" not in reader.get(f"/alerts/{stale}").text
    assert reader.get(f"/alerts/{stale}/close").status_code == 403
    assert reader.post(f"/alerts/{stale}/close", data={"reason": "x"}).status_code == 403
    client = as_person(people.OPERATOR)
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post(f"/alerts/{stale}/close", data={"reason": "x"}).status_code == 400


def test_what_still_fires_has_no_button(some: Runtime, as_person: SignIn) -> None:
    key = hex_of(factories.report(name="Down").key)
    client = as_person(people.OPERATOR)
    assert "/close" not in client.get(f"/alerts/{key}").text
    assert client.post(f"/alerts/{key}/close", data={"reason": "x"}).status_code == 409


def test_who_is_inhibited_says_by_whom(some: Runtime, as_person: SignIn) -> None:
    rule = Inhibition("loud-over-slow", {"severity": "critical"}, {"alertname": "Late"}, ("site",))
    with some.work(SYSTEM) as work:
        items = factories.items_of(factories.estate_of("core-ke, core-tz"))
        estate_actions.replace(work, [*items, ("inhibition", rule)])
        here = {"site": "nairobi-1"}
        loud = factories.report(name="Fire", instance="x", labels={"alertname": "Fire", **here})
        late = factories.report(
            name="Late",
            instance="y",
            severity=Severity.WARNING,
            labels={"alertname": "Late", **here},
        )
        ingest(work, [loud, late])
    words = f"inhibited by {hex_of(loud.key)}"
    client = as_person(people.OPERATOR)
    assert client.get("/alerts").text.count(words) == 1
    page = client.get(f"/alerts/{hex_of(late.key)}").text
    assert f"{words} (rule loud-over-slow)" in page
    assert f'href="/alerts/{hex_of(loud.key)}"' in page
    plain = client.get(f"/api/v1/alerts/{hex_of(late.key)}").json
    assert plain is not None
    assert hex_of(loud.key) in str(plain)


def test_the_page_of_the_incident_says_so_too(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    rule = Inhibition("r", {"severity": "critical"}, {"severity": "warning"}, ("market",))
    with console.work(SYSTEM) as work:
        items = factories.items_of(factories.estate_of("ussd-ke > core-ke"))
        estate_actions.replace(work, [*items, ("inhibition", rule)])
        loud = factories.report(component="core-ke")
        slow = factories.report(component="ussd-ke", severity=Severity.WARNING, name="Slow")
        ingest(work, [loud, slow])
    for _ in range(2):
        correlate(console)
        clock.advance(timedelta(seconds=4))
    page = as_person(people.OPERATOR).get("/incidents/1").text
    alerts = page[page.index('id="alerts"') :]
    assert f"inhibited by {hex_of(loud.key)}" in alerts


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "3 alerts"),
        ("?market=KE", "2 alerts"),
        ("?severity=warning", "1 alert"),
        ("?q=retard", "1 alert"),
        ("?market=TZ&severity=warning", "0 alerts"),
        ("?silenced=yes", "1 alert"),
    ],
)
def test_the_head_gives_the_true_number(
    some: Runtime, as_person: SignIn, query: str, words: str
) -> None:
    page = as_person(people.OPERATOR).get(f"/alerts{query}").text.replace("\u00a0", " ")
    assert f"<span>{words}</span>" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "3 alerts"),
        ("?source=prometheus", "more than 1 alert"),
        ("?silenced=no", "1 alert on this page, not counted further"),
    ],
    ids=["counted for all screens", "beyond what is cheap", "each must be looked at"],
)
def test_what_is_not_counted_to_its_end_is_said(
    some: Runtime,
    as_person: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    words: str,
) -> None:
    monkeypatch.setattr("web.noc.alerts.PAGE", 1)
    monkeypatch.setattr("web.noc.alerts.MOST_COUNTED", 1)
    page = as_person(people.OPERATOR).get(f"/alerts{query}").text.replace("\u00a0", " ")
    assert f"<span>{words}</span>" in page
