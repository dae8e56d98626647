"""The matcher: lines of two systems for one business day, matched and the rest classified. Pure.

One to one by reference, amount, currency and time first; then several that add up to one; then
counterparts of lines that have waited since earlier days; what is left is a break. The order in
which lines come changes nothing.
"""

from __future__ import annotations

from changes.reconciliation.rules.adding_up import adding_up
from changes.reconciliation.rules.classing import class_breaks, columns, grouped
from changes.reconciliation.rules.lines import Book, Side
from changes.reconciliation.rules.outcome import Kind, MatchTerms, Outcome, fresh
from changes.reconciliation.rules.pairing import keys, paired


def match(book: Book, terms: MatchTerms | None = None) -> Outcome:
    """Return every line of the day in one group: a match, or a break with its class."""
    known = terms or MatchTerms()
    outcome = fresh(book)
    _one_to_one(book, outcome, known)
    _several(book, outcome, known, Kind.MANY_TO_ONE)
    _several(book, outcome, known, Kind.ONE_TO_MANY)
    _late(book, outcome, known)
    class_breaks(book, outcome, known)
    return outcome


def _one_to_one(book: Book, outcome: Outcome, terms: MatchTerms) -> None:
    old_key, new_key = keys(columns(book.old, terms), columns(book.new, terms))
    window = int(terms.window.total_seconds() * 1_000_000)
    one, other = paired(old_key, new_key, book.old.at, book.new.at, window)
    outcome.pairs(Kind.ONE, one, other)


def _several(book: Book, outcome: Outcome, terms: MatchTerms, kind: Kind) -> None:
    window = int(terms.window.total_seconds() * 1_000_000)
    is_old = kind is Kind.MANY_TO_ONE
    found = []
    for olds, news in grouped(book, outcome, terms):
        found += adding_up(*((news, olds) if is_old else (olds, news)), window)
    for one, several in found:
        old, new = (several, [one]) if is_old else ([one], several)
        outcome.group(kind, old, new)


def _late(book: Book, outcome: Outcome, terms: MatchTerms) -> None:
    """Match what has waited since earlier days."""
    for side, waiting in ((Side.NEW, book.old_waiting), (Side.OLD, book.new_waiting)):
        left = outcome.open(side)
        lines = book.of(side).only(left)
        here, there = keys(columns(lines, terms), columns(waiting, terms))
        ones, others = paired(here, there, lines.at, waiting.at)
        outcome.singles(Kind.LATE, side, left[ones])
        came = zip(waiting.row[others].tolist(), left[ones].tolist(), strict=True)
        outcome.found_waiting += [(number, side, index) for number, index in came]
