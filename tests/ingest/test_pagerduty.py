import json
from typing import Any

import pytest

from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import AlertDetail
from tests.ingest.conftest import Room
from tests.ingest.speaking import MINUTE, NOW, origin
from web.ingest import answers
from web.ingest.pagerduty import parse

PATH = "/v2/enqueue"
LABELS = {
    "alertname": "PaymentErrors",
    "country": "KE",
    "dc": "nbo1",
    "service": "mpesa-c2b",
    "severity": "critical",
}
WRITTEN = (
    "Labels:\n"
    + "".join(f" - {name} = {value}\n" for name, value in LABELS.items())
    + "Annotations:\n - summary = C2B errors value 1.6\nSource: http://prom/graph\n"
)


def event(token: str = "", action: str = "trigger", **given: Any) -> dict[str, Any]:
    payload = {"summary": "KE success ratio 71%", "source": "mpesa-ke-core", "severity": "critical"}
    return {
        "routing_key": token,
        "event_action": action,
        "dedup_key": "KE/success",
        "payload": payload,
        **given,
    }


def relayed(token: str = "", action: str = "trigger") -> dict[str, Any]:
    """Return what Alertmanager sends for one alert."""
    firing, resolved = (WRITTEN, "") if action == "trigger" else ("", WRITTEN)
    details = {"firing": firing, "resolved": resolved, "num_firing": "1", "num_resolved": "0"}
    payload = {"summary": "[FIRING:1]", "source": "Alertmanager", "severity": "error"}
    key = "2915d7ea468e9270efad2552c963f181876c31bab420f554ccadbe4a71a0279e"
    return event(token, action, dedup_key=key, payload=payload | {"custom_details": details})


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        pytest.param(event(action="explode"), ["'event_action' must be one of"], id="action"),
        pytest.param(event(action=None), ["'event_action' must be one of"], id="no action"),  # type: ignore[arg-type]
        pytest.param(event(payload=None), ["'payload' is missing or no object"], id="no payload"),
        pytest.param(event(payload="x"), ["'payload' must be an object"], id="payload a text"),
        pytest.param(
            event(payload={}),
            ["'payload.summary' is missing", "'payload.source' is", "'payload.severity' must be"],
            id="an empty payload: all at once",
        ),
        pytest.param(
            event(payload={"summary": "x", "source": "y", "severity": "high"}),
            ["'payload.severity' must be one of critical, error, warning, info"],
            id="another severity",
        ),
        pytest.param(
            event(payload={"summary": "x", "source": "y", "severity": "info", "timestamp": "now"}),
            ["'payload.timestamp' must be an RFC 3339 time"],
            id="no time",
        ),
        pytest.param(event(dedup_key="x" * 256), ["'dedup_key' is longer than 255"], id="long key"),
        pytest.param(event(dedup_key=7), ["'dedup_key' must be a text"], id="a number as key"),
        pytest.param(event("", "resolve", dedup_key=None), ["'dedup_key' is"], id="none"),
        pytest.param([], ["the event must be an object, found a list"], id="a list"),
        pytest.param("x", ["the event must be an object, found a text"], id="a text"),
    ],
)
def test_a_bad_event_names_what_is_wrong(body: object, errors: list[str]) -> None:
    found = [fault.message for fault in parse(body, origin(), "made").parsed.faults]
    assert len(found) == len(errors)
    assert all(message.startswith(start) for message, start in zip(found, errors, strict=True))


def test_a_trigger_is_an_alert_of_its_token_and_key() -> None:
    details = {"country": "KE", "tps": 812, "deep": {"a": 1}}
    body = event()
    body["payload"] |= {"custom_details": details, "timestamp": "2026-03-02T07:00:00.000+0000"}
    body["links"] = [{"href": "http://127.0.0.1/rb", "text": "runbook"}, {"href": "ftp://x"}, 7]
    [report] = parse(body, origin(way="pagerduty"), "made").parsed.reports
    assert (report.market, report.name, report.severity) == ("KE", "KE/success", Severity.CRITICAL)
    assert report.annotations["runbook_url"] == "http://127.0.0.1/rb"
    assert report.labels["tps"] == "812"
    assert report.started_at == NOW, "a later trigger of the same key is a later episode"
    assert report.annotations["timestamp"] == "2026-03-02T07:00:00.000+0000"
    other = parse(body, origin(source="other"), "made").parsed.reports[0]
    assert other.key != report.key, "keys of another routing key are other alerts"


def test_a_key_is_made_when_none_is_given() -> None:
    found = parse(event(dedup_key=None), origin(), "0" * 32)
    assert found.dedup_key == "0" * 32
    assert found.parsed.reports[0].name == "KE success ratio 71%"


def test_alertmanagers_event_is_the_alert_that_it_writes_out() -> None:
    [report] = parse(relayed(), origin(way="pagerduty"), "made").parsed.reports
    direct = origin().recognise(LABELS, "")
    assert (report.key, report.severity, report.labels) == (direct.key, Severity.CRITICAL, LABELS)
    assert (report.summary, report.url) == ("C2B errors value 1.6", "http://prom/graph")
    [over] = parse(relayed(action="resolve"), origin(), "made").parsed.reports
    assert (over.key, over.state) == (direct.key, AlertState.RESOLVED)


def test_accepted_is_202_with_status_message_and_key(room: Room) -> None:
    answer = room.post(PATH, event(room.token), token="")
    assert answer.status == 202
    assert answer.json == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "KE/success",
    }
    made = room.post(PATH, event(room.token, dedup_key=None), token="").json["dedup_key"]
    assert len(made) == 32
    assert len(room.alerts()) == 2


def test_a_whole_life_trigger_again_resolve_trigger(room: Room, clock: Any) -> None:
    for action in ("trigger", "trigger", "acknowledge", "resolve", "resolve"):
        assert room.post(PATH, event(room.token, action), token="").status == 202
        clock.advance(MINUTE)
    [found] = room.alerts()
    assert (found.state, found.repeats >= 2) == (AlertState.RESOLVED, True)
    assert room.post(PATH, event(room.token), token="").status == 202
    [found] = room.alerts()
    assert (found.state, found.started_at) == (AlertState.FIRING, NOW + MINUTE * 5)
    assert room.transitions() == [(0, None), (2, 0), (0, 2)]


def test_a_bare_resolve_keeps_what_the_alert_is_called(room: Room) -> None:
    body = event(room.token)
    body["payload"]["custom_details"] = {"country": "TZ"}
    room.post(PATH, body, token="")
    bare = {"routing_key": room.token, "event_action": "resolve", "dedup_key": "KE/success"}
    assert room.post(PATH, bare, token="").status == 202
    [found] = room.alerts()
    assert (found.state, found.market, found.name, found.summary) == (
        AlertState.RESOLVED,
        "TZ",
        "KE/success",
        "KE success ratio 71%",
    )


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_unknown_and_foreign_keys_are_accepted_without_effect(room: Room, action: str) -> None:
    room.post(PATH, event(room.token), token="")
    other = room.new_token("other")
    for token, key in ((room.token, "never seen"), (other, "KE/success")):
        body = {"routing_key": token, "event_action": action, "dedup_key": key}
        assert room.post(PATH, body, token="").status == 202
    [found] = room.alerts()
    assert found.state == AlertState.FIRING


def test_a_bad_event_is_400_and_a_bad_key_401_in_pagerdutys_words(room: Room) -> None:
    bad = room.post(PATH, event(room.token, payload={}), token="")
    assert (bad.status, bad.json["status"]) == (400, "invalid event")
    assert bad.json["errors"][0] == "'payload.summary' is missing or blank"
    for token in ("0" * 32, ""):
        refused = room.post(PATH, event(token), token="")
        assert (refused.status, refused.json["status"]) == (401, "invalid key")
    assert room.alerts() == []
    assert room.faults() == {
        ("pagerduty", "127.0.0.9", "unknown token"): 2,
        ("pagerduty", "prometheus", "bad alert"): 3,
    }


@pytest.mark.parametrize("path", [PATH, "/v2/change/enqueue"])
@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        pytest.param([], 400, "the event must be an object, found a list", id="a list"),
        pytest.param(None, 400, "the body is not JSON", id="nothing"),
        pytest.param(b"null", 400, "the event must be an object, found null", id="null"),
        pytest.param({"event_action": "trigger"}, 401, "'routing_key' is missing", id="no key"),
        pytest.param({"routing_key": 7}, 401, "'routing_key' is missing or blank: put", id="7"),
    ],
)
def test_what_is_no_event_and_what_has_no_key(
    room: Room, path: str, body: object, status: int, said: str
) -> None:
    answer = room.post(path, body, token="")
    assert (answer.status, answer.json["errors"][0][: len(said)]) == (status, said)
    assert "Bearer" not in str(answer.json), "not the cure of this door"
    assert {source for _, source, _ in room.faults()} == {"127.0.0.9"}


@pytest.mark.parametrize("status", [400, 401, 403, 405, 413, 415, 503])
def test_every_refusal_says_in_status_what_is_wrong(status: int) -> None:
    said = json.loads(answers.pagerduty_refusal(status, ["why"]).body)
    assert set(said) == {"status", "message", "errors"}
    assert said["status"] in {"invalid event", "invalid key", "not allowed", "invalid method"} | {
        "unavailable"
    }


def test_a_token_of_32_hex_digits_is_a_routing_key(room: Room) -> None:
    assert len(room.token) == 32


def test_by_alertmanager_and_by_webhook_it_is_the_same_alert(room: Room) -> None:
    room.post(PATH, relayed(room.token), token="")
    hook = {"status": "firing", "labels": LABELS, "startsAt": "2026-03-02T07:59:00Z"}
    room.post("/hooks/alertmanager", {"alerts": [hook]})
    [(key, _)] = room.states().items()
    assert key == "3694cacd5eb705bb"
    assert room.ways(key) == {"pagerduty", "webhook"}
    room.post(PATH, relayed(room.token, "resolve"), token="")
    assert room.states() == {key: AlertState.RESOLVED}


def test_a_copy_that_limps_behind_the_resolve_does_not_fire_again(room: Room, clock: Any) -> None:
    push = {"labels": LABELS, "startsAt": "2026-03-02T07:59:00Z"}
    room.post("/api/v2/alerts", [push])
    room.post("/api/v2/alerts", [push | {"endsAt": "2026-03-02T08:00:00Z"}])
    room.post(PATH, relayed(room.token), token="")
    assert set(room.states().values()) == {AlertState.RESOLVED}
    clock.advance(MINUTE)
    room.post(PATH, relayed(room.token), token="")
    assert set(room.states().values()) == {AlertState.FIRING}, "a minute later it is news"


def test_zero_characters_are_replaced_before_any_database_sees_them(room: Room) -> None:
    body = event(room.token)
    body["payload"]["summary"] = "a\x00b"
    body["payload"]["custom_details"] = {"path": "c:\\u0000", "n\x00": "\x00"}
    assert room.post(PATH, body, token="").status == 202
    [found] = room.alerts()
    assert found.summary == "a\ufffdb"
    with room.runtime.view(SYSTEM) as work:
        labels = work.get(AlertDetail, found.key).labels
    assert (labels["path"], labels["n\ufffd"]) == ("c:\\u0000", "\ufffd")
