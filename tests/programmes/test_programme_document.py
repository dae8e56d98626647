"""What docs/programmes.md prints of guards and columns is what the code asks and reads."""

from pathlib import Path

from changes.programmes.rules.guards import EVERY, GUARDS
from changes.programmes.sheets.columns import COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "programmes.md").read_text(encoding="utf-8")


def test_the_guards_of_each_state_are_those_of_the_code() -> None:
    rows = [f"| {to} | {'; '.join(each.title for each in asked)} |" for to, asked in GUARDS.items()]
    rows.append(f"| every step along the way | {'; '.join(each.title for each in EVERY)} |")
    assert "\n".join(["| to | asks |", "| --- | --- |", *rows, ""]) in PAGE


def test_the_columns_of_each_sheet_are_those_of_the_code() -> None:
    for name, columns in COLUMNS.items():
        rows = [
            f"| `{each.name}`{' (needed)' if each.is_needed else ''} "
            f"| {each.meaning.replace('|', chr(92) + '|')} |"
            for each in columns
        ]
        head = [f"### Sheet `{name}`", "", "| column | what stands in it |", "| --- | --- |"]
        assert "\n".join([*head, *rows, ""]) in PAGE
