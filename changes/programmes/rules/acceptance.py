"""The acceptance matrix: what a cell is worth now, and how much is covered. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import product

from changes.programmes.rules.pairwise import pairwise

FLOWS = ("sale", "refund", "reversal", "offline", "limit decline")


class CellStatus(StrEnum):
    """What is known of a cell; an expired pass is one of other versions than the release's."""

    UNTESTED = "untested"
    PASS = "pass"  # noqa: S105 (a word, not a secret)
    FAIL = "fail"
    NOT_APPLICABLE = "n/a"
    EXPIRED = "expired"


RECORDED = (CellStatus.PASS, CellStatus.FAIL, CellStatus.NOT_APPLICABLE)


@dataclass(frozen=True, order=True)
class CellKey:
    """One test: with which bank, by which method, which flow."""

    bank: str
    method: str
    flow: str


@dataclass(frozen=True)
class CellResult:
    """What was found in a cell, on which versions."""

    status: CellStatus
    terminal_version: str = ""
    software_version: str = ""


def status_now(found: CellResult | None, versions: Mapping[str, str]) -> CellStatus:
    """Return what a cell is worth on the versions of the release; nothing is stored.

    Only a pass expires: a failure stays one until it is tested again, and what does not apply
    has no version.
    """
    if found is None:
        return CellStatus.UNTESTED
    if found.status is not CellStatus.PASS:
        return found.status
    asked = {"terminal": found.terminal_version, "software": found.software_version}
    same = all(versions.get(name, "") in {"", tested} for name, tested in asked.items())
    return CellStatus.PASS if same else CellStatus.EXPIRED


@dataclass(frozen=True)
class Coverage:
    """How many cells count, and how they stand."""

    passed: int = 0
    failed: int = 0
    expired: int = 0
    untested: int = 0
    not_applicable: int = 0

    @property
    def applicable(self) -> int:
        """Return the denominator: every cell but those that do not apply."""
        return self.passed + self.failed + self.expired + self.untested

    @property
    def share(self) -> float | None:
        """Return the share of passes; None when no cell applies."""
        return self.passed / self.applicable if self.applicable else None

    @property
    def is_met(self) -> bool:
        """Tell whether every cell that applies is passed on the present versions."""
        return self.applicable > 0 and self.passed == self.applicable

    def __add__(self, other: "Coverage") -> "Coverage":
        """Return both together."""
        return Coverage(
            self.passed + other.passed,
            self.failed + other.failed,
            self.expired + other.expired,
            self.untested + other.untested,
            self.not_applicable + other.not_applicable,
        )


def covered(cells: Iterable[CellStatus]) -> Coverage:
    """Return the coverage of cells; untested and expired ones never count as passed."""
    count = Counter(cells)
    return Coverage(
        count[CellStatus.PASS],
        count[CellStatus.FAIL],
        count[CellStatus.EXPIRED],
        count[CellStatus.UNTESTED],
        count[CellStatus.NOT_APPLICABLE],
    )


@dataclass(frozen=True)
class Scope:
    """What a programme tests with each bank; exclusions are what does not exist, by field."""

    methods: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    exclusions: tuple[tuple[tuple[str, str], ...], ...] = ()

    def exists(self, cell: CellKey) -> bool:
        """Tell whether a combination can be tested at all."""
        return not any(
            all(getattr(cell, name) == value for name, value in each) for each in self.exclusions
        )


@lru_cache(maxsize=256)
def cells_of(scope: Scope, banks: tuple[str, ...]) -> tuple[CellKey, ...]:
    """Return every cell of a site with these banks, in the order of its matrix."""
    every = (CellKey(*each) for each in product(banks, scope.methods, scope.flows))
    return tuple(each for each in every if scope.exists(each))


def needed(
    scope: Scope,
    banks: tuple[str, ...],
    tested: Collection[CellKey],
    not_applicable: Collection[CellKey],
) -> frozenset[CellKey]:
    """Return the cells that pairwise cover asks for at a site.

    What somebody tested stays in the set, so that work once done is not replaced by other work;
    what does not apply leaves it, and its pairs are met by others where they can be.
    """
    return _needed(scope, banks, frozenset(tested), frozenset(not_applicable))


@lru_cache(maxsize=2_048)
def _needed(
    scope: Scope,
    banks: tuple[str, ...],
    tested: frozenset[CellKey],
    not_applicable: frozenset[CellKey],
) -> frozenset[CellKey]:
    possible = {(each.bank, each.method, each.flow) for each in cells_of(scope, banks)}
    possible -= {(each.bank, each.method, each.flow) for each in not_applicable}
    seeds = {(each.bank, each.method, each.flow) for each in tested}
    found = pairwise((banks, scope.methods, scope.flows), lambda each: each in possible, seeds)
    return frozenset(CellKey(*each) for each in found)
