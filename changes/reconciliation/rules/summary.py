"""What is kept of a day: totals, counts by class, a bounded list of breaks, a few matches. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from changes.reconciliation.rules.classing import words_of
from changes.reconciliation.rules.lines import Book, Line, Side
from changes.reconciliation.rules.outcome import BREAKS, Kind, Outcome

if TYPE_CHECKING:
    from changes.reconciliation.rules.lines import Ints

MOST_BREAKS = 5_000  # kept one by one; all are counted
MOST_LINES = 20  # of one break, kept one by one
SAMPLE = 20


@dataclass(frozen=True)
class Totals:
    """One currency of a day, in minor units; late ones matched lines of earlier days."""

    currency: str
    old: int = 0
    new: int = 0
    old_lines: int = 0
    new_lines: int = 0
    old_matched: int = 0
    new_matched: int = 0
    old_late: int = 0
    new_late: int = 0

    @property
    def difference(self) -> int:
        """Return by how much the new system has more."""
        return self.new - self.old


@dataclass(frozen=True)
class ClassTotal:
    """The breaks of one class in one currency: how many, and their differences without sign."""

    kind: Kind
    currency: str
    breaks: int
    value: int


@dataclass(frozen=True)
class FoundBreak:
    """One break; amounts are None on the side that has no line."""

    kind: Kind
    currency: str
    reference: str
    old_amount: int | None
    new_amount: int | None
    old: Sequence[Line]
    new: Sequence[Line]
    old_lines: int
    new_lines: int
    note: str = ""

    @property
    def difference(self) -> int:
        """Return by how much the new system has more."""
        return (self.new_amount or 0) - (self.old_amount or 0)

    @property
    def fingerprint(self) -> str:
        """Return what tells it from others when the day is run again."""
        parts = (
            self.kind.name,
            self.currency,
            self.reference,
            self.old_amount,
            self.new_amount,
            [each.at.isoformat() for each in (*self.old, *self.new)],
        )
        return sha256(repr(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Summary:
    """A day as it is kept; ``unlisted`` breaks are counted, but not kept one by one."""

    totals: Sequence[Totals]
    classes: Sequence[ClassTotal]
    matches: dict[Kind, int]
    breaks: Sequence[FoundBreak]
    break_count: int
    sample: Sequence[tuple[Kind, Line, Line]] = ()
    late: Sequence[tuple[int, Line]] = field(default_factory=tuple)

    @property
    def unlisted(self) -> int:
        """Return how many breaks are not kept one by one."""
        return self.break_count - len(self.breaks)


def summarised(book: Book, outcome: Outcome, most: int = MOST_BREAKS) -> Summary:
    """Return what is kept of a day."""
    import numpy as np

    kinds = np.array(outcome.kinds, np.int8)
    sums = [_sums(book, outcome, side) for side in Side]
    currency = np.zeros(len(kinds), np.int16)
    for side in Side:
        currency[outcome.group_of(side)] = book.of(side).currency
    counts = np.bincount(kinds, minlength=len(Kind))
    numbers = _listed(book, outcome, kinds, sums, most)
    return Summary(
        totals=_totals(book, outcome, kinds),
        classes=_classes(book, kinds, currency, sums[1] - sums[0]),
        matches={kind: int(counts[kind]) for kind in Kind if kind.is_match},
        breaks=_breaks(book, outcome, numbers),
        break_count=int(counts[Kind.TIMING :].sum()),
        sample=_sample(book, outcome, kinds),
        late=[(number, book.line(side, at)) for number, side, at in outcome.found_waiting],
    )


def _sums(book: Book, outcome: Outcome, side: Side) -> Ints:
    """Return what each group has on one side."""
    import numpy as np

    found = np.zeros(len(outcome.kinds), np.int64)
    np.add.at(found, outcome.group_of(side), book.of(side).amount)
    return found


def _totals(book: Book, outcome: Outcome, kinds: Ints) -> list[Totals]:
    found = []
    for number, code in enumerate(book.currencies):
        given: dict[str, int] = {}
        for side in Side:
            lines = book.of(side)
            mine = lines.currency == number
            kind = kinds[outcome.group_of(side)]
            given[side.value] = int(lines.amount[mine].sum())
            given[f"{side}_lines"] = int(mine.sum())
            given[f"{side}_matched"] = int(lines.amount[mine & (kind < Kind.TIMING)].sum())
            given[f"{side}_late"] = int(lines.amount[mine & (kind == Kind.LATE)].sum())
        if given["old_lines"] or given["new_lines"]:
            found.append(Totals(code, **given))
    return sorted(found, key=lambda each: each.currency)


def _classes(book: Book, kinds: Ints, currency: Ints, difference: Ints) -> list[ClassTotal]:
    import numpy as np

    found = []
    for kind in BREAKS:
        for number, code in enumerate(book.currencies):
            mine = (kinds == kind) & (currency == number)
            if mine.any():
                value = int(np.abs(difference[mine]).sum())
                found.append(ClassTotal(kind, code, int(mine.sum()), value))
    return sorted(found, key=lambda each: (each.kind, each.currency))


def _listed(
    book: Book, outcome: Outcome, kinds: Ints, sums: Sequence[Ints], most: int
) -> list[int]:
    """Return the breaks that are kept: those of most money, then by reference and time."""
    import numpy as np

    breaks = np.flatnonzero(kinds >= Kind.TIMING)
    weight = np.maximum(np.abs(sums[0]), np.abs(sums[1]))
    if len(breaks) > most:
        least = np.partition(weight[breaks], len(breaks) - most)[len(breaks) - most]
        breaks = breaks[weight[breaks] >= least]
    reference = np.zeros(len(kinds), np.int32)
    instant = np.full(len(kinds), np.iinfo(np.int64).max)
    for side in Side:
        reference[outcome.group_of(side)] = book.of(side).reference
        np.minimum.at(instant, outcome.group_of(side), book.of(side).at)
    rows = zip(
        (-weight[breaks]).tolist(),
        [book.references[each] for each in reference[breaks].tolist()],
        instant[breaks].tolist(),
        kinds[breaks].tolist(),
        sums[0][breaks].tolist(),
        breaks.tolist(),
        strict=True,
    )
    return [row[-1] for row in heapq.nsmallest(most, rows)]


def _breaks(book: Book, outcome: Outcome, numbers: Sequence[int]) -> list[FoundBreak]:
    members = [_members(outcome, side, numbers) for side in Side]
    return [
        _break(book, outcome, number, members[0].get(number, []), members[1].get(number, []))
        for number in numbers
    ]


def _members(outcome: Outcome, side: Side, numbers: Sequence[int]) -> dict[int, list[int]]:
    import numpy as np

    wanted = np.zeros(len(outcome.kinds) + 1, bool)
    wanted[list(numbers)] = True
    group = outcome.group_of(side)
    found: dict[int, list[int]] = {}
    for at in np.flatnonzero(wanted[group]).tolist():
        found.setdefault(int(group[at]), []).append(at)
    return found


def _break(book: Book, outcome: Outcome, number: int, old: list[int], new: list[int]) -> FoundBreak:
    lines = (_first(book, Side.OLD, old), _first(book, Side.NEW, new))
    one = lines[0][0] if old else lines[1][0]
    near = [words_of(outcome, Side.OLD, each) for each in old[:1]]
    near += [words_of(outcome, Side.NEW, each) for each in new[:1]]
    return FoundBreak(
        kind=outcome.kinds[number],
        currency=one.currency,
        reference=one.reference,
        old_amount=int(book.old.amount[old].sum()) if old else None,
        new_amount=int(book.new.amount[new].sum()) if new else None,
        old=lines[0],
        new=lines[1],
        old_lines=len(old),
        new_lines=len(new),
        note=next(filter(None, near), ""),
    )


def _first(book: Book, side: Side, indices: Sequence[int]) -> list[Line]:
    """Return the first lines of a break, by time and amount."""
    lines = book.of(side)
    ordered = heapq.nsmallest(
        MOST_LINES,
        indices,
        key=lambda at: (int(lines.at[at]), int(lines.amount[at]), int(lines.row[at])),
    )
    return [book.line(side, each) for each in ordered]


def _sample(book: Book, outcome: Outcome, kinds: Ints) -> list[tuple[Kind, Line, Line]]:
    """Return a few matches of each kind: the first line of either side, by reference and time."""
    import numpy as np

    found = []
    for kind in (Kind.ONE, Kind.MANY_TO_ONE, Kind.ONE_TO_MANY):
        chosen = np.flatnonzero(kinds == kind)[:SAMPLE].tolist()
        members = [_members(outcome, side, chosen) for side in Side]
        pairs = [
            (
                _first(book, Side.OLD, members[0][each])[0],
                _first(book, Side.NEW, members[1][each])[0],
            )
            for each in chosen
        ]
        found += [(kind, old, new) for old, new in pairs]
    return found
