"""Real requests of real tools, replayed at the instant at which they were sent.

They lie in a folder beside the repository; without it these tests are skipped, and the cases in
the other files say the same with requests of our own.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ssoc.core.clock import FrozenClock
from ssoc.core.settings import IngestSettings
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import ChangeEvent
from tests.ingest.conftest import Answered, Room
from web.ingest.instants import instant

CAPTURED = Path(__file__).parents[2] / "../shared/fixtures/captured"
pytestmark = pytest.mark.skipif(
    not CAPTURED.is_dir(), reason="the folder shared/fixtures/captured is not beside the repository"
)
KE, MZ = "2dd6c1686ae2239a", "cbee612fe84ef605"
DURING = datetime(2026, 11, 21, 21, 30, tzinfo=UTC)
FIRING, RESOLVED = AlertState.FIRING, AlertState.RESOLVED


def load(name: str) -> Any:
    return json.loads((CAPTURED / name).read_text())


@pytest.fixture
def there(room: Room, clock: FrozenClock) -> Room:
    """Return the room on the day of the captures."""
    clock.at = DURING
    room.load_estate("core-ke, core-tz, core-mz, core-gh")
    return room


def replay(room: Room, clock: FrozenClock, one: dict[str, Any], path: str = "") -> Answered:
    """Send one captured request at its time, with our token in place of theirs."""
    said_at = instant(one.get("at"), "at")
    if said_at is not None:
        clock.at = said_at
    body = one["body"]
    if isinstance(body, dict) and "routing_key" in body:
        body = body | {"routing_key": room.token}
    query = "&".join("=".join(pair) for pair in one.get("query", ()))
    return room.post(f"{path or one['path']}?{query}", body)


def expected(name: str) -> tuple[int, str, str]:
    """Return status, content type and body of a captured answer."""
    head, _, body = (CAPTURED / name).read_text().partition("\n\n")
    status = re.search(r"^HTTP/1.1 (\d+)", head, re.MULTILINE)
    kind = re.search(r"^Content-Type: (.*)$", head, re.MULTILINE)
    assert status
    return int(status[1]), kind[1] if kind else "", body.strip()


def test_the_whole_push_sequence_is_four_alerts_and_four_resolves(
    there: Room, clock: FrozenClock
) -> None:
    for one in load("prometheus-push/sequence.json"):
        assert replay(there, clock, one).status == 200
    assert list(there.states().values()) == [RESOLVED] * 4
    assert there.transitions() == [(0, None)] * 4 + [(2, 0)] * 4, "nothing reopened"
    assert {each.repeats for each in there.alerts()} > {14}


def test_the_whole_webhook_sequence(there: Room, clock: FrozenClock) -> None:
    for one in load("alertmanager/webhook-sequence.json"):
        assert replay(there, clock, one, "/hooks/alertmanager").status == 200
    assert there.transitions() == [(0, None)] * 3 + [(2, 0)] * 3
    assert set(there.states().values()) == {RESOLVED}


def test_both_sequences_in_the_order_of_their_times(there: Room, clock: FrozenClock) -> None:
    pushed = [(each, "") for each in load("prometheus-push/sequence.json")]
    told = [(each, "/hooks/alertmanager") for each in load("alertmanager/webhook-sequence.json")]
    for one, path in sorted([*pushed, *told], key=lambda pair: pair[0]["at"]):
        assert replay(there, clock, one, path).status == 200
    assert there.transitions() == [(0, None)] * 4 + [(2, 0)] * 4
    assert there.ways(KE) == {"push", "webhook"}
    assert there.faults() == {}


def test_push_v1_and_after_an_error(there: Room, clock: FrozenClock) -> None:
    v1 = load("prometheus-push/alerts-api-v1.json")
    assert replay(there, clock, v1, "/am/api/v1/alerts").status == 200
    for one in load("prometheus-push/after-500.json"):
        path = "/am" + one["path"].replace("/old", "")
        assert replay(there, clock, one, path).status == 200
    [found] = there.alerts()
    assert (found.name, found.changes) == ("Always", 0), "three and nine digits are one episode"


def test_one_alert_by_push_webhook_and_pagerduty(there: Room, clock: FrozenClock) -> None:
    replay(there, clock, load("prometheus-push/alerts-firing.json"))
    replay(there, clock, load("alertmanager/webhook-firing.json"))
    replay(there, clock, load("alertmanager/pagerduty-trigger.json"))
    assert there.states() == {KE: FIRING}
    assert there.ways(KE) == {"push", "webhook", "pagerduty"}
    assert there.transitions() == [(0, None)]


def test_several_and_resolved(there: Room, clock: FrozenClock) -> None:
    replay(there, clock, load("prometheus-push/alerts-several.json"))
    assert list(there.states().values()) == [FIRING] * 3
    replay(there, clock, load("prometheus-push/alerts-resolved.json"))
    assert list(there.states().values()) == [RESOLVED] * 3


def test_a_resolve_of_an_unknown_alert_by_each_way(there: Room, clock: FrozenClock) -> None:
    replay(there, clock, load("alertmanager/webhook-resolved.json"), "/hooks/alertmanager")
    replay(there, clock, load("alertmanager/pagerduty-resolve.json"))
    assert there.states() == {MZ: RESOLVED}
    assert there.transitions() == []


def test_a_mixed_and_a_truncated_notice(there: Room, clock: FrozenClock) -> None:
    mixed = load("alertmanager/webhook-mixed.json")
    both = dict(mixed["body"])
    both["alerts"] = [each | {"status": "firing"} for each in both["alerts"]]
    replay(there, clock, mixed | {"body": both}, "/hooks/alertmanager")
    replay(there, clock, mixed, "/hooks/alertmanager")
    assert {each.market: each.state for each in there.alerts()} == {"KE": RESOLVED, "TZ": FIRING}
    cut = load("alertmanager/webhook-truncated.json")
    replay(there, clock, cut, "/hooks/alertmanager")
    assert {each.market for each in there.alerts() if each.state == FIRING} == {"TZ", "GH", "MZ"}
    assert there.faults() == {("webhook", "prometheus", "truncated"): 1}


def test_the_pagerduty_clients(there: Room, clock: FrozenClock) -> None:
    requests = load("pagerduty/requests.json")
    keys = []
    for one in requests:
        answer = replay(there, clock, one)
        assert answer.status == one["answered"] == 202
        assert answer.json["status"] == "success"
        keys.append(answer.json.get("dedup_key"))
    assert len(keys[0]) == 32
    assert keys[1:5] == ["KE/success"] * 4
    assert sorted((each.summary, each.state) for each in there.alerts()) == [
        ("KE success ratio 71%", FIRING),
        ("again", RESOLVED),
        ("old client", FIRING),
    ]
    assert there.count(ChangeEvent) == 2


def test_the_requests_of_every_amtool_command(there: Room, clock: FrozenClock) -> None:
    known = ""
    for command in load("amtool/commands.json"):
        for one in command["requests"]:
            path = re.sub(r"[0-9a-f-]{36}", known, one["path"])
            query = "&".join("=".join(pair).replace(" ", "%20") for pair in one["query"])
            body = one["body"]
            if isinstance(body, dict) and body.get("id"):
                body = body | {"id": known}
            answer = there.send(one["method"], f"{path}?{query}", body)
            assert (command["command"], answer.status) == (command["command"], one["answered"])
            assert not answer.body or answer.json is not None
            if path.endswith("/silences") and one["method"] == "POST":
                known = answer.json["silenceID"]


def test_a_second_set_up_file_by_file(there: Room, clock: FrozenClock) -> None:
    """Thirty requests of amtool, Prometheus and Alertmanager behind a path prefix."""
    there.door._prefixes.insert(0, "/ssoc")
    paths = {"/hook": "/hooks/alertmanager", "/pd/v2/enqueue": "/v2/enqueue"}
    push = "/api/v2/alerts"
    known, seen = "", {}
    clock.at = datetime(2026, 11, 21, 21, 8, 22, tzinfo=UTC)
    for file in sorted((CAPTURED / "wire").glob("*.json")):
        one = json.loads(file.read_text())
        if "opsgenie" in file.name:
            continue
        target = one["target"].replace("/ssoc/api/v2/alerts", "/ssoc" + push)
        target = re.sub(r"[0-9a-f-]{36}", known, target)
        target = paths.get(target, target)
        body = one["body_text"].replace("0123456789abcdef0123456789abcdef", there.token)
        body = re.sub(r'"id":"[0-9a-f-]{36}"', f'"id":"{known}"', body)
        if one["method"] == "POST" and target == "/ssoc" + push:
            target = "/am" + push
        if "alertmanager" in file.name:
            clock.at = datetime(2026, 11, 21, 21, 20, tzinfo=UTC)
        answer = there.send(one["method"], target, body.encode())
        seen[file.name] = answer.status
        if target.endswith("/silences") and one["method"] == "POST":
            known = answer.json["silenceID"]
    assert len(seen) == 26
    assert {name for name, status in seen.items() if status not in {200, 202}} == set(), seen
    assert there.states()["3694cacd5eb705bb"] is RESOLVED, "both episodes over"
    assert there.ways("3694cacd5eb705bb") == {"push", "webhook", "pagerduty"}


@pytest.mark.parametrize(
    ("name", "method", "target", "body"),
    [
        ("post-alerts-bad", "POST", "/api/v2/alerts", b'[{"labels":{}}]'),
        ("get-alerts-badfilter", "GET", "/api/v2/alerts?filter=oops{", None),
        ("healthy", "GET", "/-/healthy", None),
        ("ready", "GET", "/-/ready", None),
        (
            "post-silence-bad",
            "POST",
            "/api/v2/silences",
            b'{"matchers":[],"comment":"","createdBy":"","startsAt":"2026-11-21T20:00:00Z",'
            b'"endsAt":"2026-11-21T19:00:00Z"}',
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" not in value else "",
)
def test_answers_are_byte_for_byte_alertmanagers(
    there: Room, name: str, method: str, target: str, body: bytes | None
) -> None:
    answer = there.send(method, target, body)
    status, kind, text = expected(f"alertmanager/{name}.http")
    assert (answer.status, answer.headers.get("Content-Type")) == (status, kind)
    assert answer.body.decode() == text


def shape(value: Any) -> Any:
    """Return the names and kinds of a JSON value, without its content."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_an_alert_reads_like_alertmanagers(there: Room, clock: FrozenClock) -> None:
    replay(there, clock, load("prometheus-push/alerts-firing.json"))
    [theirs] = json.loads(expected("alertmanager/get-alerts.http")[2])
    [ours] = there.get("/api/v2/alerts").json
    ours["status"].pop("mutedBy")
    assert shape(ours) == shape(theirs)
    same = ("annotations", "endsAt", "fingerprint", "startsAt", "generatorURL", "labels", "status")
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}


def test_groups_silences_and_status_have_the_same_shape(there: Room, clock: FrozenClock) -> None:
    replay(there, clock, load("prometheus-push/alerts-firing.json"))
    group = json.loads(expected("alertmanager/get-alerts-groups.http")[2])[1]
    [ours] = there.get("/api/v2/alerts/groups").json
    assert (ours["labels"], ours["receiver"]) == (group["labels"], group["receiver"])
    [theirs] = json.loads(expected("alertmanager/get-silences.http")[2])
    clock.at = DURING
    there.post("/api/v2/silences", theirs | {"id": ""})
    [silence] = there.get("/api/v2/silences").json
    assert shape(silence) == shape(theirs)
    status = json.loads(expected("alertmanager/get-status.http")[2])
    found = there.get("/api/v2/status").json
    found["cluster"].pop("name")
    assert shape(found) == shape(status)


def test_the_default_prefixes_hold_what_the_captures_use() -> None:
    assert {"", "/am"} <= set(IngestSettings().alertmanager_prefixes)
