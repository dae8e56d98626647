"""Runs over the API: all that the sheet offers, with the same refusals."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from changes.lifecycle import StepMove
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.core.work import Runtime
from tests import factories
from tests.changes import running_story as story
from tests.changes.running_story import MINUTE
from tests.web.conftest import SignIn
from tests.web.people import told
from tests.web.test_api import Machine
from tests.web.test_api import machine as machine

OPERATOR = "noc-operator"
Make = Callable[..., Machine]


@pytest.fixture
def number(console: Runtime) -> int:
    """Give a change whose window has begun."""
    with console.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        return story.tonight(work, steps=story.PLAN[:3])


def test_a_run_from_start_to_end(machine: Make, number: int, clock: FrozenClock) -> None:
    api, at = machine(), f"/changes/{number}"
    started = api.post(f"{at}/start")
    assert (started.status_code, told(started)["state"]) == (200, "running")
    (going,) = told(api.get("/changes/running"))["items"]
    assert (going["id"], going["standing"]) == (number, "in time")
    for position in (1, 2, 3):
        assert api.post(f"{at}/step", {"position": position, "move": "start"}).status_code == 200
        clock.advance(5 * MINUTE)
        body = {"position": position, "move": "finish", "note": "fine"}
        assert api.post(f"{at}/step", body).status_code == 200
    body = {"person": "Ana Sousa", "partner": "Pangolin Storage"}
    assert api.post(f"{at}/join", body).status_code == 200
    assert api.post(f"{at}/leave", {"person": "Ana Sousa"}).status_code == 200
    ended = api.post(f"{at}/end", {"outcome": "successful"})
    assert (ended.status_code, told(ended)["outcome"]) == (200, "successful")
    (run,) = told(api.get(f"{at}/runs"))["items"]
    assert [each["state"] for each in run["steps"]] == ["done"] * 3
    assert run["bridge"][0]["partner"] == "Pangolin Storage"
    assert told(api.get(f"{at}/runs/{run['id']}")) == run
    assert api.get(f"/changes/{number + 1}/runs/{run['id']}").status_code == 404
    assert told(api.get("/changes/running"))["items"] == []


def test_a_decision_and_a_roll_back(machine: Make, number: int, clock: FrozenClock) -> None:
    api, at = machine(), f"/changes/{number}"
    api.post(f"{at}/start")
    for move in ("start", "finish"):
        api.post(f"{at}/step", {"position": 1, "move": move})
    api.post(f"{at}/step", {"position": 2, "move": "start"})
    clock.advance(140 * MINUTE)
    refused = api.post(f"{at}/step", {"position": 3, "move": "start"})
    assert refused.status_code == 409
    body = {"decision": "go on", "reason": "ten minutes are left"}
    answer = api.post(f"{at}/decide", body)
    assert (answer.status_code, "by a person with a name" in answer.text) == (403, True)
    until = (clock.now() + timedelta(hours=1)).isoformat()
    body = {"decision": "hold pages longer", "reason": "late", "until": until}
    assert api.post(f"{at}/decide", body).status_code == 200
    assert api.post(f"{at}/roll_back", {"reason": "writes fail"}).status_code == 200
    assert api.post(f"{at}/step", {"position": 2, "move": "undo"}).status_code == 200
    body = {"outcome": "rolled back", "note": "as before"}
    assert api.post(f"{at}/end", body).status_code == 200
    (run,) = told(api.get(f"{at}/runs"))["items"]
    assert [each["decision"] for each in run["decisions"]] == [*("hold pages longer", "roll back")]


def test_a_rehearsal(machine: Make, number: int) -> None:
    api = machine()
    answer = api.post(f"/changes/{number}/rehearse")
    assert (answer.status_code, told(answer)["state"]) == (200, "scheduled")
    assert told(api.get(f"/changes/{number}/runs"))["items"][0]["is_rehearsal"] is True


def test_a_token_passes_no_hold_point(machine: Make, console: Runtime, clock: FrozenClock) -> None:
    run = story.begun(console)
    for position in (1, 2, 3):
        story.through(console, clock, run, position, 1)
    story.press(console, run, 4, StepMove.START)
    number = story.look(console, run).change.id
    body = {"position": 4, "move": "finish", "note": "p95 fine"}
    answer = machine().post(f"/changes/{number}/step", body)
    assert answer.status_code == 403
    assert "by a person with a name" in answer.text


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("step", {"position": 1, "move": "start"}, 409),
        ("end", {"outcome": "failed", "note": "x"}, 409),
        ("join", {}, 409),
        ("step", {"position": "1", "move": "start"}, 400),
        ("step", {"move": "start"}, 400),
        ("decide", {"decision": "go on", "reason": "x", "until": "soon"}, 400),
        ("start", {"now": True}, 400),
    ],
)
def test_without_an_open_run_or_a_good_body_nothing_happens(
    machine: Make, number: int, action: str, body: dict[str, object], status: int
) -> None:
    api = machine()
    if status == 400 and action != "start":
        api.post(f"/changes/{number}/start")
    before = told(api.get(f"/changes/{number}/runs"))
    answer = api.post(f"/changes/{number}/{action}", body)
    assert answer.status_code == status, answer.text
    assert told(api.get(f"/changes/{number}/runs")) == before


def test_who_only_reads_or_is_elsewhere_starts_nothing(machine: Make, number: int) -> None:
    assert machine(TokenScope.READ).post(f"/changes/{number}/start").status_code == 403
    assert machine(TokenScope.WRITE, "GH").post(f"/changes/{number}/start").status_code == 404
    assert told(machine().get(f"/changes/{number}/runs"))["items"] == []


def test_the_history_of_a_change_tells_its_run_in_words(
    console: Runtime, clock: FrozenClock, as_person: SignIn
) -> None:
    run = story.begun(console)
    story.through(console, clock, run, 1, 5)
    number = story.look(console, run).change.id
    shown = as_person(OPERATOR).get(f"/changes/{number}").text.replace("\u00a0", " ")
    assert "Step 1, Precheck, is done; as planned" in shown
    assert "Pages of 3 components held until 11:00 UTC" in shown
