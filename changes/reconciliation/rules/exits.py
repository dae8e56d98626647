"""The exit rule: so many clean business days in a row, with value inside the tolerance. Pure.

A business day is clean when its run found no break that nobody has explained, and what explained
and carried breaks are worth stays within e in every currency. A business day without a run is not
clean: no data is never green. Days that are closed neither count nor break the row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Mark(StrEnum):
    """What one day was."""

    CLEAN = "clean"
    BREAKS = "breaks"
    VALUE = "value"  # over the tolerance, although every break is explained
    FAILED = "failed"
    NONE = "no run"
    DUE = "due"  # may still come
    CLOSED = "closed"


@dataclass(frozen=True)
class ExitTerms:
    """``days`` clean ones in a row, ``tolerance`` in each currency, a month end where asked."""

    days: int = 3
    tolerance: Decimal = Decimal("1.00")
    needs_month_end: bool = False


@dataclass(frozen=True)
class DayFact:
    """One day: ``has_run`` a run with a result; ``value`` what counts against e, by currency."""

    day: date
    is_business: bool = True
    is_month_end: bool = False  # or payday
    has_run: bool = False
    has_failed: bool = False
    unexplained: int = 0
    value: Mapping[str, Decimal] = field(default_factory=dict)
    is_due: bool = False  # its run may still come


@dataclass(frozen=True)
class ExitStanding:
    """Where a parallel run stands: ``streak`` clean days in a row up to the last one judged."""

    is_met: bool
    why: str
    met_on: date | None = None
    streak: int = 0
    marks: Sequence[tuple[date, Mark]] = ()


def mark_of(fact: DayFact, terms: ExitTerms) -> Mark:
    """Return what one day was."""
    if fact.has_run:
        if fact.unexplained:
            return Mark.BREAKS
        over = any(value > terms.tolerance for value in fact.value.values())
        return Mark.VALUE if over else Mark.CLEAN
    if not fact.is_business:
        return Mark.CLOSED
    if fact.has_failed:
        return Mark.FAILED
    return Mark.DUE if fact.is_due else Mark.NONE


def standing(facts: Iterable[DayFact], terms: ExitTerms) -> ExitStanding:
    """Return whether the exit is met by days in their order, and since when."""
    marks: list[tuple[date, Mark]] = []
    streak, has_month_end, met_on, broken = 0, False, None, ""
    for fact in facts:
        mark = mark_of(fact, terms)
        marks.append((fact.day, mark))
        if mark in {Mark.CLOSED, Mark.DUE}:
            continue
        if mark is not Mark.CLEAN or not fact.is_business:
            if mark is not Mark.CLEAN:
                streak, has_month_end, met_on, broken = 0, False, None, _broken(fact, mark)
            continue
        streak += 1
        has_month_end = has_month_end or fact.is_month_end
        if met_on is None and streak >= terms.days and _has_end(has_month_end, terms):
            met_on = fact.day
    why = _why(terms, streak, has_month_end, met_on, broken, bool(marks))
    return ExitStanding(met_on is not None, why, met_on, streak, marks)


def _has_end(has_month_end: bool, terms: ExitTerms) -> bool:
    return has_month_end or not terms.needs_month_end


def _broken(fact: DayFact, mark: Mark) -> str:
    said = {
        Mark.BREAKS: f"had {_breaks(fact.unexplained)} that nobody has explained",
        Mark.VALUE: "had a value over the tolerance",
        Mark.FAILED: "had only runs that failed",
        Mark.NONE: "had no run",
    }
    return f"{fact.day:%a %d %b} {said[mark]}"


def _breaks(number: int) -> str:
    return "1 break" if number == 1 else f"{number} breaks"


def _why(
    terms: ExitTerms,
    streak: int,
    has_month_end: bool,
    met_on: date | None,
    broken: str,
    has_days: bool,
) -> str:
    """Return for people what lacks, and the cure."""
    if met_on is not None:
        return f"exit met on {met_on:%a %d %b %Y}: {streak} clean business days in a row"
    if not has_days:
        return "no day of the parallel run is over yet"
    said = f"{streak} of {terms.days} clean business days in a row"
    if streak >= terms.days and not _has_end(has_month_end, terms):
        return f"{said}; no month end or payday among them yet, the plan asks for one"
    return f"{said}; {broken}" if broken else said
