"""Breaks as a file for a spreadsheet: every cell is text, none a formula."""

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

from changes.reconciliation.queries.break_list import BreakFilter, ListedBreak, whole
from ssoc.core.work import Work

HEADER = (
    "parallel run",
    "subject",
    "market",
    "day",
    "class",
    "reference",
    "currency",
    "old amount",
    "new amount",
    "difference",
    "old lines",
    "new lines",
    "first line at",
    "state",
    "owner",
    "age in business days",
    "explanation",
    "explained by",
    "note",
    "break",
)
_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS = frozenset({7, 8, 9, 10, 11, 15, 19})


def table(work: Work, wanted: BreakFilter) -> list[list[str]]:
    """Return all breaks under a filter as cells, the header first."""
    return [list(HEADER), *(list(_cells(each)) for each in whole(work, wanted))]


def _cells(each: ListedBreak) -> Iterator[str]:
    one = each.view
    yield from (_safe(each.title), _safe(each.subject), each.market, one.day.isoformat())
    yield from (one.kind.value, _safe(one.reference), one.currency)
    yield from (_amount(one.old_amount), _amount(one.new_amount), _amount(one.difference))
    yield from (str(one.old_lines), str(one.new_lines), one.line_at.isoformat())
    yield from (one.state.value, _safe(one.owner), str(one.age))
    yield from (_safe(one.explanation), _safe(one.explained_by), _safe(one.note), str(one.id))


def _amount(found: Decimal | None) -> str:
    return "" if found is None else format(found, "f")


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_BEGINS) else text


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV in UTF-8 with a mark, so that spreadsheets read its letters."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as a workbook; amounts are numbers, everything else is text."""
    import xlsxwriter

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    page = book.add_worksheet("breaks")
    page.write_row(0, 0, rows[0], book.add_format({"bold": True}))
    page.set_column(0, len(rows[0]) - 1, 16)
    page.freeze_panes(1, 0)
    for number, row in enumerate(rows[1:], 1):
        for at, cell in enumerate(row):
            if cell and at in _NUMBERS:
                page.write_number(number, at, float(cell))
            elif cell:
                page.write_string(number, at, cell)
    page.autofilter(0, 0, max(1, len(rows) - 1), len(rows[0]) - 1)
    book.close()
    return file.getvalue()
