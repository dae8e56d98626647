"""Lines of two systems as arrays: what a million of them can be matched in. Pure.

Amounts are whole minor units of their currency, instants microseconds since 1970 UTC. Texts are
numbered, the same text by the same number on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from changes.reconciliation.rules.money import exponent_of, minor_units

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.integer[Any]]
    Marks = NDArray[np.bool_]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


class Side(StrEnum):
    """Whose line it is: of the system that goes, or of the one that comes."""

    OLD = "old"
    NEW = "new"

    @property
    def other(self) -> Side:
        """Return the side across."""
        return Side.NEW if self is Side.OLD else Side.OLD


@dataclass(frozen=True)
class Line:
    """One line as people read it; ``row`` is its place in the extract."""

    reference: str
    amount: Decimal
    currency: str
    at: datetime
    account: str = ""
    row: int = 0


@dataclass(frozen=True)
class Lines:
    """Lines of one side; arrays of one length, one place a line."""

    reference: Ints
    currency: Ints
    account: Ints
    amount: Ints
    at: Ints
    row: Ints

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.amount)

    def only(self, chosen: Ints | Marks) -> Lines:
        """Return the chosen lines, by index or by mark."""
        return Lines(
            self.reference[chosen],
            self.currency[chosen],
            self.account[chosen],
            self.amount[chosen],
            self.at[chosen],
            self.row[chosen],
        )


class Numbering(dict[str, int]):
    """Texts as whole numbers, in the order they were met."""

    def __missing__(self, text: str) -> int:
        """Give a new text the next number."""
        self[text] = number = len(self)
        return number


@dataclass(frozen=True)
class Texts:
    """The numberings both sides share."""

    references: Numbering
    currencies: Numbering
    accounts: Numbering


def fresh_texts() -> Texts:
    """Return numberings that know no text yet."""
    return Texts(Numbering(), Numbering(), Numbering())


@dataclass(frozen=True)
class Book:
    """Both sides of one business day.

    ``*_near`` are lines of the extracts just outside the day: they are not of it, but tell that a
    counterpart came the day before or after. ``*_waiting`` are lines of earlier days that wait for
    theirs; their ``row`` is the number of the break.
    """

    references: Sequence[str]
    currencies: Sequence[str]
    accounts: Sequence[str]
    old: Lines
    new: Lines
    old_near: Lines
    new_near: Lines
    old_waiting: Lines
    new_waiting: Lines

    def of(self, side: Side) -> Lines:
        """Return the lines of one side."""
        return self.old if side is Side.OLD else self.new

    def line(self, side: Side, index: int) -> Line:
        """Return one line as people read it."""
        lines = self.of(side)
        currency = self.currencies[int(lines.currency[index])]
        return Line(
            self.references[int(lines.reference[index])],
            Decimal(int(lines.amount[index])).scaleb(-exponent_of(currency)),
            currency,
            EPOCH + int(lines.at[index]) * _MICRO,
            self.accounts[int(lines.account[index])],
            int(lines.row[index]),
        )


def book_of(
    texts: Texts,
    old: Lines,
    new: Lines,
    near: tuple[Lines, Lines] | None = None,
    waiting: tuple[Lines, Lines] | None = None,
) -> Book:
    """Return a book of lines that were numbered by ``texts``."""
    nothing = lines_of((), texts)
    near, waiting = near or (nothing, nothing), waiting or (nothing, nothing)
    return Book(
        list(texts.references),
        list(texts.currencies),
        list(texts.accounts),
        old,
        new,
        *near,
        *waiting,
    )


def lines_of(lines: Iterable[Line], texts: Texts) -> Lines:
    """Return a few lines as arrays; extracts are read in chunks instead."""
    found = list(lines)
    return arrays(
        [texts.references[each.reference] for each in found],
        [texts.currencies[each.currency] for each in found],
        [texts.accounts[each.account] for each in found],
        [minor_units(each.amount, each.currency) for each in found],
        [micros(each.at) for each in found],
        [each.row or at for at, each in enumerate(found, 1)],
    )


def arrays(
    reference: Sequence[int],
    currency: Sequence[int],
    account: Sequence[int],
    amount: Sequence[int],
    at: Sequence[int],
    row: Sequence[int],
) -> Lines:
    """Return columns as lines, in the fewest bytes."""
    import numpy as np

    return Lines(
        np.array(reference, np.int32),
        np.array(currency, np.int16),
        np.array(account, np.int32),
        np.array(amount, np.int64),
        np.array(at, np.int64),
        np.array(row, np.int32),
    )


def joined(parts: Sequence[Lines], texts: Texts) -> Lines:
    """Return chunks as one."""
    import numpy as np

    if not parts:
        return lines_of((), texts)
    return Lines(
        *(
            np.concatenate([getattr(each, name) for each in parts])
            for name in ("reference", "currency", "account", "amount", "at", "row")
        )
    )


def micros(at: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return (at - EPOCH) // _MICRO


def instant_of(at: int) -> datetime:
    """Return microseconds since 1970 as an instant."""
    return EPOCH + at * _MICRO
