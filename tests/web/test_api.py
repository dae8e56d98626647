"""``/api/v1`` as scripts use it: with a token or a session, on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from incidents import actions as incidents
from incidents.clock_actions import start_clocks
from incidents.models import Incident, TimelineEntry
from ssoc.accounts import machines
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.vocabulary import Priority, Severity
from ssoc.core.work import Runtime
from ssoc.monitoring import actions as monitoring
from ssoc.monitoring.lifecycle import AlertState
from tests.factories import EIGHT, estate, incident, report
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.people import told

Call = Callable[..., TestResponse]


class Machine:
    """A script with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> TestResponse:
        return self._client.get(f"/api/v1{path}", headers=self._headers)

    def post(self, path: str, body: object = None, key: str | None = None) -> TestResponse:
        headers = self._headers | ({"Idempotency-Key": key} if key is not None else {})
        given = {} if body is None else {"json": body}
        return self._client.post(f"/api/v1{path}", headers=headers, **given)

    def delete(self, path: str) -> TestResponse:
        return self._client.delete(f"/api/v1{path}", headers=self._headers)


@pytest.fixture
def machine(app: Flask, console: Runtime) -> Callable[..., Machine]:
    """Give a maker of scripts; CSRF is asked for as in production, and machines need none."""
    app.config["WTF_CSRF_ENABLED"] = True

    def make(scope: TokenScope = TokenScope.WRITE, *markets: str) -> Machine:
        with console.work(SYSTEM) as work:
            name = f"{scope}-{'-'.join(markets).lower() or 'all'}"
            token = machines.create_token(work, name, scope, markets)
        return Machine(app.test_client(), token)

    return make


@pytest.fixture
def three(console: Runtime) -> list[int]:
    """Give three incidents: P1 in KE and TZ, P2 in TZ, P3 in CD."""
    with console.work(SYSTEM) as work:
        estate(work, "core-ke, core-tz, core-cd, core-mz")
        return [
            incident(work, ("KE", "TZ"), component="core-ke").id,
            incident(work, ("TZ",), component="core-tz", priority=Priority.P2).id,
            incident(work, ("CD",), component="core-cd", priority=Priority.P3).id,
        ]


def ids(answer: TestResponse) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in told(answer)["items"]]


def problem(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert set(told(answer)) == {"type", "title", "status", "detail"}
    assert told(answer)["status"] == status
    detail: str = told(answer)["detail"]
    return detail


def test_the_list_is_filtered_and_paged(machine: Callable[..., Machine], three: list[int]) -> None:
    reader = machine(TokenScope.READ)
    first, second, third = three
    assert ids(reader.get("/incidents")) == three
    assert ids(reader.get("/incidents?market=TZ")) == [first, second]
    assert ids(reader.get("/incidents?priority=P3")) == [third]
    assert ids(reader.get("/incidents?state=resolved")) == []
    assert ids(reader.get("/incidents?state=all&component=core-ke")) in ([], [first])
    seen, cursor = [], ""
    while cursor is not None:
        page = reader.get(f"/incidents?limit=1&cursor={cursor}")
        seen += ids(page)
        cursor = told(page)["next"]
    assert seen == three


def test_a_token_sees_its_markets_alone(machine: Callable[..., Machine], three: list[int]) -> None:
    reader = machine(TokenScope.READ, "CD")
    assert ids(reader.get("/incidents")) == three[2:]
    for path in ("/incidents", "/alerts"):
        said = [problem(reader.get(f"{path}?market={code}"), 400) for code in ("KE", "ZZ")]
        assert said == [
            f"no market '{code}' is yours to see; there are: CD" for code in ("KE", "ZZ")
        ], "whether there is one is not told apart"
        assert told(reader.get(f"{path}?market=CD"))["next"] is None
    problem(reader.get(f"/incidents/{three[0]}"), 404)
    markets = told(reader.get("/estate"))["markets"]
    assert [each["code"] for each in markets] == ["CD"]
    components = told(reader.get("/estate"))["components"]
    assert [each["key"] for each in components] == ["core-cd"]


def test_one_incident_comes_whole(machine: Callable[..., Machine], three: list[int]) -> None:
    found = told(machine().get(f"/incidents/{three[0]}"))
    assert found["markets"] == ["KE", "TZ"]
    assert found["opened_at"] == "2026-03-02T08:00:00Z"
    assert {"timeline", "clocks", "impact_by_market", "roles", "moves"} <= set(found)
    assert [each["market"] for each in found["impact_by_market"]] == ["KE", "TZ"]
    assert found["impact_by_market"][0]["transactions_lost"] is None, "not known is not 0"


def test_an_incident_is_worked_on_from_open_to_closed(
    machine: Callable[..., Machine], three: list[int]
) -> None:
    writer, path = machine(), f"/incidents/{three[0]}"
    for action, body, state in (
        ("acknowledge", None, "acknowledged"),
        ("assign", {"owner": people.OPERATOR}, "acknowledged"),
        ("note", {"text": "the vendor is on the line"}, "acknowledged"),
        ("note", {"text": "payments are slow", "is_update": True}, "acknowledged"),
        ("mitigate", {"text": "failed over"}, "mitigated"),
        ("resolve", {"reason": "array N1 replaced"}, "resolved"),
        ("reopen", {"reason": "it came back"}, "reopened"),
        ("resolve", {"force": True, "reason": "again"}, "resolved"),
        ("close", {}, "closed"),
    ):
        answer = writer.post(f"{path}/{action}", body)
        assert answer.status_code == 200, f"{action}: {answer.text}"
        assert told(answer)["state"] == state
    assert told(writer.get(path))["owner"] == people.OPERATOR
    texts = " ".join(each["text"] for each in told(writer.get(path))["timeline"])
    assert "the vendor is on the line" in texts
    assert "cannot" in problem(writer.post(f"{path}/acknowledge"), 409)


def test_two_incidents_become_one(machine: Callable[..., Machine], three: list[int]) -> None:
    writer = machine()
    assert writer.post(f"/incidents/{three[1]}/merge", {"into": three[0]}).status_code == 200
    assert told(writer.get(f"/incidents/{three[1]}"))["merged_into_id"] == three[0]


def test_priority_needs_its_permission(
    machine: Callable[..., Machine], three: list[int], as_person: SignIn, app: Flask
) -> None:
    path, body = f"/incidents/{three[0]}/prioritise", {"priority": "P2", "reason": "at night"}
    refusal = problem(machine().post(path, body), 403)
    assert "incidents:prioritise" in refusal
    assert "a person with the role incident_manager" in refusal
    app.config["WTF_CSRF_ENABLED"] = False
    answer = as_person(people.MANAGER).post(f"/api/v1{path}", json=body)
    assert (answer.status_code, told(answer)["priority"]) == (200, "P2")


def test_a_disputed_pause_shows_the_clock_with_it_and_without(
    machine: Callable[..., Machine], three: list[int], console: Runtime, clock: FrozenClock
) -> None:
    with console.work(SYSTEM) as work:
        start_clocks(work, work.get(Incident, three[0]))
        incidents.pause_clock(work, three[0], "resolve", "vendor", "logs of the array")
    clock.advance(timedelta(minutes=30))
    writer, path = machine(), f"/incidents/{three[0]}"
    before = told(writer.get(path))["clocks"][-1]
    assert (before["name"], before["without_disputed"]) == ("resolve", None)
    (pause,) = before["pauses"]
    assert (pause["party"], pause["reason"], pause["is_disputed"]) == (
        "vendor",
        "logs of the array",
        False,
    )
    assert "no pause" in problem(
        writer.post(f"{path}/dispute_pause", {"pause": 9_999, "reason": "no"}), 400
    )
    body = {"pause": pause["number"], "reason": "they had the logs"}
    assert writer.post(f"{path}/dispute_pause", body).status_code == 200
    after = told(writer.get(path))["clocks"][-1]
    assert after["pauses"][0]["is_disputed"]
    assert after["seconds_left"] - after["without_disputed"]["seconds_left"] == 30 * 60


def test_an_incident_is_declared(machine: Callable[..., Machine], three: list[int]) -> None:
    body = {"component": "core-mz", "title": "agents cannot log in", "impact": 1, "urgency": 1}
    writer, noted = machine(), body | {"note": "three banks called"}
    answer = writer.post("/incidents", noted, key="one")
    assert answer.status_code == 201, answer.text
    made = told(answer)
    assert (made["priority"], made["markets"], made["state"]) == ("P1", ["MZ"], "open")
    again = writer.post("/incidents", noted, key="one")
    assert told(again)["id"] == made["id"], "the same request opens nothing twice"
    assert f"INC-{made['id']} is already open" in problem(writer.post("/incidents", body), 409)


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        pytest.param({"component": "moon"}, 400, "no component", id="component"),
        pytest.param({"impact": "high"}, 400, "impact must be a whole number", id="impact"),
        pytest.param({"markets": "MZ"}, 400, "markets must be a list of texts", id="markets"),
        pytest.param({"owner": "me"}, 400, "'owner' is not known", id="stranger"),
        pytest.param({"markets": ["MZ", "CD"]}, 403, "CD", id="a market of others"),
    ],
)
def test_a_wrong_declaration_is_explained(
    machine: Callable[..., Machine],
    three: list[int],
    changed: dict[str, object],
    status: int,
    words: str,
) -> None:
    body = {"component": "core-mz", "title": "agents cannot log in", "impact": 1, "urgency": 1}
    answer = machine(TokenScope.WRITE, "MZ").post("/incidents", body | changed)
    assert words in problem(answer, status)


@pytest.mark.parametrize(
    ("scope", "markets", "status"),
    [
        pytest.param(TokenScope.READ, (), 403, id="a reader may not write"),
        pytest.param(TokenScope.INGEST, (), 404, id="a sender of alerts does not see incidents"),
        pytest.param(TokenScope.WRITE, ("CD",), 404, id="another market's writer sees nothing"),
        pytest.param(TokenScope.WRITE, ("KE",), 403, id="half of the markets is not enough"),
        pytest.param(TokenScope.WRITE, ("KE", "TZ"), 200, id="both markets are"),
    ],
)
def test_who_may_acknowledge(
    machine: Callable[..., Machine],
    three: list[int],
    scope: TokenScope,
    markets: tuple[str, ...],
    status: int,
) -> None:
    answer = machine(scope, *markets).post(f"/incidents/{three[0]}/acknowledge")
    assert answer.status_code == status
    if status != 200:
        problem(answer, status)


def test_a_repeated_request_happens_once(
    machine: Callable[..., Machine], three: list[int], console: Runtime, clock: FrozenClock
) -> None:
    writer, path = machine(), f"/incidents/{three[0]}/note"

    def lines() -> int:
        with console.view(SYSTEM) as work:
            return work.session.scalar(select(func.count()).select_from(TimelineEntry)) or 0

    first = writer.post(path, {"text": "once"}, key="k-1")
    clock.advance(timedelta(minutes=5))
    again = writer.post(path, {"text": "once"}, key="k-1")
    assert (first.status_code, told(first)) == (again.status_code, told(again))
    assert lines() == 1
    assert "another request" in problem(writer.post(path, {"text": "other"}, key="k-1"), 409)
    problem(writer.post(path, {"text": "once"}, key=""), 400)
    problem(writer.post(path, {"text": "once"}, key="k" * 129), 400)
    assert writer.post(path, {"text": "once"}, key="k-2").status_code == 200
    assert lines() == 2
    clock.advance(timedelta(days=1))
    assert writer.post(path, {"text": "other"}, key="k-1").status_code == 200
    assert lines() == 3


def test_a_refused_request_may_be_repeated_under_its_key(
    machine: Callable[..., Machine], three: list[int]
) -> None:
    writer, path = machine(), f"/incidents/{three[0]}"
    problem(writer.post(f"{path}/mitigate", {}, key="k"), 409)
    writer.post(f"{path}/acknowledge")
    assert writer.post(f"{path}/mitigate", {}, key="k").status_code == 200


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/incidents?limit=0", "1 to 200"),
        ("/incidents?limit=201", "1 to 200"),
        ("/incidents?limit=x", "1 to 200"),
        ("/incidents?limit=1&limit=2", "given twice"),
        ("/incidents?limit=١", "1 to 200"),
        ("/incidents?state=broken", "one of live, all"),
        ("/incidents?priority=P9", "one of P1"),
        ("/incidents?nested=1", "true, false"),
        ("/incidents?cursor=%00", "NUL"),
        ("/incidents?cursor=%01", "unprintable"),
        ("/incidents?cursor=P1~999999999999999999~1", "cursor"),
        ("/incidents?market=%F0%9F%92%A5%00", "NUL"),
        ("/incidents?page=2", "not known"),
        ("/incidents/1?verbose=1", "not known"),
        ("/alerts?state=new", "one of open"),
        ("/alerts?severity=9", "one of info"),
        ("/alerts?cursor=%2B%2B", "cursor"),
        ("/alerts/zzzz", "16 hexadecimal"),
        ("/estate?x=1", "not known"),
    ],
)
def test_odd_parameters_are_refused_in_words(
    machine: Callable[..., Machine], path: str, words: str
) -> None:
    assert words in problem(machine().get(path), 400)


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        ("assign", {}, "owner is missing"),
        ("assign", {"owner": 7}, "must be a text"),
        ("assign", {"owner": "ghost"}, "no person named ghost may work in all of KE and TZ"),
        ("assign", {"owner": "a", "x": 1}, "not known"),
        ("assign", ["owner"], "JSON object"),
        ("assign", "owner", "JSON object"),
        ("resolve", {"force": "yes"}, "true or false"),
        ("note", {"text": "  "}, "empty"),
        ("note", {"text": "x" * 20_000}, "10000"),
        ("merge", {"into": 0}, "above 0"),
        ("merge", {"into": True}, "above 0"),
        ("merge", {"into": 10**30}, "whole number"),
        ("merge", {"into": "1"}, "whole number"),
        ("reopen", {"reason": None}, "missing"),
    ],
)
def test_odd_bodies_are_refused_in_words(
    machine: Callable[..., Machine], three: list[int], action: str, body: object, words: str
) -> None:
    assert words in problem(machine().post(f"/incidents/{three[0]}/{action}", body), 400)


def test_bodies_that_are_no_json_are_refused(
    app: Flask, machine: Callable[..., Machine], three: list[int]
) -> None:
    writer = machine()
    path = f"/api/v1/incidents/{three[0]}/assign"
    for body, kind in (
        (b"{", "application/json"),
        (b'{"owner":"a"}', "text/plain"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 9_000, "application/json"),
    ):
        answer = writer._client.post(path, data=body, content_type=kind, headers=writer._headers)
        problem(answer, 400)
    large = writer._client.post(
        path, data=b" " * 300_000, content_type="application/json", headers=writer._headers
    )
    problem(large, 413)
    problem(writer.post(f"/incidents/{three[0]}/assign", {"owner": "\ud800"}), 400)
    nul = writer.post(f"/incidents/{three[0]}/assign", {"owner": "noc-\x00operator"})
    assert told(nul)["owner"] == people.OPERATOR


def test_odd_numbers_are_not_found(machine: Callable[..., Machine]) -> None:
    writer = machine()
    for path in (
        "/incidents/99",
        f"/incidents/{10**40}",
        "/incidents/-1",
        "/incidents/abc",
        "/alerts/0000000000000001",
        "/nothing",
    ):
        problem(writer.get(path), 404)
    for path in (f"/incidents/{10**40}/close", "/incidents/1/explode", "/incidents/1/close"):
        problem(writer.post(path), 404)


@pytest.mark.parametrize("path", ["/incidents", "/alerts"])
def test_an_unknown_market_names_the_known_ones(
    machine: Callable[..., Machine], three: list[int], path: str
) -> None:
    said = problem(machine(TokenScope.READ).get(f"{path}?market=ZZ"), 400)
    assert said == "no market 'ZZ'; there are: CD, EG, ET, GH, KE, LS, MZ, TZ"


def test_a_token_is_told_of_scopes_not_of_roles(machine: Callable[..., Machine]) -> None:
    said = problem(machine(TokenScope.INGEST).get("/incidents"), 403)
    assert said.endswith("nothing was changed; use a token of scope read or write")
    assert "role" not in said


def test_alerts_are_listed_whatever_their_state(
    machine: Callable[..., Machine], console: Runtime
) -> None:
    with console.work(SYSTEM) as work:
        monitoring.ingest(work, [report(key=1), report(key=2)])
        monitoring.ingest(work, [report(key=2, state=AlertState.RESOLVED)])
    reader = machine(TokenScope.READ)
    found = told(reader.get("/alerts?state=all"))["items"]
    assert sorted(each["state"] for each in found) == ["firing", "resolved"]
    assert len(told(reader.get("/alerts"))["items"]) == 1
    said = problem(reader.get("/alerts?state=x"), 400)
    assert said == "state must be one of open, firing, stale, resolved, all"


def test_other_methods_at_alerts_name_those_of_both_doors(app: Flask) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = app.test_client().put("/api/v1/alerts", headers=headers)
        said = problem(answer, 405)
        assert said == "PUT is not answered here; use GET, HEAD, OPTIONS, POST"
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_wrong_method_names_the_right_ones(app: Flask, machine: Callable[..., Machine]) -> None:
    writer = machine()
    answer = writer._client.put("/api/v1/incidents", headers=writer._headers)
    problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_strangers_hear_401_in_json(app: Flask) -> None:
    client = app.test_client()
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
    ):
        answer = client.get("/api/v1/incidents", headers=headers)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_works_too_but_needs_the_token_of_the_form(
    app: Flask, as_person: SignIn, three: list[int]
) -> None:
    client = as_person(people.OPERATOR)
    assert ids(client.get("/api/v1/incidents")) == three
    app.config["WTF_CSRF_ENABLED"] = True
    path = f"/api/v1/incidents/{three[0]}/acknowledge"
    problem(client.post(path), 400)
    page = client.get("/account").text
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    assert client.post(path, headers={"X-CSRFToken": token}).status_code == 200


def test_alerts_are_listed_and_read(machine: Callable[..., Machine], console: Runtime) -> None:
    with console.work(SYSTEM) as work:
        estate(work, "core-ke, core-tz")
        monitoring.ingest(
            work,
            [
                report(labels={"alertname": "SuccessLow", "market": "KE"}),
                report(market="TZ", component="core-tz", severity=Severity.WARNING),
            ],
        )
    reader = machine(TokenScope.READ)
    found = told(reader.get("/alerts"))["items"]
    assert [(each["market"], each["severity"]) for each in found] == [
        ("KE", "critical"),
        ("TZ", "warning"),
    ]
    one = told(reader.get(f"/alerts/{found[0]['id']}"))
    assert one["sources"][0]["source"] == "prometheus"
    assert one["history"][0]["state"] == "firing"
    assert len(told(reader.get("/alerts?severity=warning&market=TZ&limit=1"))["items"]) == 1
    assert told(reader.get("/alerts?state=resolved")) == {"items": [], "next": None}
    only = machine(TokenScope.READ, "TZ")
    assert [each["market"] for each in told(only.get("/alerts"))["items"]] == ["TZ"]
    problem(only.get(f"/alerts/{found[0]['id']}"), 403)


def test_silences_are_made_listed_and_ended(machine: Callable[..., Machine]) -> None:
    writer = machine()
    matcher = {"name": "alertname", "value": "SuccessLow"}
    made = writer.post("/silences", {"matchers": [matcher], "comment": "drill"}, key="s")
    assert made.status_code == 201, made.text
    assert (told(made)["state"], told(made)["ends_at"]) == ("active", "2026-03-02T09:00:00Z")
    assert told(writer.post("/silences", {"matchers": [matcher], "comment": "drill"}, key="s")) == (
        told(made)
    )
    assert [each["id"] for each in told(writer.get("/silences"))["items"]] == [told(made)["id"]]
    assert told(writer.delete(f"/silences/{told(made)['id']}"))["state"] == "expired"
    problem(writer.delete("/silences/nothing"), 404)
    problem(machine(TokenScope.READ).post("/silences", {"matchers": [matcher]}), 403)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"matchers": []},
        {"matchers": [{"name": "a"}]},
        {"matchers": [{"name": "a", "value": 1}]},
        {"matchers": [{"name": "a", "value": "(", "isRegex": True}]},
        {"matchers": [{"name": "a", "value": "b"}], "ends_at": "soon"},
        {"matchers": [{"name": "a", "value": "b"}], "ends_at": "2026-03-02T09:00:00"},
        {"matchers": [{"name": "a", "value": "b"}], "ends_at": "2020-01-01T00:00:00Z"},
        {"matchers": [{"name": "a", "value": "b"}], "ends_at": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_odd_silences_are_refused(machine: Callable[..., Machine], body: object) -> None:
    problem(machine().post("/silences", body), 400)


def test_a_token_used_is_noted(
    machine: Callable[..., Machine], console: Runtime, clock: FrozenClock
) -> None:
    machine().get("/estate")
    with console.view(SYSTEM) as work:
        assert machines.tokens(work)[0].last_used_at == EIGHT
        assert work.session.scalar(select(func.count()).select_from(Incident)) == 0
