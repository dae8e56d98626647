"""Health pages of four shapes."""

import json

import pytest

from ssoc.monitoring.adapters.health import health_page
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import HANDMADE, captured, said

OK, DEGRADED, DOWN, UNKNOWN = Health.OK, Health.DEGRADED, Health.DOWN, Health.UNKNOWN
NESTED = {"us1": {"status": "UP"}, "us2": {"status": "DOWN"}}


@pytest.mark.parametrize(
    ("status", "body", "health", "reason", "words"),
    [
        pytest.param(200, {"status": "ok"}, OK, Reason.NONE, "ok", id="bare"),
        pytest.param(200, {"status": "PASS"}, OK, Reason.NONE, "PASS", id="case does not matter"),
        pytest.param(200, {"status": "warn"}, DEGRADED, Reason.NONE, "warn", id="warn"),
        pytest.param(
            200, {"status": "DOWN"}, DOWN, Reason.NONE, "DOWN", id="the body speaks before the code"
        ),
        pytest.param(503, {"status": "UP"}, OK, Reason.NONE, "HTTP 503", id="even so"),
        pytest.param(503, {"status": "OUT_OF_SERVICE"}, DOWN, Reason.NONE, "OUT", id="actuator"),
        pytest.param(
            200, {"status": "WARMING"}, UNKNOWN, Reason.BAD_ANSWER, "WARMING", id="unknown word"
        ),
        pytest.param(
            200, {"status": "UNKNOWN"}, UNKNOWN, Reason.NO_DATA, "UNKNOWN", id="says it cannot tell"
        ),
        pytest.param(
            503,
            {"status": "DOWN", "components": {"broker": {"status": "DOWN", "components": NESTED}}},
            DOWN,
            Reason.NONE,
            "broker/us2",
            id="the failing leaf is named",
        ),
        pytest.param(
            200,
            {"status": "UP", "components": {"db": {"status": "DOWN"}}},
            DEGRADED,
            Reason.NONE,
            "db",
            id="a failing child lowers a good parent to degraded",
        ),
        pytest.param(
            200,
            {"status": "UP", "components": {"db": {"status": "SLEEPY"}}},
            UNKNOWN,
            Reason.BAD_ANSWER,
            "db",
            id="an unknown word of a child is not up either",
        ),
        pytest.param(
            200,
            {"status": "UP", "components": {"discovery": {"status": "UNKNOWN"}}},
            OK,
            Reason.NONE,
            "UP",
            id="actuator's own UNKNOWN below a good parent",
        ),
        pytest.param(
            200,
            {"status": "pass", "checks": {"cpu:load": [{"status": "warn"}, {"status": "WARN"}]}},
            DEGRADED,
            Reason.NONE,
            "status pass: cpu:load",
            id="named once",
        ),
        pytest.param(
            502,
            {"status": "DOWN", "services": [{"name": "broker", "status": "DOWN"}]},
            DOWN,
            Reason.NONE,
            "broker",
            id="Mojaloop",
        ),
        pytest.param(404, {"status": "error"}, UNKNOWN, Reason.CONFIGURATION, "404", id="no page"),
        pytest.param(401, {"status": "error"}, UNKNOWN, Reason.REFUSED, "401", id="refused"),
        pytest.param(
            500, {"status": 500, "error": "x"}, UNKNOWN, Reason.ERROR_ANSWER, "500", id="error page"
        ),
        pytest.param(200, [1], UNKNOWN, Reason.BAD_ANSWER, "no health page", id="a list"),
    ],
)
def test_what_a_page_means(
    status: int, body: object, health: Health, reason: Reason, words: str
) -> None:
    outcome = health_page(said(status, json.dumps(body)))
    assert (outcome.health, outcome.reason) == (health, reason), outcome.message
    assert words in outcome.message


def test_a_500_that_is_no_health_page_is_an_error_answer() -> None:
    assert health_page(said(502, "<html>bad gateway")).reason is Reason.ERROR_ANSWER
    assert health_page(said(200, "fine")).reason is Reason.BAD_ANSWER


def test_uptime_is_kept_and_start_time_is_not() -> None:
    samples = {s.name: s.value for s in health_page(captured("mojaloop/health-ok.http")).samples}
    assert samples == {"latency_ms": 0.0, "uptime_seconds": 9.072720818}


def test_observed_values_become_samples() -> None:
    body = {"status": "pass", "checks": {"db:time": [{"observedValue": 250, "observedUnit": "ms"},
                                                     {"observedValue": "many"}]}}  # fmt: skip
    sample = health_page(said(200, json.dumps(body))).samples[1]
    assert (sample.name, sample.value, sample.unit) == ("db:time", 250.0, "ms")


def test_a_page_nested_without_end_is_read_to_a_depth() -> None:
    body: dict[str, object] = {"status": "DOWN"}
    for _ in range(200):
        body = {"status": "UP", "components": {"a": body}}
    assert health_page(said(200, json.dumps(body))).health is Health.OK
    assert health_page(said(200, "[" * 100_000)).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    ("name", "status", "health", "words"),
    [
        ("health-json-pass-with-warn-child.json", 200, DEGRADED, "cpu:utilization"),
        ("actuator-nested.json", 503, DOWN, "broker/us2"),
        ("actuator-custom-status.json", 200, UNKNOWN, "WARMING"),
    ],
)
def test_samples_written_by_hand(name: str, status: int, health: Health, words: str) -> None:
    path = HANDMADE / "health" / name
    if not path.exists():
        pytest.skip(f"handmade samples are not beside the repository: {name}")
    outcome = health_page(said(status, path.read_bytes()))
    assert outcome.health is health
    assert words in outcome.message
