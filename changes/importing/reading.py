"""Rows of a CSV file, one after the other: whatever its size, one row is held at a time."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from changes.importing.encodings import Encoding, encoding_of
from changes.importing.mapping import NEEDED, ImportMapping
from ssoc.core.errors import BadInput

SEPARATORS = (",", ";", "\t", "|")
LONGEST_CELL = 131_072


@dataclass(frozen=True)
class Sheet:
    """A file that was recognised: how it is written, and where its columns are."""

    encoding: Encoding
    separator: str
    header: Sequence[str]
    places: Mapping[str, Sequence[int]]  # field: columns in the order they are looked at
    ignored: Sequence[str]

    def column(self, field: str) -> str:
        """Return the header of the column that a field is read from."""
        found = self.places.get(field, ())
        return self.header[found[0]] if found else field


@dataclass(frozen=True)
class Row:
    """One row: its number as a spreadsheet shows it, and its cells by field; empty ones too."""

    number: int
    cells: Mapping[str, str]
    columns: Mapping[str, str]  # field: the header it was read from
    fault: str = ""


def recognised(file: BinaryIO, mapping: ImportMapping, encoding: str = "") -> Sheet:
    """Return how the file is written, or raise BadInput that says what it lacks."""
    found = encoding_of(file, encoding)
    with _text(file, found) as text:
        first = text.readline(LONGEST_CELL)
    if not first.strip():
        raise BadInput("the file is empty; its first line must be the names of the columns")
    headers = {each: _header(file, found, each) for each in SEPARATORS}
    places = {each: _places(header, mapping) for each, header in headers.items()}
    separator = max(SEPARATORS, key=lambda each: (len(places[each]), len(headers[each])))
    chosen, header = places[separator], headers[separator]
    if missing := [name for name in NEEDED if name not in chosen]:
        wanted = "; ".join(f"{name}: {' or '.join(mapping.columns[name])}" for name in missing)
        raise BadInput(
            f"the file has no column for {wanted}; it has {', '.join(header)[:500]}; correct the "
            "mapping or the export"
        )
    used = {at for found_at in chosen.values() for at in found_at}
    return Sheet(
        found,
        separator,
        header,
        chosen,
        [name for at, name in enumerate(header) if at not in used and name],
    )


def rows(file: BinaryIO, sheet: Sheet) -> Iterator[Row]:
    """Yield the rows after the header; a row that cannot be read at all is the last one."""
    number = 1
    with _text(file, sheet.encoding) as text:
        reader = csv.reader(text, delimiter=sheet.separator, strict=True)
        try:
            next(reader)
            for number, cells in enumerate(reader, 2):
                if any(cell.strip() for cell in cells):
                    yield _row(number, cells, sheet)
        except csv.Error as error:
            said = f"the row cannot be read ({error}); nothing after it was looked at"
            yield Row(number + 1, {}, {}, said)


def _row(number: int, cells: list[str], sheet: Sheet) -> Row:
    width = len(sheet.header)
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        cells = cells[:width]  # GLPI ends each line with a separator
    if len(cells) != width:
        said = f"the row has {len(cells)} cells, the header {width}; is a quote missing?"
        return Row(number, {}, {}, said)
    found, columns = {}, {}
    for field, places in sheet.places.items():
        at = next((each for each in places if cells[each].strip()), places[0])
        found[field], columns[field] = cells[at].strip(), sheet.header[at]
    return Row(number, found, columns)


def _header(file: BinaryIO, encoding: Encoding, separator: str) -> list[str]:
    try:
        with _text(file, encoding) as text:
            first: list[str] = next(csv.reader(text, delimiter=separator, strict=True), [])
    except csv.Error:
        return []
    found = [each.strip() for each in first]
    while found and not found[-1]:
        found.pop()
    return found


def _places(header: Sequence[str], mapping: ImportMapping) -> dict[str, list[int]]:
    lowered = [each.casefold() for each in header]
    found = {}
    for field, names in mapping.columns.items():
        places = [lowered.index(name.casefold()) for name in names if name.casefold() in lowered]
        if places:
            found[field] = list(dict.fromkeys(places))
    return found


@contextmanager
def _text(file: BinaryIO, encoding: Encoding) -> Iterator[io.TextIOWrapper]:
    """Read ``file`` from its beginning as text, and let go of it without closing it."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding.name, newline="")
    try:
        yield text
    finally:
        text.detach()
