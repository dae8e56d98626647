"""Rows of CSV files and workbooks as text, one like the other; what could harm is refused."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from changes.importing.encodings import encoding_of
from changes.programmes.sheets.columns import COLUMNS, SheetName, heading, plain, sheet_of
from ssoc.core.errors import BadInput, TooLarge

SEPARATORS = (",", ";", "\t", "|")
MOST_UNPACKED = 96 * 1024 * 1024
MOST_PARTS = 500
MOST_COLUMNS = 64
LONGEST_CELL = 32_767
MOST_EMPTY = 1_000  # rows after which nothing is expected any more
MOST_DOWN = 120_000
FORMULA = "\x00formula"


@dataclass(frozen=True)
class SheetRow:
    """One row: its number as a spreadsheet shows it, its cells by column; ``fault`` if unread."""

    sheet: SheetName
    number: int
    cells: Mapping[str, str]
    fault: str = ""


@dataclass(frozen=True)
class ReadFile:
    """A file as it was read: its rows by sheet, and the columns nobody knows."""

    rows: Mapping[SheetName, Sequence[SheetRow]]
    ignored: Sequence[str]
    columns: Mapping[SheetName, Sequence[str]]


def is_workbook(content: bytes) -> bool:
    """Tell whether a file is a workbook, whatever its name says."""
    return content[:4] == b"PK\x03\x04"


def read_file(content: bytes, most_rows: int, sheet: SheetName | None = None) -> ReadFile:
    """Return the rows of a file.

    Raises:
        BadInput: it is no CSV or workbook that we read, or lacks a column.
        TooLarge: it has more rows, or unpacks to more, than we take.

    """
    if not content.strip():
        raise BadInput("no file came, or an empty one; choose a CSV file or a workbook (.xlsx)")
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise BadInput("the file is an old or a locked workbook; save it as .xlsx without password")
    if is_workbook(content):
        return _workbook(content, most_rows)
    return _csv(content, most_rows, sheet)


def _csv(content: bytes, most_rows: int, sheet: SheetName | None) -> ReadFile:
    encoding = encoding_of(io.BytesIO(content))
    text = content.decode(encoding.name)
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=lambda each: len(next(csv.reader([first], delimiter=each), [])))
    raw = _numbered(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    number, header = next(raw, (1, []))
    name = sheet or sheet_of(header)
    if name is None:
        raise _unknown("the file", header)
    return _taken([(name, header, raw)], most_rows)


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        said = f"the row cannot be read ({error}); is a quote missing? nothing after it was read"
        yield number + 1, [f"\x00{said}"]


def _unknown(what: str, header: Sequence[str]) -> BadInput:
    sheets = "; ".join(
        f"{name}: {', '.join(each.name for each in columns if each.is_needed)}"
        for name, columns in COLUMNS.items()
    )
    seen = ", ".join(each[:40] for each in header if each)[:300] or "nothing"
    return BadInput(
        f"{what} has in its first row {seen}; that is none of the sheets ({sheets}); name the "
        "columns in the first row, as an export does"
    )


# ---------------------------------------------------------------- workbooks


def _workbook(content: bytes, most_rows: int) -> ReadFile:
    _refuse_bombs(content)
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, OSError, SyntaxError, TypeError) as error:
        raise BadInput(
            f"the workbook cannot be read ({str(error)[:120]}); save it again as .xlsx"
        ) from error
    try:
        return _taken(list(_sheets(book)), most_rows)
    except (ValueError, KeyError, SyntaxError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise BadInput(
            f"a sheet cannot be read ({str(error)[:120]}); save the workbook again as .xlsx"
        ) from error
    finally:
        book.close()


def _sheets(book: Any) -> Iterator[tuple[SheetName, list[str], Iterator[tuple[int, list[str]]]]]:  # noqa: ANN401
    known, others = {each.value: each for each in SheetName}, []
    for sheet in book.worksheets:
        rows = _cells(sheet)
        _, header = next(rows, (1, []))
        name = known.get(heading(sheet.title))
        if name is None:
            others.append(sheet.title)
        else:
            yield name, header, rows
    if others and len(others) == len(book.worksheets):
        raise BadInput(
            f"the workbook has the sheets {', '.join(others)[:200]}; name them "
            f"{', '.join(known)}, as an export does"
        )


def _cells(sheet: Any) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401
    """Yield rows; empty ones are passed over, and what stands far below them is refused."""
    empty = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
        if number > MOST_DOWN:
            raise TooLarge(
                f"the sheet {sheet.title[:40]} reaches below row {MOST_DOWN}; delete its empty rows"
            )
        if all(each.value is None for each in cells):
            empty += 1
            if number == 1:
                yield 1, []
            continue
        if empty > MOST_EMPTY:
            raise BadInput(
                f"row {number} of the sheet {sheet.title[:40]} stands below {empty} empty rows; "
                "move it up, or delete it"
            )
        empty = 0
        yield number, [_text(each) for each in cells]


def _text(cell: Any) -> str:  # noqa: ANN401 (a cell, or an empty one)
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return FORMULA
    if isinstance(value, datetime):
        return value.date().isoformat() if not (value.hour or value.minute) else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _refuse_bombs(content: bytes) -> None:
    """Refuse archives that unpack to far more than they weigh, or bring XML entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(each.file_size for each in parts) > MOST_UNPACKED:
                raise TooLarge(
                    f"the workbook unpacks to more than {MOST_UNPACKED // 1024 // 1024} MiB or "
                    f"{MOST_PARTS} parts; keep the sheets sites, staff and plan alone"
                )
            for each in parts:
                if each.filename.endswith((".xml", ".rels")):
                    with archive.open(each) as part:
                        if b"<!" in part.read(2_048).replace(b"<!--", b""):
                            raise BadInput(
                                f"{each.filename[:60]} of the workbook declares entities; save it "
                                "again as .xlsx"
                            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadInput(
            "the file is a damaged or locked workbook; save it again as .xlsx"
        ) from error


# ---------------------------------------------------------------- rows


Raw = tuple[SheetName, Sequence[str], Iterator[tuple[int, list[str]]]]


def _taken(sheets: Sequence[Raw], most_rows: int) -> ReadFile:
    found: dict[SheetName, Sequence[SheetRow]] = {}
    columns: dict[SheetName, Sequence[str]] = {}
    ignored: list[str] = []
    total = 0
    for name, header, raw in sheets:
        places = _places(name, header)
        known = {each.name for each in COLUMNS[name]}
        ignored += [each.strip() for each in header if each.strip() and heading(each) not in known]
        rows = []
        for number, cells in raw:
            if not any(each.strip() for each in cells):
                continue
            total += 1
            if total > most_rows:
                raise TooLarge(
                    f"the file has more than {most_rows} rows (changes.most_import_rows); cut it "
                    "into parts"
                )
            rows.append(_row(name, number, cells, places, len(header)))
        found[name], columns[name] = rows, [each for each in places if each in known]
    return ReadFile(found, ignored, columns)


def _places(name: SheetName, header: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for at, each in enumerate(header):
        key = heading(each)
        if key and key in places:
            raise BadInput(f"the sheet {name} has two columns {each.strip()[:40]!r}; leave one out")
        if key:
            places[key] = at
    if lacking := [
        each.name for each in COLUMNS[name] if each.is_needed and each.name not in places
    ]:
        raise BadInput(
            f"the sheet {name} has no column {', '.join(lacking)}; its first row names the columns"
        )
    return places


def _row(
    name: SheetName, number: int, cells: Sequence[str], places: Mapping[str, int], width: int
) -> SheetRow:
    if cells and cells[0].startswith("\x00") and cells[0] != FORMULA:
        return SheetRow(name, number, {}, cells[0][1:])
    if any(each.strip() for each in cells[width:]):
        return SheetRow(
            name,
            number,
            {},
            f"the row has {len(cells)} cells, the header {width}; is a quote missing?",
        )
    if any(len(each) > LONGEST_CELL for each in cells):
        return SheetRow(name, number, {}, f"a cell is longer than {LONGEST_CELL} characters")
    found = {key: plain(cells[at].strip()) if at < len(cells) else "" for key, at in places.items()}
    return SheetRow(name, number, found)
