"""Generated pages follow the code; what people read is never stale."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = generator()
PAGES = GENERATOR.pages()


def page(name: str) -> str:
    return str(GENERATOR.NOTE + PAGES[name]())


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_not_stale(name: str) -> None:
    kept = ROOT / "docs" / "generated" / name
    assert kept.exists(), f"docs/generated/{name} is missing: run make docs"
    assert kept.read_text(encoding="utf-8") == page(name), f"{name} is stale: run make docs"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in (ROOT / "docs" / "generated").glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("name", ["commands.md", "events.md", "settings.md", "jobs.md"])
def test_nothing_is_left_undescribed(name: str) -> None:
    rows = [line for line in page(name).splitlines() if line.startswith("|")]
    assert not [row for row in rows if "|  |" in row.rstrip("|")]
