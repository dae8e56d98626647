"""The marks of the slow tiers stand where ``make check`` looks for them."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MAKEFILE = (TESTS.parent / "Makefile").read_text(encoding="utf-8")


def marked(name: str) -> set[str]:
    found = re.compile(rf"mark[.]{name}\b")
    return {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        if found.search(path.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("name", ["peers", "browser"])
def test_a_folder_marks_its_tests_and_nobody_else_does(name: str) -> None:
    assert marked(name) == {f"{name}/conftest.py"}
    assert f"tests/{name}" in MAKEFILE


def test_storms_are_found_by_their_mark() -> None:
    assert "grep -rl --include='*.py' 'mark[.]storm' tests" in MAKEFILE
    assert len(marked("storm")) >= 3
