"""The heartbeat, in answers short enough to read here."""

import json

import pytest

from ssoc.monitoring.adapters.answer import Outcome
from ssoc.monitoring.adapters.gsma import balance, heartbeat
from ssoc.monitoring.reading import Health, Reason, Sample
from tests.monitoring.adapters.cases import AT, ask, said

OK, DEGRADED, DOWN, UNKNOWN = Health.OK, Health.DEGRADED, Health.DOWN, Health.UNKNOWN


def _beat(**body: object) -> Outcome:
    return heartbeat(said(200, json.dumps(body)), AT)


@pytest.mark.parametrize(
    ("status", "body", "health", "reason"),
    [
        pytest.param(200, '{"serviceStatus":"available"}', OK, Reason.NONE, id="available"),
        pytest.param(200, '{"serviceStatus":"degraded"}', DEGRADED, Reason.NONE, id="degraded"),
        pytest.param(
            200, '{"serviceStatus":"unavailable"}', DOWN, Reason.NONE, id="200 may say unavailable"
        ),
        pytest.param(200, '{"serviceStatus":"fine"}', UNKNOWN, Reason.BAD_ANSWER, id="other word"),
        pytest.param(200, '{"serviceStatus":1}', UNKNOWN, Reason.BAD_ANSWER, id="no word"),
        pytest.param(200, "{}", UNKNOWN, Reason.BAD_ANSWER, id="nothing said"),
        pytest.param(200, "[]", UNKNOWN, Reason.BAD_ANSWER, id="a list"),
        pytest.param(200, "<html>", UNKNOWN, Reason.BAD_ANSWER, id="a web page"),
        pytest.param(200, "", UNKNOWN, Reason.BAD_ANSWER, id="empty"),
        pytest.param(302, "", UNKNOWN, Reason.BAD_ANSWER, id="redirect"),
        pytest.param(403, "{}", UNKNOWN, Reason.REFUSED, id="forbidden"),
        pytest.param(429, "{}", UNKNOWN, Reason.CONFIGURATION, id="too often"),
        pytest.param(502, "{}", UNKNOWN, Reason.ERROR_ANSWER, id="gateway error is not down"),
        pytest.param(504, "{}", UNKNOWN, Reason.ERROR_ANSWER, id="gateway timeout is not down"),
        pytest.param(503, "", DOWN, Reason.NONE, id="503 is the platform's own word"),
    ],
)
def test_code_and_word_decide(status: int, body: str, health: Health, reason: Reason) -> None:
    outcome = heartbeat(said(status, body), AT)
    assert (outcome.health, outcome.reason) == (health, reason)


@pytest.mark.parametrize(
    ("word", "delay", "kept"),
    [
        pytest.param("degraded", 250, [250.0], id="believed when degraded"),
        pytest.param("degraded", 86_400_000, [86_400_000.0], id="a day is the most"),
        pytest.param("degraded", 86_400_001, [], id="more than a day is absurd"),
        pytest.param("degraded", 0, [], id="zero says nothing"),
        pytest.param("degraded", -5, [], id="negative"),
        pytest.param("degraded", True, [], id="no number"),
        pytest.param("degraded", "250", [], id="text"),
        pytest.param("available", 250, [], id="means nothing when available"),
        pytest.param("unavailable", 250, [], id="means nothing when unavailable"),
    ],
)
def test_a_delay_is_kept_only_when_it_can_be_true(
    word: str, delay: object, kept: list[float]
) -> None:
    outcome = _beat(serviceStatus=word, delay=delay)
    assert [s.value for s in outcome.samples if s.name == "delay_ms"] == kept


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        pytest.param("2026-11-21T23:00:00Z", "23:00 UTC", id="ahead"),
        pytest.param("2026-11-22T01:00:00+03:00", "22:00 UTC", id="in local time"),
        pytest.param("2019-08-24T14:15:22Z", "", id="past"),
        pytest.param("2028-01-01T00:00:00Z", "", id="too far ahead"),
        pytest.param("2026-11-21T23:00:00", "", id="no zone"),
        pytest.param("", "", id="empty, as one real connector sends"),
        pytest.param("soon", "", id="words"),
        pytest.param("9999-12-31T23:59:59-14:00", "", id="past the end of time"),
        pytest.param(None, "", id="null"),
    ],
)
def test_a_restoration_time_is_shown_only_when_it_lies_ahead(when: object, shown: str) -> None:
    outcome = _beat(serviceStatus="unavailable", plannedRestorationTime=when)
    assert outcome.health is Health.DOWN
    assert ("planned" in outcome.message) == bool(shown)
    assert shown in outcome.message


def test_balances_are_numbers_written_as_text() -> None:
    body = '{"currentBalance":"1500.25","availableBalance":"1000","currency":"KES"}'
    outcome = balance(said(200, body))
    assert outcome.samples[1:] == [
        Sample("current_balance", 1500.25, "KES"),
        Sample("available_balance", 1000.0, "KES"),
    ]
    assert balance(said(200, '{"currentBalance":"1,5"}')).reason is Reason.BAD_ANSWER
    assert balance(said(200, '{"currency":"KES"}')).reason is Reason.NO_DATA


def test_a_bad_setting_is_our_fault_and_nothing_is_asked() -> None:
    reading = ask("gsma", {"base": "ftp://h", "interval": 3})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.CONFIGURATION)
    assert "'interval' is not known" in reading.message
    assert "'base'" in reading.message
