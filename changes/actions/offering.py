"""Files of changes that wait until somebody has looked at what they would do."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update

from changes.actions.importing import Imported, import_changes
from changes.importing.mapping import mapping_from_text
from changes.models import ChangeImport
from ssoc.core.errors import BadInput, Conflict, NotFound, TooLarge
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

KEPT = timedelta(days=1)  # a file that nobody imports is dropped after this


@dataclass(frozen=True)
class Offer:
    """A file as somebody brought it, and how it is to be read."""

    tool: str
    name: str
    content: bytes
    zone: str = ""
    encoding: str = ""
    mapping: str = ""
    dates: str = ""


@dataclass(frozen=True)
class Past:
    """One import that was done."""

    id: int
    at: datetime
    by: str
    tool: str
    name: str
    created: int
    updated: int


def offer(work: Work, given: Offer) -> int:
    """Keep a file for its import, and return its number; it is checked when it is looked at."""
    if not work.actor.markets(Permission.CHANGE_MANAGE):
        work.require(Permission.CHANGE_MANAGE, EVERYWHERE)
    if not given.content:
        raise BadInput("no file came, or an empty one; choose the export of the other tool")
    most = work.settings.changes.most_import_bytes
    if len(given.content) > most:
        raise TooLarge(f"the file is larger than {most} bytes (changes.most_import_bytes)")
    mapping_from_text(given.tool, given.mapping, given.zone, given.dates)
    work.session.execute(
        update(ChangeImport)
        .where(ChangeImport.at < work.now - KEPT, ChangeImport.content.is_not(None))
        .values(content=None),
        execution_options={"synchronize_session": False},
    )
    row = ChangeImport(
        at=work.now,
        by=work.actor.name,
        tool=given.tool,
        name=str(storable(given.name))[:255],
        zone=given.zone[:64],
        encoding=given.encoding[:32],
        mapping=given.mapping,
        dates=given.dates,
        digest=sha256(given.content).hexdigest(),
        content=given.content,
    )
    work.session.add(row)
    work.session.flush()
    return row.id


def look_at(work: Work, number: int) -> tuple[Offer, Imported]:
    """Return what the import of a file would do; nothing is written."""
    row = _mine(work, number)
    return _do(work, row, dry_run=True)


def take(work: Work, number: int) -> Imported:
    """Import a file that was looked at; it is dropped then."""
    row = _mine(work, number, is_locked=True)
    _, found = _do(work, row, dry_run=False)
    if found.is_written:
        row.content, row.done_at = None, work.now
        row.created, row.updated = found.created, found.updated
    return found


def _mine(work: Work, number: int, is_locked: bool = False) -> ChangeImport:
    row = work.session.get(ChangeImport, number, with_for_update=is_locked)
    if row is None or row.by != work.actor.name:
        raise NotFound(f"there is no file {number} of yours to import; upload it")
    if row.done_at is not None:
        raise Conflict(f"{row.name} was imported already; upload it again to repeat that")
    if row.content is None:
        raise NotFound(f"{row.name} waited for more than a day and was dropped; upload it again")
    return row


def _do(work: Work, row: ChangeImport, dry_run: bool) -> tuple[Offer, Imported]:
    content = row.content or b""
    given = Offer(row.tool, row.name, b"", row.zone, row.encoding, row.mapping, row.dates)
    mapping = mapping_from_text(row.tool, row.mapping, row.zone, row.dates)
    return given, import_changes(work, io.BytesIO(content), mapping, row.encoding, dry_run)


def past(work: Work) -> list[Past]:
    """Return the newest imports that were done, of everybody, to those who may import."""
    if not work.actor.markets(Permission.CHANGE_MANAGE):
        work.require(Permission.CHANGE_MANAGE, EVERYWHERE)
    row = ChangeImport
    done = select(row).where(row.done_at.is_not(None)).order_by(row.done_at.desc()).limit(20)
    return [
        Past(each.id, each.at, each.by, each.tool, each.name, each.created, each.updated)
        for each in work.session.scalars(done)
    ]
