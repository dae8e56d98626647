"""Any HTTP answer, and the operators' presets."""

import json
from datetime import date
from typing import Any

import pytest

from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.adapters.answer import Outcome
from ssoc.monitoring.adapters.fields import read
from ssoc.monitoring.adapters.http import Options, judged, with_preset
from ssoc.monitoring.adapters.paths import Absent, at_path, number_of
from ssoc.monitoring.adapters.presets import PRESETS
from ssoc.monitoring.reading import Health, Reason, Sample
from tests.monitoring.adapters.cases import AT, ask, said
from tests.monitoring.adapters.servers import Server

COMMAS = {"v": {"path": "a", "commas": True}}
OK, DEGRADED, DOWN, UNKNOWN = Health.OK, Health.DEGRADED, Health.DOWN, Health.UNKNOWN


def _judge(status: int, body: object, **settings: Any) -> Outcome:
    text = body if isinstance(body, str) else json.dumps(body)
    options = read(Options, with_preset({"url": "http://h/", **settings}))
    return judged(said(status, text), options, AT)


@pytest.mark.parametrize(
    ("status", "body", "settings", "health", "reason"),
    [
        pytest.param(200, "x", {}, OK, Reason.NONE, id="2xx is enough"),
        pytest.param(204, "", {}, OK, Reason.NONE, id="also without a body"),
        pytest.param(404, "x", {}, UNKNOWN, Reason.CONFIGURATION, id="404 is our address"),
        pytest.param(404, "x", {"expect_status": 404}, OK, Reason.NONE, id="unless expected"),
        pytest.param(
            200, "x", {"expect_status": [204]}, UNKNOWN, Reason.BAD_ANSWER, id="another code"
        ),
        pytest.param(503, "x", {}, UNKNOWN, Reason.ERROR_ANSWER, id="503 alone is not down"),
        pytest.param(503, "x", {"down_status": 503}, DOWN, Reason.NONE, id="unless it says so"),
        pytest.param(
            200, "1. Send money", {"body_matches": r"^1\. Send"}, OK, Reason.NONE, id="USSD menu"
        ),
        pytest.param(
            200, "Try later", {"body_matches": "Send"}, UNKNOWN, Reason.BAD_ANSWER, id="other words"
        ),
        pytest.param(
            200, "Try later", {"down_matches": "later"}, DOWN, Reason.NONE, id="words for down"
        ),
        pytest.param(
            200, {"s": "good"}, {"when": {"ok": {"s": "good"}}}, OK, Reason.NONE, id="ok word"
        ),
        pytest.param(
            200,
            {"s": "odd"},
            {"when": {"ok": {"s": "good"}}},
            UNKNOWN,
            Reason.BAD_ANSWER,
            id="unknown word",
        ),
        pytest.param(
            200, "<html>", {"when": {"ok": {"s": "good"}}}, UNKNOWN, Reason.BAD_ANSWER, id="no JSON"
        ),
        pytest.param(
            200,
            {"s": ["slow"]},
            {"when": {"degraded": {"s[0]": ["slow", "late"]}}},
            DEGRADED,
            Reason.NONE,
            id="one of several words",
        ),
        pytest.param(
            500, {"s": "bad"}, {"when": {"down": {"s": "bad"}}}, DOWN, Reason.NONE, id="any code"
        ),
        pytest.param(
            500,
            {"s": "good"},
            {"when": {"ok": {"s": "good"}}},
            UNKNOWN,
            Reason.ERROR_ANSWER,
            id="a good word does not heal a 500",
        ),
    ],
)  # fmt: skip
def test_what_an_answer_means(
    status: int, body: object, settings: dict[str, Any], health: Health, reason: Reason
) -> None:
    outcome = _judge(status, body, **settings)
    assert (outcome.health, outcome.reason) == (health, reason), outcome.message
    assert outcome.samples[0].name == "latency_ms", "latency is kept whatever was said"


@pytest.mark.parametrize(
    ("preset", "status", "body", "health", "reason"),
    [
        pytest.param("daraja", 200, {"access_token": "x", "expires_in": "3599"}, OK, Reason.NONE),
        pytest.param("daraja", 200, {"access_token": "x", "expires_in": 3600}, OK, Reason.NONE),
        pytest.param("daraja", 200, {}, UNKNOWN, Reason.BAD_ANSWER),
        pytest.param("daraja", 404, {"errorCode": "404.001.03"}, UNKNOWN, Reason.REFUSED),
        pytest.param("daraja", 400, {"errorCode": "400.003.01"}, UNKNOWN, Reason.REFUSED),
        pytest.param("daraja", 500, {"errorCode": "500.003.02"}, UNKNOWN, Reason.CONFIGURATION),
        pytest.param("daraja", 500, {"errorCode": "500.001.1001"}, UNKNOWN, Reason.ERROR_ANSWER),
        pytest.param("mtn-momo", 200, {"availableBalance": "1000"}, OK, Reason.NONE),
        pytest.param("mtn-momo", 503, {}, UNKNOWN, Reason.ERROR_ANSWER),
        pytest.param(
            "airtel",
            200,
            {"status": {"success": True}, "data": {"balance": "37,600.00"}},
            OK,
            Reason.NONE,
        ),
        pytest.param("airtel", 200, {"status": {"success": False}}, DOWN, Reason.NONE),
        pytest.param("airtel", 200, {"status": {}}, UNKNOWN, Reason.BAD_ANSWER),
        pytest.param("orange", 200, {"status": "FAILED"}, OK, Reason.NONE),
        pytest.param("orange", 200, {"status": "MELTED"}, UNKNOWN, Reason.BAD_ANSWER),
        pytest.param("mpesa-openapi", 200, {"output_ResponseCode": "INS-0"}, OK, Reason.NONE),
        pytest.param("mpesa-openapi", 201, {"output_ResponseCode": "INS-0"}, OK, Reason.NONE),
        pytest.param("mpesa-openapi", 401, {"output_ResponseCode": "INS-6"}, DOWN, Reason.NONE),
        pytest.param(
            "mpesa-openapi", 503, {"output_ResponseCode": "INS-16"}, DEGRADED, Reason.NONE
        ),
        pytest.param("mpesa-openapi", 401, {}, UNKNOWN, Reason.REFUSED),
    ],
)  # fmt: skip
def test_operators_answers(
    preset: str, status: int, body: object, health: Health, reason: Reason
) -> None:
    outcome = _judge(status, body, preset=preset)
    assert (outcome.health, outcome.reason) == (health, reason), outcome.message


def test_every_preset_is_a_valid_check_and_may_be_changed() -> None:
    for name in PRESETS:
        assert ADAPTERS["http"].faults({"preset": name}) == []
    merged = with_preset({"preset": "daraja", "params": {"x": 1}, "method": "POST"})
    assert merged["params"] == {"grant_type": "client_credentials", "x": 1}
    assert merged["method"] == "POST"


@pytest.mark.parametrize(
    ("body", "values", "found"),
    [
        pytest.param({"a": {"b": [1, 2]}}, {"v": "a.b[1]"}, 2.0, id="path"),
        pytest.param({"a.b": 3}, {"v": '["a.b"]'}, 3.0, id="quoted name"),
        pytest.param({"a": "3.5"}, {"v": "$.a"}, 3.5, id="number as text"),
        pytest.param({"a": True}, {"v": "a"}, 1.0, id="truth value"),
        pytest.param({"a": "37,600.00"}, COMMAS, 37_600.0, id="commas"),
        pytest.param("queued 17 sms", {"v": {"pattern": r"queued (\d+)"}}, 17.0, id="from text"),
        pytest.param({"a": "37,600.00"}, {"v": "a"}, Reason.BAD_ANSWER, id="commas not told"),
        pytest.param({"a": "3,5"}, COMMAS, Reason.BAD_ANSWER, id="decimal"),
        pytest.param({"a": None}, {"v": "a"}, Reason.NO_DATA, id="null"),
        pytest.param({}, {"v": "a.b"}, Reason.NO_DATA, id="missing"),
        pytest.param({"a": {}}, {"v": "a"}, Reason.BAD_ANSWER, id="no number"),
        pytest.param("nothing", {"v": {"pattern": r"queued (\d+)"}}, Reason.NO_DATA, id="no match"),
        pytest.param("<html>", {"v": "a"}, Reason.BAD_ANSWER, id="no JSON"),
    ],
)  # fmt: skip
def test_numbers_in_the_body(body: object, values: dict[str, Any], found: object) -> None:
    outcome = _judge(200, body, values=values)
    if isinstance(found, Reason):
        assert (outcome.health, outcome.reason) == (UNKNOWN, found)
    else:
        assert outcome.samples[1:] == [Sample("v", found)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://h/", "values": {"v": {"pattern": "no group"}}},
        {"url": "http://h/", "values": {"v": {"path": "a", "pattern": "(b)"}}},
        {"url": "http://h/", "values": {"v": "a..b"}},
        {"url": "http://h/", "values": ["a"]},
        {"url": "http://h/", "when": {"great": {"a": 1}}},
        {"url": "http://h/", "body_matches": "("},
        {"url": "http://h/", "json": {}, "form": {}},
        {"url": "http://h/", "json": {"on": date(2026, 1, 1)}},
        {"url": "http://h/", "expect_status": 99},
        {"url": "http://h/", "method": "DELETE"},
        {"url": "http://user:pw@h/"},
        {"url": "http://h/", "timeout": "0s"},
        {"url": "http://h/", "headers": {"a b": "c"}},
        {"url": "http://h/", "headers": {"a": "b\r\nc: d"}},
        {"url": "http://h/", "preset": "paypal"},
        {"url": 5},
        {},
    ],
)
def test_bad_settings_are_named_and_never_raise(settings: dict[str, Any]) -> None:
    faults = ADAPTERS["http"].faults(settings)
    assert faults
    assert "pw" not in "".join(faults)
    assert ask("http", settings).reason is Reason.CONFIGURATION


def test_secrets_in_a_body_are_references(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_PAY_TOKEN", "tok-123456")
    server.says("/", 200, '{"status":"SUCCESS","echo":"tok-123456"}')
    body = {"order_id": "1", "pay_token": "env:LAB_PAY_TOKEN"}
    reading = ask("http", {"preset": "orange", "url": f"{server.url}/", "json": body})
    assert reading.health is OK
    assert json.loads(server.asked[0].body)["pay_token"] == "tok-123456"
    assert "tok-123456" not in reading.raw


def test_paths_and_numbers() -> None:
    with pytest.raises(Absent):
        at_path([1], "name")
    with pytest.raises(ValueError, match="no number"):
        number_of("1_000")
    assert number_of(" -5 ") == -5
    assert number_of(10**400) == float("inf")
