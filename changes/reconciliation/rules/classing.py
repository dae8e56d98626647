"""Why lines found no counterpart: the first class that fits, in a fixed order. Pure.

timing → rounding → mapping → duplicate → missing → unknown; ``docs/reconciliation.md`` says what
each means and shows one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from changes.reconciliation.rules.adding_up import Bundle, Part, are_many
from changes.reconciliation.rules.lines import Book, Lines, Side, instant_of
from changes.reconciliation.rules.outcome import Kind, MatchTerms, Outcome
from changes.reconciliation.rules.pairing import keys, paired
from changes.reconciliation.rules.references import plain_form

if TYPE_CHECKING:
    from changes.reconciliation.rules.lines import Ints, Marks


def columns(lines: Lines, terms: MatchTerms) -> list[Ints]:
    """Return what must be equal for two lines to be the same payment."""
    found = [lines.amount, lines.currency, lines.reference]
    return [lines.account, *found] if terms.by_account else found


def places(lines: Lines, terms: MatchTerms) -> list[Ints]:
    """Return what lines that are added up must have in common."""
    found = [lines.currency, lines.reference]
    return [lines.account, *found] if terms.by_account else found


def class_breaks(book: Book, outcome: Outcome, terms: MatchTerms) -> None:
    """Put every line that is still open into a break."""
    _timing(book, outcome, terms)
    _near(book, outcome, terms)
    _rounding(book, outcome, terms)
    _mapping(book, outcome, terms)
    for side in Side:
        _duplicates(book, outcome, terms, side)
    _missing(book, outcome)
    _unknown(book, outcome, terms)


def _left(book: Book, outcome: Outcome) -> tuple[Ints, Ints, Lines, Lines]:
    old, new = outcome.open(Side.OLD), outcome.open(Side.NEW)
    return old, new, book.old.only(old), book.new.only(new)


def _timing(book: Book, outcome: Outcome, terms: MatchTerms) -> None:
    """Pair what agrees in all but the time."""
    old, new, olds, news = _left(book, outcome)
    old_key, new_key = keys(columns(olds, terms), columns(news, terms))
    one, other = paired(old_key, new_key, olds.at, news.at)
    outcome.pairs(Kind.TIMING, old[one], new[other])


def _near(book: Book, outcome: Outcome, terms: MatchTerms) -> None:
    """Find counterparts that stand in the extract across, but in a neighbouring day."""
    for side, across in ((Side.OLD, book.new_near), (Side.NEW, book.old_near)):
        left = outcome.open(side)
        lines = book.of(side).only(left)
        here, there = keys(columns(lines, terms), columns(across, terms))
        ones, others = paired(here, there, lines.at, across.at)
        outcome.singles(Kind.TIMING, side, left[ones])
        seen = zip(left[ones].tolist(), across.at[others].tolist(), strict=True)
        outcome.near.update({(side, index): at for index, at in seen})


def grouped(book: Book, outcome: Outcome, terms: MatchTerms) -> Iterator[tuple[Bundle, Bundle]]:
    """Yield what is left of each reference that both sides have, unless it is one line each."""
    import numpy as np

    old, new, olds, news = _left(book, outcome)
    old_key, new_key = keys(places(olds, terms), places(news, terms))
    size = int(max(old_key.max(initial=-1), new_key.max(initial=-1))) + 1
    old_count, new_count = (
        np.bincount(old_key, minlength=size),
        np.bincount(new_key, minlength=size),
    )
    wanted = (old_count > 0) & (new_count > 0) & (old_count + new_count > 2)
    sides = (_runs(old, olds, old_key, wanted), _runs(new, news, new_key, wanted))
    yield from zip(*sides, strict=True)


def _runs(index: Ints, lines: Lines, key: Ints, wanted: Marks) -> Iterator[Bundle]:
    """Yield the lines of each wanted key, in the order of keys, time and amount."""
    import numpy as np

    chosen = np.flatnonzero(wanted[key])
    order = chosen[np.lexsort((lines.amount[chosen], lines.at[chosen], key[chosen]))]
    ordered = key[order]
    ends = [*(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1).tolist(), len(ordered)]
    columns = (lines.at[order].tolist(), lines.amount[order].tolist(), index[order].tolist())
    start = 0
    for end in ends if len(ordered) else ():
        cut = slice(start, end)
        yield Bundle(*(each[cut] for each in columns))
        start = end


def _rounding(book: Book, outcome: Outcome, terms: MatchTerms) -> None:
    """Pair or gather what differs by no more than ``rounding`` minor units a line."""
    import numpy as np

    window = terms.window.total_seconds() * 1_000_000
    found: list[tuple[list[int], list[int]]] = []
    for olds, news in grouped(book, outcome, terms):
        if not are_many(olds, news):
            found += _rounded(olds.parts, news.parts, terms.rounding, window)
        elif _agree(olds, news, terms.rounding, window):
            found.append((list(olds.index), list(news.index)))
    for old_lines, new_lines in found:
        outcome.group(Kind.ROUNDING, old_lines, new_lines)
    old, new, left_old, left_new = _left(book, outcome)
    old_key, new_key = keys(places(left_old, terms), places(left_new, terms))
    size = int(max(old_key.max(initial=-1), new_key.max(initial=-1))) + 1
    lone = (np.bincount(old_key, minlength=size) == 1) & (np.bincount(new_key, minlength=size) == 1)
    one = np.flatnonzero(lone[old_key])
    other = np.flatnonzero(lone[new_key])
    one, other = one[np.argsort(old_key[one])], other[np.argsort(new_key[other])]
    near = np.abs(left_old.amount[one] - left_new.amount[other]) <= terms.rounding
    near &= np.abs(left_old.at[one] - left_new.at[other]) <= window
    outcome.pairs(Kind.ROUNDING, old[one[near]], new[other[near]])


def _rounded(
    olds: Sequence[Part], news: Sequence[Part], unit: int, window: float
) -> list[tuple[list[int], list[int]]]:
    found = []
    a, b = sorted(olds, key=_by_amount), sorted(news, key=_by_amount)
    left_a, left_b, at_a, at_b = [], [], 0, 0
    while at_a < len(a) and at_b < len(b):
        one, other = a[at_a], b[at_b]
        if abs(one.amount - other.amount) <= unit and abs(one.at - other.at) <= window:
            found.append(([one.line], [other.line]))
            at_a, at_b = at_a + 1, at_b + 1
        elif _by_amount(one) <= _by_amount(other):
            left_a.append(one)
            at_a += 1
        else:
            left_b.append(other)
            at_b += 1
    left_a, left_b = left_a + a[at_a:], left_b + b[at_b:]
    if left_a and left_b:
        some, others = _bundle(left_a), _bundle(left_b)
        if _agree(some, others, unit, window):
            found.append((list(some.index), list(others.index)))
    return found


def _bundle(parts: Sequence[Part]) -> Bundle:
    return Bundle(*zip(*parts, strict=True))


def _by_amount(part: Part) -> tuple[int, int]:
    return part.amount, part.at


def _agree(olds: Bundle, news: Bundle, unit: int, window: float) -> bool:
    """Tell whether two bundles differ by rounding alone: a unit for each line of the larger."""
    last, first = max(max(olds.at), max(news.at)), min(min(olds.at), min(news.at))
    difference = sum(news.amount) - sum(olds.amount)
    return last - first <= 2 * window and abs(difference) <= unit * max(len(olds), len(news))


def _mapping(book: Book, outcome: Outcome, terms: MatchTerms) -> None:
    """Pair what agrees in all but the form of its reference."""
    import numpy as np

    old, new, olds, news = _left(book, outcome)
    if not len(old) or not len(new):
        return
    known = np.unique(np.concatenate([olds.reference, news.reference]))
    forms: dict[str, int] = {}
    numbers = np.zeros(len(book.references), np.int32)
    for each in known.tolist():
        numbers[each] = forms.setdefault(plain_form(book.references[each]), len(forms))
    both = []
    for lines in (olds, news):
        shared = [lines.amount, lines.currency, numbers[lines.reference]]
        both.append([lines.account, *shared] if terms.by_account else shared)
    old_key, new_key = keys(*both)
    window = int(terms.window.total_seconds() * 1_000_000)
    one, other = paired(old_key, new_key, olds.at, news.at, window)
    outcome.pairs(Kind.MAPPING, old[one], new[other])


def _duplicates(book: Book, outcome: Outcome, terms: MatchTerms, side: Side) -> None:
    """Name lines that stand twice: all whose twin agreed, or all but the first."""
    import numpy as np

    left = outcome.open(side)
    lines = book.of(side)
    key, _ = keys(columns(lines, terms), [each[:0] for each in columns(lines, terms)])
    total = np.bincount(key)
    mine = key[left]
    open_ones = np.bincount(mine, minlength=len(total))
    order = np.lexsort((lines.at[left], mine))
    ordered = mine[order]
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    none_agreed = open_ones[ordered] == total[ordered]
    twins = (total[ordered] > 1) & ~(first & none_agreed)
    outcome.singles(Kind.DUPLICATE, side, left[order[twins]])


def _missing(book: Book, outcome: Outcome) -> None:
    """Name lines whose reference has nothing left across."""
    import numpy as np

    old, new, olds, news = _left(book, outcome)
    there = [np.zeros(len(book.references), bool) for _ in Side]
    there[0][olds.reference] = True
    there[1][news.reference] = True
    outcome.singles(Kind.MISSING, Side.OLD, old[~there[1][olds.reference]])
    outcome.singles(Kind.MISSING, Side.NEW, new[~there[0][news.reference]])


def _unknown(book: Book, outcome: Outcome, terms: MatchTerms) -> None:
    """Gather the rest by reference and currency."""
    import numpy as np

    old, new, olds, news = _left(book, outcome)
    old_key, new_key = keys(places(olds, terms), places(news, terms))
    size = int(max(old_key.max(initial=-1), new_key.max(initial=-1))) + 1
    first = len(outcome.kinds)
    outcome.old_group[old] = (old_key + first).astype(np.int32)
    outcome.new_group[new] = (new_key + first).astype(np.int32)
    outcome.kinds += [Kind.UNKNOWN] * size


def words_of(outcome: Outcome, side: Side, index: int) -> str:
    """Return what is known of a line that waits, for people."""
    at = outcome.near.get((side, index))
    return f"the {side.other} system has it at {instant_of(at):%Y-%m-%d %H:%M} UTC" if at else ""
