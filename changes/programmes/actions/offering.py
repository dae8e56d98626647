"""Files of sites that wait until somebody has looked at what they would do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update

from changes.programmes.actions.importing import Imported, import_file
from changes.programmes.models import FileKind, SiteImport
from changes.programmes.queries import programmes
from changes.programmes.sheets.columns import SheetName
from changes.programmes.sheets.reading import is_workbook
from ssoc.core.errors import BadInput, Conflict, NotFound, TooLarge
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

KEPT = timedelta(days=1)  # a file that nobody imports is dropped after this


@dataclass(frozen=True)
class Past:
    """One import that was done."""

    id: int
    at: datetime
    by: str
    name: str
    created: int
    updated: int


def offer(work: Work, programme_id: int, name: str, content: bytes, sheet: str = "") -> int:
    """Keep a file for its import, and return its number; it is checked when it is looked at."""
    row = programmes.found(work, programme_id)
    for market in sorted(row.markets):
        work.require(Permission.PROGRAMME_PLAN, market)
    if not content:
        raise BadInput("no file came, or an empty one; choose a CSV file or a workbook (.xlsx)")
    most = work.settings.changes.most_import_bytes
    if len(content) > most:
        raise TooLarge(f"the file is larger than {most} bytes (changes.most_import_bytes)")
    named = sheet_named(sheet)
    work.session.execute(
        update(SiteImport)
        .where(SiteImport.at < work.now - KEPT, SiteImport.content.is_not(None))
        .values(content=None),
        execution_options={"synchronize_session": False},
    )
    kept = SiteImport(
        programme_id=programme_id,
        at=work.now,
        by=work.actor.name,
        name=str(storable(name))[:255],
        kind=FileKind.XLSX if is_workbook(content) else FileKind.CSV,
        sheet=named.value if named else "",
        digest=sha256(content).hexdigest(),
        content=content,
    )
    work.session.add(kept)
    work.session.flush()
    return kept.id


def sheet_named(word: str) -> SheetName | None:
    """Return the sheet a word means, None for an empty one."""
    try:
        return SheetName(word) if word else None
    except ValueError:
        known = ", ".join(each.value for each in SheetName)
        raise BadInput(f"no sheet {word[:24]!r}; there are {known}") from None


def look_at(work: Work, number: int) -> tuple[str, Imported]:
    """Return a file's name and what its import would do; nothing is written."""
    row = _mine(work, number)
    return row.name, _do(work, row, dry_run=True)


def take(work: Work, number: int) -> Imported:
    """Import a file that was looked at; it is dropped then."""
    row = _mine(work, number, is_locked=True)
    found = _do(work, row, dry_run=False)
    if found.is_written:
        row.content, row.done_at = None, work.now
        row.created, row.updated = found.created, found.updated
    return found


def _mine(work: Work, number: int, is_locked: bool = False) -> SiteImport:
    row = work.session.get(SiteImport, number, with_for_update=is_locked)
    if row is None or row.by != work.actor.name:
        raise NotFound(f"there is no file {number} of yours to import; upload it")
    if row.done_at is not None:
        raise Conflict(f"{row.name} was imported already; upload it again to repeat that")
    if row.content is None:
        raise NotFound(f"{row.name} waited for more than a day and was dropped; upload it again")
    return row


def _do(work: Work, row: SiteImport, dry_run: bool) -> Imported:
    content = row.content or b""
    sheet = sheet_named(row.sheet)
    return import_file(work, row.programme_id, content, row.name, sheet, dry_run)


def past(work: Work, programme_id: int) -> list[Past]:
    """Return the newest imports of a programme that were done."""
    programmes.found(work, programme_id)
    row = SiteImport
    done = (
        select(row)
        .where(row.programme_id == programme_id, row.done_at.is_not(None))
        .order_by(row.done_at.desc())
        .limit(20)
    )
    return [
        Past(each.id, each.done_at or each.at, each.by, each.name, each.created, each.updated)
        for each in work.session.scalars(done)
    ]
