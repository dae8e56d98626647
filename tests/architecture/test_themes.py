"""By night the console has other colours and nothing else: the browser tests rest on it."""

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
SHEET = (WEB / "static" / "ssoc.css").read_text(encoding="utf-8")
RULE = re.compile(r"^([^{}]*\[data-theme[^{}]*)\{([^{}]*)\}", re.M)
COLOUR = re.compile(r"--[\w-]+: #[0-9a-f]{3,8}|color-scheme: (dark|light)")


def test_the_dark_theme_sets_colours_alone() -> None:
    rules = RULE.findall(re.sub(r"/\*.*?\*/", "", SHEET, flags=re.S))
    assert rules, "no rule of a theme was found"
    stated = [each.strip() for _, body in rules for each in body.split(";") if each.strip()]
    assert [each for each in stated if not COLOUR.fullmatch(each)] == []


def test_both_themes_set_the_same_colours() -> None:
    names = r"^\s*(--[\w-]+)|\s(--[\w-]+): #"
    [dark] = [body for at, body in RULE.findall(SHEET) if ":root" not in at]
    by_day = SHEET[: SHEET.index(dark)]
    assert {a or b for a, b in re.findall(names, dark, re.M)} <= set(
        re.findall(r"(--[\w-]+):", by_day)
    )


def test_nothing_else_asks_for_the_theme() -> None:
    """Neither a script nor a media query draws another page by night."""
    assert "prefers-color-scheme" not in SHEET
    for script in (WEB / "static").glob("*.js"):
        assert "theme" not in script.read_text(encoding="utf-8"), script.name
