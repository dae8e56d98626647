"""Reviews, the change log, delivery figures and import over the API."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from changes.lifecycle import Outcome, State
from changes.outside_jobs import match_change_log
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.actions import Change as Told
from ssoc.monitoring.actions import record_change
from tests import factories
from tests.changes.test_importing import HEAD, line
from tests.factories import EIGHT
from tests.web.people import sign_in, told

MANAGER, OPERATOR, TZ = "change-manager", "noc-operator", "desk-tz"


@pytest.fixture
def failed(runtime: Runtime, app: Flask) -> int:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
        number = factories.change(
            work,
            state=State.ENDED,
            outcome=Outcome.FAILED,
            approved_at=EIGHT - timedelta(hours=4),
            started_at=EIGHT - timedelta(hours=2),
            finished_at=EIGHT - timedelta(hours=1),
        ).id
        record_change(
            work, Told(EIGHT - timedelta(minutes=10), "github", "deployed", "KE", "core-ke")
        )
    match_change_log(runtime)
    return number


def test_what_is_owed_and_written(app: Flask, failed: int) -> None:
    client = sign_in(app, MANAGER)
    found = told(client.get("/api/v1/reviews"))
    assert [each["reasons"][0] for each in found["items"]] == [
        "it ended as failed",
        "it is an emergency change",
    ]
    given = {"findings": "full", "actions": [{"text": "grow it", "due_on": "2026-03-09"}]}
    answer = client.post(f"/api/v1/changes/{failed}/review", json=given)
    assert (answer.status_code, told(answer)["state"]) == (200, "reviewed")
    [review] = told(client.get(f"/api/v1/changes/{failed}/reviews"))["items"]
    assert (review["reviewer"], review["actions"][0]["due_on"]) == (MANAGER, "2026-03-09")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"findings": "x", "actions": "y"},
        {"findings": "x", "actions": [{"owner": "z"}]},
        {"findings": "x", "actions": [{"text": 1}]},
        {"findings": "x", "actions": [{"text": "y", "due_on": "soon"}]},
        {"findings": "x", "actions": [7]},
        {"findings": "x", "outcome": "splendid"},
        {"findings": "x", "strange": 1},
    ],
    ids=repr,
)
def test_what_is_no_review(app: Flask, failed: int, given: dict[str, Any]) -> None:
    client = sign_in(app, MANAGER)
    assert client.post(f"/api/v1/changes/{failed}/review", json=given).status_code == 400
    assert told(client.get(f"/api/v1/changes/{failed}/reviews")) == {"items": []}


def test_the_change_log_and_what_came_of_it(app: Flask, failed: int) -> None:
    client = sign_in(app, MANAGER)
    [entry] = told(client.get("/api/v1/change-events?verdict=unauthorised"))["items"]
    assert (entry["summary"], entry["market"]) == ("deployed", "KE")
    assert told(sign_in(app, TZ).get("/api/v1/change-events")) == {"items": []}
    assert client.get("/api/v1/change-events?verdict=x").status_code == 400
    assert client.get("/api/v1/change-events?market=XX").status_code == 400
    assert told(client.get("/api/v1/change-events?market=TZ")) == {"items": []}
    assert len(told(client.get("/api/v1/change-events?market=KE"))["items"]) == 1
    other = {"other": failed}
    refused = sign_in(app, OPERATOR).post(
        f"/api/v1/changes/{entry['change']}/belongs_to", json=other
    )
    assert refused.status_code == 403
    path = f"/api/v1/changes/{entry['change']}/belongs_to"
    assert "give the reason" in client.post(path, json=other).text
    settled = client.post(path, json={**other, "reason": "it ran on"})
    assert (settled.status_code, told(settled)["state"]) == (200, "closed")
    again = client.post(f"/api/v1/changes/{entry['change']}/ignore", json={"reason": "x"})
    assert again.status_code == 400


def test_figures_with_their_cases(app: Flask, failed: int) -> None:
    client = sign_in(app, MANAGER)
    found = told(client.get("/api/v1/delivery?by=type&days=28"))
    assert found["all"]["deployments"] == 2
    assert found["all"]["fail_rate"]["n"] == 1
    assert found["all"]["outcome_unknown"] == 1
    assert found["missing"]["failures_without_incident"] == {
        "hits": 1,
        "n": 1,
        "rate": 1.0,
        "low": pytest.approx(0.2065, abs=1e-4),
        "high": 1.0,
    }
    assert {each["name"] for each in found["groups"]} == {"normal", "emergency"}


@pytest.mark.parametrize(
    "query",
    ["by=x", "days=0", "days=x", "days=99999", "until=yesterday", "until=2026-03-02", "market=XX"],
)
def test_figures_of_nonsense(app: Flask, failed: int, query: str) -> None:
    assert sign_in(app, MANAGER).get(f"/api/v1/delivery?{query}").status_code == 400


def test_an_import(app: Flask, failed: int) -> None:
    client = sign_in(app, MANAGER)
    body = "\n".join([HEAD, line(1), line(2, state="New"), ""]).encode()
    path = "/api/v1/change-imports?tool=servicenow&zone=Africa/Nairobi"
    tried = client.post(f"{path}&dry_run=true", data=body, content_type="text/csv")
    assert (tried.status_code, told(tried)["created"], told(tried)["is_written"]) == (200, 2, False)
    done = client.post(path, data=body, content_type="text/csv")
    assert (told(done)["created"], told(done)["is_written"]) == (2, True)
    assert told(done)["dates"] == "year-first"
    when = {"start": "10-04-2026 21:00:00", "end": "10-04-2026 23:00:00"}
    unsure = f"{HEAD}\n{line(9, state='New', **when)}\n"
    refused = client.post(path, data=unsure)
    assert (refused.status_code, "day-first or month-first" in refused.text) == (400, True)
    said = client.post(f"{path}&dates=month-first&dry_run=true", data=unsure)
    assert (said.status_code, told(said)["dates"]) == (200, "month-first")
    assert client.post(f"{path}&dates=sideways", data=unsure).status_code == 400
    bad = client.post(path, data=body + b"x,,y,,,,,\n", content_type="text/csv")
    assert (bad.status_code, told(bad)["faults"][0]["row"]) == (400, 4)
    assert client.post("/api/v1/change-imports", data=body).status_code == 400
    assert client.post(f"{path}&tool=itop", data=body).status_code == 400
    assert sign_in(app, OPERATOR).post(path, data=body).status_code == 403
