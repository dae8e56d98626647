"""``ssoc change import``: changes of another tool from its CSV export."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from changes.actions.importing import Imported, import_changes
from changes.importing.encodings import ENCODINGS
from changes.importing.mapping import TOOLS, mapping_of
from changes.importing.orders import ORDERS, in_words
from ssoc.core.errors import BadInput, TooLarge
from ssoc.core.permissions import operator
from ssoc.core.printing import as_json, emit
from ssoc.core.work import Runtime
from ssoc.monitoring.rules.words import counted

Obj = Callable[[], Runtime]
SHOWN = 50


@click.command("import")
@click.argument("tool", type=click.Choice(TOOLS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="A YAML file laid over what is known of the tool: columns, words, time zone.",
)
@click.option("--zone", default="", metavar="ZONE", help="Time zone of the export's times.")
@click.option("--encoding", default="", type=click.Choice(["", *ENCODINGS]), help="If known.")
@click.option("--dates", default="", type=click.Choice(["", *ORDERS]), help="If both would fit.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@as_json
@click.pass_obj
def import_file(
    obj: Obj,
    tool: str,
    file: Path,
    mapping: Path | None,
    zone: str,
    encoding: str,
    dates: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring changes of another tool from a CSV file: all of it, or nothing and every fault."""
    runtime = obj()
    for each in (file, mapping):
        if each is not None and not each.is_file():
            raise BadInput(f"there is no file {each}; name one that can be read")
    most = runtime.settings.changes.most_import_bytes
    if file.stat().st_size > most:
        raise TooLarge(f"{file} is larger than {most} bytes (changes.most_import_bytes)")
    chosen = mapping_of(tool, mapping, zone, dates)
    with file.open("rb") as content, runtime.work(operator()) as work:
        found = import_changes(work, content, chosen, encoding, dry_run)
    emit(shape_of(found), lines_of(found), as_json)
    if found.fault_count:
        raise BadInput(
            f"{counted(found.fault_count, 'fault')} in {file.name}; nothing was imported: correct "
            "the file or the mapping, and repeat"
        )


def shape_of(found: Imported) -> dict[str, object]:
    """Return what an import found as plain JSON."""
    return {
        "origin": found.origin,
        "is_written": found.is_written,
        "encoding": found.sheet.encoding.name,
        "separator": found.sheet.separator,
        "dates": found.dates.order,
        "ignored_columns": list(found.sheet.ignored),
        "rows": found.rows,
        "created": found.created,
        "updated": found.updated,
        "unchanged": found.unchanged,
        "kept": found.kept,
        "fault_count": found.fault_count,
        "faults": [
            {"row": each.row, "column": each.column, "message": each.message}
            for each in found.faults
        ],
    }


def lines_of(found: Imported) -> Sequence[str]:
    """Return what an import found as a person reads it."""
    sheet = found.sheet
    seen = (
        f", with words such as {', '.join(sheet.encoding.samples)}"
        if sheet.encoding.samples
        else ""
    )
    lines = [
        f"{counted(found.rows, 'row')}, {sheet.encoding.name}{seen}; "
        f"dates have {in_words(found.dates.order)}"
    ]
    if sheet.ignored:
        lines.append(f"columns without a meaning here: {', '.join(sheet.ignored)}")
    if found.fault_count:
        lines += [
            f"row {each.row}{f', {each.column}' if each.column else ''}: {each.message}"
            for each in found.faults[:SHOWN]
        ]
        more = found.fault_count - SHOWN
        return [*lines, f"and {more} more"] if more > 0 else lines
    done = "imported" if found.is_written else "would be imported"
    lines.append(
        f"{done}: {found.created} new, {found.updated} altered, {found.unchanged} as before, "
        f"{found.kept} left as people here have them"
    )
    return lines
