"""Flags over OFREP: shapes, refusals, least privilege, and what a pause does to the next answer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changes.features.actions import keeping
from changes.features.counting import forget_asked
from changes.features.models import FeatureAsked
from changes.features.values import FlagKind
from changes.rollouts.lifecycle import WaveState
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from tests.changes.features import story
from tests.changes.features.story import KEY, OPERATOR, PLANNER
from tests.ingest.conftest import Answered, Room
from tests.ingest.test_together import away
from tests.ingest.test_together import impatient as impatient
from web.ingest import ofrep
from web.ingest.pace import Pace

ONE = f"{ofrep.PATH}/{KEY}"


class Asking:
    """An application that reads flags of all markets, or of one."""

    def __init__(self, room: Room, *markets: str) -> None:
        self.room = room
        self.rollout = story.feature(room.runtime)
        self.token = room.new_token("app", TokenScope.FLAGS, *markets)

    def ask(self, path: str = ONE, token: str | None = None, **context: Any) -> Answered:
        whole = {"targetingKey": "amina", "market": "KE"} | context
        return self.room.post(path, {"context": whole}, token or self.token)


@pytest.fixture
def app(room: Room) -> Asking:
    return Asking(room)


def test_one_flag(app: Asking) -> None:
    answer = app.ask(segment="staff")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == {
        "key": KEY,
        "value": True,
        "reason": "TARGETING_MATCH",
        "variant": "on",
        "metadata": {"rollout": f"ROL-{app.rollout}", "wave": 1},
    }
    off = app.ask(market="TZ").json
    assert (off["value"], off["variant"], off["metadata"]) == (
        False,
        "off",
        {"rollout": f"ROL-{app.rollout}"},
    )


def test_a_token_in_either_header(app: Asking) -> None:
    body = {"context": {"targetingKey": "a", "market": "KE"}}
    by_key = app.room.send("POST", ONE, body, token="", HTTP_X_API_KEY=app.token)  # noqa: S106
    assert by_key.status == 200


def test_a_pause_keeps_and_a_kill_takes_with_the_next_request(app: Asking) -> None:
    names = [f"customer {each}" for each in range(60)]

    def inside() -> list[str]:
        return [each for each in names if app.ask(targetingKey=each).json["value"]]

    before = inside()
    assert 0 < len(before) < 60
    story.move(app.room.runtime, app.rollout, 2, WaveState.PAUSED)
    assert inside() == before
    with app.room.runtime.work(OPERATOR) as work:
        keeping.kill(work, KEY, ["KE"], "complaints")
    told = app.ask(targetingKey=before[0]).json
    assert (told["value"], told["reason"]) == (False, "DISABLED")
    with app.room.runtime.work(PLANNER) as work:
        keeping.lift(work, KEY, ["KE"], "mended")
    assert inside() == before
    story.move(app.room.runtime, app.rollout, 2, WaveState.ROLLING_BACK)
    assert inside() == []


def test_all_flags_with_a_tag(app: Asking) -> None:
    with app.room.runtime.work(PLANNER) as work:
        keeping.make(
            work,
            story.draft(app.rollout, key="limits", kind=FlagKind.OBJECT, on={"most": 5}, off={}),
        )
    first = app.ask(ofrep.PATH, segment="staff")
    assert [(each["key"], each["value"]) for each in first.json["flags"]] == [
        (KEY, True),
        ("limits", {"most": 5}),
    ]
    tag = first.headers["ETag"]
    body = {"context": {"targetingKey": "amina", "market": "KE", "segment": "staff"}}
    for sent in (tag, f'"other", W/{tag}', "*"):
        again = app.room.post(ofrep.PATH, body, app.token, HTTP_IF_NONE_MATCH=sent)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    with app.room.runtime.work(OPERATOR) as work:
        keeping.kill(work, KEY, ["KE"], "complaints")
    fresh = app.room.post(ofrep.PATH, body, app.token, HTTP_IF_NONE_MATCH=tag)
    assert fresh.status == 200
    assert fresh.headers["ETag"] != tag
    missing = app.room.post(ofrep.PATH, {"context": {"market": "KE"}}, app.token).json["flags"]
    assert [each.get("errorCode", each.get("value")) for each in missing] == [
        False,
        "TARGETING_KEY_MISSING",
    ], "one that cannot be answered does not hinder the others"


BAD: list[Any] = [
    pytest.param(b"{", 400, "PARSE_ERROR", id="no JSON"),
    pytest.param(b"[]", 400, "PARSE_ERROR", id="a list"),
    pytest.param(b"", 400, "PARSE_ERROR", id="empty"),
    pytest.param(b"\xff", 400, "PARSE_ERROR", id="no UTF-8"),
    pytest.param({"context": []}, 400, "INVALID_CONTEXT", id="context is a list"),
    pytest.param({}, 400, "INVALID_CONTEXT", id="no context"),
    pytest.param({"context": {"market": "XX"}}, 400, "INVALID_CONTEXT", id="no such market"),
    pytest.param({"context": {"market": 7}}, 400, "INVALID_CONTEXT", id="market is a number"),
    pytest.param({"context": {"market": "KE"}}, 400, "TARGETING_KEY_MISSING", id="no key"),
    pytest.param(
        {"context": {"market": "KE", "targetingKey": 7}}, 400, "INVALID_CONTEXT", id="key no text"
    ),
    pytest.param(
        {"context": {"market": "KE", "targetingKey": "a", "segment": {}}},
        400,
        "INVALID_CONTEXT",
        id="attribute is an object",
    ),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD)
def test_what_cannot_be_answered(app: Asking, body: object, status: int, code: str) -> None:
    answer = app.room.post(ONE, body, app.token)
    assert (answer.status, answer.json["errorCode"]) == (status, code)
    assert answer.json["key"] == KEY
    assert answer.json["errorDetails"]
    assert sum(app.room.faults().values()) == 1, "operators see that somebody asks in vain"


def test_a_flag_that_is_not_there(app: Asking) -> None:
    for path in (f"{ofrep.PATH}/other", f"{ofrep.PATH}/{KEY}/x", f"{ofrep.PATH}/\u00e9\u0000"):
        answer = app.ask(path)
        assert (answer.status, answer.json["errorCode"]) == (404, "FLAG_NOT_FOUND")
    with app.room.runtime.work(PLANNER) as work:
        keeping.end(work, KEY, "over")
    assert app.ask().status == 404


def test_who_may_not(room: Room) -> None:
    kenya = Asking(room, "KE")
    assert kenya.ask().status == 200
    assert kenya.ask(market=None).status == 200, "its own market"
    assert kenya.ask(market="TZ").status == 403
    assert kenya.ask(ofrep.PATH, market="TZ").status == 403
    assert kenya.ask(token="wrong").status == 401  # noqa: S106
    assert room.send("POST", ONE, {}, token="").status == 401  # noqa: S106
    for scope in (TokenScope.READ, TokenScope.WRITE, TokenScope.INGEST):
        refused = kenya.ask(token=room.new_token(scope.value, scope))
        assert refused.status == 403
        assert "scope flags" in refused.json["errorDetails"]
    assert room.get(ONE, kenya.token).status == 405
    assert room.post(ONE, b"x" * 9_000_000, kenya.token).status == 413


def test_a_token_for_flags_opens_nothing_else(app: Asking) -> None:
    for path in ("/api/v1/alerts", "/api/v2/alerts", "/hooks/alertmanager"):
        assert app.room.post(path, [], app.token).status == 403


def test_who_asked_is_counted_by_market_and_hour(
    app: Asking, room: Room, clock: FrozenClock
) -> None:
    for _ in range(3):
        app.ask(segment="staff")
    app.ask(market="TZ")
    app.ask(f"{ofrep.PATH}/other")
    room.faults()
    clock.advance(timedelta(hours=1))
    room.door.desk.senders._seen.clear()
    app.ask(ofrep.PATH, segment="staff")
    room.faults()
    with room.runtime.view(SYSTEM) as work:
        rows = work.session.query(FeatureAsked).order_by(FeatureAsked.id)
        found = [(each.market, each.hour.hour, each.asked, each.on) for each in rows]
    assert found == [("KE", 8, 3, 3), ("TZ", 8, 1, 0), ("KE", 9, 1, 1)]
    clock.advance(timedelta(days=90))
    forget_asked(room.runtime)
    assert room.count(FeatureAsked) == 1


def test_half_a_surrogate_in_a_key_is_no_fault_of_ours(app: Asking) -> None:
    body = b'{"context": {"market": "KE", "targetingKey": "\\ud800"}}'
    assert app.room.post(ONE, body, app.token).status in {200, 400}
    assert app.ask(market="K" * 9_000).status == 400


@pytest.mark.usefixtures("impatient")
def test_while_the_database_is_away_the_last_answer_is_told_with_its_age(
    url: str, app: Asking, clock: FrozenClock
) -> None:
    """What was paused or forced off stays so; after five minutes the code's default holds."""
    if url.startswith("sqlite"):
        pytest.skip("nobody is kept from reading an SQLite file, so it is never away for flags")
    with app.room.runtime.work(OPERATOR) as work:
        keeping.kill(work, KEY, ["KE"], "complaints")
    tag = app.ask(ofrep.PATH).headers["ETag"]
    assert app.ask(market="TZ", segment="staff").status == 200
    body = {"context": {"targetingKey": "amina", "market": "KE"}}
    with away(url):
        forget_soon(app.room)
        clock.advance(timedelta(seconds=200))
        told = app.ask()
        assert (told.status, told.headers["Age"]) == (200, "200")
        assert (told.json["value"], told.json["reason"]) == (False, "DISABLED")
        same = app.room.post(ofrep.PATH, body, app.token, HTTP_IF_NONE_MATCH=tag)
        assert (same.status, same.headers["Age"]) == (304, "200")
        assert app.ask(token="never seen").status == 503  # noqa: S106
        clock.advance(timedelta(seconds=101))
        late = app.ask()
        assert (late.status, late.headers["Retry-After"]) == (503, "2")
        assert late.json["errorCode"] == "GENERAL"
    fresh = app.ask()
    assert fresh.status == 200
    assert "Age" not in fresh.headers


def forget_soon(room: Room) -> None:
    """Let every token be looked up again, as after a few seconds."""
    seen = room.door.desk.senders._seen
    for key, each in list(seen.items()):
        seen[key] = replace(each, until=0.0)


def test_who_asks_too_often_is_told_when_to_ask_again(
    app: Asking, room: Room, clock: FrozenClock
) -> None:
    room.door.desk.flag_pace = Pace(3)
    other = room.new_token("other", TokenScope.FLAGS)
    assert [app.ask().status for _ in range(3)] == [200, 200, 200]
    clock.advance(timedelta(seconds=20))
    often = app.ask()
    assert (often.status, often.headers["Retry-After"]) == (429, "40")
    assert often.json["errorCode"] == "GENERAL"
    assert "raise [ingest] most_flags" in often.json["errorDetails"]
    assert app.ask(token=other).status == 200, "another token has its own minute"
    clock.advance(timedelta(seconds=40))
    assert app.ask().status == 200
    assert ("flags", "app", "asked too often") in room.faults()
