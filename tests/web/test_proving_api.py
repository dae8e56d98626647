"""Training, migration, interfaces and acceptance over the API: all that their pages do."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from changes.programmes.queries import acceptance, migration
from changes.programmes.rules.acceptance import FLOWS
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.programmes import scenes
from tests.programmes.proving import CUT_OVER, minimum, programme, staff_of
from tests.web.conftest import SignIn
from tests.web.people import told

MANAGER, TEAM = "change-manager", "site-team"
CELL = {"bank": "Copper Bank", "method": "card", "flow": "sale"}
RUN: dict[str, Any] = {
    "source_snapshot": "2026-03-01T20:00Z",
    "started_at": "2026-03-02T01:00:00Z",
    "ended_at": "2026-03-02T02:00:00Z",
    "checks": [
        {"kind": "count", "name": "accounts", "expected": 120, "actual": 120},
        {
            "kind": "sum",
            "name": "balances",
            "currency": "KES",
            "account_class": "customer",
            "expected": "1000.50",
            "actual": "1000.50",
        },
    ],
}


@pytest.fixture
def ids(console: Runtime) -> scenes.Ids:
    """Give a programme of two sites with four sellers each."""
    return programme(console, sites=2, staff=4)


def send(client: FlaskClient, path: str, body: object, method: str = "post") -> Any:
    return getattr(client, method)(f"/api/v1{path}", json=body)


def test_a_site_is_trained_over_the_api(
    ids: scenes.Ids, as_person: SignIn, console: Runtime, clock: FrozenClock
) -> None:
    client, site = as_person(MANAGER), f"/site-rollouts/{ids.first}"
    with console.work(SYSTEM) as work:
        people, others = (staff_of(work, each) for each in ids.sites)
        minimum(work, ids.sites[0], 3)
    whole = f"/programmes/{ids.programme}"
    assert told(send(client, f"{whole}/courses", {"name": "Tills"})) == {"id": 1}
    body = {
        "course": 1,
        "trainer": "Ana",
        "day": "2026-03-03",
        "hours": "09:00-12:00",
        "capacity": 8,
        "site": ids.sites[0],
        "people": people[:2],
    }
    refused = send(client, f"{whole}/training/sessions", body)
    assert (refused.status_code, "2 on site where 3 must be" in refused.text) == (409, True)
    covers = [{"site": ids.sites[0], "person": others[0]}]
    made = send(client, f"{whole}/training/sessions", {**body, "covers": covers})
    assert (made.status_code, told(made)["starts_at"]) == (201, "2026-03-03T06:00:00Z")
    week = told(client.get(f"/api/v1{whole}/training?week=2026-03-03"))
    assert week["sites"][0]["days"]["2026-03-03"]["on_site"] == 3
    assert len(week["learners"]) == 8
    proposed = told(client.get(f"/api/v1{whole}/training/proposal?week=2026-03-03&trainers=Ana,B"))
    assert {"items", "left"} == set(proposed)
    session = "/training-sessions/1"
    assert told(send(client, f"{session}/book", {"people": people[:1]}))["version"] == 2
    assert send(client, f"{session}/book", {"people": [], "version": 1}).status_code == 409
    clock.advance(timedelta(days=1, hours=6))
    team, planner = as_person(TEAM), as_person(MANAGER)
    came = {"people": [{"person": people[0], "attended": True, "score": 90}]}
    assert send(team, f"{session}/attendance", came).status_code == 200
    held = {"person": people[1], "course": 1, "valid_from": "2026-01-01", "evidence": "paper"}
    assert send(team, f"{site}/competencies", held).status_code == 201
    roster = {"people": people[:3]}
    day = CUT_OVER.isoformat()
    found = told(send(team, f"{site}/rosters/{day}", roster, "put"))
    assert (found["share"], found["is_met"]) == (pytest.approx(2 / 3), False)
    absent = told(send(team, f"{site}/absences", {"person": people[2], "day": day}))
    covered = told(send(team, f"{site}/absences/{absent['id']}/cover", {"person": others[1]}))
    more = {**held, "person": others[1]}
    send(team, f"/site-rollouts/{ids.rollouts[1]}/competencies", more)
    assert told(team.get(f"/api/v1{site}/training"))["is_met"] is True
    assert send(team, f"{site}/covers/{covered['id']}/remove", {}).status_code == 200
    assert send(team, f"{site}/absences/{absent['id']}/back", {}).status_code == 200
    assert send(planner, f"{session}/cancel", {"reason": "x"}).status_code == 409


def test_a_machine_sends_runs_and_we_judge(
    ids: scenes.Ids, as_person: SignIn, console: Runtime
) -> None:
    client, path = as_person(TEAM), f"/site-rollouts/{ids.first}/migration-runs"
    assert told(send(client, path, RUN))["items"][0]["is_clean"] is True
    keys = {
        "checks": [{"kind": "key set", "name": "customers"}],
        "keys": {"customers": {"expected": ["A", "B"], "actual": ["B", "C"]}},
    }
    found = told(send(client, path, {**RUN, **keys}))["items"][0]
    assert (found["number"], found["is_clean"]) == (2, False)
    assert found["checks"][0]["details"]["missing_keys"] == ["A"]
    assert send(client, f"{path}/waive", {"reason": "x"}).status_code == 403
    waived = told(send(as_person(MANAGER), f"{path}/waive", {"reason": "small"}))
    assert (waived["is_met"], waived["waiver"]["by"]) == (True, MANAGER)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"checks": []}, id="no checks"),
        pytest.param({"checks": "all"}, id="no list"),
        pytest.param({"checks": [{"kind": "count"}]}, id="no name"),
        pytest.param({"checks": [{"kind": "count", "name": 3}]}, id="name that is whole"),
        pytest.param({"checks": [{**RUN["checks"][0], "actual": 1.5}]}, id="float"),
        pytest.param({"checks": [{**RUN["checks"][0], "actual": True}]}, id="truth"),
        pytest.param({"checks": [{**RUN["checks"][0], "odd": 1}]}, id="stranger"),
        pytest.param({"checks": [{**RUN["checks"][0], "details": []}]}, id="details"),
        pytest.param({"keys": {"x": {"expected": [1], "actual": []}}}, id="keys"),
        pytest.param({"keys": []}, id="keys that are a list"),
        pytest.param({"started_at": "2026-03-02"}, id="no offset"),
        pytest.param({"source_snapshot": ""}, id="snapshot"),
        pytest.param({"is_rehearsal": "yes"}, id="rehearsal"),
        pytest.param({"site": 3}, id="field"),
    ],
)
def test_a_bad_run_keeps_nothing(
    ids: scenes.Ids, as_person: SignIn, console: Runtime, given: dict[str, Any]
) -> None:
    path = f"/site-rollouts/{ids.first}/migration-runs"
    answer = send(as_person(TEAM), path, {**RUN, **given})
    name_was_whole = given.get("checks") == [{"kind": "count", "name": 3}]
    assert answer.status_code == (201 if name_was_whole else 400), answer.text
    with console.view(SYSTEM) as work:
        assert len(migration.page(work, ids.first).runs) == name_was_whole


def test_interfaces_and_acceptance_over_the_api(
    ids: scenes.Ids, as_person: SignIn, console: Runtime
) -> None:
    client, whole = as_person(MANAGER), f"/programmes/{ids.programme}"
    site = f"/site-rollouts/{ids.first}"
    named = {"name": "Books", "type": "accounting", "source": "till", "target": "ERP"}
    assert send(client, f"{whole}/interfaces", named).status_code == 201
    proof = {"proof": "round trip", "is_ok": True, "reference": "R-1"}
    found = told(send(client, f"{site}/interfaces/1/prove", proof))
    assert found["items"][0]["lacks"] == ["first message", "first daily file"]
    assert told(client.get(f"/api/v1{site}/interfaces")) == found
    scope = {"methods": ["card"], "flows": list(FLOWS)}
    assert send(client, f"{whole}/acceptance", scope, "put").status_code == 200
    matrix = told(send(client, f"{site}/acceptance", {"cells": [CELL], "status": "pass"}))
    assert matrix["coverage"]["passed"] == 1
    assert matrix["cells"][0]["software_version"] == "4.2.0"
    assert told(client.get(f"/api/v1{site}/acceptance")) == matrix
    programme_wide = told(client.get(f"/api/v1{whole}/acceptance"))
    assert [each["passed"] for each in programme_wide["items"]] == [1, 0]
    for path, body, method in (
        (f"{site}/acceptance", {"cells": [{**CELL, "bank": "X"}], "status": "pass"}, "post"),
        (f"{site}/acceptance", {"cells": [{"bank": "X"}], "status": "pass"}, "post"),
        (f"{site}/acceptance", {"cells": [CELL], "status": "good"}, "post"),
        (f"{site}/acceptance", {"cells": CELL, "status": "pass"}, "post"),
        (f"{whole}/acceptance", {"methods": [], "flows": ["sale"]}, "put"),
        (f"{whole}/acceptance", {**scope, "version": "1"}, "put"),
        (f"{whole}/acceptance", {**scope, "exclusions": [{"bank": "X"}]}, "put"),
        (f"{whole}/acceptance", {**scope, "exclusions": [{"bank": 1, "flow": 2}]}, "put"),
        (f"{site}/interfaces/1/prove", {**proof, "proof": "x"}, "post"),
        (f"{site}/interfaces/9/prove", proof, "post"),
        (f"{whole}/courses", {"name": "x", "valid_days": "many"}, "post"),
        (f"{whole}/courses", {"name": "x", "valid_days": -1}, "post"),
        (f"{site}/rosters/soon", {"people": []}, "put"),
        (f"{site}/rosters/2026-03-11", {"people": [None]}, "put"),
        (f"{site}/absences", {"person": 1, "day": "x"}, "post"),
    ):
        answer = send(client, path, body, method)
        wanted = 200 if body == {**scope, "exclusions": [{"bank": 1, "flow": 2}]} else 400
        assert answer.status_code == wanted, (path, body, answer.text)
    with console.view(SYSTEM) as work:
        assert acceptance.standing(work, [ids.first])[ids.first].coverage.passed == 1


def test_another_market_is_not_told(ids: scenes.Ids, as_person: SignIn) -> None:
    client, site = as_person("desk-tz"), f"/site-rollouts/{ids.first}"
    for path in (
        *(f"{site}/{each}" for each in ("training", "migration-runs", "interfaces", "acceptance")),
        *(f"/programmes/{ids.programme}/{each}" for each in ("training", "acceptance")),
    ):
        assert client.get(f"/api/v1{path}").status_code == 404, path
    assert send(client, f"{site}/migration-runs", RUN).status_code == 404
    assert (
        send(client, f"{site}/acceptance", {"cells": [CELL], "status": "pass"}).status_code == 404
    )
    auditor = as_person("auditor")
    assert send(auditor, f"{site}/migration-runs", RUN).status_code == 403
