from typing import Any

import pytest

from ssoc.core.vocabulary import Severity
from ssoc.monitoring.lifecycle import AlertState
from tests.ingest.conftest import Room
from tests.ingest.speaking import MINUTE, NOW, origin
from web.ingest.own import FIELDS, parse
from web.ingest.parsed import BadItem

PATH = "/api/v1/alerts"


def alert(**given: Any) -> dict[str, Any]:
    usual = {"name": "QueueLong", "market": "KE", "component": "core-ke", "severity": "major"}
    return {**usual, "summary": "4,000 waiting", **given}


def one(**given: Any) -> Any:
    [report] = parse({"alerts": [alert(**given)]}, origin(way="api")).reports
    return report


def test_an_alert_in_our_own_words() -> None:
    report = one(
        started_at="2026-03-02T07:50:00Z", ends_at="2026-03-02T08:10:00Z", labels={"host": "q1"}
    )
    assert (report.state, report.severity) == (AlertState.FIRING, Severity.ERROR)
    assert (report.market, report.name, report.instance) == ("KE", "QueueLong", "q1")
    assert (report.started_at, report.lease_until) == (NOW - MINUTE * 10, NOW + MINUTE * 10)
    assert report.summary == "4,000 waiting"


def test_severity_is_no_part_of_the_identity_but_labels_are() -> None:
    assert one(severity="critical").key == one(severity="info").key
    assert one(labels={"host": "q1"}).key != one(labels={"host": "q2"}).key


def test_a_key_of_ones_own_is_the_identity() -> None:
    first = one(key="ke/queue", labels={"host": "q1"})
    assert first.key == one(key="ke/queue", name="Other").key
    [other] = parse({"alerts": [alert(key="ke/queue")]}, origin(source="other")).reports
    assert other.key != first.key, "within its token"


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"state": "resolved"}, AlertState.RESOLVED),
        ({"state": "firing"}, AlertState.FIRING),
        ({"severity": "ok"}, AlertState.RESOLVED),
        ({"severity": "normal"}, AlertState.RESOLVED),
        ({"severity": "cleared"}, AlertState.RESOLVED),
        ({"severity": "ok", "state": "firing"}, AlertState.FIRING),
        ({"state": None}, AlertState.FIRING),
    ],
    ids=str,
)
def test_states(given: dict[str, Any], state: AlertState) -> None:
    assert one(**given).state is state


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({}, "name is missing"),
        (alert(name=""), "name is missing"),
        (alert(name=7), "name must be a text, found a number"),
        (alert(state="odd"), 'state must be "firing" or "resolved"'),
        (alert(severity=3), "severity must be a text, found a number"),
        (alert(labels=[]), "labels must be an object, found a list"),
        (alert(labels={"a": 1}), "label a must be a text"),
        (alert(started_at="x"), "started_at must be an RFC 3339 time"),
        (
            alert(started_at="2026-03-02T08:00:00Z", ends_at="2026-03-02T07:00:00Z"),
            "ends_at is before started_at",
        ),
        ("x", "an alert must be an object, found a text"),
    ],
    ids=str,
)
def test_faults_name_the_field(item: object, message: str) -> None:
    parsed = parse({"alerts": [alert(), item]}, origin())
    assert len(parsed.reports) == 1
    [fault] = parsed.faults
    assert fault.index == 1
    assert fault.message.startswith(message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sevrity": "error"}, "no field is called sevrity; did you mean severity?"),
        ({"Market": "KE"}, "no field is called Market; did you mean market?"),
        ({"startsAt": "x"}, "no field is called startsAt; did you mean started_at?"),
        ({"end_at": None}, "no field is called end_at; did you mean ends_at?"),
        (
            {"qqq": 1, "lables": {}},
            "no field is called qqq; an alert has name, market, component, severity, state, key, "
            "summary, started_at, ends_at, labels, annotations, url; "
            "no field is called lables; did you mean labels?",
        ),
    ],
    ids=str,
)
def test_a_misspelt_field_is_named_with_the_right_one(
    room: Room, given: dict[str, Any], message: str
) -> None:
    answer = room.post(PATH, {"alerts": [alert(name="Good"), alert(**given), alert(name="Too")]})
    assert answer.status == 202
    assert answer.json == {"accepted": 2, "errors": [{"index": 1, "message": message}]}
    assert [each.name for each in room.alerts()] == ["Good", "Too"]
    assert ("api", "prometheus", "unknown field") in room.faults()
    assert room.post(PATH, {"alerts": [alert(**given)]}).status == 400


def test_every_field_that_the_pages_name_is_taken() -> None:
    given = {name: None for name in FIELDS if name not in {"name", "labels"}}
    [report] = parse({"alerts": [{"name": "X", "labels": {"a": "b"}, **given}]}, origin()).reports
    assert report.name == "X"


@pytest.mark.parametrize("payload", [{}, {"alerts": 3}, {"alerts": None}, "x", 7], ids=repr)
def test_what_is_no_list_of_alerts_is_refused(payload: object) -> None:
    with pytest.raises(BadItem):
        parse(payload, origin())


def test_accepted_is_202_with_the_count_and_the_errors(room: Room) -> None:
    answer = room.post(PATH, {"alerts": [alert(), {}, alert(name="Other")]})
    assert answer.status == 202
    assert answer.json == {
        "accepted": 2,
        "errors": [{"index": 1, "message": "name is missing: say what the alert is called"}],
    }
    assert [each.name for each in room.alerts()] == ["Other", "QueueLong"]
    assert {each.component for each in room.alerts()} == {"core-ke"}


def test_nothing_accepted_is_a_problem_document(room: Room) -> None:
    answer = room.post(PATH, {"alerts": [{}]})
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json["accepted"], answer.json["errors"][0]["index"]) == (0, 0)
    bodies: tuple[object, ...] = ({"alarms": []}, "x", b"{")
    for body in bodies:
        refused = room.post(PATH, body)
        assert refused.status == 400
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_list_there_is_alertmanagers_v1(room: Room) -> None:
    answer = room.post(PATH, [{"labels": {"alertname": "Always"}}])
    assert (answer.status, answer.json) == (200, {"status": "success"})
    bad = room.post(PATH, [{"labels": {}}])
    assert bad.status == 400
    assert bad.json == {
        "status": "error",
        "errorType": "bad_data",
        "error": "at least one label pair required",
    }
    [found] = room.alerts()
    assert found.way == "push"


def test_reading_that_path_is_the_consoles(room: Room) -> None:
    assert room.get(PATH).body == b"the console"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"started_at": "0001-01-01T00:00:00Z"}, "started_at is in year 1", id="unset"),
        pytest.param({"started_at": "9999-12-31T23:59:59Z"}, "started_at lies ahead", id="9999"),
        pytest.param({"started_at": "1970-01-01T00:00:00Z"}, "started_at is more than", id="1970"),
        pytest.param({"ends_at": "0001-01-01T00:00:00Z"}, "ends_at is in year 1", id="no end"),
        pytest.param(
            {"ends_at": "9999-12-31T23:59:59Z"}, "ends_at is more than 366", id="no lease"
        ),
        pytest.param(
            {"ends_at": "2026-03-02T07:59:00Z"}, "ends_at is over already", id="born dead"
        ),
        pytest.param({"started_at": "2026-03-02T08:00:59Z"}, "", id="a clock that is a bit ahead"),
        pytest.param({"started_at": "2026-02-02T08:00:00Z"}, "", id="a month ago"),
        pytest.param({"state": "resolved", "ends_at": "2026-03-02T07:59:00Z"}, "", id="it is over"),
        pytest.param({"severity": "odd"}, "severity 'odd' of QueueLong is read", id="severity"),
    ],
)
def test_what_is_odd_is_taken_and_said(room: Room, given: dict[str, str], said: str) -> None:
    good = alert(key="good", severity="critical")
    answer = room.post(PATH, {"alerts": [good, alert(**{"severity": "error", **given})]})
    assert (answer.status, answer.json["accepted"], answer.json["errors"]) == (202, 2, [])
    warnings = answer.json.get("warnings", [])
    assert [(each["index"], each["message"][: len(said)]) for each in warnings] == (
        [(1, said)] if said else []
    )
