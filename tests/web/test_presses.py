"""A press with a key is done once, however often a bad line sends it; a refusal is told as one."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from changes.lifecycle import StepState
from changes.programmes.actions import cutting_over
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import RunbookStep
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes
from tests.web.conftest import SignIn

TEAM = "site-team"
STEPS = [
    {"title": "Close the old till", "p50": 10, "p90": 15},
    {"title": "Switch", "p50": 5, "p90": 9},
]
BEGIN = "/programmes/cut-overs/1/steps/1/start"


@pytest.fixture
def made(console: Runtime) -> scenes.Ids:
    """Give a rehearsal that has begun."""
    with console.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(work, 4, states=(SiteState.READY,))
        cutting_over.set_template(work, ids.programme, STEPS, 120, 30)
        cutting_over.rehearse(work, ids.first)
    return ids


def headers(key: str = "k1", **more: str) -> dict[str, str]:
    return {"Idempotency-Key": key, "Accept": "application/json", **more}


def step(console: Runtime, position: int = 1) -> RunbookStep:
    with console.view(SYSTEM) as work:
        return work.session.get_one(RunbookStep, (1, position))


@pytest.mark.usefixtures("made")
def test_the_same_press_twice_is_done_once(as_person: SignIn, console: Runtime) -> None:
    client = as_person(TEAM)
    for _ in range(3):
        answer = client.post(BEGIN, headers=headers())
        assert (answer.status_code, answer.json) == (200, {"said": "Step 1 began."})
    found = step(console)
    assert (found.state, found.repeats, found.began_by) == (StepState.RUNNING, 0, TEAM)
    other = client.post(BEGIN, headers=headers("k2"))
    assert other.status_code == 409, "another press is another"
    assert other.json is not None
    assert "step 1" in other.json["detail"]


@pytest.mark.usefixtures("made")
def test_what_is_refused_may_be_sent_again_and_is_not_kept(as_person: SignIn) -> None:
    client = as_person(TEAM)
    early = "/programmes/cut-overs/1/steps/1/finish"
    assert client.post(early, headers=headers()).status_code == 409
    assert client.post(BEGIN, headers=headers("k2")).status_code == 200
    assert client.post(early, headers=headers()).json == {"said": "Step 1 is done."}


@pytest.mark.usefixtures("made")
def test_a_late_press_says_when_it_was_made(as_person: SignIn, console: Runtime) -> None:
    client = as_person(TEAM)
    at = console.clock.now() - timedelta(minutes=6)
    nairobi = at.astimezone(ZoneInfo("Africa/Nairobi")).isoformat()
    client.post(BEGIN, headers=headers(**{"X-Pressed-At": nairobi}))
    [note] = step(console).notes
    assert note["text"].startswith(f"pressed {at:%H:%M} UTC ")
    assert "by the telephone's clock" in note["text"]


@pytest.mark.parametrize(
    "at", ["", "soon", "2026-03-02T08:00:00", "1999-01-01T00:00:00Z", "9" * 99]
)
@pytest.mark.usefixtures("made")
def test_a_clock_that_is_wrong_is_not_believed(
    as_person: SignIn, console: Runtime, at: str
) -> None:
    answer = as_person(TEAM).post(BEGIN, headers=headers(**{"X-Pressed-At": at}))
    assert answer.status_code == 200
    assert step(console).notes == []


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param({"key": "k" * 200}, 400, id="too long a key"),
        pytest.param({"key": ""}, 400, id="an empty key"),
    ],
)
@pytest.mark.usefixtures("made")
def test_an_odd_key_is_refused(as_person: SignIn, given: dict[str, Any], status: int) -> None:
    assert as_person(TEAM).post(BEGIN, headers=headers(**given)).status_code == status


@pytest.mark.usefixtures("made")
def test_one_key_is_one_press_of_one_person(as_person: SignIn) -> None:
    client = as_person(TEAM)
    client.post(BEGIN, headers=headers())
    other = client.post("/programmes/cut-overs/1/steps/1/finish", headers=headers())
    assert other.status_code == 409, "the key was for another press"
    assert as_person("auditor").post(BEGIN, headers=headers()).status_code == 403
