"""How the dates of a file are written: decided once for all of it, never cell by cell. Pure.

Forms that name day, month and year in the same order are one: whether a time has seconds says
nothing about its day. Which order it is, the file shows by a date that has no other reading.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from changes.importing.mapping import INSTANTS, ImportMapping
from changes.importing.orders import by_order, in_words, order_of, told_by
from changes.importing.reading import Row
from ssoc.core.errors import BadInput


@dataclass(frozen=True)
class Dates:
    """The forms that the dates of a file have; ``row`` decided it, 0 when nothing had to be."""

    forms: Sequence[str]
    row: int = 0

    @property
    def order(self) -> str:
        """Return what stands first, as one says it to choose."""
        return order_of(self.forms[0])


def decided(rows: Iterable[Row], mapping: ImportMapping) -> Dates:
    """Return the forms of the dates of a file, reading only as far as it takes.

    A cell that fits none of those left decides nothing: it is a fault of its row.

    Raises:
        BadInput: several fit every date, and one date would be another day by them.

    """
    left = by_order(mapping.dates)
    told = lru_cache(16_384)(told_by)
    unsure: dict[tuple[str, str], tuple[Row, str]] = {}
    decider = 0
    for row, name in _cells(rows if len(left) > 1 else ()):
        text = row.cells[name]
        said = {key: at for key, forms in left.items() if (at := told(forms, text))}
        if said and len(said) < len(left):
            left, decider = {key: left[key] for key in said}, row.number
            if len(left) == 1:
                break
        for pair in combinations(said, 2):
            if said[pair[0]] != said[pair[1]]:
                unsure.setdefault(pair, (row, name))
    for pair in combinations(left, 2):
        if pair in unsure:
            _refuse(*unsure[pair], [left[each] for each in pair])
    return Dates(next(iter(left.values())), decider)


def _cells(rows: Iterable[Row]) -> Iterator[tuple[Row, str]]:
    for row in rows:
        for name in INSTANTS:
            if row.cells.get(name):
                yield row, name


def _refuse(row: Row, name: str, ways: Sequence[Sequence[str]]) -> None:
    text = row.cells[name]
    orders = [order_of(forms[0]) for forms in ways]
    readings = [
        f"{at.day} {at:%B %Y} with {in_words(order)} ({forms[0]})"
        for order, forms in zip(orders, ways, strict=True)
        if (at := told_by(forms, text))
    ]
    cure = (
        f"say which with dates: {' or '.join(orders)}"
        if len(set(orders)) == len(orders)
        else "leave one form in dates of the mapping"
    )
    raise BadInput(
        f"row {row.number}, {row.columns[name]}: {text[:40]!r} is {' or '.join(readings)}, and no "
        f"date of the file decides it; {cure}"
    )
