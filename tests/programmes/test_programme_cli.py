"""``ssoc programme``: list, show, move, import and export at a terminal."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from changes.programmes.cli import programme
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.programmes import scenes


@pytest.fixture
def ids(runtime: Runtime) -> scenes.Ids:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        return scenes.programme(work, 3, staff=1)


def run(runtime: Runtime, *call: object) -> Result:
    return CliRunner().invoke(programme, [str(each) for each in call], obj=lambda: runtime)


def test_list_show_and_move(runtime: Runtime, ids: scenes.Ids) -> None:
    assert "New tills" in run(runtime, "list").output
    assert json.loads(run(runtime, "list", "--json").output)[0]["counts"] == {"planned": 3}
    moved = run(runtime, "move", ids.programme, "ke-0001", "survey")
    assert moved.output == "ke-0001 is surveyed\n"
    shown = run(runtime, "show", ids.programme)
    assert "not ready: Network measured at the peak hour" in shown.output
    assert shown.output.rstrip().endswith("2 planned, 1 surveyed")
    found = json.loads(run(runtime, "show", ids.programme, "--state", "surveyed", "--json").output)
    assert [each["code"] for each in found] == ["KE-0001"]
    refused = run(runtime, "move", ids.programme, "KE-0001", "make ready")
    assert "cannot make ready now" in str(refused.exception)
    assert isinstance(run(runtime, "move", ids.programme, "KE-9", "survey").exception, NotFound)
    late = run(runtime, "move", ids.programme, "KE-0001", "defer", "--reason", "x", "--until", "y")
    assert isinstance(late.exception, BadInput)


def test_out_and_in_again(runtime: Runtime, ids: scenes.Ids, tmp_path: Path) -> None:
    book, sheet = tmp_path / "plan.xlsx", tmp_path / "sites.csv"
    assert "bytes" in run(runtime, "export", ids.programme, book).output
    assert isinstance(run(runtime, "export", ids.programme, sheet).exception, BadInput)
    run(runtime, "export", ids.programme, sheet, "--sheet", "sites")
    again = run(runtime, "import", ids.programme, book, "--dry-run").output
    assert "sites, would be imported: 0 new, 0 altered, 3 as before" in again
    sheet.write_text("code,name,market,floor\nKE-7,Kiosk,KE,2\n", encoding="utf-8")
    done = run(runtime, "import", ids.programme, sheet).output
    assert done == (
        "columns without a meaning here: floor\nsites, imported: 1 new, 0 altered, 0 as before\n"
    )
    sheet.write_text("code,name,market\nKE-8,Kiosk,ZZ\n", encoding="utf-8")
    wrong = run(runtime, "import", ids.programme, sheet)
    assert "sites, row 2, market: no market 'ZZ' here; there are KE" in wrong.output
    assert "1 fault in sites.csv; nothing was imported" in str(wrong.exception)
    assert isinstance(
        run(runtime, "import", ids.programme, tmp_path / "none.csv").exception, BadInput
    )
