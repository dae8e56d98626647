"""Pulling alerts: what is there, what is gone, and what only hides."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from ssoc.core.vocabulary import Severity
from ssoc.monitoring.adapters.alertmanager import reports_of
from ssoc.monitoring.adapters.answer import Failure, Pulled
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.reading import Health, Reason
from ssoc.monitoring.report import hex_of
from tests.monitoring.adapters.cases import AT, ask, captured, check, said
from tests.monitoring.adapters.servers import Handler, Server

MINUTE = timedelta(minutes=1)


def _alert(country: str, ends_at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "labels": {"alertname": "SuccessLow", "country": country, "severity": "critical"},
        "annotations": {"summary": f"low in {country}"},
        "startsAt": (AT - MINUTE).isoformat(),
        "endsAt": ends_at.isoformat(),
        "status": {"state": "active"},
        **more,
    }


class Country:
    """An Alertmanager of which the tests decide what it lists."""

    def __init__(self, server: Server) -> None:
        self.active: list[dict[str, Any]] = []
        self.silenced: list[dict[str, Any]] = []
        self.started_at = AT - timedelta(days=1)
        self.url = f"{server.url}/am"
        server.answers["/am/api/v2/alerts"] = self._alerts
        server.answers["/am/api/v2/status"] = self._status

    def _alerts(self, handler: Handler) -> None:
        listed = [*self.active, *(self.silenced if "silenced=true" in handler.path else [])]
        handler.give(200, json.dumps(listed).encode(), {})

    def _status(self, handler: Handler) -> None:
        body = {"uptime": self.started_at.isoformat()}
        handler.give(200, json.dumps(body).encode(), {})


@pytest.fixture
def country(server: Server) -> Country:
    return Country(server)


def _pull(country: Country, client: Client, at: datetime) -> list[tuple[str, AlertState]]:
    reading = ask("alertmanager", {"url": country.url}, client, at=at)
    assert reading.health is Health.OK, reading.message
    reports: Sequence[Any] = reading.reports if isinstance(reading, Pulled) else ()
    return sorted((report.labels["country"], report.state) for report in reports)


def test_a_captured_alert_keeps_its_fingerprint() -> None:
    reports = reports_of(captured("alertmanager/get-alerts.http"), check("alertmanager", {}), AT)
    assert not isinstance(reports, Failure)
    (report,) = reports
    assert hex_of(report.key) == "2dd6c1686ae2239a"
    assert (report.name, report.service, report.market) == (
        "MobileMoneySuccessLow",
        "mobile-money",
        "KE",
    )
    assert (report.severity, report.severity_word) == (Severity.CRITICAL, "critical")
    assert (report.state, report.way, report.source) == (
        AlertState.FIRING,
        "pull",
        "ke-core/probe",
    )
    assert report.lease_until == datetime.fromisoformat("2026-11-21T21:09:49.598Z")
    assert report.summary == "Success ratio 71% in KE"


def test_the_question_names_what_is_wanted(server: Server, country: Country) -> None:
    filters = ['country="KE"', 'severity="critical"']
    ask("alertmanager", {"url": country.url, "filters": filters})
    assert server.asked[0].path == (
        "/am/api/v2/alerts?active=true&silenced=false&inhibited=false"
        "&filter=country%3D%22KE%22&filter=severity%3D%22critical%22"
    )


def test_an_alert_that_is_gone_before_its_promise_ends_is_resolved_once(
    country: Country, client: Client
) -> None:
    country.active = [_alert("KE", AT + 4 * MINUTE), _alert("TZ", AT + 4 * MINUTE)]
    assert _pull(country, client, AT) == [("KE", AlertState.FIRING), ("TZ", AlertState.FIRING)]
    del country.active[0]
    expected = [("KE", AlertState.RESOLVED), ("TZ", AlertState.FIRING)]
    assert _pull(country, client, AT + MINUTE) == expected
    assert _pull(country, client, AT + 2 * MINUTE) == [("TZ", AlertState.FIRING)]


def test_an_alert_that_somebody_silenced_there_still_fires(
    country: Country, client: Client
) -> None:
    country.active = [_alert("KE", AT + 4 * MINUTE)]
    _pull(country, client, AT)
    country.silenced, country.active = country.active, []
    assert _pull(country, client, AT + MINUTE) == [("KE", AlertState.FIRING)]
    country.silenced = []
    assert _pull(country, client, AT + 2 * MINUTE) == [("KE", AlertState.RESOLVED)]


def test_an_alert_whose_promise_ran_out_is_left_to_go_stale(
    country: Country, client: Client
) -> None:
    country.active = [_alert("KE", AT + MINUTE)]
    _pull(country, client, AT)
    country.active = []
    assert _pull(country, client, AT + MINUTE) == []
    assert _pull(country, client, AT + 2 * MINUTE) == []


def test_after_a_cut_of_the_link_the_list_is_believed(country: Country, client: Client) -> None:
    country.active = [_alert("KE", AT + MINUTE)]
    _pull(country, client, AT)
    country.active = []
    assert _pull(country, client, AT + 60 * MINUTE) == [("KE", AlertState.RESOLVED)]


def test_an_alertmanager_that_just_started_resolves_nothing(
    country: Country, client: Client
) -> None:
    country.active = [_alert("KE", AT + 4 * MINUTE)]
    _pull(country, client, AT)
    alerts, country.active = country.active, []
    country.started_at = AT + MINUTE / 2
    assert _pull(country, client, AT + MINUTE) == []
    country.active = alerts
    assert _pull(country, client, AT + 2 * MINUTE) == [("KE", AlertState.FIRING)]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        pytest.param(200, "{}", Reason.NONE, id="an empty object lists nothing"),
        pytest.param(200, '[{"labels":1}]', Reason.BAD_ANSWER, id="labels of another kind"),
        pytest.param(200, '[{"labels":{}}]', Reason.BAD_ANSWER, id="no start"),
        pytest.param(200, '[{"labels":{},"startsAt":"x"}]', Reason.BAD_ANSWER, id="bad start"),
        pytest.param(200, "5", Reason.BAD_ANSWER, id="a number"),
        pytest.param(400, '"bad matcher format: oops{"', Reason.CONFIGURATION, id="bad filter"),
        pytest.param(401, "", Reason.REFUSED, id="refused"),
    ],
)
def test_odd_answers(status: int, body: str, reason: Reason) -> None:
    found = reports_of(said(status, body), check("alertmanager", {}), AT)
    assert (found.reason if isinstance(found, Failure) else Reason.NONE) is reason


def test_unset_times_and_unknown_words() -> None:
    alert = _alert("KE", AT, endsAt="0001-01-01T00:00:00.000Z", startsAt="0001-01-01T00:00:00Z")
    alert["labels"]["severity"] = "apocalyptic"
    reports = reports_of(said(200, json.dumps([alert])), check("alertmanager", {}), AT)
    assert not isinstance(reports, Failure)
    assert (reports[0].started_at, reports[0].lease_until) == (AT, None)
    assert (reports[0].severity, reports[0].severity_word) == (Severity.WARNING, "apocalyptic")
