"""Every alert that ssoc can raise by itself has a runbook, and no runbook is left over.

The names are read from the code: the tables of thresholds, and what the modules say that make
reports of their own. Nothing here is a list to keep.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ssoc.monitoring import kpi

ROOT = Path(__file__).parents[2]
ROOMS = ("ssoc/monitoring", "incidents", "changes", "capacity", "vendors", "improvement", "web")
BOOKS = {path.stem: path for path in (ROOT / "docs" / "runbooks").glob("*.md")}
INDEX = BOOKS.pop("README")
NAME = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+")  # as Prometheus' alerts are named
MAKERS = {"OwnAlert", "Finding"}  # whose first argument is the name of an alert of ours
OF_THE_DOCTOR = "from ssoc.core.module import Finding"  # said on the command line, no alert
TOLD_BY_OTHERS = {  # modules that make reports of what others say, or of the tables of kpi.py
    "ssoc/monitoring/adapters/alertmanager.py",
    "ssoc/monitoring/polling/saying.py",
    "web/ingest/parsed.py",
}
PARTS = ("**Concerns.**", "## Look first", "## Do", "## Clears")


@cache
def sources() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_text()
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
    }


@cache
def trees() -> dict[str, ast.Module]:
    """Return the modules that can make a report: the others do not even hold the word."""
    words = (*MAKERS, "Report")
    return {
        name: ast.parse(text)
        for name, text in sources().items()
        if any(word in text for word in words)
    }


def calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node.func) in names:
            yield node


def called(function: ast.expr) -> str:
    """Return the last word of what is called."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@cache
def reporting() -> dict[str, ast.Module]:
    """Return the modules that make reports themselves."""
    return {
        name: tree
        for name, tree in trees().items()
        if name not in TOLD_BY_OTHERS and any(calls(tree, MAKERS | {"Report"}))
    }


@cache
def raised() -> set[str]:
    """Return the name of every alert that ssoc can raise by itself."""
    names = {each.alert for each in kpi.KPIS.values()}
    names |= {str(rule["name"]) for rule in kpi.STANDING}
    for tree in (*reporting().values(), *lending()):
        names |= {text for text in texts(tree) if NAME.fullmatch(text)}
    return names


def lending() -> Iterator[ast.Module]:
    """Give the modules whose constants those that make reports take in."""
    lenders = {
        f"{each.module.replace('.', '/')}.py"
        for tree in reporting().values()
        for each in ast.walk(tree)
        if isinstance(each, ast.ImportFrom)
        and each.module
        and any(alias.name.isupper() for alias in each.names)
    }
    yield from (ast.parse(sources()[name]) for name in sorted(lenders & set(sources())))


def titles(book: Path) -> list[str]:
    return book.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").split(", ")


@pytest.mark.parametrize("name", sorted(raised()))
def test_an_alert_has_exactly_one_runbook(name: str) -> None:
    found = [book.name for book in BOOKS.values() if name in titles(book)]
    assert len(found) == 1, f"{name}: write docs/runbooks/{name}.md, or name it in one that is near"


@pytest.mark.parametrize("book", BOOKS.values(), ids=lambda each: each.stem)
def test_a_runbook_is_of_alerts_that_can_be_raised(book: Path) -> None:
    assert set(titles(book)) - raised() == set(), "nothing raises these any more"
    assert titles(book)[0] == book.stem, "it is named after the first alert of its heading"


@pytest.mark.parametrize("book", BOOKS.values(), ids=lambda each: each.stem)
def test_a_runbook_can_be_read_at_three_in_the_morning(book: Path) -> None:
    text = book.read_text(encoding="utf-8")
    places = [text.find(part) for part in PARTS]
    assert -1 not in places, f"it says {', '.join(PARTS)}"
    assert places == sorted(places)
    assert 15 <= len(text.splitlines()) <= 40


def test_the_index_leads_from_every_alert_to_its_runbook() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| \S", INDEX.read_text(encoding="utf-8"), re.M)
    wanted = [(name, book.stem) for book in BOOKS.values() for name in titles(book)]
    assert rows == sorted(wanted)


@pytest.mark.parametrize("name", ["SourceSilent", "HeartbeatFailed", "LinkSuspected", "SmsLate"])
def test_the_names_are_really_read_from_the_code(name: str) -> None:
    """One of each way: an own alert, one named in a table of its job, a finding, a KPI."""
    assert name in raised()


def test_own_alerts_are_named_as_this_test_reads_them() -> None:
    """A literal name has two words at least; other ways to name one stand in constants."""
    ours = [tree for name, tree in trees().items() if OF_THE_DOCTOR not in sources()[name]]
    given = [call.args[0] for tree in ours for call in calls(tree, MAKERS) if call.args]
    literal = [str(each.value) for each in given if isinstance(each, ast.Constant)]
    assert [each for each in literal if not NAME.fullmatch(each)] == []


def test_only_known_modules_make_reports() -> None:
    """Another one must be read by ``raised``, or its runbooks would never be missed."""
    assert set(reporting()) | TOLD_BY_OTHERS == {
        name for name, tree in trees().items() if any(calls(tree, MAKERS | {"Report"}))
    }
    assert set(trees()) >= TOLD_BY_OTHERS
