"""Migration checks: what was expected, what was found, and whether that is clean. Pure.

Sums are compared as decimals, one currency and one account class at a time. What was not measured
is no data, and no data is never clean.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import groupby
from typing import Any

from ssoc.core.currencies import is_currency
from ssoc.core.signs import is_blank, told

MOST_LISTED = 100
MOST_DIGITS = 40


class CheckKind(StrEnum):
    """What a check compares."""

    COUNT = "count"
    SUM = "sum"
    KEYS = "key set"
    REFERENTIAL = "referential"
    SAMPLE = "sample"
    RULE = "business rule"

    @property
    def meaning(self) -> str:
        """Return what it shows, in words."""
        return _MEANINGS[self]


_MEANINGS: Mapping[str, str] = {
    "count": "as many rows came out as went in",
    "sum": "totals are the same, for each currency and account class",
    "key set": "both sides have the same keys",
    "referential": "no row refers to one that is not there",
    "sample": "records compared field by field are equal",
    "business rule": "no record breaks a rule: a balance of nought or more, limits present",
}


class Result(StrEnum):
    """How a check came out."""

    CLEAN = "clean"
    OFF = "off"
    NO_DATA = "no data"


@dataclass(frozen=True)
class CheckDraft:
    """A check as it was sent; figures are decimals as text, empty is not measured.

    For referential checks and business rules ``actual`` counts what breaks them and ``expected``
    is nought; for a sample ``expected`` counts the records compared, ``actual`` the equal ones.
    """

    kind: str
    name: str
    expected: str = ""
    actual: str = ""
    tolerance: str = ""
    currency: str = ""
    account_class: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """A check with our judgement; figures as they are kept."""

    kind: CheckKind
    name: str
    expected: str
    actual: str
    tolerance: str
    currency: str
    account_class: str
    result: Result
    why: str
    details: Mapping[str, Any] = field(default_factory=dict)


def judge(draft: CheckDraft) -> Judged:
    """Return the judgement of one check.

    Raises:
        ValueError: what cannot be read, in words that name the check.

    """
    kind = _kind(draft)
    _read_currency(draft, kind)
    usual = "0" if kind in {CheckKind.REFERENTIAL, CheckKind.RULE} else ""
    expected = number(draft.expected or usual, draft.name, "expected")
    actual = number(draft.actual, draft.name, "actual")
    tolerance = number(draft.tolerance or "0", draft.name, "tolerance") or Decimal(0)
    if tolerance < 0:
        raise ValueError(f"{draft.name}: the tolerance is below nought")
    _whole_unless_sum(kind, draft.name, expected, actual)
    result, why = _compare(kind, expected, actual, tolerance, dict(draft.details))
    return Judged(
        kind,
        draft.name,
        _text(expected),
        _text(actual),
        _text(tolerance),
        draft.currency,
        draft.account_class,
        result,
        why,
        draft.details,
    )


def _kind(draft: CheckDraft) -> CheckKind:
    if is_blank(draft.name):
        raise ValueError("a check has no name; say what it compares")
    try:
        return CheckKind(draft.kind)
    except ValueError:
        known = ", ".join(CheckKind)
        raise ValueError(
            f"{draft.name}: {draft.kind[:32]!r} is no kind of check; there are {known}"
        ) from None


def _read_currency(draft: CheckDraft, kind: CheckKind) -> None:
    if kind is CheckKind.SUM and not is_currency(draft.currency):
        raise ValueError(
            f"{draft.name}: a sum needs its currency, an ISO 4217 code in use like KES; "
            "amounts of several currencies are never added"
        )
    if kind is not CheckKind.SUM and draft.currency:
        raise ValueError(f"{draft.name}: only a sum has a currency")


def _whole_unless_sum(kind: CheckKind, name: str, *found: Decimal | None) -> None:
    if kind is CheckKind.SUM:
        return
    for each in found:
        if each is not None and (each != each.to_integral_value() or each < 0):
            raise ValueError(f"{name}: {_text(each)} is no whole number of records")


def number(text: str, name: str, what: str) -> Decimal | None:
    """Return a figure sent as text, ``1234.50``; None when it is empty."""
    said = told(text)
    if not said:
        return None
    try:
        found = Decimal(said)
    except InvalidOperation:
        found = Decimal("NaN")
    is_plain = re.fullmatch(r"[+-]?\d+(\.\d+)?", said, re.ASCII)
    if not is_plain or len(said) > MOST_DIGITS or not found.is_finite():
        raise ValueError(
            f"{name}: {what} {said[:40]!r} is no number; write it like 1234.50, with a point and "
            "without separators"
        )
    return found


def _compare(
    kind: CheckKind,
    expected: Decimal | None,
    actual: Decimal | None,
    tolerance: Decimal,
    details: Mapping[str, Any],
) -> tuple[Result, str]:
    if expected is None or actual is None:
        side = "new" if actual is None else "old"
        return Result.NO_DATA, f"the {side} side was not measured"
    if kind is CheckKind.SAMPLE and not expected:
        return Result.NO_DATA, "no record was compared"
    if kind is CheckKind.KEYS:
        apart = _apart(details)
        if apart is None:
            return Result.NO_DATA, "neither keys nor the counts of missing and surplus ones came"
        return _judged(Decimal(apart), tolerance, _key_words(details))
    difference = abs(actual - expected)
    return _judged(difference, tolerance, f"{_text(difference)} apart")


def _judged(difference: Decimal, tolerance: Decimal, words: str) -> tuple[Result, str]:
    if difference <= tolerance:
        return Result.CLEAN, "" if not difference else f"{words}, within {_text(tolerance)}"
    return Result.OFF, f"{words}, more than {_text(tolerance)}"


def _apart(details: Mapping[str, Any]) -> int | None:
    found = [details.get(each) for each in ("missing", "surplus")]
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in found):
        return None
    return sum(int(each or 0) for each in (*found, details.get("duplicate")))


def _key_words(details: Mapping[str, Any]) -> str:
    named = [(details.get(each) or 0, each) for each in ("missing", "surplus", "duplicate")]
    return ", ".join(f"{count} {word}" for count, word in named if count)


def _text(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


# ---------------------------------------------------------------------- keys of both sides


@dataclass(frozen=True)
class KeyDifference:
    """How two lists of keys differ: true counts, and the first of each kind in order."""

    expected: int
    actual: int
    missing: int
    surplus: int
    duplicate: int
    missing_keys: Sequence[str] = ()
    surplus_keys: Sequence[str] = ()
    duplicate_keys: Sequence[str] = ()

    @property
    def details(self) -> dict[str, Any]:
        """Return what a check keeps of it."""
        return {
            "missing": self.missing,
            "surplus": self.surplus,
            "duplicate": self.duplicate,
            "missing_keys": list(self.missing_keys),
            "surplus_keys": list(self.surplus_keys),
            "duplicate_keys": list(self.duplicate_keys),
        }


def compare_keys(
    expected: Iterable[str], actual: Iterable[str], most: int = MOST_LISTED
) -> KeyDifference:
    """Merge both sides sorted; each key counts once, further ones of a side are duplicates."""
    old, new = _Side(expected), _Side(actual)
    missing, surplus = _Kept(most), _Kept(most)
    left, right = next(old.keys, None), next(new.keys, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left < right):
            missing.add(left or "")
            left = next(old.keys, None)
        elif left is None or right < left:
            surplus.add(right)
            right = next(new.keys, None)
        else:
            left, right = next(old.keys, None), next(new.keys, None)
    return KeyDifference(
        old.count,
        new.count,
        missing.count,
        surplus.count,
        len(old.twice) + len(new.twice),
        missing.first,
        surplus.first,
        sorted({*old.twice, *new.twice})[:most],
    )


class _Side:
    """The keys of one side, in order and once each; ``twice`` are those that came again."""

    def __init__(self, given: Iterable[str]) -> None:
        found = sorted(filter(None, (each.strip() for each in given)))
        self.count = len(found)
        self.twice: list[str] = []
        self.keys = self._once(found)

    def _once(self, found: Sequence[str]) -> Iterator[str]:
        for key, same in groupby(found):
            self.twice += list(same)[1:]
            yield key


class _Kept:
    """A count, and the first of what was counted."""

    def __init__(self, most: int) -> None:
        self.count, self.most = 0, most
        self.first: list[str] = []

    def add(self, key: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.first) < self.most:
            self.first.append(key)


# ---------------------------------------------------------------------- runs


def is_clean(checks: Sequence[Judged]) -> bool:
    """Tell whether every check of a run is inside its tolerance; a run without any is not."""
    return bool(checks) and all(each.result is Result.CLEAN for each in checks)


@dataclass(frozen=True)
class Rehearsed:
    """A rehearsal: its number, the snapshot it read, whether it was clean."""

    number: int
    snapshot: str
    is_clean: bool


NEEDED = 2


@dataclass(frozen=True)
class Rehearsals:
    """How far a site's rehearsals are: the streak that ends with the last one."""

    streak: int
    snapshots: int
    needed: int = NEEDED

    @property
    def is_met(self) -> bool:
        """Tell whether enough clean ones in a row read different snapshots."""
        return self.snapshots >= self.needed

    @property
    def why(self) -> str:
        """Return what there is or lacks, in words."""
        if self.is_met:
            return f"{self.streak} clean rehearsals in a row, from {self.snapshots} snapshots"
        if self.streak >= self.needed:
            return (
                f"{self.streak} clean rehearsals in a row read {self.snapshots} of {self.needed} "
                "different snapshots; rehearse again from a newer one"
            )
        return (
            f"{self.streak} of {self.needed} clean migration rehearsals in a row; rehearse again, "
            "or ask for a waiver"
        )


def rehearsals(found: Iterable[Rehearsed], needed: int = NEEDED) -> Rehearsals:
    """Return the clean streak that ends with the last rehearsal."""
    snapshots: list[str] = []
    for each in sorted(found, key=lambda one: one.number, reverse=True):
        if not each.is_clean:
            break
        snapshots.append(each.snapshot)
    return Rehearsals(len(snapshots), len(set(snapshots)), needed)


def waiver_holds(through: int, found: Iterable[Rehearsed]) -> bool:
    """Tell whether no rehearsal failed after the last run that the waiver knew."""
    return all(each.is_clean for each in found if each.number > through)
