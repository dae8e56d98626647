"""Roll-outs over the API and from a terminal: all that their pages offer, the same refusals."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from changes.rollouts.lifecycle import RolloutState
from ssoc.cli import ssoc
from ssoc.core.permissions import TokenScope
from ssoc.core.work import Runtime
from tests.rollouts import story
from tests.web.conftest import SignIn
from tests.web.people import told
from tests.web.test_api import Machine
from tests.web.test_api import machine as machine

Make = Callable[..., Machine]


def waiting(console: Runtime) -> int:
    """Return a change that is far ahead and has no waves yet."""
    begins = console.clock.now() + 96 * story.H
    return story.stored(console, starts_at=begins, ends_at=begins + 48 * story.H)


def test_planned_read_and_planned_anew(console: Runtime, machine: Make) -> None:
    change, api = waiting(console), machine()
    made = api.post("/roll-outs", {"change": change, **story.waves()})
    assert made.status_code == 201, made.text
    found = told(made)
    assert found["reference"] == "ROL-1"
    assert found["waves"][1]["covers"][0] == {"market": "GH", "whom": "stripe 0 to 9"} or found
    assert found["told"] == []
    assert any("nothing was ever stored of core/kpi" in each for each in found["warnings"])
    assert any("looks back to before the gate began" in each for each in found["warnings"])
    assert told(api.get("/roll-outs/1")) == found
    assert [each["id"] for each in told(api.get("/roll-outs?state=planned"))["items"]] == [1]
    removed = api.post("/roll-outs/1/remove", {"reason": "one night will do"})
    assert told(removed) == {"id": 1, "removed": True}
    assert api.get("/roll-outs/1").status_code == 404


def test_a_script_begins_pauses_and_ticks_but_decides_nothing(
    console: Runtime, machine: Make
) -> None:
    number = story.planned(console, {"name": "all", "tasks": [{"title": "Load", "undo": "Unload"}]})
    api, at = machine(), f"/roll-outs/{number}"
    begun = api.post(f"{at}/start", {"wave": 1})
    assert (begun.status_code, told(begun)["waves"][0]["state"]) == (200, "running")
    (going,) = told(api.get("/changes/running"))["items"]
    assert (going["run"], going["rollout"]) == (None, number)
    assert told(api.post(f"{at}/pause", {"reason": "a call"}))["is_paused"] is True
    for action in ("resume", "abort", "roll_back"):
        refused = api.post(f"{at}/{action}", {"reason": "x"})
        assert refused.status_code == 403, refused.text
    with console.work(story.OLGA) as work:
        from changes.rollouts.actions import deciding

        deciding.resume(work, number, 1, "fine")
    ticked = api.post(f"{at}/tick", {"wave": 1, "task": 1, "note": "fine"})
    assert told(ticked)["waves"][0]["tasks"][0]["note"] == "fine"
    assert told(ticked)["waves"][0]["state"] == "at gate"


NOTHING: tuple[object, ...] = (False, None, "", [], 0)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/roll-outs", {"change": 1, "waves": 7}, 400),
        ("/roll-outs", {"change": 1, "waves": [{"name": "x", "gate": []}]}, 400),
        ("/roll-outs", {"change": 99, "waves": []}, 404),
        ("/roll-outs", {"waves": []}, 400),
        ("/roll-outs", {"change": 1, "odd": 1}, 400),
        *(
            ("/roll-outs", {"change": 1, "waves": [{**story.waves()["waves"][3], name: none}]}, 400)
            for name in ("markets", "cohorts", "sites")
            for none in NOTHING
        ),
        ("/roll-outs/1/start", {"wave": 9}, 404),
        ("/roll-outs/1/start", {"wave": "1"}, 400),
        ("/roll-outs/1/tick", {"wave": 1, "task": 1}, 404),
        ("/roll-outs/1/tick", {"task": 1}, 400),
        ("/roll-outs/1/pause", {}, 400),
        ("/roll-outs/1/dance", {}, 404),
        ("/roll-outs/9/start", {}, 404),
    ],
)
def test_bad_bodies_change_nothing(
    console: Runtime, machine: Make, path: str, body: dict[str, Any], status: int
) -> None:
    number = story.planned(console)
    before = story.look(console, number)
    answer = machine().post(path, body)
    assert answer.status_code == status, answer.text
    assert story.look(console, number) == before


def test_who_only_reads_or_is_elsewhere(console: Runtime, machine: Make) -> None:
    number = story.planned(console)
    at = f"/roll-outs/{number}"
    assert machine(TokenScope.READ).post(f"{at}/start").status_code == 403
    assert machine(TokenScope.WRITE, "CD").post(f"{at}/start").status_code == 404
    assert machine(TokenScope.READ, "KE").get(at).status_code == 200
    assert story.look(console, number).state is RolloutState.PLANNED


def test_a_person_resumes_over_the_api(console: Runtime, as_person: SignIn) -> None:
    number = story.planned(console, {"name": "all", "gate": story.unsure()})
    with console.work(story.IMRE) as work:
        from changes.rollouts.actions import waves

        waves.start(work, number)
    story.measure(console, number, [98.5])
    web = as_person("operations-lead")
    at = f"/api/v1/roll-outs/{number}"
    assert web.post(f"{at}/resume", json={}).status_code == 400
    resumed = web.post(f"{at}/resume", json={"reason": "seen"})
    assert resumed.status_code == 200, resumed.text
    assert told(resumed)["decisions"][-1]["through"] > 0


def test_from_a_terminal(runtime: Runtime, tmp_path: Path) -> None:
    begins = runtime.clock.now() + 96 * story.H
    change = story.stored(runtime, starts_at=begins, ends_at=begins + 48 * story.H)
    file = tmp_path / "waves.yaml"
    file.write_text(yaml.safe_dump(story.waves({"name": "a", "markets": ["KE"]})))

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(ssoc, ["rollout", *words], obj=lambda: runtime)
        return done.exit_code, done.output + str(done.exception or "")

    code, said = run("plan", f"CHG-{change}", str(file))
    assert code == 0, said
    assert "1. a: waiting; everybody in KE" in said
    assert "note: no wave reaches" in said
    code, said = run("start", "ROL-1")
    assert code != 0
    assert "it begins once it is approved" in said
    story.approve(runtime, change)
    runtime.clock.advance(96 * story.H)  # type: ignore[attr-defined]
    assert run("start", "1")[0] == 0
    code, said = run("pause", "1", "--reason", "the bank called")
    assert (code, "paused: the bank called" in said) == (0, True)
    assert "paused" in run("list")[1]
    assert '"is_paused": true' in run("show", "1", "--json")[1]
    assert run("abort", "1", "--reason", "stopped")[0] == 0
