"""Every action of the incident page over ``/api/v1``: done, refused in words, repeated."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from incidents import jobs, queries
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from ssoc.monitoring import actions as monitoring
from ssoc.monitoring.report import hex_of
from tests import factories
from tests.web import people
from tests.web.conftest import SignIn
from tests.web.people import told
from tests.web.test_api import Machine, problem
from tests.web.test_api import machine as machine
from web.api.acting import ACTIONS

Make = Callable[..., Machine]
ON_PAGES_ONLY = {"note": "note", "priority": "prioritise", "dispute": "dispute_pause"}


@pytest.fixture
def two(console: Runtime, clock: FrozenClock) -> tuple[int, int]:
    """Give two live incidents in KE: one with a symptom, at db-ke; one at till-ke."""
    with console.work(SYSTEM) as work:
        factories.estate(work, "ussd-ke > db-ke, till-ke")
        reports = [
            factories.report(component=each, market="KE")
            for each in ("ussd-ke", "db-ke", "till-ke")
        ]
        monitoring.ingest(work, reports)
    jobs.correlate(console)
    clock.advance(factories.at(4) - factories.EIGHT)
    jobs.correlate(console)
    with console.view(SYSTEM) as work:
        found = {each.component: each.id for each in queries.triage(work).items}
    return found["db-ke"], found["till-ke"]


def key_at(component: str) -> str:
    return hex_of(factories.report(component=component, market="KE").key)


DB, TILL = "{db}", "{till}"
STORIES: dict[str, list[tuple[str, dict[str, Any] | None, dict[str, Any]]]] = {
    "acknowledge": [("acknowledge", None, {"state": "acknowledged"})],
    "assign": [("assign", {"owner": people.OPERATOR}, {"owner": people.OPERATOR})],
    "assign to nobody": [("assign", {"owner": ""}, {"owner": ""})],
    "note": [("note", {"text": "vendor called"}, {"state": "open"})],
    "update": [("note", {"text": "we work on it", "is_update": True}, {"state": "open"})],
    "mitigate": [("acknowledge", {}, {}), ("mitigate", {"text": "x"}, {"state": "mitigated"})],
    "resolve": [("resolve", {"reason": "gone", "force": True}, {"state": "resolved"})],
    "close": [("resolve", {"reason": "x", "force": True}, {}), ("close", {}, {"state": "closed"})],
    "reopen": [
        ("resolve", {"reason": "x", "force": True}, {}),
        ("reopen", {"reason": "again"}, {"state": "reopened"}),
    ],
    "pause": [("pause", {"party": "vendor", "reason": "logs"}, {"state": "open"})],
    "resume": [
        ("pause", {"party": "vendor", "reason": "logs", "clock": "resolve"}, {}),
        ("resume", {"party": "vendor", "clock": "resolve"}, {"state": "open"}),
    ],
    "pause from then on": [
        ("pause", {"party": "customer", "reason": "x", "at": "2026-03-02T11:00:01+03:00"}, {}),
    ],
    "role": [("role", {"role": "scribe", "person": "juma"}, {"state": "open"})],
    "role to nobody": [
        ("role", {"role": "scribe", "person": "juma"}, {}),
        ("role", {"role": "scribe"}, {"state": "open"}),
    ],
    "merge": [("merge", {"into": TILL}, {"state": "resolved"})],
    "split": [("split", {"components": ["ussd-ke"], "title": "menu"}, {"title": "menu"})],
    "split by alerts": [("split", {"alerts": [key_at("ussd-ke")]}, {"alerts": 1})],
    "move": [("move", {"alerts": [key_at("ussd-ke")], "into": TILL}, {"alerts": 1})],
}


def filled(body: dict[str, Any] | None, two: tuple[int, int]) -> dict[str, Any] | None:
    return body and {key: two[1] if value == TILL else value for key, value in body.items()}


@pytest.mark.parametrize("name", STORIES)
def test_it_is_done(machine: Make, two: tuple[int, int], name: str) -> None:
    writer = machine()
    for action, body, expected in STORIES[name]:
        answer = writer.post(f"/incidents/{two[0]}/{action}", filled(body, two))
        assert answer.status_code == 200, f"{action}: {answer.text}"
        assert {key: told(answer)[key] for key in expected} == expected


def test_every_action_has_its_story() -> None:
    assert set(ACTIONS) - {each for acts in STORIES.values() for each, _, _ in acts} == {
        "prioritise",  # no token may; see test_api
        "dispute_pause",  # see test_api
        "judge",  # see test_suspects
    }


def test_what_the_page_offers_the_api_does(app: Flask) -> None:
    """A new button on the page needs a row in the table."""
    paths = [
        rule.rule.rpartition("/")[2]
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("noc.")
        and rule.rule.startswith("/incidents/<int:")
        and "POST" in (rule.methods or set())
    ]
    assert {ON_PAGES_ONLY.get(each, each) for each in paths} <= set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_an_unknown_field_is_refused(machine: Make, two: tuple[int, int], action: str) -> None:
    refused = problem(machine().post(f"/incidents/{two[0]}/{action}", {"colour": "red"}), 400)
    assert "'colour' is not known" in refused


@pytest.mark.parametrize("action", ACTIONS)
def test_who_only_reads_may_not(machine: Make, two: tuple[int, int], action: str) -> None:
    body = dict(ACTIONS[action].example)
    reader = machine(TokenScope.READ)
    refused = problem(reader.post(f"/incidents/{two[0]}/{action}", body), 403)
    assert refused.count("\n") == 0


@pytest.mark.parametrize("action", ACTIONS)
def test_its_example_holds_known_fields(action: str) -> None:
    assert set(ACTIONS[action].example) <= set(ACTIONS[action].fields)


@pytest.mark.parametrize(
    ("action", "body", "status", "words"),
    [
        pytest.param("pause", {"reason": "x"}, 400, "party is missing", id="no party"),
        pytest.param("pause", {"party": "moon", "reason": "x"}, 400, "no party", id="party"),
        pytest.param(
            "pause", {"party": "vendor", "reason": "x", "clock": "sun"}, 400, "no clock", id="clock"
        ),
        pytest.param(
            "pause", {"party": "vendor", "reason": "x", "at": "noon"}, 400, "an instant", id="at"
        ),
        pytest.param(
            "pause",
            {"party": "vendor", "reason": "x", "at": "2031-01-01T00:00:00Z"},
            400,
            "and now",
            id="in the future",
        ),
        pytest.param("resume", {"party": "vendor"}, 409, "waits for vendor", id="nothing waits"),
        pytest.param("role", {"role": "cook", "person": "juma"}, 400, "no role", id="role"),
        pytest.param("role", {"role": "scribe"}, 404, "nobody is scribe", id="nobody has it"),
        pytest.param("merge", {"into": 999_999}, 404, "no incident INC-999999", id="merge"),
        pytest.param("split", {}, 400, "nothing was chosen", id="split nothing"),
        pytest.param("split", {"components": ["moon"]}, 400, "no failing component", id="split"),
        pytest.param("move", {"alerts": [], "into": 1}, 400, "names none", id="move nothing"),
        pytest.param("move", {"alerts": ["xyz"], "into": 1}, 400, "16 hex digits", id="bad id"),
        pytest.param(
            "move", {"alerts": ["0" * 16], "into": 1}, 400, "is not open in INC-", id="not of it"
        ),
        pytest.param("assign", {"owner": "moon"}, 400, "no person named moon", id="assign"),
        pytest.param("reopen", {"reason": "x"}, 409, "open", id="not from here"),
        pytest.param("resolve", {"reason": "x"}, 409, "firing alert", id="it still fires"),
        pytest.param("explode", {}, 404, "there is no action", id="no such action"),
    ],
)
def test_a_refusal_is_a_sentence(
    machine: Make,
    two: tuple[int, int],
    action: str,
    body: dict[str, Any],
    status: int,
    words: str,
) -> None:
    assert words in problem(machine().post(f"/incidents/{two[0]}/{action}", body), status)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        pytest.param("assign", {"owner": people.OPERATOR}, id="assign"),
        pytest.param("role", {"role": "scribe", "person": "juma"}, id="role"),
        pytest.param("prioritise", {"priority": "P3", "reason": "night"}, id="prioritise"),
    ],
)
def test_what_settles_says_it_once(
    app: Flask, as_person: SignIn, two: tuple[int, int], action: str, body: dict[str, Any]
) -> None:
    assert ACTIONS[action].is_settling
    client, path = as_person(people.MANAGER), f"/api/v1/incidents/{two[0]}"
    before = len(told(client.get(path))["timeline"])
    for _ in range(2):
        assert client.post(f"{path}/{action}", json=body).status_code == 200
    assert len(told(client.get(path))["timeline"]) == before + 1


@pytest.mark.parametrize(
    "name", [each for each, acts in STORIES.items() if len(acts) == 1 and acts[0][0] != "merge"]
)
def test_with_a_key_it_happens_once(machine: Make, two: tuple[int, int], name: str) -> None:
    ((action, body, _),) = STORIES[name]
    writer, path = machine(), f"/incidents/{two[0]}"
    answers = [
        writer.post(f"{path}/{action}", filled(body, two) or {}, key="one") for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [200, 200]
    assert told(answers[0]) == told(answers[1])
