"""Changes over ``/api/v1``: raised, read, edited, acted on, repeated; strict bodies; files."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from changes.models import Change
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.story import H
from tests.web.conftest import SignIn
from tests.web.people import told
from tests.web.test_api import Machine
from tests.web.test_api import machine as machine

GOOD: Mapping[str, Any] = {
    "title": "Core Kenya: larger log volume",
    "purpose": "the volume is 83 % full",
    "markets": ["KE"],
    "components": [{"component": "core-ke", "effect": "degraded"}],
    "starts_at": (factories.EIGHT + 96 * H).isoformat(),
    "ends_at": (factories.EIGHT + 98 * H).isoformat(),
    "rollback_minutes": 30,
    "rollback_plan": "the old volume stays",
    "implementer": "imre",
    "steps": [{"title": "Stop", "planned_minutes": 5}, {"title": "Start", "needs": [1]}],
}
URL = "/api/v1/changes"


@pytest.fixture
def house(console: Runtime) -> Runtime:
    with console.work(SYSTEM) as work:
        factories.estate(work, "core-ke > db-ke, core-tz")
        factories.accounts(work, "imre")
    return console


@pytest.fixture
def client(house: Runtime, as_person: SignIn) -> Any:
    assert house
    return as_person("change-manager")


def said_by(answer: TestResponse) -> str:
    return str(told(answer)["detail"])


def count(house: Runtime) -> int:
    with house.view(SYSTEM) as work:
        return work.session.query(Change).count()


def test_raised_read_edited_and_listed(client: Any) -> None:
    made = client.post(URL, json=GOOD)
    assert made.status_code == 201, made.text
    change = told(made)
    assert (change["state"], change["requester"]) == ("draft", "change-manager")
    assert told(client.get(f"{URL}/{change['id']}")) == change
    body = {"title": "Another", "version": change["version"]}
    edited = told(client.put(f"{URL}/{change['id']}", json=body))
    assert (edited["title"], edited["steps"]) == ("Another", change["steps"])
    late = client.put(f"{URL}/{change['id']}", json={**body, "title": "Late"})
    assert (late.status_code, "meanwhile" in said_by(late)) == (409, True)
    found = told(client.get(f"{URL}?state=draft&market=KE"))
    assert [each["title"] for each in found["items"]] == ["Another"]
    assert told(client.get(f"{URL}?state=live"))["items"] == []


def test_the_answer_names_the_markets_that_were_added(house: Runtime, client: Any) -> None:
    with house.work(SYSTEM) as work:
        factories.estate(work, components=[factories.component("core", "KE", "MZ")])
    body = {**GOOD, "components": [{"component": "core", "effect": "degraded"}]}
    change = told(client.post(URL, json=body))
    assert change["markets"] == ["KE", "MZ"]
    again = {"markets": ["KE"], "version": change["version"]}
    assert told(client.put(f"{URL}/{change['id']}", json=again))["markets"] == ["KE", "MZ"]
    strange = client.post(URL, json={**body, "markets": ["EG"]})
    assert (strange.status_code, "take the market out" in said_by(strange)) == (400, True)


def test_what_was_read_can_be_put_back_whole(client: Any) -> None:
    change = told(client.post(URL, json=GOOD))
    known = {*GOOD, "tests", "notices", "trainings", "gates", "people", "version", "type"}
    body = {name: value for name, value in change.items() if name in known}
    again = client.put(f"{URL}/{change['id']}", json=body)
    assert again.status_code == 200, again.text
    assert told(again)["version"] == change["version"], "nothing changed"


def test_the_same_request_twice_makes_one_change(house: Runtime, client: Any) -> None:
    headers = {"Idempotency-Key": "k1"}
    first, second = (client.post(URL, json=GOOD, headers=headers) for _ in range(2))
    assert told(first) == told(second)
    assert count(house) == 1
    other = client.post(URL, json={**GOOD, "title": "x"}, headers=headers)
    assert other.status_code == 409


def test_acts_as_the_page_does(client: Any) -> None:
    number = told(client.post(URL, json=GOOD))["id"]
    assert told(client.post(f"{URL}/{number}/submit"))["state"] == "submitted"
    assert client.post(f"{URL}/{number}/submit").status_code == 409
    assert "reason is missing" in said_by(client.post(f"{URL}/{number}/withdraw", json={}))
    back = client.post(f"{URL}/{number}/withdraw", json={"reason": "not yet"})
    assert told(back)["state"] == "draft"
    gone = client.post(f"{URL}/{number}/cancel", json={"reason": "never"})
    assert told(gone)["cancelled_because"] == "never"
    assert "there is no action" in said_by(client.post(f"{URL}/{number}/approveall"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"title": ""}, "a change has a title"),
        ({"ends_at": GOOD["starts_at"]}, "not after it starts"),
        ({"ends_at": "2026-03-06 08:00"}, "an instant with its offset"),
        ({"state": "approved"}, "'state' is not known"),
        ({"steps": [{"title": "a", "needs": [2]}, {"title": "b", "needs": [1]}]}, "in a circle"),
        ({"steps": [{"name": "a"}]}, "'name' is not known"),
        ({"components": ["nowhere"]}, "no component 'nowhere'"),
        ({"markets": ["XX"]}, "no market 'XX'"),
        ({"soak_minutes": -1}, "takes -1 minutes"),
        ({"soak_minutes": 1e9}, "a whole number"),
        ({"template_id": 99}, "no template 99"),
        ({"title": None}, "title must be a text"),
        ({"starts_at": None}, "the window has no start"),
        ({"vendor_must_attend": True}, "none is named"),
    ],
)
def test_bad_bodies_are_refused_in_words(
    house: Runtime, client: Any, given: Mapping[str, Any], said: str
) -> None:
    answer = client.post(URL, json={**GOOD, **given})
    assert answer.status_code == 400, answer.text
    assert said in said_by(answer)
    assert count(house) == 0


@pytest.mark.parametrize(
    "query",
    [
        "state=gone",
        "market=XX",
        "limit=0",
        "since=yesterday",
        "risk_at_least=many",
        "cursor=x",
        "who=me",
        "order=random",
        "unauthorised=perhaps",
    ],
)
def test_odd_queries_are_refused(client: Any, query: str) -> None:
    assert client.get(f"{URL}?{query}").status_code == 400


@pytest.mark.parametrize(
    ("scope", "read", "write"),
    [("ingest", 403, 403), ("read", 200, 403), ("write", 200, 201)],
)
def test_tokens(house: Runtime, machine: Any, scope: str, read: int, write: int) -> None:
    from ssoc.core.permissions import TokenScope

    assert house
    token: Machine = machine(TokenScope(scope))
    assert token.get("/changes").status_code == read
    assert token.post("/changes", dict(GOOD)).status_code == write


@pytest.mark.parametrize("who", ["desk-tz", "auditor", "admin"])
def test_who_may_not_plan_there_is_refused(house: Runtime, as_person: SignIn, who: str) -> None:
    assert as_person(who).post(URL, json=GOOD).status_code == 403
    assert count(house) == 0


def test_another_market_sees_nothing_of_it(client: Any, as_person: SignIn) -> None:
    number = told(client.post(URL, json=GOOD))["id"]
    other = as_person("desk-tz")
    assert other.get(f"{URL}/{number}").status_code == 404
    assert other.post(f"{URL}/{number}/submit").status_code == 404
    assert told(other.get(f"{URL}?state=all"))["items"] == []


def test_files_over_the_api(
    house: Runtime, app: Flask, client: Any, tmp_path: Any, as_person: SignIn
) -> None:
    settings = replace(house.settings, folder=str(tmp_path))
    app.extensions["ssoc"] = replace(house, settings=settings)
    number = told(client.post(URL, json=GOOD))["id"]
    here = f"{URL}/{number}/files"
    made = client.post(f"{here}?name=plan.txt", data=b"first, stop")
    assert made.status_code == 201, made.text
    assert told(made)["kind"] == "text"
    assert client.get(f"{here}/{told(made)['id']}").data == b"first, stop"
    assert "parameter name" in said_by(client.post(here, data=b"x"))
    assert client.post(f"{here}?name=x", data=b"\0\1").status_code == 400
    assert client.post(f"{here}?name=x", data=b"x" * 10_500_000).status_code == 413
    assert as_person("auditor").post(f"{here}?name=y", data=b"y").status_code == 403
    assert client.delete(f"{here}/{told(made)['id']}").status_code == 204
    assert told(client.get(here))["items"] == []


def test_templates_over_the_api(client: Any) -> None:
    url = "/api/v1/change-templates"
    body = {
        "name": "Restart",
        "type": "standard",
        "components": ["core-ke"],
        "steps": GOOD["steps"],
    }
    made = told(client.post(url, json=body))
    assert (made["state"], made["record"]["n"], made["window_minutes"]) == ("ordinary", 0, 0)
    outer = told(client.post(url, json={"name": "Outer", "includes": [made["id"]]}))
    assert [each["title"] for each in outer["all_steps"]] == ["Stop", "Start"]
    circle = {"includes": [outer["id"]], "version": made["version"]}
    assert "in a circle: Restart → Outer → Restart" in said_by(
        client.put(f"{url}/{made['id']}", json=circle)
    )
    early = client.post(f"{url}/{made['id']}/propose", json={"reason": "always good"})
    assert (early.status_code, "only 0 changes" in said_by(early)) == (409, True)
    for bad in ({"includes": ["1"]}, {"includes": [99]}, {"window_minutes": "2"}, {"name": ""}):
        assert client.post(url, json={"name": "New", **bad}).status_code == 400
    assert client.post(url, json={"name": "Outer"}).status_code == 409
