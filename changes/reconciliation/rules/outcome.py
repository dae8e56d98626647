"""What the matcher says: every line of the day in exactly one group, every group of one kind. Pure.

Because a line has one place for its group, none can be matched twice, and matched lines and lines
of breaks together are the input.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from changes.reconciliation.rules.lines import Book, Line, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from changes.reconciliation.rules.lines import Ints


class BreakClass(StrEnum):
    """Why lines found no counterpart."""

    TIMING = "timing"
    MAPPING = "mapping"
    ROUNDING = "rounding"
    MISSING = "missing"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


class Kind(IntEnum):
    """What a group of lines is; from TIMING on it is a break."""

    ONE = 0
    MANY_TO_ONE = 1
    ONE_TO_MANY = 2
    LATE = 3  # its counterpart had come on an earlier day
    TIMING = 4
    MAPPING = 5
    ROUNDING = 6
    DUPLICATE = 7
    MISSING = 8
    UNKNOWN = 9

    @property
    def is_match(self) -> bool:
        """Tell whether its lines agree."""
        return self < Kind.TIMING

    @property
    def break_class(self) -> BreakClass:
        """Return the class of a break."""
        return BreakClass(self.name.lower())


BREAKS = tuple(each for each in Kind if not each.is_match)


@dataclass(frozen=True)
class MatchTerms:
    """How alike two lines must be.

    ``window`` is how far their instants may lie apart; ``rounding`` how many minor units each line
    may differ by and still be called rounding. ``by_account``: only lines of one account match.
    """

    window: timedelta = timedelta(minutes=10)
    rounding: int = 1
    by_account: bool = False


@dataclass
class Outcome:
    """The groups: ``old_group`` and ``new_group`` say of each line which is its, ``kinds`` what.

    ``found_waiting`` are the breaks of earlier days whose counterpart came, with the side and the
    line that it was. ``near`` says of a line that waits where its counterpart was seen.
    """

    old_group: Ints
    new_group: Ints
    kinds: list[Kind] = field(default_factory=list)
    found_waiting: list[tuple[int, Side, int]] = field(default_factory=list)
    near: dict[tuple[Side, int], int] = field(default_factory=dict)

    def group_of(self, side: Side) -> Ints:
        """Return the groups of one side's lines."""
        return self.old_group if side is Side.OLD else self.new_group

    def open(self, side: Side) -> Ints:
        """Return the lines of a side that are in no group yet."""
        import numpy as np

        return np.flatnonzero(self.group_of(side) < 0)

    def pairs(self, kind: Kind, old: Ints, new: Ints) -> None:
        """Put pairs of lines into groups of two."""
        import numpy as np

        first = len(self.kinds)
        numbers = np.arange(first, first + len(old), dtype=np.int32)
        self.old_group[old], self.new_group[new] = numbers, numbers
        self.kinds += [kind] * len(old)

    def singles(self, kind: Kind, side: Side, lines: Ints) -> None:
        """Put lines into groups of their own."""
        import numpy as np

        first = len(self.kinds)
        self.group_of(side)[lines] = np.arange(first, first + len(lines), dtype=np.int32)
        self.kinds += [kind] * len(lines)

    def group(self, kind: Kind, old: Sequence[int], new: Sequence[int]) -> None:
        """Put some lines of both sides into one group."""
        number = len(self.kinds)
        self.old_group[list(old)], self.new_group[list(new)] = number, number
        self.kinds.append(kind)


def fresh(book: Book) -> Outcome:
    """Return an outcome in which every line is open."""
    import numpy as np

    return Outcome(np.full(len(book.old), -1, np.int32), np.full(len(book.new), -1, np.int32))


@dataclass(frozen=True)
class Group:
    """One group as people read it."""

    kind: Kind
    old: tuple[Line, ...]
    new: tuple[Line, ...]


def groups_of(book: Book, outcome: Outcome) -> list[Group]:
    """Return every group in full; for small books, as tests have them."""
    found: list[tuple[list[Line], list[Line]]] = [([], []) for _ in outcome.kinds]
    for place, side in enumerate(Side):
        for index, number in enumerate(outcome.group_of(side)):
            found[int(number)][place].append(book.line(side, index))
    return [
        Group(kind, tuple(old), tuple(new))
        for kind, (old, new) in zip(outcome.kinds, found, strict=True)
    ]
