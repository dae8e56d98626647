"""The acceptance matrix as a page shows it: cells with word, tone and the box that chooses them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from changes.programmes.lifecycle import SiteState
from changes.programmes.queries.acceptance import CellView, SiteMatrix, WaveMatrix
from changes.programmes.rules.acceptance import CellKey, CellStatus, Coverage
from changes.programmes.rules.terms import Cover
from ssoc.core.errors import BadInput
from web import words

_TONES: Mapping[CellStatus, str] = {
    CellStatus.PASS: "",
    CellStatus.FAIL: "p1",
    CellStatus.EXPIRED: "p3",
    CellStatus.UNTESTED: "nodata",
    CellStatus.NOT_APPLICABLE: "na",
}
PAIRWISE = (
    "Pairwise cover: only a small set of cells has to pass, chosen so that each bank meets each "
    "method and each flow, and each method meets each flow, at least once. A fault that needs a "
    "certain bank, method and flow together may stay unseen. The set is found greedily; it is "
    "small, not proved to be the smallest."
)


@dataclass(frozen=True)
class Cell:
    """One cell: its word, its tone, and the value of its box; empty where there is no cell."""

    value: str = ""
    label: str = ""
    word: str = ""
    small: str = ""
    tone: str = ""
    title: str = ""
    is_next: bool = False


@dataclass(frozen=True)
class Table:
    """The matrix of one bank: rows of methods under columns of flows."""

    bank: str
    coverage: str
    rows: Sequence[tuple[str, Sequence[Cell]]]


def tables(matrix: SiteMatrix) -> list[Table]:
    """Return one table for each bank of a site."""
    ahead = matrix.next.key if matrix.next else None
    by_bank = matrix.by_bank
    return [
        Table(
            bank,
            share_words(by_bank[bank]),
            [
                (method, [_cell(matrix, CellKey(bank, method, flow), ahead) for flow in flows])
                for method in matrix.scope.methods
            ],
        )
        for flows in [matrix.scope.flows]
        for bank in matrix.way.banks
    ]


def _cell(matrix: SiteMatrix, key: CellKey, ahead: CellKey | None) -> Cell:
    found = matrix.cells.get(key)
    if found is None:
        return Cell(word="–", small="does not exist", tone="na")
    is_left_out = not found.is_needed and found.status is CellStatus.UNTESTED
    return Cell(
        value_of(key),
        f"{key.bank}, {key.method}, {key.flow}",
        "left out" if is_left_out else found.status.value,
        "pairwise" if is_left_out else _small(found),
        "na" if is_left_out else _TONES[found.status],
        _title(found),
        key == ahead,
    )


def _small(found: CellView) -> str:
    if found.status is CellStatus.EXPIRED:
        return f"was {found.software_version or '?'} / {found.terminal_version or '?'}"
    return f"{found.at:%d %b}" if found.at else ""


def _title(found: CellView) -> str:
    if found.at is None:
        return ""
    return f"{found.by}, {words.full(found.at)}: {found.evidence or 'no evidence'}"


def value_of(key: CellKey) -> str:
    """Return a cell as a box carries it."""
    return json.dumps([key.bank, key.method, key.flow], ensure_ascii=False)


def key_of(text: str) -> CellKey:
    """Return the cell that a box carries, or raise BadInput."""
    try:
        bank, method, flow = json.loads(text)
    except (ValueError, TypeError):
        bank = method = flow = None
    if not all(isinstance(each, str) for each in (bank, method, flow)):
        raise BadInput("that is no cell of the matrix; open the page again")
    return CellKey(bank, method, flow)


def share_words(found: Coverage) -> str:
    """Return a coverage in words: ``15 of 20 pass, 75 %``."""
    if found.share is None:
        return "no cell applies"
    if found.untested == found.applicable:
        return f"{words.counted(found.untested, 'cell')}, all untested"
    return f"{found.passed} of {found.applicable} pass, {words.percent(100 * found.share)}"


def lacking_words(found: Coverage) -> str:
    """Return what is not passed: ``1 failed, 5 expired``; empty when all is."""
    named = (
        (found.failed, "failed"),
        (found.expired, "expired"),
        (found.untested, "untested"),
        (found.not_applicable, "n/a"),
    )
    return ", ".join(f"{count} {word}" for count, word in named if count)


@dataclass(frozen=True)
class WaveCell:
    """A bank in a wave."""

    word: str
    small: str
    tone: str


def wave_cell(found: Coverage | None) -> WaveCell:
    """Return how a bank stands in a wave; nothing tested is no data, never nought per cent."""
    if found is None or found.share is None:
        return WaveCell("–", "no cell applies", "na")
    small = lacking_words(found)
    if not found.passed and not found.failed and not found.expired:
        return WaveCell("untested", f"{found.untested} cells", "nodata")
    tone = "p1" if found.failed else "p3" if found.expired else ""
    return WaveCell(words.percent(100 * found.share), small, tone)


def wave_rows(matrix: WaveMatrix) -> list[tuple[str, list[WaveCell]]]:
    """Return a row for each bank with a cell for each wave and one for all, and all banks last."""
    rows = [
        (
            bank,
            [
                *(wave_cell(matrix.cells.get((bank, wave))) for wave in matrix.waves),
                wave_cell(matrix.of_bank(bank)),
            ],
        )
        for bank in matrix.banks
    ]
    every = sum((matrix.of_wave(each) for each in matrix.waves), start=Coverage())
    last = [*(wave_cell(matrix.of_wave(each)) for each in matrix.waves), wave_cell(every)]
    return [*rows, ("All banks", last)]


def first_open(matrix: WaveMatrix) -> int:
    """Return the first wave with a site that is neither accepted nor put off, else the first."""
    over = {SiteState.ACCEPTED, SiteState.DEFERRED}
    for wave in matrix.waves:
        if any(way.state not in over for way, _ in matrix.sites.get(wave, ())):
            return wave
    return next(iter(matrix.waves), 0)


def is_pairwise(cover: Cover) -> bool:
    """Tell whether the page has to say that not everything is tested."""
    return cover is Cover.PAIRWISE
