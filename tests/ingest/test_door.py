"""The door itself: tokens, limits, encodings, and what it leaves to the console."""

import base64
import gzip
import tracemalloc
from dataclasses import replace
from typing import Any

import orjson
import pytest

from ssoc.accounts import machines, queries
from ssoc.accounts.models import ApiToken
from ssoc.core.permissions import SYSTEM, Actor, TokenScope
from ssoc.core.work import Work
from tests.ingest.conftest import Room, nothing_here
from web.ingest import credentials
from web.ingest.counters import REGISTRY
from web.ingest.credentials import address_of, token_of
from web.ingest.door import Door

PUSH = "/api/v2/alerts"
HOOK = "/hooks/alertmanager"
OWN = "/api/v1/alerts"
ENQUEUE = "/v2/enqueue"
DOORS = (PUSH, HOOK, OWN, ENQUEUE, "/v2/change/enqueue")


BARE = {"labels": {"alertname": "Bare"}}


def labelled(**labels: str) -> dict[str, Any]:
    return {"labels": {"alertname": "X", "country": "KE", **labels}}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"HTTP_AUTHORIZATION": "Bearer tok"}, "tok"),
        ({"HTTP_AUTHORIZATION": "bearer  tok "}, "tok"),
        ({"HTTP_AUTHORIZATION": "Token tok"}, "tok"),
        ({"HTTP_AUTHORIZATION": "tok"}, "tok"),
        ({"HTTP_AUTHORIZATION": basic("prom", "tok")}, "tok"),
        ({"HTTP_AUTHORIZATION": basic("", "a:b")}, "a:b"),
        ({"HTTP_AUTHORIZATION": "Basic ???"}, ""),
        ({"HTTP_AUTHORIZATION": "Basic /w=="}, ""),
        ({"HTTP_X_API_KEY": "tok"}, "tok"),
        ({"HTTP_AUTHORIZATION": "Bearer a", "HTTP_X_API_KEY": "b"}, "a"),
        ({}, ""),
    ],
    ids=str,
)
def test_tokens_come_in_several_wrappings(headers: dict[str, str], expected: str) -> None:
    assert token_of(headers) == expected


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ("", 0, "10.0.0.1"),
        ("1.2.3.4", 0, "10.0.0.1"),
        ("1.2.3.4", 1, "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", 1, "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 10.0.0.2", 2, "1.2.3.4"),
        ("", 1, "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_say_who_calls(forwarded: str, proxies: int, expected: str) -> None:
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert address_of(environ, proxies) == expected


@pytest.mark.parametrize(
    "headers",
    [
        lambda token: {"HTTP_AUTHORIZATION": basic("prom", token)},
        lambda token: {"HTTP_X_API_KEY": token},
        lambda token: {"HTTP_AUTHORIZATION": f"Bearer {token}"},
    ],
    ids=["basic", "x-api-key", "bearer"],
)
def test_each_wrapping_opens_the_door(room: Room, headers: Any) -> None:
    assert room.post(PUSH, [labelled()], token="", **headers(room.token)).status == 200


@pytest.mark.parametrize("token", ["", "wrong"])
def test_strangers_get_401_in_their_format_and_are_counted(room: Room, token: str) -> None:
    for path in DOORS:
        answer = room.post(path, {"routing_key": token}, token=token)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ssoc"'
        field = {PUSH: "message", HOOK: "detail", OWN: "detail"}.get(path, "errors")
        assert "token" in str(answer.json[field])
    assert {(source, kind) for _, source, kind in room.faults()} == {("127.0.0.9", "unknown token")}
    assert sum(room.faults().values()) == len(DOORS)
    assert room.alerts() == []


def test_a_token_of_another_scope_may_not_bring_alerts(room: Room) -> None:
    reader = room.new_token("reader", TokenScope.READ)
    answer = room.post(PUSH, [labelled()], token=reader)
    assert answer.status == 403
    assert answer.json["message"].startswith("token reader may not do alerts:ingest")
    assert room.faults() == {("push", "reader", "not allowed"): 1}


def test_a_revoked_token_ends_within_five_seconds(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1_000.0]
    monkeypatch.setattr(credentials, "monotonic", lambda: moment[0])
    assert credentials.REMEMBERED_SECONDS < 5
    assert room.post(PUSH, [labelled()]).status == 200
    with room.runtime.work(SYSTEM) as work:
        machines.revoke_token(work, "prometheus")
    moment[0] += credentials.REMEMBERED_SECONDS + 0.01
    assert room.post(PUSH, [labelled()]).status == 401


def test_a_token_is_asked_for_once_in_a_while(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counting(work: Work, plain: str) -> Actor:
        asked.append(plain)
        return queries.token_actor(work, plain)

    monkeypatch.setattr(credentials, "token_actor", counting)
    for _ in range(5):
        room.post(PUSH, [labelled()])
        room.post(PUSH, [labelled()], token="wrong")
    assert asked == [room.token, "wrong"]


def test_the_use_of_a_token_is_noted(room: Room) -> None:
    room.post(PUSH, [labelled()])
    room.door.desk.notebook.flush()
    with room.runtime.view(SYSTEM) as work:
        [found] = work.session.query(ApiToken).all()
        assert found.last_used_at == work.now


def test_a_token_for_one_market_keeps_to_it(room: Room) -> None:
    kenya = room.new_token("kenya", TokenScope.INGEST, "KE")
    batch = [labelled(), labelled(country="TZ"), labelled(country="", instance="bare")]
    answer = room.post(PUSH, batch, token=kenya)
    assert answer.status == 400
    assert "market TZ, this token is for KE" in answer.json
    assert [(each.market, each.instance) for each in room.alerts()] == [("KE", ""), ("KE", "bare")]
    own = {"alerts": [{"name": "X", "market": "TZ"}, {"name": "X", "market": "KE"}]}
    answer = room.post(OWN, own, token=kenya)
    assert (answer.status, answer.json["accepted"], answer.json["errors"][0]["index"]) == (
        202,
        1,
        0,
    )
    hook = {"alerts": [{"status": "firing", **labelled(country="TZ")}]}
    assert room.post(HOOK, hook, token=kenya).status == 400
    assert {each.market for each in room.alerts()} == {"KE"}
    assert room.faults()["push", "kenya", "other market"] == 1


def test_a_market_that_nobody_knows_is_not_the_tokens(room: Room) -> None:
    kenya = room.new_token("kenya", TokenScope.INGEST, "KE")
    answer = room.post(PUSH, [labelled(country="UG")], token=kenya)
    assert answer.status == 400
    assert "market UG, this token is for KE" in answer.json
    own = {"alerts": [{"name": "X", "market": "Uganda"}]}
    answer = room.post(OWN, own, token=kenya)
    assert answer.status == 400
    assert "market Uganda, this token is for KE" in answer.json["errors"][0]["message"]
    hook = {"alerts": [{"status": "firing", **labelled(country="UG")}]}
    assert room.post(HOOK, hook, token=kenya).status == 400
    assert room.alerts() == []
    assert room.faults()["push", "kenya", "other market"] == 1


UNKNOWN = "unknown market in the address"


@pytest.mark.parametrize(
    ("path", "way", "body"),
    [
        pytest.param(HOOK, "webhook", {"alerts": [{"status": "firing", **BARE}]}, id="webhook"),
        pytest.param(PUSH, "push", [BARE], id="push"),
        pytest.param(OWN, "api", {"alerts": [{"name": "X"}]}, id="our own"),
    ],
)
def test_an_unknown_market_in_the_address_is_told_and_never_the_tokens(
    room: Room, path: str, way: str, body: object
) -> None:
    kenya = room.new_token("kenya", TokenScope.INGEST, "KE")
    answer = room.post(f"{path}?country=XX", body, token=kenya)
    assert answer.status == 400
    assert b"the alert is of market XX, this token is for KE" in answer.body
    assert room.alerts() == []
    assert room.faults() == {(way, "kenya", UNKNOWN): 1, (way, "kenya", "other market"): 1}
    assert room.post(f"{path}?country=ke", body, token=kenya).status in {200, 202}
    assert [each.market for each in room.alerts()] == ["KE"], "mended, it is Kenya's"


def test_an_unknown_market_in_the_address_of_a_token_for_all(room: Room) -> None:
    batch = [labelled(instance="named"), labelled(country="", instance="bare")]
    assert room.post(f"{PUSH}?country=XX", batch).status == 200
    found = {each.instance: (each.market, each.component) for each in room.alerts()}
    assert found == {"named": ("KE", ""), "bare": ("", "")}, "kept, without a place"
    noted = {kind for _, _, kind in room.faults()}
    assert noted == {UNKNOWN, "unknown market"}


def test_an_unknown_market_of_a_token_for_all_is_kept_and_noted(room: Room) -> None:
    batch = [labelled(country="UG", component="core-ke"), labelled(country="KE")]
    assert room.post(PUSH, batch).status == 200
    placed = sorted((each.market, each.component) for each in room.alerts())
    assert placed[0] == ("", "")
    assert [market for market, _ in placed] == ["", "KE"]
    assert room.faults() == {("push", "prometheus", "unknown market"): 1}


@pytest.mark.parametrize(
    ("body", "more", "status"),
    [
        pytest.param(b"", {}, 400, id="empty"),
        pytest.param(b"{", {}, 400, id="cut off"),
        pytest.param(b"[" * 2_000 + b"]" * 2_000, {}, 400, id="deep"),
        pytest.param(b"\xff\xfe[\x00]\x00", {}, 400, id="UTF-16"),
        pytest.param(b'"\xe9"', {}, 400, id="Latin-1"),
        pytest.param(b'[{"labels":{"a":"\\ud800"}}]', {}, 400, id="half a pair"),
        pytest.param(b"[NaN]", {}, 400, id="NaN"),
        pytest.param(b"[" + b"9" * 400 + b"]", {}, 400, id="a huge number"),
        pytest.param(b"[]", {"CONTENT_LENGTH": "99"}, 400, id="shorter than it says"),
        pytest.param(b"[]", {"CONTENT_LENGTH": "x"}, 400, id="a length that is none"),
        pytest.param(b"[]", {"CONTENT_LENGTH": "9" * 17}, 413, id="too long by its own word"),
        pytest.param(b"[]", {"HTTP_CONTENT_ENCODING": "gzip"}, 400, id="not the gzip it says"),
        pytest.param(
            gzip.compress(b"[]")[:-4], {"HTTP_CONTENT_ENCODING": "gzip"}, 400, id="half a gzip"
        ),
        pytest.param(b"[]", {"HTTP_CONTENT_ENCODING": "br"}, 415, id="another compression"),
    ],
)
def test_bad_bodies_are_refused_in_the_callers_format(
    room: Room, body: bytes, more: dict[str, str], status: int
) -> None:
    for path in DOORS:
        answer = room.post(path, body, **more)
        assert (path, answer.status) == (path, status)
        assert isinstance(answer.json, dict)
    assert room.alerts() == []
    assert sum(room.faults().values()) == len(DOORS)


def limited(room: Room, **limits: Any) -> Room:
    ingest = replace(room.runtime.settings.ingest, **limits)
    settings = replace(room.runtime.settings, ingest=ingest)
    runtime = replace(room.runtime, settings=settings)
    return Room(Door(nothing_here, runtime, room.door.desk._writer), runtime, room.token)


@pytest.mark.parametrize(
    ("path", "one"),
    [
        (PUSH, [labelled()]),
        (OWN, [labelled()]),
        (OWN, {"alerts": [{"name": "X"}]}),
        (HOOK, {"alerts": [{"status": "firing", **labelled()}]}),
    ],
    ids=["v2", "v1", "own", "webhook"],
)
def test_too_many_at_once_is_413_and_nothing_is_kept(room: Room, path: str, one: Any) -> None:
    small = limited(room, most_alerts=3)
    many = [one[0]] * 4 if isinstance(one, list) else {"alerts": one["alerts"] * 4}
    answer = small.post(path, many)
    assert answer.status in {400, 413}
    assert "ingest.most_alerts" in answer.body.decode()
    assert small.alerts() == []
    small.door.close()


def test_prefixes_are_a_setting(room: Room) -> None:
    other = limited(room, alertmanager_prefixes=("/ssoc/",))
    assert other.post("/ssoc/api/v2/alerts", [labelled()]).status == 200
    assert other.get("/ssoc/api/v2/status").status == 200
    assert other.get("/am/api/v2/status").body == b"the console"
    assert other.post(PUSH, [labelled()]).body == b"the console"
    other.door.close()


def test_a_body_over_the_limit_is_413(room: Room) -> None:
    small = limited(room, most_body_bytes=1_024)
    answer = small.post(PUSH, [labelled(note="x" * 2_000)])
    assert (answer.status, answer.json["code"]) == (413, 413)
    assert "ingest.most_body_bytes" in answer.json["message"]
    small.door.close()


def test_gzip_is_read_when_it_is_declared(room: Room) -> None:
    body = gzip.compress(orjson.dumps([labelled()]))
    assert room.post(PUSH, body, HTTP_CONTENT_ENCODING="gzip").status == 200
    assert len(room.alerts()) == 1


def test_a_bomb_is_never_unpacked(room: Room) -> None:
    bomb = gzip.compress(b"[" + b" " * 200_000_000)
    tracemalloc.start()
    answer = room.post(PUSH, bomb, HTTP_CONTENT_ENCODING="gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status == 413
    assert peak < 40_000_000


def test_a_byte_order_mark_and_duplicate_names_are_forgiven(room: Room) -> None:
    body = b'\xef\xbb\xbf[{"labels":{"alertname":"A","alertname":"B"},"odd":{"x":[1]}}]'
    assert room.post(PUSH, body).status == 200
    assert [each.name for each in room.alerts()] == ["B"]


@pytest.mark.parametrize("path", [HOOK, ENQUEUE, "/v2/change/enqueue"])
def test_other_methods_are_405_with_the_right_one_named(room: Room, path: str) -> None:
    answer = room.get(path)
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


def test_the_rest_is_the_consoles(room: Room) -> None:
    for path in ("/", "/wall", "/api/v1/incidents", "/hooks", "/am", "/pinged", "/metrics"):
        assert room.get(path).body == b"the console"


def test_a_newly_loaded_estate_places_alerts_soon(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.ingest.desk.ESTATE_SECONDS", -1.0)
    room.post(PUSH, [labelled(service="ussd")])
    room.load_estate("ussd-ke, core-ke")
    room.post(PUSH, [labelled(service="ussd")])
    assert [each.component for each in room.alerts()] == ["ussd-ke"]


def test_requests_and_alerts_are_counted_for_metrics(room: Room) -> None:
    def value(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0

    before = value("ssoc_ingest_alerts_total", way="push")
    refused = value("ssoc_ingest_requests_total", way="push", status="401")
    room.post(PUSH, [labelled(), labelled(instance="2")])
    room.post(PUSH, [labelled()], token="wrong")
    assert value("ssoc_ingest_alerts_total", way="push") == before + 2
    assert value("ssoc_ingest_requests_total", way="push", status="401") == refused + 1


def test_a_bug_of_ours_is_500_logged_once_and_counted(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("web.ingest.alertmanager_api.parse", lambda *_: 1 / 0)
    answer = room.post(PUSH, [labelled()])
    assert (answer.status, answer.json["code"]) == (500, 500)
    assert "ZeroDivisionError" in caplog.text
    assert room.token not in caplog.text
    assert room.faults() == {("push", "prometheus", "bug"): 1}


def test_a_fault_in_counting_flags_loses_no_fault_of_the_doors(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> None:
        raise ValueError("a fault of ours")

    room.post(PUSH, b"{")
    notebook = room.door.desk.notebook
    with monkeypatch.context() as patch:
        patch.setattr(notebook, "_also", breaks)
        with pytest.raises(ValueError, match="of ours"):
            notebook.flush()
    assert sum(room.faults().values()) == 1
