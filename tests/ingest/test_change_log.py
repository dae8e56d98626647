"""Our own format of the change log: strict, idempotent, each fault by its place."""

from typing import Any

import pytest
from sqlalchemy import select

from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.monitoring.models import ChangeEvent
from tests import factories
from tests.ingest.conftest import Room
from tests.ingest.speaking import NOW, origin
from web.ingest.change_log import FIELDS, parse
from web.ingest.parsed import BadItem

PATH = "/api/v1/change-events"
ONE = {"summary": "limits table 7", "market": "KE", "component": "core-ke", "by": "amina"}


def of(**given: Any) -> dict[str, Any]:
    return {"change_events": [{**ONE, **given}]}


def test_everything_that_can_be_said() -> None:
    said = of(
        at="2026-03-02T10:30:00+03:00",
        ended_at="2026-03-02T07:40:00Z",
        key="limits-7",
        reference="CHG-7",
        source="limits-tool",
        details={"rows": 12, "dry": False, "none": None},
        url="https://limits.example/7",
    )
    assert set(said["change_events"][0]) == set(FIELDS)
    [change] = parse(said, origin()).changes
    assert (change.summary, change.source, change.key) == (
        "limits table 7",
        "limits-tool",
        "limits-7",
    )
    assert (change.market, change.reference) == ("KE", "CHG-7")
    assert change.details == {"rows": "12", "dry": "false", "none": "", "by": "amina"}
    assert change.links == [{"href": "https://limits.example/7", "text": ""}]
    assert change.ended_at is not None
    assert change.ended_at > change.at


def test_a_summary_is_enough() -> None:
    [change] = parse({"change_events": [{"summary": "x"}]}, origin(market="KE")).changes
    assert (change.at, change.source, change.market) == (NOW, "prometheus", "KE")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"summary": " "}, "summary is missing"),
        ({"summary": 7}, "summary must be a text, found a number"),
        ({"when": "now"}, "no field is called when"),
        ({"sumary": "x"}, "did you mean summary?"),
        ({"at": "yesterday"}, "at must be an RFC 3339 time"),
        ({"at": "2028-01-01T00:00:00Z"}, "days ahead"),
        ({"at": NOW.isoformat(), "ended_at": "2026-03-02T07:00:00Z"}, "ended_at is before at"),
        ({"market": "XX"}, "no market 'XX'"),
        ({"details": []}, "details must be an object"),
        ({"details": {"a": {}}}, "details.a must be a text or a number"),
        ({"details": {str(n): 1 for n in range(200)}}, "most_labels"),
        ({"url": "javascript:x"}, "url must begin with"),
        ({"key": ["x"]}, "key must be a text"),
    ],
)
def test_each_fault_is_named(given: dict[str, Any], said: str) -> None:
    parsed = parse({"change_events": [{**ONE, **given}, ONE]}, origin())
    assert len(parsed.changes) == 1
    [fault] = parsed.faults
    assert (fault.index, said in fault.message) == (0, True), fault.message


@pytest.mark.parametrize(
    "payload", [[], {}, {"change_events": {}}, {"change_events": []}, {**of(), "x": 1}]
)
def test_what_is_no_list_of_changes(payload: object) -> None:
    with pytest.raises(BadItem):
        parse(payload, origin())


def rows(room: Room) -> list[tuple[str, str, str, bool]]:
    with room.runtime.view(SYSTEM) as work:
        found = work.session.scalars(select(ChangeEvent).order_by(ChangeEvent.id))
        return [(r.summary, r.market, r.component, r.ended_at is not None) for r in found]


def test_sent_again_it_is_the_same_change(room: Room) -> None:
    first = room.post(PATH, of(key="7", at="2026-03-02T07:30:00Z"))
    assert (first.status, first.json["accepted"]) == (202, 1)
    over = room.post(PATH, of(key="7", at="2026-03-02T07:30:00Z", ended_at="2026-03-02T07:50:00Z"))
    assert over.json["ids"] == first.json["ids"]
    assert rows(room) == [("limits table 7", "KE", "core-ke", True)]
    room.post(PATH, of())
    room.post(PATH, of())
    assert len(rows(room)) == 3, "without a key each is one of its own"


def test_a_component_by_its_title(room: Room) -> None:
    with room.runtime.work(SYSTEM) as work:
        named = [
            factories.component("sms-ls", name="SMS gateway Lesotho"),
            factories.component("app-ke", name="App"),
            factories.component("app-tz", name="App"),
        ]
        factories.estate(work, "core-ke, core-tz", components=named)
    events = [
        {"summary": "driver", "component": "SMS Gateway lesotho "},
        {"summary": "driver", "component": "App"},  # of two countries: no title of one
    ]
    answer = room.post(PATH, {"change_events": events})
    assert [each["index"] for each in answer.json["warnings"]] == [1]
    assert [(row[1], row[2]) for row in rows(room)] == [("LS", "sms-ls"), ("", "")]


def test_the_good_ones_are_kept_the_bad_ones_named(room: Room) -> None:
    answer = room.post(PATH, {"change_events": [ONE, {"summary": ""}, {**ONE, "component": "nix"}]})
    assert answer.status == 202
    assert (answer.json["accepted"], len(answer.json["ids"])) == (2, 2)
    assert [each["index"] for each in answer.json["errors"]] == [1]
    assert [each["index"] for each in answer.json["warnings"]] == [2]
    assert [row[2] for row in rows(room)] == ["core-ke", ""]
    refused = room.post(PATH, {"change_events": [{}]})
    assert (refused.status, refused.json["accepted"]) == (400, 0)


def test_who_may_tell(room: Room) -> None:
    tanzania = room.new_token("tanzania", TokenScope.INGEST, "TZ")
    assert room.post(PATH, of(), tanzania).status == 400
    assert room.post(PATH, of(), room.new_token("reader", TokenScope.READ)).status == 403
    assert room.post(PATH, of(), "").status == 401
    assert rows(room) == []


def test_another_markets_change_is_not_altered_by_its_key(room: Room) -> None:
    room.post(PATH, of(key="7", source="tool"))
    tanzania = room.new_token("tanzania", TokenScope.INGEST, "TZ")
    stolen = of(key="7", source="tool", market="TZ", component="core-tz", details={"x": "y"})
    assert room.post(PATH, stolen, tanzania).status == 403
    assert rows(room) == [("limits table 7", "KE", "core-ke", False)]


def test_a_batch_over_the_limit_is_refused_whole(room: Room) -> None:
    most = room.runtime.settings.ingest.most_alerts
    assert room.post(PATH, {"change_events": [ONE] * (most + 1)}).status == 413
    assert rows(room) == []
