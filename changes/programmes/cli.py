"""``ssoc programme``: look at programmes and sites, move them, bring and take them as files."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from changes.programmes.actions import moving
from changes.programmes.actions.importing import Imported, import_file
from changes.programmes.actions.offering import sheet_named
from changes.programmes.lifecycle import SiteMove
from changes.programmes.queries import exporting, programmes, sites
from changes.programmes.sheets.columns import SheetName
from changes.programmes.values import SiteLine
from ssoc.core.errors import BadInput, NotFound, TooLarge
from ssoc.core.permissions import operator
from ssoc.core.printing import as_json, emit, table
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.rules.words import counted

Obj = Callable[[], Runtime]
SHOWN = 50
MOVES = [each.value for each in SiteMove if each is not SiteMove.REOPEN]


@click.group()
def programme() -> None:
    """Keep programmes over many sites: list, show, move, import and export."""


@programme.command("list")
@as_json
@click.pass_obj
def list_programmes(obj: Obj, as_json: bool) -> None:
    """Show the programmes, newest first."""
    with obj().view(operator()) as work:
        found = programmes.listed(work)
    rows = [
        (each.reference, each.name, ", ".join(each.markets), each.sites, each.accepted)
        for each in found
    ]
    plain = [
        {"id": each.id, "name": each.name, "markets": list(each.markets), "sites": each.sites}
        | {"counts": {state.value: many for state, many in each.counts.items()}}
        for each in found
    ]
    emit(plain, table(("PROGRAMME", "NAME", "MARKETS", "SITES", "ACCEPTED"), rows), as_json)


@programme.command("show")
@click.argument("programme_id", metavar="PROGRAMME", type=int)
@click.option("--state", default="", help="Only sites in this state.")
@click.option("--wave", default=0, type=click.IntRange(0), help="Only sites of this wave.")
@as_json
@click.pass_obj
def show(obj: Obj, programme_id: int, state: str, wave: int, as_json: bool) -> None:
    """Show the sites of PROGRAMME with what blocks each."""
    with obj().view(operator()) as work:
        board = sites.board(work, programme_id)
    found = [
        each
        for each in board.sites
        if (not state or each.state.value == state) and (not wave or each.wave == wave)
    ]
    many = Counter(each.state.value for each in found)
    head = ("SITE", "WAVE", "STATE", "SLOT", "CREW", "IN THE WAY")
    lines = table(head, [_row(each) for each in found])
    emit([_plain(each) for each in found], [*lines, _counts(many)], as_json)


def _counts(many: Counter[str]) -> str:
    return ", ".join(f"{number} {state}" for state, number in many.most_common()) or "no site"


def _row(each: SiteLine) -> tuple[object, ...]:
    return (each.code, each.wave, each.state, each.slot_on or "", each.crew, each.blocks[:90])


def _plain(each: SiteLine) -> dict[str, object]:
    days = {name: str(getattr(each, name) or "") for name in ("slot_on", "deferred_to")}
    return {**asdict(each), **days, "state": each.state.value, "moved_at": str(each.moved_at)}


@programme.command("move")
@click.argument("programme_id", metavar="PROGRAMME", type=int)
@click.argument("code", metavar="SITE")
@click.argument("wanted", metavar="MOVE", type=click.Choice(MOVES))
@click.option("--reason", default="", help="Why; needed to block, defer and roll back.")
@click.option("--kind", default="", help="What kind of block.")
@click.option("--owner", default="", help="Who takes the block away.")
@click.option("--until", default="", metavar="DAY", help="A day to defer to; none without it.")
@as_json
@click.pass_obj
def move(
    obj: Obj,
    programme_id: int,
    code: str,
    wanted: str,
    reason: str,
    kind: str,
    owner: str,
    until: str,
    as_json: bool,
) -> None:
    """Move SITE, by its code; every obstacle is named when a guard refuses."""
    day = _day(until)
    with obj().work(operator()) as work:
        number = _site(work, programme_id, code)
        state = moving.move(work, number, wanted, reason, kind=kind, owner=owner, until=day)
    emit({"site": code, "state": state.value}, [f"{code} is {state}"], as_json)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"{text[:24]!r} is no day; write it as 2026-03-09") from None


def _site(work: Work, programme_id: int, code: str) -> int:
    wanted = sites.SiteFilter(programme_id=programme_id, words=code)
    for each in sites.listed(work, wanted, limit=200).items:
        if each.code.casefold() == code.casefold():
            return each.id
    raise NotFound(f"the programme has no site {code[:40]}")


@programme.command("import")
@click.argument("programme_id", metavar="PROGRAMME", type=int)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", default="", type=click.Choice(["", *SheetName]), help="Of a CSV file.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@as_json
@click.pass_obj
def bring(
    obj: Obj, programme_id: int, file: Path, sheet: str, dry_run: bool, as_json: bool
) -> None:
    """Bring sites, staff and plan from a CSV file or workbook: all of it, or every fault."""
    runtime = obj()
    if not file.is_file():
        raise BadInput(f"there is no file {file}; name one that can be read")
    most = runtime.settings.changes.most_import_bytes
    if file.stat().st_size > most:
        raise TooLarge(f"{file} is larger than {most} bytes (changes.most_import_bytes)")
    with runtime.work(operator()) as work:
        named = sheet_named(sheet)
        found = import_file(work, programme_id, file.read_bytes(), file.name, named, dry_run)
    emit(_shape(found), _lines(found), as_json)
    if found.faults.count:
        raise BadInput(
            f"{counted(found.faults.count, 'fault')} in {file.name}; nothing was imported: "
            "correct the file, and repeat"
        )


def _shape(found: Imported) -> dict[str, object]:
    return {
        "is_written": found.is_written,
        "sheets": {name.value: asdict(each) for name, each in found.sheets.items()},
        "ignored_columns": list(found.ignored),
        "fault_count": found.faults.count,
        "faults": [asdict(each) for each in found.faults.kept],
    }


def _lines(found: Imported) -> Sequence[str]:
    lines = []
    if found.ignored:
        lines.append(f"columns without a meaning here: {', '.join(found.ignored)}")
    if found.faults.count:
        lines += [
            f"{each.sheet}, row {each.row}{f', {each.column}' if each.column else ''}: "
            f"{each.message}"
            for each in found.faults.kept[:SHOWN]
        ]
        more = found.faults.count - SHOWN
        return [*lines, f"and {more} more"] if more > 0 else lines
    done = "imported" if found.is_written else "would be imported"
    return [
        *lines,
        *(
            f"{name.value}, {done}: {each.created} new, {each.updated} altered, "
            f"{each.unchanged} as before"
            for name, each in found.sheets.items()
        ),
    ]


@programme.command("export")
@click.argument("programme_id", metavar="PROGRAMME", type=int)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", default="", type=click.Choice(["", *SheetName]), help="Of a CSV file.")
@click.pass_obj
def take(obj: Obj, programme_id: int, file: Path, sheet: str) -> None:
    """Write sites, staff and plan to FILE: a workbook, or one sheet as CSV."""
    named = sheet_named(sheet)
    if file.suffix.lower() == ".csv" and named is None:
        raise BadInput("a CSV file has one sheet; name it with --sheet, or write an .xlsx")
    with obj().view(operator()) as work:
        content = (
            exporting.as_csv(work, programme_id, named)
            if named
            else exporting.as_workbook(work, programme_id)
        )
    try:
        file.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{file} cannot be written ({error.strerror}); name another") from error
    click.echo(f"{file}: {len(content)} bytes")
