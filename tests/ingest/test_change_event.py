from typing import Any

import pytest
from sqlalchemy import select

from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.monitoring.models import ChangeEvent
from tests.ingest.conftest import Room
from tests.ingest.speaking import NOW, origin
from web.ingest.change_event import parse
from web.ingest.parsed import BadItem

PATH = "/v2/change/enqueue"


def event(token: str = "", **given: Any) -> dict[str, Any]:
    payload = {
        "summary": "Core upgrade KE 0:30-3:30",
        "source": "change-desk",
        "timestamp": "2026-03-02T07:30:00Z",
        "custom_details": {"rfc": "CHG1", "country": "KE", "deep": {"a": 1}},
    }
    links = [{"href": "http://127.0.0.1/chg1", "text": "CHG1"}]
    return {"routing_key": token, "payload": payload, "links": links, **given}


def test_a_change_is_read() -> None:
    change = parse(event(), origin())
    assert (change.summary, change.source) == ("Core upgrade KE 0:30-3:30", "change-desk")
    assert (change.market, change.reference) == ("KE", "CHG1")
    assert change.details == {"rfc": "CHG1", "country": "KE", "deep": ""}
    assert change.links == [{"href": "http://127.0.0.1/chg1", "text": "CHG1"}]


def test_little_is_enough() -> None:
    change = parse({"payload": {"summary": "Core upgrade"}}, origin())
    assert (change.at, change.source, change.reference) == (NOW, "prometheus", "")


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {},
        {"payload": "x"},
        {"payload": {}},
        {"payload": {"summary": " "}},
        {"payload": {"summary": "x", "timestamp": "x"}},
    ],
    ids=repr,
)
def test_what_is_no_change_is_refused(payload: object) -> None:
    with pytest.raises(BadItem):
        parse(payload, origin())


def logged(room: Room) -> list[tuple[str, str, str]]:
    with room.runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(ChangeEvent))
        return [(row.summary, row.market, row.reference) for row in rows]


def test_accepted_is_202_and_stands_in_the_change_log(room: Room) -> None:
    answer = room.post(PATH, event(room.token), token="")
    assert answer.status == 202
    assert answer.json == {"status": "success", "message": "Change event processed"}
    assert logged(room) == [("Core upgrade KE 0:30-3:30", "KE", "CHG1")]


def test_refusals_are_in_pagerdutys_words(room: Room) -> None:
    assert room.post(PATH, event(room.token, payload={}), token="").json["status"] == (
        "invalid event"
    )
    assert room.post(PATH, event("no such"), token="").status == 401
    tanzania = room.new_token("tanzania", TokenScope.INGEST, "TZ")
    assert room.post(PATH, event(tanzania), token="").status == 400
    reader = room.new_token("reader", TokenScope.READ)
    assert room.post(PATH, event(reader), token="").status == 403
    assert logged(room) == []
