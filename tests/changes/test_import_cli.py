"""``ssoc change import``: what it prints, writes and refuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from changes.cli import change
from changes.models import Change
from ssoc.core.errors import BadInput
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.test_importing import HEAD, line


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
    return runtime


def run(runtime: Runtime, folder: Path, text: str, *options: str) -> Result:
    path = folder / "changes.csv"
    path.write_text(text, encoding="utf-8")
    call = ["import", "servicenow", str(path), *options]
    return CliRunner().invoke(change, call, obj=lambda: runtime)


def stored(runtime: Runtime) -> int:
    with runtime.view(SYSTEM) as work:
        return work.session.scalar(select(func.count()).select_from(Change)) or 0


def test_trying_then_importing(house: Runtime, tmp_path: Path) -> None:
    text = "\n".join([HEAD, line(1, title="Réseau"), ""])
    tried = run(house, tmp_path, text, "--dry-run")
    assert "1 row, utf-8, with words such as Réseau" in tried.output
    assert "would be imported: 1 new" in tried.output
    assert stored(house) == 0
    done = run(house, tmp_path, text, "--zone", "Africa/Nairobi", "--json")
    assert json.loads(done.output)["created"] == 1
    assert stored(house) == 1


def test_faults_by_row_and_exit_status(house: Runtime, tmp_path: Path) -> None:
    text = "\n".join([HEAD, line(1), line(2, state="Limbo"), ""])
    found = run(house, tmp_path, text)
    assert "row 3, state: no state is called 'Limbo'" in found.output
    assert isinstance(found.exception, BadInput)
    assert "1 fault in changes.csv" in str(found.exception)
    assert stored(house) == 0


def test_dates_that_two_forms_fit_are_asked_for(house: Runtime, tmp_path: Path) -> None:
    when = {"start": "10-04-2026 21:00:00", "end": "10-04-2026 23:00:00", "state": "New"}
    text = "\n".join([HEAD, line(1, **when), ""])
    refused = run(house, tmp_path, text)
    assert isinstance(refused.exception, BadInput)
    assert "say which with dates: day-first or month-first" in str(refused.exception)
    done = run(house, tmp_path, text, "--dates", "month-first")
    assert "dates have the month first" in done.output
    assert stored(house) == 1


def test_a_mapping_of_ones_own(house: Runtime, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("states: {limbo: draft}\n")
    text = "\n".join([HEAD, line(2, state="Limbo", outcome=""), ""])
    assert run(house, tmp_path, text, "--mapping", str(own)).exception is None
    own.write_text("states: {limbo: heaven}\n")
    assert isinstance(run(house, tmp_path, text, "--mapping", str(own)).exception, BadInput)
    assert stored(house) == 1


@pytest.mark.parametrize("named", [("none.csv",), ("there.csv", "--mapping", "none.yaml")])
def test_a_file_that_is_not_there(house: Runtime, tmp_path: Path, named: tuple[str, ...]) -> None:
    (tmp_path / "there.csv").write_text(HEAD)
    paths = [each if each.startswith("--") else str(tmp_path / each) for each in named]
    found = CliRunner().invoke(change, ["import", "servicenow", *paths], obj=lambda: house)
    assert isinstance(found.exception, BadInput)
    assert "there is no file" in str(found.exception)
