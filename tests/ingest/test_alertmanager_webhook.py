from typing import Any

import pytest

from ssoc.monitoring.lifecycle import AlertState
from tests.ingest.conftest import Room
from tests.ingest.speaking import MINUTE, NOW, origin
from web.ingest.alertmanager_webhook import parse
from web.ingest.parsed import BadItem

PATH = "/hooks/alertmanager"
UNSET = "0001-01-01T00:00:00Z"


def alert(country: str = "KE", status: str = "firing", **given: Any) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "Mix", "country": country, "severity": "critical"},
        "annotations": {"summary": f"mixed in {country}"},
        "startsAt": "2026-03-02T07:58:00Z",
        "endsAt": UNSET if status == "firing" else "2026-03-02T07:59:30Z",
        "generatorURL": "http://prom/graph",
        **given,
    }


def notice(*alerts: object, **given: Any) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="Mix"}',
        "status": "firing",
        "receiver": "ssoc",
        "truncatedAlerts": 0,
        "alerts": list(alerts),
        **given,
    }


def test_each_alert_goes_by_its_own_status() -> None:
    parsed = parse(notice(alert("KE", "resolved"), alert("TZ")), origin(way="webhook"))
    assert [(each.market, each.state) for each in parsed.reports] == [
        ("KE", AlertState.RESOLVED),
        ("TZ", AlertState.FIRING),
    ]
    assert {each.started_at for each in parsed.reports} == {NOW - MINUTE * 2}
    assert parsed.reports[1].lease_until is None, "a webhook makes no promise"


def test_truncation_is_noted_and_absent_is_not_resolved() -> None:
    parsed = parse(notice(alert("GH"), truncatedAlerts=3), origin())
    assert [each.market for each in parsed.reports] == ["GH"]
    [note] = parsed.notes
    assert note.kind == "truncated"
    assert note.message.startswith('3 alerts of group {}:{alertname="Mix"} were left out')


@pytest.mark.parametrize(
    ("item", "message"),
    [
        pytest.param(alert(status="pending"), 'status must be "firing" or', id="another status"),
        pytest.param(alert(status=None), "status must be", id="no status"),  # type: ignore[arg-type]
        pytest.param(alert(labels={}), "at least one label pair", id="no labels"),
        pytest.param(alert(labels="x"), "labels must be an object", id="labels that are a text"),
        pytest.param(alert(startsAt="x"), "startsAt must be", id="no time"),
        pytest.param([], "an alert must be an object, found a list", id="a list"),
    ],
)
def test_a_bad_item_does_not_lose_the_others(item: object, message: str) -> None:
    parsed = parse(notice(alert("KE"), item, alert("TZ")), origin())
    assert [each.market for each in parsed.reports] == ["KE", "TZ"]
    assert [(fault.index, fault.message[: len(message)]) for fault in parsed.faults] == [
        (1, message)
    ]


@pytest.mark.parametrize(
    "payload",
    [[], {}, "x", 3, {"alerts": {}}, {"alerts": None}, {"blocks": []}],
    ids=["list", "empty", "text", "number", "alerts an object", "alerts null", "slack"],
)
def test_what_is_no_webhook_is_refused(payload: object) -> None:
    with pytest.raises(BadItem):
        parse(payload, origin())


def test_grafanas_superset_is_read_alike() -> None:
    extra: dict[str, Any] = {
        "values": {"A": 1},
        "silenceURL": "http://g/s",
        "panelURL": "http://g/p",
    }
    blind = {"alertname": "DatasourceError", "rulename": "SuccessLow", "country": "KE"}
    body = notice(
        alert("KE", **extra, generatorURL=""),
        alert("KE", labels=blind),
        version="1",
        orgId=1,
        title="[FIRING:2]",
        state="alerting",
    )
    parsed = parse(body, origin(way="webhook"))
    assert [(each.severity.word, each.url) for each in parsed.reports] == [
        ("critical", "http://g/p"),
        ("warning", "http://prom/graph"),
    ]
    assert parsed.faults == []


def test_a_mixed_notice_through_the_door(room: Room) -> None:
    assert room.post(PATH, notice(alert("KE"), alert("TZ"))).status == 200
    assert room.post(PATH, notice(alert("KE", "resolved"), alert("TZ"))).status == 200
    states = {each.market: each.state for each in room.alerts()}
    assert states == {"KE": AlertState.RESOLVED, "TZ": AlertState.FIRING}
    assert room.transitions() == [(0, None), (0, None), (2, 0)]


def test_repeats_change_nothing_but_the_count(room: Room) -> None:
    for _ in range(4):
        room.post(PATH, notice(alert("KE")))
    [found] = room.alerts()
    assert (found.repeats, found.changes) == (3, 0)
    assert room.transitions() == [(0, None)]


def test_a_late_copy_of_a_resolved_episode_does_not_fire_again(room: Room) -> None:
    room.post(PATH, notice(alert("KE")))
    room.post(PATH, notice(alert("KE", "resolved")))
    assert room.post(PATH, notice(alert("KE"))).status == 200
    [found] = room.alerts()
    assert found.state == AlertState.RESOLVED


def test_truncation_is_visible_to_operators(room: Room) -> None:
    room.post(PATH, notice(alert("KE"), alert("TZ")))
    room.post(PATH, notice(alert("KE"), truncatedAlerts=1))
    assert {each.state for each in room.alerts()} == {AlertState.FIRING}
    assert room.faults() == {("webhook", "prometheus", "truncated"): 1}


def test_one_bad_item_is_400_and_the_good_ones_are_stored(room: Room) -> None:
    answer = room.post(PATH, notice(alert("KE"), alert(labels={"severity": 1}), alert("TZ")))
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["detail"] == "label severity must be a text, found a number"
    assert len(room.alerts()) == 2


def test_the_address_may_name_the_market(room: Room) -> None:
    bare = {"alertname": "DiskFull"}
    assert room.post(f"{PATH}?country=TZ", notice(alert(labels=bare))).status == 200
    assert room.post(f"{PATH}?country=kenya", notice(alert(labels=bare))).status == 200
    assert room.post(f"{PATH}?country=nowhere", notice(alert(labels=bare))).status == 200
    assert sorted(each.market for each in room.alerts()) == ["", "KE", "TZ"]


def test_put_is_taken_too_as_grafana_may_send_it(room: Room) -> None:
    assert room.send("PUT", PATH, notice(alert("KE"))).status == 200


LEASED = "2026-03-02T08:04:00Z"


def pushed(**given: Any) -> list[dict[str, Any]]:
    labels = {"alertname": "Mix", "country": "KE", "severity": "critical"}
    return [{"labels": labels, "startsAt": "2026-03-02T07:58:00Z", "endsAt": LEASED, **given}]


def test_one_alert_by_two_ways_is_one_alert_with_two_sources(room: Room) -> None:
    room.post("/api/v2/alerts", pushed())
    room.post(PATH, notice(alert("KE")))
    [(key, state)] = room.states().items()
    assert state is AlertState.FIRING
    assert room.ways(key) == {"push", "webhook"}
    assert room.transitions() == [(0, None)]


def test_a_webhook_repeat_leaves_the_sources_lease_alone(room: Room) -> None:
    room.post("/api/v2/alerts", pushed())
    room.post(PATH, notice(alert("KE")))
    [found] = room.alerts()
    assert found.lease_until == NOW + MINUTE * 4


def test_the_end_of_a_lease_told_as_a_resolve_is_none(room: Room, clock: Any) -> None:
    """Prometheus dies: Alertmanager lets the alert run out at its endsAt and says "resolved"."""
    room.post("/api/v2/alerts", pushed())
    clock.advance(MINUTE * 5)
    room.post(PATH, notice(alert("KE", "resolved", endsAt=LEASED)))
    [found] = room.alerts()
    assert found.state == AlertState.FIRING, "and the sweep of leases will call it stale"
    assert room.faults() == {("webhook", "prometheus", "expiry, not a resolve"): 1}


def test_a_resolve_that_ended_before_the_lease_counts(room: Room, clock: Any) -> None:
    room.post("/api/v2/alerts", pushed())
    clock.advance(MINUTE)
    room.post(PATH, notice(alert("KE", "resolved", endsAt="2026-03-02T08:00:30Z")))
    [found] = room.alerts()
    assert found.state == AlertState.RESOLVED
    assert found.lease_until is None
