from datetime import timedelta
from typing import Any

import pytest

from ssoc.core.settings import IngestSettings
from ssoc.monitoring.lifecycle import AlertState
from tests.ingest.conftest import Room
from tests.ingest.speaking import MINUTE, NOW, origin
from web.ingest.alertmanager_api import parse
from web.ingest.parsed import BadItem

LABELS = {"alertname": "SuccessLow", "country": "KE", "severity": "critical"}
UNSET = "0001-01-01T00:00:00.000Z"
PATH = "/api/v2/alerts"


def stamp(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def posted(**given: Any) -> dict[str, Any]:
    return {"labels": LABELS, "annotations": {"summary": "71 %"}, **given}


@pytest.mark.parametrize(
    ("given", "state", "started", "lease"),
    [
        pytest.param(
            {"startsAt": stamp(-2), "endsAt": stamp(4)}, AlertState.FIRING, -2, 4, id="firing, L1"
        ),
        pytest.param(
            {"startsAt": stamp(-2), "endsAt": stamp(0)}, AlertState.RESOLVED, -2, None, id="L5"
        ),
        pytest.param(
            {"startsAt": stamp(-9), "endsAt": stamp(-5)},
            AlertState.RESOLVED,
            -9,
            None,
            id="resolved a while ago",
        ),
        pytest.param({}, AlertState.FIRING, 0, 5, id="no times: now, and five minutes, L9"),
        pytest.param(
            {"startsAt": UNSET, "endsAt": UNSET}, AlertState.FIRING, 0, 5, id="amtool's no times"
        ),
        pytest.param(
            {"startsAt": None, "endsAt": None}, AlertState.FIRING, 0, 5, id="null equals absent"
        ),
        pytest.param(
            {"endsAt": stamp(-1)}, AlertState.RESOLVED, -1, None, id="the end alone is the start"
        ),
        pytest.param(
            {"endsAt": stamp(3)}, AlertState.FIRING, 0, 3, id="an end to come: started by now"
        ),
        pytest.param({"startsAt": stamp(-7)}, AlertState.FIRING, -7, 5, id="the start alone"),
        pytest.param(
            {"startsAt": stamp(2), "endsAt": stamp(6)},
            AlertState.FIRING,
            0,
            6,
            id="a clock ahead of ours: nothing starts in the future",
        ),
    ],
)
def test_state_start_and_lease(
    given: dict[str, Any], state: AlertState, started: float, lease: float | None
) -> None:
    [report] = parse([posted(**given)], origin()).reports
    assert report.state is state
    assert report.started_at == NOW + MINUTE * started
    assert report.lease_until == (None if lease is None else NOW + MINUTE * lease)
    assert (report.market, report.summary, report.said_at) == ("KE", "71 %", NOW)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        pytest.param({"labels": {}}, "at least one label pair required", id="no labels"),
        pytest.param({}, "at least one label pair required", id="nothing at all"),
        pytest.param(None, "at least one label pair required", id="null"),
        pytest.param("x", "an alert must be an object, found a text", id="a text"),
        pytest.param(7, "an alert must be an object, found a number", id="a number"),
        pytest.param({"labels": [1]}, "labels must be an object, found a list", id="a list"),
        pytest.param(
            posted(startsAt=stamp(-1), endsAt=stamp(-2)),
            "start time must be before end time",
            id="it ends before it starts",
        ),
        pytest.param(posted(startsAt="soon"), "startsAt must be an RFC 3339 time", id="no time"),
        pytest.param(posted(endsAt=17), "endsAt must be an RFC 3339 time", id="a number as time"),
    ],
)
def test_a_bad_item_is_a_fault_and_the_others_are_kept(item: object, message: str) -> None:
    parsed = parse([posted(), item, posted(labels=LABELS | {"country": "TZ"})], origin())
    assert [report.market for report in parsed.reports] == ["KE", "TZ"]
    [fault] = parsed.faults
    assert fault.index == 1
    assert fault.message.startswith(message)


@pytest.mark.parametrize("payload", [{}, "x", 1, None, True], ids=repr)
def test_what_is_no_list_is_refused_as_a_whole(payload: object) -> None:
    with pytest.raises(BadItem, match="the body must be a list"):
        parse(payload, origin())


def test_annotations_are_cut_never_refused() -> None:
    limits = IngestSettings(most_label_bytes=32, most_labels=3)
    notes = {"summary": "x" * 50, "n": 7, "none": None, "deep": {"a": 1}, "late": "left out"}
    [report] = parse([posted(annotations=notes)], origin(limits=limits)).reports
    assert report.annotations == {"summary": "x" * 31 + "…", "n": "7"}


def test_links_are_web_addresses_or_nothing() -> None:
    good = parse([posted(generatorURL="http://prom/graph?x")], origin()).reports[0]
    bad = parse([posted(generatorURL="javascript:alert(1)")], origin()).reports[0]
    assert (good.url, bad.url) == ("http://prom/graph?x", "")


def test_an_unknown_severity_is_a_warning_with_its_word_kept_and_noted() -> None:
    parsed = parse([posted(labels=LABELS | {"severity": "catastrophe"})], origin())
    [report] = parsed.reports
    assert (report.severity.word, report.severity_word) == ("warning", "catastrophe")
    assert [note.kind for note in parsed.notes] == ["unknown severity"]


def test_a_token_for_one_market_brings_no_alerts_of_another() -> None:
    sender = origin(markets=frozenset({"KE"}), market="KE")
    parsed = parse([posted(), posted(labels=LABELS | {"country": "TZ"})], sender)
    assert [report.market for report in parsed.reports] == ["KE"]
    assert [(fault.kind, fault.index) for fault in parsed.faults] == [("other market", 1)]


def test_all_good_is_200_with_an_empty_body_exactly(room: Room) -> None:
    answer = room.post(PATH, [posted()])
    assert (answer.status, answer.body) == (200, b"")
    assert "Content-Type" not in answer.headers
    [alert] = room.alerts()
    assert (alert.name, alert.market, alert.source, alert.way) == (
        "SuccessLow",
        "KE",
        "prometheus",
        "push",
    )


@pytest.mark.parametrize("prefix", ["", "/am"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_prefix_and_version_is_the_same_door(room: Room, prefix: str, version: str) -> None:
    assert room.post(f"{prefix}/api/{version}/alerts", [posted()]).status == 200
    assert list(room.states().values()) == [AlertState.FIRING]


def test_an_empty_list_is_fine(room: Room) -> None:
    assert room.post(PATH, []).status == 200


def test_a_mixed_batch_is_400_with_a_bare_text_and_the_good_ones_are_stored(room: Room) -> None:
    answer = room.post(PATH, [posted(labels=LABELS | {"empty": ""}), {"labels": {}}])
    assert answer.status == 400
    assert answer.body == b'"at least one label pair required"'
    assert answer.headers["Content-Type"] == "application/json"
    [alert] = room.alerts()
    assert alert.name == "SuccessLow"
    assert room.faults() == {("push", "prometheus", "bad alert"): 1}


def test_what_is_not_json_is_400_with_code_and_message(room: Room) -> None:
    answer = room.post(PATH, b"x")
    assert answer.status == 400
    assert answer.json["code"] == 400
    assert answer.json["message"].startswith("the body is not JSON in UTF-8")


def test_the_earlier_start_is_kept(room: Room) -> None:
    room.post(PATH, [posted(startsAt=stamp(-3), endsAt=stamp(4))])
    room.post(PATH, [posted(startsAt=stamp(-1), endsAt=stamp(4))])
    [alert] = room.alerts()
    assert alert.started_at == NOW + MINUTE * -3


def test_a_resolve_of_an_unknown_alert_is_stored_and_changes_nothing(room: Room) -> None:
    assert room.post(PATH, [posted(startsAt=stamp(-4), endsAt=stamp(-1))]).status == 200
    assert list(room.states().values()) == [AlertState.RESOLVED]
    assert room.transitions() == []
