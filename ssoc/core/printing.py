"""One way to print for people and for machines."""

import json
from collections.abc import Sequence
from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")


def emit(content: Any, lines: Sequence[str], as_json: bool) -> None:  # noqa: ANN401 (any JSON)
    """Print ``content`` as JSON, or ``lines`` for a person."""
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))
        return
    for line in lines:
        click.echo(line)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return lines with aligned columns; long last columns run on."""
    texts = [list(head), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]
