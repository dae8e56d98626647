"""The marks of the slow tiers stand where ``make check`` looks for them."""

import re
from pathlib import Path

import pytest

from tests import together

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


def test_what_is_dear_is_made_by_one_worker() -> None:
    for path in together.FILES:
        assert (TESTS.parent / path).is_file()
        tests = [f"{path}::test_a[1]", "tests/x.py::test_a[1]", f"{path}::test_b"]
        first, between, last = (together.slices(tests, 2)[test] for test in tests)
        assert first == last != between
