"""``ssoc change``: raised from a file, shown, moved; refused as on the page."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from changes.cli import change
from changes.lifecycle import State
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotFound
from ssoc.core.work import Runtime
from tests.changes.story import estate, put, raised, seen

PLAN = """
title: Larger log volume
purpose: the volume is 83 % full
components:
  - {component: core-ke, effect: degraded}
starts_at: 2026-03-06T20:00:00Z
ends_at: 2026-03-06T22:00:00Z
rollback_minutes: 30
rollback_plan: the old volume stays
implementer: imre
steps:
  - {title: Stop writes, planned_minutes: 10}
  - {title: Attach, planned_minutes: 30, needs: [1]}
"""


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    estate(runtime)
    return runtime


def run(house: Runtime, *words: str) -> Result:
    return CliRunner().invoke(change, list(words), obj=lambda: house)


def refusal(house: Runtime, *words: str) -> BaseException:
    found = run(house, *words).exception
    assert found is not None
    return found


def test_raised_from_a_file_shown_and_listed(house: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN)
    made = run(house, "raise", str(path), "--submit")
    assert made.output == "CHG-1 is submitted\n", made.output
    shown = run(house, "show", "chg-1").output
    for text in ("Larger log volume", "2. Attach (-, 30 min)", "core-ke (degraded)", "normal"):
        assert text in shown
    body: Any = json.loads(run(house, "show", "1", "--json").output)
    assert (body["state"], body["markets"]) == ("submitted", ["KE"])
    assert "CHG-1" in run(house, "list", "--market", "ke").output
    assert run(house, "list", "--state", "over").output == "no change is there\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: x\nsteps: no\n", "steps must be a list"),
        ("titel: x\n", "'titel' is not known"),
        ("title: x\nmarkets: [XX]\n", "no market 'XX'"),
        ("title: [\n", "not YAML"),
        ("title: x\ntitle: y\n", "stands twice"),
        ("title: x\nstarts_at: 2026-03-06 20:00\n", "an instant with its offset"),
    ],
)
def test_a_faulty_file_raises_nothing(house: Runtime, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    found = refusal(house, "raise", str(path))
    assert isinstance(found, BadInput)
    assert said in str(found)
    assert isinstance(refusal(house, "show", "1"), NotFound)


def test_moves_and_their_refusals(house: Runtime) -> None:
    number = str(raised(house))
    assert isinstance(refusal(house, "schedule", number), IllegalMove)
    assert run(house, "submit", number).output == "CHG-1 is submitted\n"
    assert run(house, "withdraw", number, "--reason", "x").output == "CHG-1 is draft\n"
    at = house.clock.now()
    put(house, 1, State.APPROVED, starts_at=at, approved_at=at, submitted_at=at)
    assert "its window began" in str(refusal(house, "schedule", number))
    assert isinstance(refusal(house, "schedule", number), Conflict)
    assert "in the way: its window began" in run(house, "show", number).output
    assert isinstance(refusal(house, "start", number), IllegalMove)
    assert run(house, "cancel", number, "--reason", "never").output == "CHG-1 is cancelled\n"
    assert seen(house, 1).cancelled_because == "never"
    assert isinstance(refusal(house, "close", number), IllegalMove)


@pytest.mark.parametrize(
    "words", [("show", "x"), ("submit", "-1"), ("cancel", "1"), ("list", "-z")]
)
def test_wrong_usage_is_status_two(house: Runtime, words: tuple[str, ...]) -> None:
    assert run(house, *words).exit_code == 2
