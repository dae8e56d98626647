"""Gates over the API: how they stand, their evidence to its end, answers by people."""

from collections.abc import Callable

import pytest

from changes.gates.jobs import measure_due
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import TokenScope
from ssoc.core.work import Runtime
from tests.changes.gates import story
from tests.web.conftest import SignIn
from tests.web.people import told
from tests.web.test_api import Machine
from tests.web.test_api import machine as machine

Make = Callable[..., Machine]
QUESTION = {"name": "pilots", "provider": {"manual": "Two test payments in {CC} done?"}}


@pytest.fixture
def number(console: Runtime, clock: FrozenClock) -> int:
    """Give a gate in Kenya and Mozambique that was measured three times."""
    story.load(console)
    found = story.opened(console, story.metric(count=9), QUESTION, markets=["KE", "MZ"])
    for _ in range(3):
        story.turn(console, clock, 1, KE=99.9, MZ=99.5)
    measure_due(console)
    return found


def test_a_gate_and_its_evidence(machine: Make, number: int) -> None:
    api = machine(TokenScope.READ)
    found = told(api.get(f"/gates/{number}"))
    assert (found["phase"], found["effect"], found["about"]) == ("running", "go on", "wave:7")
    assert found["markets"] == {"KE": "pending", "MZ": "pending"}
    first = found["series"][0]
    assert (first["metric"], first["market"], first["measured"]) == ("success", "KE", 3)
    assert first["limits"] == [{"sign": ">=", "figure": 99.0}]
    assert first["newest"]["counters"]["consecutive_successes"] == 3
    place = f"/gates/{number}/evidence?metric=success&market=KE"
    page = told(api.get(f"{place}&limit=2"))
    assert [each["number"] for each in page["items"]] == [3, 2]
    last = told(api.get(f"{place}&limit=2&cursor={page['next']}"))
    assert ([each["number"] for each in last["items"]], last["next"]) == ([1], None)
    drawn = told(api.get(f"/gates/{number}/points?metric=success&market=KE"))
    assert [each["number"] for each in drawn["items"]] == [1, 2, 3]
    assert drawn["limits"] == first["limits"]


ANSWER = {"metric": "pilots", "market": "KE", "yes": True, "note": "both arrived"}


def test_no_token_answers(machine: Make, number: int) -> None:
    refused = machine().post(f"/gates/{number}/answer", ANSWER)
    assert (refused.status_code, "a person who has looked" in refused.text) == (403, True)


def test_a_person_answers_once_and_where_allowed(as_person: SignIn, number: int) -> None:
    body = ANSWER
    client = as_person("desk-ke")
    answer = client.post(f"/api/v1/gates/{number}/answer", json=body)
    assert answer.status_code == 200, answer.text
    left = [each["question"] for each in told(answer)["series"] if each["metric"] == "pilots"]
    assert left == [None, "Two test payments in MZ done?"]
    again = client.post(f"/api/v1/gates/{number}/answer", json=body)
    assert again.status_code == 409
    other = client.post(f"/api/v1/gates/{number}/answer", json={**body, "market": "MZ"})
    assert other.status_code == 403
    stranger = as_person("desk-tz").post(f"/api/v1/gates/{number}/answer", json=body)
    assert stranger.status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/gates/99", 404),
        ("/gates/99999999999999999999", 404),
        ("/gates/{}/evidence", 404),
        ("/gates/{}/evidence?metric=success&market=ZZ", 404),
        ("/gates/{}/evidence?metric=success&market=KE&cursor=x", 400),
        ("/gates/{}/evidence?metric=success&market=KE&limit=0", 400),
        ("/gates/{}/points?metric=speed&market=KE", 404),
        ("/gates/{}?colour=red", 400),
    ],
)
def test_what_is_not_there_or_cannot_be_asked(
    machine: Make, number: int, path: str, status: int
) -> None:
    assert machine().get(path.format(number)).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"metric": "pilots", "market": "KE"},
        {"metric": "pilots", "market": "KE", "yes": "yes"},
        {"metric": 1, "market": "KE", "yes": True},
        {"metric": "pilots", "market": "KE", "yes": True, "note": "x" * 1_001},
        {"metric": "success", "market": "KE", "yes": True},
        [1],
    ],
)
def test_a_bad_answer_writes_nothing(
    as_person: SignIn, console: Runtime, number: int, body: object
) -> None:
    before = len(story.evidence(console, number))
    answer = as_person("noc-operator").post(f"/api/v1/gates/{number}/answer", json=body)
    assert answer.status_code == 400, answer.text
    assert len(story.evidence(console, number)) == before


def test_a_definition_is_checked_without_keeping_it(machine: Make, number: int) -> None:
    api = machine()
    good = {"definition": {"metrics": [story.metric()]}, "markets": ["KE"]}
    assert told(api.post("/gates/check", good)) == {"is_good": True, "faults": []}
    bad = {"definition": {"metrics": [story.metric(failure_limit=-1, count=2)]}}
    found = told(api.post("/gates/check", bad))
    assert (found["is_good"], len(found["faults"])) == (False, 1)
    for strange in ({"definition": [1]}, {"definition": "x"}, {}):
        assert told(api.post("/gates/check", strange))["is_good"] is False
