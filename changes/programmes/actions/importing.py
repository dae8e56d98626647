"""Sites, staff and plan from a file: all of it, or nothing and every fault by row and column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from changes.programmes.actions.importing_plan import Planned, store_plan
from changes.programmes.actions.places import columns
from changes.programmes.models import Programme, Site, SiteStaff
from changes.programmes.queries import programmes
from changes.programmes.rules.drafts import SiteDraft, StaffDraft
from changes.programmes.sheets.cells import written
from changes.programmes.sheets.columns import SheetName
from changes.programmes.sheets.interpret import (
    Faults,
    SiteRow,
    StaffRow,
    plan_row,
    site_row,
    staff_row,
)
from changes.programmes.sheets.reading import ReadFile, SheetRow, read_file
from ssoc.core.errors import Conflict, TooLarge
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import SitesImported
from ssoc.core.work import Work

AT_ONCE = 1_000
PREVIEW = 10


@dataclass
class Counted:
    """How many rows of one sheet are new, altered, or as they were."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass
class Imported:
    """What an import found, and did unless it was only tried."""

    sheets: dict[SheetName, Counted] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    ignored: Sequence[str] = ()
    preview: list[str] = field(default_factory=list)
    is_written: bool = False

    @property
    def created(self) -> int:
        """Return how many rows are new."""
        return sum(each.created for each in self.sheets.values())

    @property
    def updated(self) -> int:
        """Return how many rows are altered."""
        return sum(each.updated for each in self.sheets.values())


def import_file(
    work: Work,
    programme_id: int,
    content: bytes,
    name: str = "",
    sheet: SheetName | None = None,
    dry_run: bool = False,
) -> Imported:
    """Read a file of sites, staff and plan, and store all of it if it has no fault.

    Args:
        work: whose actor plans programmes in every market of the rows.
        programme_id: the programme that the plan is of.
        content: a CSV file of one sheet, or a workbook of any of the three.
        name: of the file, for the record.
        sheet: which one a CSV file is; found out from its header when it is not named.
        dry_run: only find out what would be done.

    Raises:
        NotFound: there is no such programme that the actor may see.
        NotAllowed: the actor may not plan in one of the markets.
        BadInput: the file as a whole cannot be read.
        TooLarge: it is larger than the settings allow.
        Conflict: somebody brought the same sites at the same moment.

    """
    settings = work.settings.changes
    if len(content) > settings.most_import_bytes:
        raise TooLarge(
            f"the file is larger than {settings.most_import_bytes} bytes "
            "(changes.most_import_bytes)"
        )
    programmes.found(work, programme_id)
    programme = work.session.get_one(Programme, programme_id, with_for_update=not dry_run)
    for each in sorted(programme.markets):
        work.require(Permission.PROGRAMME_PLAN, each)
    read = read_file(content, settings.most_import_rows, sheet)
    found = Imported(ignored=read.ignored)
    if dry_run:
        _run(work, programme, read, found, dry_run=True)
        return found
    try:
        _run(work, programme, read, found, dry_run=False)
        work.session.flush()
    except IntegrityError as error:
        raise Conflict(
            "somebody brought some of the same rows at the same moment; nothing was imported; "
            "look again, then repeat"
        ) from error
    if not found.faults.count:
        found.is_written = True
        if found.created or found.updated:
            _tell(work, programme, name, found)
    return found


def _tell(work: Work, programme: Programme, name: str, found: Imported) -> None:
    bump(work.session)
    work.record(
        SitesImported(
            programme_id=programme.id,
            markets=",".join(sorted(programme.markets)),
            name=name[:255],
            created=found.created,
            updated=found.updated,
        )
    )


def _run(
    work: Work, programme: Programme, read: ReadFile, found: Imported, *, dry_run: bool
) -> None:
    """Look at everything first; write only when nothing at all is wrong."""
    sites = _Sites(work, programme, read.rows.get(SheetName.SITES, ()), found)
    staff = _Staff(work, sites, read.rows.get(SheetName.STAFF, ()), found)
    rows = read.rows.get(SheetName.PLAN, ())
    plan = Planned(work, programme, sites.markets, found.faults)
    plan.look(_each(rows, lambda row: plan_row(row, plan.releases, found.faults)))
    if SheetName.PLAN in read.rows:
        found.sheets[SheetName.PLAN] = Counted(
            len(rows), plan.created, plan.updated, plan.unchanged
        )
        found.preview += plan.preview[:PREVIEW]
    if not found.faults.count and not dry_run:
        ids = sites.write()
        staff.write(ids)
        store_plan(work, plan, ids)


def _each(rows: Sequence[SheetRow], read: Any) -> list[Any]:  # noqa: ANN401 (a reader of rows)
    return [each for each in map(read, rows) if each is not None]


class _Sites:
    """The sheet of sites against those that are there."""

    def __init__(
        self, work: Work, programme: Programme, rows: Sequence[SheetRow], found: Imported
    ) -> None:
        self._work = work
        self._rows = {
            row.code.casefold(): row
            for row in work.session.scalars(select(Site).where(Site.market.in_(programme.markets)))
        }
        foreign = self._foreign(rows, programme)
        drafts = {code: _draft(row) for code, row in self._rows.items()}
        seen: dict[str, int] = {}
        self._fresh: list[SiteDraft] = []
        self._altered: list[tuple[int, SiteDraft]] = []
        counted = Counted(len(rows))
        for row in rows:
            each = site_row(row, drafts, sorted(programme.markets), found.faults)
            if each is None or not self._is_own(each, seen, foreign, found.faults):
                continue
            self._sort(each, counted)
            if len(found.preview) < PREVIEW:
                found.preview.append(f"{each.draft.code} {each.draft.name}")
        if rows or SheetName.SITES in found.sheets:
            found.sheets[SheetName.SITES] = counted
        fresh = {
            each.code.casefold(): each.market if each.market in programme.markets else ""
            for each in self._fresh
        }
        self.markets = {code: row.market for code, row in self._rows.items()} | fresh
        self.numbers = {code: row.id for code, row in self._rows.items()}

    @staticmethod
    def _is_own(each: SiteRow, seen: dict[str, int], foreign: set[str], faults: Faults) -> bool:
        """Tell whether a row is of a site of its own, here and once; what is not, is a fault."""
        code = each.draft.code
        if "code" in each.bad or not _once(seen, code.casefold(), each.row, faults):
            return False
        if code.casefold() in foreign:
            faults.note(each.row, "code", f"{code} is a site of another market")
        return code.casefold() not in foreign

    def _foreign(self, rows: Sequence[SheetRow], programme: Programme) -> set[str]:
        """Return codes of the file that sites of other markets have."""
        codes = [row.cells.get("code", "").lower() for row in rows]
        found: set[str] = set()
        for at in range(0, len(codes), AT_ONCE):
            wanted = select(Site.code).where(
                func.lower(Site.code).in_(codes[at : at + AT_ONCE]),
                Site.market.not_in(programme.markets),
            )
            found |= {each.casefold() for each in self._work.session.scalars(wanted)}
        return found

    def _sort(self, each: SiteRow, counted: Counted) -> None:
        row = self._rows.get(each.draft.code.casefold())
        if row is None:
            counted.created += 1
            self._fresh.append(each.draft)
        elif _is_same(row, each.draft, each.given):
            counted.unchanged += 1
        else:
            counted.updated += 1
            self._altered.append((row.id, each.draft))

    def write(self) -> dict[str, int]:
        """Store them; return the number of every site by its code."""
        session = self._work.session
        if self._fresh:
            rows = [{**columns(each), "version": 1} for each in self._fresh]
            made = session.execute(insert(Site).returning(Site.id, Site.code), rows)
            self.numbers |= {code.casefold(): number for number, code in made}
        if self._altered:
            _update(self._work, Site, [(number, columns(each)) for number, each in self._altered])
        return self.numbers


class _Staff:
    """The sheet of staff against those who are there."""

    def __init__(
        self, work: Work, sites: _Sites, rows: Sequence[SheetRow], found: Imported
    ) -> None:
        self._work = work
        codes = {number: code for code, number in sites.numbers.items()}
        self._known = self._there(rows, sites, codes)
        drafts = {key: _person(row) for key, row in self._known.items()}
        seen: dict[tuple[str, str], int] = {}
        self._fresh: list[StaffRow] = []
        self._altered: list[tuple[int, StaffDraft]] = []
        counted = Counted(len(rows))
        for row in rows:
            each = staff_row(row, drafts, found.faults)
            if each is None or "site" in each.bad:
                continue
            if each.site.casefold() not in sites.markets:
                said = f"no site {each.site} in the markets of the programme; add it to sites"
                found.faults.note(row, "site", said)
            elif "code" not in each.bad and _once(
                seen, (each.site.casefold(), each.draft.code), row, found.faults
            ):
                self._sort(each, counted)
        if rows:
            found.sheets[SheetName.STAFF] = counted

    def _there(
        self, rows: Sequence[SheetRow], sites: _Sites, codes: dict[int, str]
    ) -> dict[tuple[str, str], SiteStaff]:
        named = {row.cells.get("site", "").casefold() for row in rows}
        wanted = sorted(sites.numbers[each] for each in named if each in sites.numbers)
        found = {}
        for at in range(0, len(wanted), AT_ONCE):
            rows_there = select(SiteStaff).where(SiteStaff.site_id.in_(wanted[at : at + AT_ONCE]))
            for row in self._work.session.scalars(rows_there):
                found[codes[row.site_id], row.code] = row
        return found

    def _sort(self, each: StaffRow, counted: Counted) -> None:
        row = self._known.get((each.site.casefold(), each.draft.code))
        if row is None:
            counted.created += 1
            self._fresh.append(each)
        elif _is_same(row, each.draft, each.given - {"site"}):
            counted.unchanged += 1
        else:
            counted.updated += 1
            self._altered.append((row.id, each.draft))

    def write(self, numbers: dict[str, int]) -> None:
        """Store them."""
        if self._fresh:
            rows = [
                {**_person_columns(each.draft), "site_id": numbers[each.site.casefold()]}
                for each in self._fresh
            ]
            self._work.session.execute(insert(SiteStaff), rows)
        if self._altered:
            rows_altered = [(number, _person_columns(each)) for number, each in self._altered]
            _update(self._work, SiteStaff, rows_altered)


def _once(seen: dict[Any, int], key: object, row: SheetRow, faults: Faults) -> bool:
    before = seen.setdefault(key, row.number)
    if before == row.number:
        return True
    faults.note(row, "code", f"the same stands in row {before} already; leave one out")
    return False


def _is_same(row: Any, draft: Any, given: frozenset[str]) -> bool:  # noqa: ANN401 (row and draft)
    """Tell whether a file says of a row what is there: compared as cells, not as values."""
    return all(
        written(name, getattr(row, name)) == written(name, getattr(draft, name)) for name in given
    )


def _draft(row: Site) -> SiteDraft:
    return SiteDraft(**{name: getattr(row, name) for name in SiteDraft.__dataclass_fields__})


def _person(row: SiteStaff) -> StaffDraft:
    return StaffDraft(**_person_columns(row))


def _person_columns(of: StaffDraft | SiteStaff) -> dict[str, Any]:
    return {name: getattr(of, name) for name in StaffDraft.__dataclass_fields__}


def _update(work: Work, table: type[Any], rows: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write altered rows in one statement; whoever has one open meanwhile is told so."""
    own = table.__table__
    names = list(rows[0][1])
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    if "version" in own.c:
        values["version"] = own.c.version + 1
    work.session.execute(
        update(own).where(own.c.id == bindparam("row")).values(values),
        [
            {"row": number, **{f"new_{name}": value for name, value in new.items()}}
            for number, new in rows
        ],
    )
    work.session.expire_all()
