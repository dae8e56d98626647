"""``ssoc gate check``: every fault of a definition, before anything is planned with it."""

from pathlib import Path

from click.testing import CliRunner, Result

from changes.gates.cli import gate
from ssoc.core.errors import BadInput
from ssoc.core.work import Runtime
from tests.changes.gates import story

GOOD = """
metrics:
  - name: success
    provider: {samples: {kpi: success_percent, over: 5m}}
    interval: 1m
    count: 10
    success_condition: result >= 99
"""


def check(runtime: Runtime, path: Path, *words: str) -> Result:
    return CliRunner().invoke(gate, ["check", str(path), *words], obj=lambda: runtime)


def test_a_good_definition_with_a_note(runtime: Runtime, tmp_path: Path) -> None:
    story.load(runtime)
    path = tmp_path / "gate.yaml"
    path.write_text(GOOD)
    found = check(runtime, path, "--market", "ke")
    assert found.exit_code == 0, found.exception
    assert "note: metric 'success' in KE: nothing was ever stored of core-ke/kpi" in found.output
    assert "1 metric(s) in 1 market(s), no fault" in found.output


def test_every_fault_is_said(runtime: Runtime, tmp_path: Path) -> None:
    story.load(runtime)
    path = tmp_path / "gate.yaml"
    path.write_text(GOOD.replace("count: 10", "failure_limit: -1").replace("5m", "soon"))
    refused = check(runtime, path).exception
    assert isinstance(refused, BadInput)
    assert "over: expected a duration" in str(refused)
    path.write_text(GOOD.replace("count: 10", "failure_limit: -1"))
    assert "could never decide" in str(check(runtime, path).exception)
    path.write_text(GOOD)
    assert "no component of GH alone names" in str(check(runtime, path, "--market", "GH").exception)
    assert "no market ZZ" in str(check(runtime, path, "--market", "ZZ").exception)


def test_what_is_no_file_of_a_gate(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    for text in ("", "[1]", "metrics: [", "a: &x 1\nb: *x"):
        path.write_text(text)
        assert isinstance(check(runtime, path).exception, BadInput), text
    assert isinstance(check(runtime, tmp_path / "none").exception, BadInput)
