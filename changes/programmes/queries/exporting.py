"""Sites, staff and plan of a programme as the file that an import reads again unchanged."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from changes.programmes.models import ProgrammeWave, Release, Site, SiteRollout, SiteStaff
from changes.programmes.queries import programmes
from changes.programmes.queries.unplaced import is_unplaced
from changes.programmes.sheets.cells import written
from changes.programmes.sheets.columns import COLUMNS, SheetName, neutral
from ssoc.core.work import Work

Table = list[list[str]]


def sheet(work: Work, programme_id: int, name: SheetName) -> Table:
    """Return one sheet, the header first; only sites that the actor may see."""
    programmes.found(work, programme_id)
    names = [each.name for each in COLUMNS[name]]
    rows = _ROWS[name](work, programme_id)
    return [names, *([neutral(written(each, row[each])) for each in names] for row in rows)]


def _sites(work: Work, programme_id: int) -> Iterator[Mapping[str, Any]]:
    names = [each.name for each in COLUMNS[SheetName.SITES]]
    for row in work.session.scalars(
        select(Site).where(*_of(work, programme_id)).order_by(Site.code)
    ):
        yield {name: getattr(row, name) for name in names}


def _staff(work: Work, programme_id: int) -> Iterator[Mapping[str, Any]]:
    person = SiteStaff
    columns = (person.code, person.name, person.role, person.joined_on, person.left_on)
    rows = (
        select(Site.code.label("site"), *columns)
        .join(person, person.site_id == Site.id)
        .where(*_of(work, programme_id))
        .order_by(Site.code, person.code)
    )
    for row in work.session.execute(rows):
        yield row._asdict()


def _plan(work: Work, programme_id: int) -> Iterator[Mapping[str, Any]]:
    way = SiteRollout
    columns = (way.slot_on, way.crew, way.champion, way.state)
    rows = (
        select(
            Site.code.label("site"),
            Release.name.label("release"),
            ProgrammeWave.position.label("wave"),
            *columns,
        )
        .join(way, way.site_id == Site.id)
        .join(Release, Release.id == way.release_id)
        .join(ProgrammeWave, ProgrammeWave.id == way.wave_id)
        .where(way.programme_id == programme_id, work.visible(Site.market, programmes.SEES))
        .order_by(ProgrammeWave.position, Site.code)
    )
    for row in work.session.execute(rows):
        yield row._asdict()


def _of(work: Work, programme_id: int) -> tuple[Any, ...]:
    """Return which sites go out: those planned, and those of its markets that are in no wave."""
    own = select(SiteRollout.site_id).where(SiteRollout.programme_id == programme_id)
    markets = programmes.found(work, programme_id).markets
    return Site.id.in_(own) | is_unplaced(markets), work.visible(Site.market, programmes.SEES)


_ROWS = {SheetName.SITES: _sites, SheetName.STAFF: _staff, SheetName.PLAN: _plan}


def as_csv(work: Work, programme_id: int, name: SheetName) -> bytes:
    """Return one sheet as CSV in UTF-8 with a mark, so that spreadsheets read its letters."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(sheet(work, programme_id, name))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_workbook(work: Work, programme_id: int) -> bytes:
    """Return all three sheets as a workbook; every cell is text, none a formula."""
    import xlsxwriter

    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(file, options)
    head = book.add_format({"bold": True})
    for name in SheetName:
        page = book.add_worksheet(name.value)
        table = sheet(work, programme_id, name)
        _write(page, table, head)
    book.close()
    return file.getvalue()


def _write(page: Any, table: Sequence[Sequence[str]], head: object) -> None:  # noqa: ANN401
    for at, name in enumerate(table[0]):
        page.write_string(0, at, name, head)
        page.set_column(at, at, max(10, min(40, len(name) + 6)))
    page.freeze_panes(1, 1)
    for number, row in enumerate(table[1:], 1):
        for at, cell in enumerate(row):
            if cell:
                page.write_string(number, at, cell)
