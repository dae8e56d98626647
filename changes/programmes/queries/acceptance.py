"""The acceptance matrix of sites, waves and banks; what a cell is worth follows from versions."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from changes.programmes.models import AcceptanceCell, AcceptanceScope
from changes.programmes.queries.ways import Way, of_programme, way, ways
from changes.programmes.rules.acceptance import (
    FLOWS,
    CellKey,
    CellResult,
    CellStatus,
    Coverage,
    Scope,
    cells_of,
    covered,
    needed,
    status_now,
)
from changes.programmes.rules.terms import Cover
from ssoc.core.work import Work

ORDER = (CellStatus.UNTESTED, CellStatus.EXPIRED, CellStatus.FAIL)  # what is tested next


@dataclass(frozen=True)
class AcceptanceStanding:
    """How much of a site's matrix is covered, out of the cells that its programme asks for."""

    coverage: Coverage
    share: float  # that is asked for
    cover: Cover
    cells: int  # of the whole matrix
    banks: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Tell whether enough cells are passed on the present versions."""
        found = self.coverage.share
        return found is not None and found >= self.share

    @property
    def why(self) -> str:
        """Return what there is or lacks, in words."""
        found = self.coverage
        if not self.methods:
            return "the programme names no methods to test; set them on its acceptance page"
        if not self.banks:
            return "the site names no bank; complete its sheet"
        if found.share is None:
            return "no cell of the acceptance matrix applies"
        tested = f"{found.passed} of {found.applicable} cells pass"
        lacking = [
            f"{count} {word}"
            for count, word in (
                (found.failed, "failed"),
                (found.expired, "expired with the versions"),
                (found.untested, "untested"),
            )
            if count
        ]
        more = f" (pairwise, of {self.cells} in all)" if self.cover is Cover.PAIRWISE else ""
        return f"{tested}{more}: {', '.join(lacking)}" if lacking else f"{tested}{more}"


@dataclass(frozen=True)
class CellView:
    """One cell as it stands now; ``is_needed`` is False for what pairwise cover leaves out."""

    key: CellKey
    status: CellStatus
    is_needed: bool = True
    evidence: str = ""
    terminal_version: str = ""
    software_version: str = ""
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True)
class SiteMatrix:
    """A site with every cell that exists."""

    way: Way
    scope: Scope
    standing: AcceptanceStanding
    cells: Mapping[CellKey, CellView] = field(default_factory=dict)

    @property
    def next(self) -> CellView | None:
        """Return what is tested next: what was never, then what expired, then what failed."""
        wanted = [each for each in self.cells.values() if each.is_needed and each.status in ORDER]
        return min(wanted, key=lambda each: ORDER.index(each.status), default=None)

    @property
    def by_bank(self) -> dict[str, Coverage]:
        """Return the coverage of each bank."""
        return {
            bank: covered(
                each.status
                for each in self.cells.values()
                if each.key.bank == bank and each.is_needed
            )
            for bank in self.way.banks
        }


def scope(work: Work, programme_id: int) -> Scope:
    """Return what a programme tests; empty when nobody said."""
    return _scopes(work, [programme_id]).get(programme_id, Scope(flows=FLOWS))


def scope_version(work: Work, programme_id: int) -> int:
    """Return the version of what a programme tests; 0 when nobody said yet."""
    row = work.session.get(AcceptanceScope, programme_id)
    return row.version if row else 0


def _scopes(work: Work, programmes: Collection[int]) -> dict[int, Scope]:
    rows = work.session.scalars(
        select(AcceptanceScope).where(AcceptanceScope.programme_id.in_(programmes))
    )
    return {
        each.programme_id: Scope(
            tuple(each.methods),
            tuple(each.flows),
            tuple(tuple(sorted(one.items())) for one in each.exclusions),
        )
        for each in rows
    }


def standing(work: Work, ids: Collection[int]) -> dict[int, AcceptanceStanding]:
    """Return how much of many sites' matrices is covered."""
    return standing_of(work, ways(work, ids))


def standing_of(work: Work, found: Mapping[int, Way]) -> dict[int, AcceptanceStanding]:
    """Return the same for ways that are known already: two statements."""
    return {key: _standing(each) for key, each in _matrices(work, found)}


@dataclass(frozen=True)
class _Read:
    """A site's matrix as it was read: each cell's status, and which are asked for."""

    way: Way
    scope: Scope
    statuses: Mapping[CellKey, CellStatus]
    needed: frozenset[CellKey]

    def coverage(self, bank: str = "") -> Coverage:
        """Return the coverage of what is asked for, of one bank or of all."""
        return covered(
            status
            for key, status in self.statuses.items()
            if (key in self.needed or status is CellStatus.NOT_APPLICABLE)
            and bank in {"", key.bank}
        )


def _matrices(work: Work, found: Mapping[int, Way]) -> Iterator[tuple[int, _Read]]:
    scopes = _scopes(work, {each.programme_id for each in found.values()})
    results = _results(work, found)
    for key, here in found.items():
        yield key, _read(here, scopes.get(here.programme_id, Scope()), results[key])


def _results(work: Work, ids: Collection[int]) -> dict[int, dict[CellKey, CellResult]]:
    asked = select(
        AcceptanceCell.site_rollout_id,
        AcceptanceCell.bank,
        AcceptanceCell.method,
        AcceptanceCell.flow,
        AcceptanceCell.status,
        AcceptanceCell.terminal_version,
        AcceptanceCell.software_version,
    ).where(AcceptanceCell.site_rollout_id.in_(ids))
    found: dict[int, dict[CellKey, CellResult]] = defaultdict(dict)
    for site, bank, method, flow, status, terminal, software in work.session.execute(asked):
        found[site][CellKey(bank, method, flow)] = CellResult(
            CellStatus(status), terminal, software
        )
    return found


def _read(here: Way, asked: Scope, results: Mapping[CellKey, CellResult]) -> _Read:
    every = cells_of(asked, here.banks)
    statuses = {each: status_now(results.get(each), here.versions) for each in every}
    away = [each for each, status in statuses.items() if status is CellStatus.NOT_APPLICABLE]
    if here.terms.acceptance.cover is Cover.FULL:
        return _Read(here, asked, statuses, frozenset(statuses) - frozenset(away))
    tested = [each for each in statuses if each in results and each not in set(away)]
    return _Read(here, asked, statuses, needed(asked, here.banks, tested, away))


def _standing(found: _Read) -> AcceptanceStanding:
    terms = found.way.terms.acceptance
    return AcceptanceStanding(
        found.coverage(),
        terms.share,
        terms.cover,
        len(found.statuses),
        found.way.banks,
        found.scope.methods,
    )


def matrix(work: Work, rollout_id: int) -> SiteMatrix:
    """Return the matrix of one site with its evidence."""
    here = way(work, rollout_id)
    asked = scope(work, here.programme_id)
    rows = {
        CellKey(each.bank, each.method, each.flow): each
        for each in work.session.scalars(
            select(AcceptanceCell).where(AcceptanceCell.site_rollout_id == rollout_id)
        )
    }
    results = {
        key: CellResult(CellStatus(each.status), each.terminal_version, each.software_version)
        for key, each in rows.items()
    }
    found = _read(here, asked, results)
    cells = {
        key: _cell(key, status, key in found.needed, rows.get(key))
        for key, status in found.statuses.items()
    }
    return SiteMatrix(here, asked, _standing(found), cells)


def _cell(
    key: CellKey, status: CellStatus, is_needed: bool, row: AcceptanceCell | None
) -> CellView:
    if row is None:
        return CellView(key, status, is_needed)
    return CellView(
        key,
        status,
        is_needed,
        row.evidence,
        row.terminal_version,
        row.software_version,
        row.at,
        row.by,
    )


@dataclass(frozen=True)
class WaveMatrix:
    """The coverage of a programme by bank and wave; sites that the actor sees."""

    scope: Scope
    cover: Cover
    waves: Sequence[int]
    banks: Sequence[str]
    cells: Mapping[tuple[str, int], Coverage]  # by bank and wave
    sites: Mapping[int, Sequence[tuple[Way, Coverage]]]  # by wave

    def of_wave(self, wave: int) -> Coverage:
        """Return a wave together."""
        return sum((each for (_, at), each in self.cells.items() if at == wave), start=Coverage())

    def of_bank(self, bank: str) -> Coverage:
        """Return a bank together."""
        return sum(
            (each for (name, _), each in self.cells.items() if name == bank), start=Coverage()
        )


def wave_matrix(work: Work, programme_id: int) -> WaveMatrix:
    """Return the coverage of a programme: a constant number of statements."""
    found = of_programme(work, programme_id)
    cells: dict[tuple[str, int], Coverage] = defaultdict(Coverage)
    sites: dict[int, list[tuple[Way, Coverage]]] = defaultdict(list)
    for _, each in _matrices(work, found):
        sites[each.way.wave].append((each.way, each.coverage()))
        for bank in each.way.banks:
            cells[bank, each.way.wave] += each.coverage(bank)
    cover = next((each.terms.acceptance.cover for each in found.values()), Cover.FULL)
    return WaveMatrix(
        scope(work, programme_id),
        cover,
        sorted(sites),
        sorted({bank for bank, _ in cells}),
        dict(cells),
        dict(sites),
    )


coverage = standing  # the name by which the guards of sites know it
