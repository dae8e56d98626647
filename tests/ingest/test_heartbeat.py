from datetime import timedelta

import pytest

from ssoc.core.permissions import SYSTEM
from ssoc.monitoring.actions import HeartbeatDraft, create_heartbeat
from ssoc.monitoring.models import HeartbeatState
from ssoc.monitoring.rules.heartbeats import Ping
from tests.ingest.conftest import Room
from tests.ingest.speaking import NOW
from web.ingest.heartbeat import Heard, parse

TOKEN = "abcDEF12-_345678"


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (f"/ping/{TOKEN}", b"", Heard(TOKEN, Ping.DONE)),
        (f"/ping/{TOKEN}/", b"", Heard(TOKEN, Ping.DONE)),
        (f"/ping/{TOKEN}/start", b"", Heard(TOKEN, Ping.START)),
        (f"/ping/{TOKEN}/fail", b"disk full", Heard(TOKEN, Ping.FAIL, "disk full")),
        (f"/ping/{TOKEN}/0", b"", Heard(TOKEN, Ping.DONE, "exit 0")),
        (f"/ping/{TOKEN}/1", b"x", Heard(TOKEN, Ping.FAIL, "exit 1: x")),
        (f"/ping/{TOKEN}/255", b"", Heard(TOKEN, Ping.FAIL, "exit 255")),
        (f"/ping/{TOKEN}", b"\xff\x00", Heard(TOKEN, Ping.DONE, "\ufffd\ufffd")),
        (f"/ping/{TOKEN}", b"x" * 9_000, Heard(TOKEN, Ping.DONE, "x" * 500)),
        (f"/ping/{TOKEN}/256", b"", None),
        (f"/ping/{TOKEN}/stop", b"", None),
        (f"/ping/{TOKEN}/start/again", b"", None),
        ("/ping/", b"", None),
        ("/ping/short", b"", None),
        ("/ping/with blank and more", b"", None),
        (f"/ping/{'x' * 200}", b"", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_paths(path: str, body: bytes, expected: Heard | None) -> None:
    assert parse(path, body) == expected


def beat(room: Room) -> str:
    draft = HeartbeatDraft("nightly", timedelta(hours=1), timedelta(minutes=5), "KE")
    with room.runtime.work(SYSTEM) as work:
        return create_heartbeat(work, draft)


def stored(room: Room) -> HeartbeatState:
    with room.runtime.view(SYSTEM) as work:
        return work.get(HeartbeatState, "nightly")


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_ping_is_200_ok(room: Room, method: str) -> None:
    answer = room.send(method, f"/ping/{beat(room)}", token="")
    assert answer.status == 200
    assert answer.body == (b"" if method == "HEAD" else b"OK")
    assert answer.headers["Content-Length"] == "2"
    assert stored(room).last_at == NOW


def test_start_and_fail_are_kept_apart(room: Room) -> None:
    token = beat(room)
    room.get(f"/ping/{token}/start", token="")
    room.post(f"/ping/{token}/3", b"no space left", token="")
    found = stored(room)
    assert (found.started_at, found.failed_at, found.last_at) == (NOW, NOW, None)
    assert found.message == "exit 3: no space left"


def test_an_unknown_token_is_404_and_counted(room: Room) -> None:
    answer = room.get(f"/ping/{TOKEN}", token="")
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert room.get("/ping/x", token="").status == 404
    assert room.faults() == {("heartbeat", "127.0.0.9", "not found"): 2}


@pytest.mark.parametrize("path", [f"/ping/{TOKEN}/256", "/ping/bad", f"/ping/{TOKEN}/stop"])
def test_no_address_of_a_heartbeat_says_which_there_are(room: Room, path: str) -> None:
    answer = room.get(path, token="")
    assert answer.status == 404
    assert b"an exit status from 0 to 255; ssoc heartbeat create NAME" in answer.body


def test_other_methods_are_405(room: Room) -> None:
    answer = room.send("DELETE", f"/ping/{TOKEN}", token="")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
