"""Extracts read in chunks into arrays: whatever their size, a chunk of text is held at a time."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import BinaryIO

from changes.importing.encodings import encoding_of
from changes.reconciliation.rules.definition import FIELDS, Definition, amounts
from changes.reconciliation.rules.instants import InstantReader
from changes.reconciliation.rules.lines import Line, Lines, Texts, arrays, instant_of, joined
from changes.reconciliation.rules.money import currency_of, decimal_of
from ssoc.core.calendar import Span
from ssoc.core.errors import BadInput, TooLarge

AT_ONCE = 50_000
MOST_FAULTS = 200  # listed; all are counted
MOST_LINES = 2_000_000
LONGEST_REFERENCE = 255
LONGEST_LINE = 131_072
REMEMBERED = 300_000  # texts whose meaning is kept
_SEPARATORS = (",", ";", "\t", "|")
_KINDS = (
    (b"PK\x03\x04", "a workbook or an archive; save the sheet as CSV UTF-8, unpacked"),
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls); save the sheet as CSV UTF-8"),
    (b"\x1f\x8b", "compressed; unpack it first"),
    (b"%PDF", "a PDF; export the lines as CSV"),
)
_GUILTY = (
    ("is no currency", "currency"),
    ("reference is", "reference"),
    ("is no time", "at"),
    ("never was", "at"),
    ("has no offset", "at"),
    ("in the year", "at"),
)


@dataclass(frozen=True)
class Fault:
    """What is wrong in one row of an extract."""

    row: int
    column: str
    message: str


@dataclass
class Extract:
    """What was read of one side: lines of the day, lines just outside, every fault counted."""

    lines: Lines
    near: Lines
    digest: str = ""
    rows: int = 0
    skipped: int = 0  # by a filter
    outside: int = 0  # more than a day away
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)


class _Known(dict[str, int]):
    """What texts mean, each worked out once; bounded."""

    def __init__(self, read: Callable[[str], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> int:
        if len(self) >= REMEMBERED:
            self.clear()
        self[text] = found = self._read(text)
        return found


class Interpreter:
    """Turns rows of texts into lines, by one definition."""

    def __init__(self, header: Sequence[str], definition: Definition) -> None:
        self.header, self.definition = header, definition
        lowered = [each.strip().casefold() for each in header]
        wanted = definition.columns
        needed = [wanted[name] for name in FIELDS if name in wanted]
        needed += [each.column for each in definition.filters]
        missing = [each for each in needed if each.casefold() not in lowered]
        if missing:
            raise BadInput(
                f"the extract has no column {', '.join(missing)[:200]}; it has "
                f"{', '.join(header)[:300]}; is it the file of the other system?"
            )
        self._at = {name: lowered.index(each.casefold()) for name, each in wanted.items()}
        self._filters = [
            (lowered.index(each.column.casefold()), each.values, each.is_not)
            for each in definition.filters
        ]
        instants, reader = InstantReader(definition.time, definition.zone), amounts(definition)
        self._instants = _Known(instants.micros)
        self._currencies: dict[str, str] = {}
        self._amounts: dict[str, _Known] = {}
        self._minor = reader.minor

    def wanted(self, rows: Sequence[Sequence[str]]) -> list[bool]:
        """Tell of each row whether the filters keep it."""
        kept = [True] * len(rows)
        for at, values, is_not in self._filters:
            kept = [
                is_kept and ((row[at].strip() in values) != is_not)
                for is_kept, row in zip(kept, rows, strict=True)
            ]
        return kept

    def chunk(self, rows: Sequence[Sequence[str]], numbers: Sequence[int], texts: Texts) -> Lines:
        """Return rows as lines; BadInput when one of them cannot be read."""
        columns = list(zip(*rows, strict=True))
        found = self._references(columns[self._at["reference"]])
        currencies = self._currency_column(columns, len(rows))
        amounts_found = self._amount_column(columns, currencies)
        accounts = columns[self._at["account"]] if "account" in self._at else [""] * len(rows)
        instants = self._instants
        return arrays(
            [texts.references[each] for each in found],
            [texts.currencies[each] for each in currencies],
            [texts.accounts[each.strip()] for each in accounts],
            amounts_found,
            [instants[each] for each in columns[self._at["at"]]],
            numbers,
        )

    def _references(self, cells: Sequence[str]) -> list[str]:
        found = [each.strip() for each in cells]
        if not all(found):
            raise BadInput("the reference is empty")
        if max(map(len, found)) > LONGEST_REFERENCE:
            raise BadInput(f"the reference is longer than {LONGEST_REFERENCE} signs")
        return found if self.definition.is_plain else list(map(self.definition.reference, found))

    def _currency_column(self, columns: Sequence[Sequence[str]], size: int) -> list[str]:
        if "currency" not in self._at:
            return [self.definition.currency] * size
        found = []
        for text in columns[self._at["currency"]]:
            code = self._currencies.get(text)
            if code is None:
                code = self._currencies[text] = currency_of(text or self.definition.currency)
            found.append(code)
        return found

    def _amount_column(
        self, columns: Sequence[Sequence[str]], currencies: Sequence[str]
    ) -> list[int]:
        for code in set(currencies) - set(self._amounts):
            self._amounts[code] = _Known(lambda text, code=code: self._minor(text, code))  # type: ignore[misc]
        cells = columns[self._at["amount"]]
        known = self._amounts
        found = [known[code][text] for code, text in zip(currencies, cells, strict=True)]
        if "side" not in self._at:
            return found
        debits, sides = self.definition.debits, columns[self._at["side"]]
        return [
            -amount if side.strip().casefold() in debits else amount
            for amount, side in zip(found, sides, strict=True)
        ]

    def fault(self, row: Sequence[str], number: int, texts: Texts) -> Fault | None:
        """Return what is wrong in one row, with its column, or None."""
        try:
            self.chunk([row], [number], texts)
        except BadInput as refusal:
            return Fault(number, self._guilty(str(refusal)), str(refusal))
        return None

    def _guilty(self, said: str) -> str:
        name = next((field for word, field in _GUILTY if word in said), "amount")
        return self.definition.columns.get(name, name)


def read_rows(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    definition: Definition,
    texts: Texts,
    day: Span,
) -> Extract:
    """Read rows after their header; ``day`` is the business day they should be of."""
    interpreter = Interpreter(header, definition)
    found = Extract(joined((), texts), joined((), texts))
    inside: list[Lines] = []
    near: list[Lines] = []
    number = 1
    iterator = iter(rows)
    while some := list(islice(iterator, AT_ONCE)):
        numbers = range(number + 1, number + 1 + len(some))
        number += len(some)
        if number - 1 > MOST_LINES:
            raise TooLarge(f"the extract has more than {MOST_LINES} rows; cut the day into parts")
        lines = _chunk(interpreter, some, numbers, texts, found)
        if lines is not None:
            _placed(lines, day, inside, near, found)
    found.lines, found.near = joined(inside, texts), joined(near, texts)
    return found


def _chunk(
    interpreter: Interpreter,
    rows: list[Sequence[str]],
    numbers: Sequence[int],
    texts: Texts,
    found: Extract,
) -> Lines | None:
    width = len(interpreter.header)
    if {*map(len, rows)} != {width}:
        rows, numbers = _even(rows, numbers, width, found)
    found.rows += len(rows)
    kept = interpreter.wanted(rows)
    if not all(kept):
        found.skipped += kept.count(False)
        numbers = [each for each, is_kept in zip(numbers, kept, strict=True) if is_kept]
        rows = [each for each, is_kept in zip(rows, kept, strict=True) if is_kept]
    if not rows:
        return None
    try:
        return interpreter.chunk(rows, numbers, texts)
    except BadInput:
        for row, number in zip(rows, numbers, strict=True):
            if fault := interpreter.fault(row, number, texts):
                note(found, fault)
    return None


def note(found: Extract, fault: Fault) -> None:
    """Count a fault, and keep the first of them."""
    found.fault_count += 1
    if len(found.faults) < MOST_FAULTS:
        found.faults.append(fault)


def _even(
    rows: Sequence[Sequence[str]], numbers: Sequence[int], width: int, found: Extract
) -> tuple[list[Sequence[str]], list[int]]:
    """Return rows of the header's width; empty ones are none, others a fault."""
    even, kept = [], []
    for row, number in zip(rows, numbers, strict=True):
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            row = row[:width]  # noqa: PLW2901 (a separator at the end)
        if len(row) == width:
            even.append(row)
            kept.append(number)
        elif any(cell.strip() for cell in row):
            said = f"the row has {len(row)} cells, the header {width}; is a quote missing?"
            note(found, Fault(number, "", said))
    return even, kept


def _placed(
    lines: Lines, day: Span, inside: list[Lines], near: list[Lines], found: Extract
) -> None:
    """Tell lines of the day from those of its neighbours; others are counted as faults."""
    from changes.reconciliation.rules.lines import micros

    since, until = micros(day.since), micros(day.until)
    length = until - since
    mine = (lines.at >= since) & (lines.at < until)
    close = ~mine & (lines.at >= since - length) & (lines.at < until + length)
    inside.append(lines.only(mine))
    near.append(lines.only(close))
    far = lines.only(~mine & ~close)
    found.outside += len(far)
    for row, at in zip(far.row.tolist(), far.at.tolist(), strict=True):
        said = f"{instant_of(at):%Y-%m-%d %H:%M} UTC is not within a day of the business day"
        note(found, Fault(row, "", said))


def read_csv(file: BinaryIO, definition: Definition, texts: Texts, day: Span) -> Extract:
    """Read a CSV extract; a file that cannot be read at all is BadInput."""
    digest = digest_of(file)
    with opened(file, definition) as (header, rows):
        found = read_rows(header, _until_broken(rows), definition, texts, day)
    found.digest = digest
    return found


def _until_broken(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise BadInput(f"a row cannot be read ({error}); nothing after it was looked at") from error


def digest_of(file: BinaryIO) -> str:
    """Return the SHA-256 of a file."""
    file.seek(0)
    found = sha256()
    while chunk := file.read(1 << 20):
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


@contextmanager
def opened(
    file: BinaryIO, definition: Definition
) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
    """Give the header of a CSV file and its rows, and let go of it without closing it."""
    _refuse_other_kinds(file)
    encoding = encoding_of(file, definition.encoding)
    text = io.TextIOWrapper(file, encoding=encoding.name, newline="")
    try:
        first = text.readline(LONGEST_LINE)
        if not first.strip():
            raise BadInput("the extract is empty; its first line must be the names of the columns")
        separator = definition.separator or max(_SEPARATORS, key=first.count)
        header = [each.strip() for each in next(csv.reader([first], delimiter=separator))]
        yield header, csv.reader(text, delimiter=separator, strict=True)
    finally:
        text.detach()


def _refuse_other_kinds(file: BinaryIO) -> None:
    """Refuse what is no CSV by how it begins, with the cure."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    cure = next((cure for begins, cure in _KINDS if head.startswith(begins)), "")
    if cure:
        raise BadInput(f"it is no CSV but {cure}")


def preview(
    file: BinaryIO, definition: Definition, most: int = 20
) -> tuple[list[Line], list[Fault]]:
    """Return the first lines of a file as they are understood, and what is wrong in them."""
    from changes.reconciliation.rules.lines import fresh_texts

    texts, lines, faults = fresh_texts(), [], []
    with opened(file, definition) as (header, rows):
        interpreter = Interpreter(header, definition)
        for number, row in enumerate(islice(_until_broken(rows), most), 2):
            if len(row) != len(header):
                faults.append(Fault(number, "", f"{len(row)} cells, the header has {len(header)}"))
            elif fault := interpreter.fault(row, number, texts):
                faults.append(fault)
            elif all(interpreter.wanted([row])):
                lines.append(_line(interpreter.chunk([row], [number], texts), texts))
    return lines, faults


def _line(one: Lines, texts: Texts) -> Line:
    currency = list(texts.currencies)[int(one.currency[0])]
    return Line(
        list(texts.references)[int(one.reference[0])],
        decimal_of(int(one.amount[0]), currency),
        currency,
        instant_of(int(one.at[0])),
        list(texts.accounts)[int(one.account[0])],
        int(one.row[0]),
    )
