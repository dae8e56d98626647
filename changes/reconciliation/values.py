"""Parallel runs, days and breaks as frozen values: what screens and the API show. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from changes.reconciliation.lifecycle import BreakState
from changes.reconciliation.rules.exits import ExitStanding, ExitTerms
from changes.reconciliation.rules.gaps import gap_of
from changes.reconciliation.rules.money import decimal_of
from changes.reconciliation.rules.outcome import BreakClass


class Mode(StrEnum):
    """How two systems run side by side; shadow: the new one sees, the old one decides."""

    SHADOW = "shadow"
    DOUBLE_ENTRY = "double entry"
    SPLIT = "split"


class SourceKind(StrEnum):
    """How an extract comes."""

    UPLOAD = "upload"
    FOLDER = "folder"
    SQL = "sql"


@dataclass(frozen=True)
class Source:
    """Where the extracts of one system come from, and the name of how they are read.

    ``path`` is that of a folder's file with ``{day}``; ``url`` a reference to a secret; ``query``
    a SELECT that may use ``:since``, ``:until`` and ``:site``.
    """

    kind: SourceKind = SourceKind.UPLOAD
    definition: str = ""
    path: str = ""
    url: str = ""
    query: str = ""
    site: str = ""


@dataclass(frozen=True)
class ParallelView:
    """One parallel run; ``standing`` is where its exit stands."""

    id: int
    subject: str
    title: str
    market: str
    zone: str
    mode: Mode
    starts_on: date
    ends_on: date | None
    terms: ExitTerms
    weekdays: Sequence[int]
    window_seconds: int
    rounding: int
    by_account: bool
    old: Source
    new: Source
    due_minute: int
    ended_at: datetime | None
    ended_by: str
    version: int
    standing: ExitStanding

    @property
    def is_fetched(self) -> bool:
        """Tell whether its days are compared without anybody bringing files."""
        return SourceKind.UPLOAD not in (self.old.kind, self.new.kind)


@dataclass(frozen=True)
class TotalView:
    """One currency of a day, both systems side by side."""

    currency: str
    old: Decimal
    new: Decimal
    old_lines: int
    new_lines: int
    old_matched: Decimal
    new_matched: Decimal

    @property
    def difference(self) -> Decimal:
        """Return by how much the new system has more."""
        return self.new - self.old


@dataclass(frozen=True)
class ClassView:
    """The breaks of one class in one currency."""

    kind: BreakClass
    currency: str
    breaks: int
    value: Decimal


@dataclass(frozen=True)
class RunView:
    """One day compared, or the try of it."""

    id: int
    parallel_id: int
    day: date
    number: int
    has_result: bool
    is_current: bool
    reason: str
    at: datetime
    by: str
    old_name: str
    new_name: str
    old_digest: str
    new_digest: str
    old_lines: int
    new_lines: int
    breaks: int
    unlisted: int
    fault_count: int
    totals: Sequence[TotalView] = ()
    classes: Sequence[ClassView] = ()
    matches: Mapping[str, int] = field(default_factory=dict)
    sample: Sequence[Mapping[str, Any]] = ()
    faults: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class BreakView:
    """One break with its age in business days."""

    id: int
    run_id: int
    parallel_id: int
    day: date
    kind: BreakClass
    currency: str
    reference: str
    old_amount: Decimal | None
    new_amount: Decimal | None
    line_at: datetime
    old_lines: int
    new_lines: int
    lines: Sequence[Mapping[str, Any]]
    note: str
    state: BreakState
    owner: str
    explanation: str
    explained_by: str
    explained_at: datetime | None
    found_on: date | None
    age: int

    @property
    def difference(self) -> Decimal:
        """Return by how much the new system has more."""
        return (self.new_amount or Decimal()) - (self.old_amount or Decimal())

    @property
    def gap(self) -> timedelta | None:
        """Return by how much the new system is later, None unless each has one line."""
        return gap_of(self.lines)


def amount_of(minor: int | None, currency: str) -> Decimal | None:
    """Return minor units as an amount, None for none."""
    return None if minor is None else decimal_of(minor, currency)
