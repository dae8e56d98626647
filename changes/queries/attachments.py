"""Files beside a change."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from changes.models import Attachment
from changes.queries.views import change as change
from ssoc.core.errors import NotFound
from ssoc.core.work import Work


@dataclass(frozen=True)
class AttachedFile:
    """One file: what it is called, what it is, and the hash of its content."""

    id: int
    change_id: int
    name: str
    kind: str
    content_type: str
    size: int
    digest: str
    attached_by: str
    attached_at: datetime


def attachments(work: Work, change_id: int) -> list[AttachedFile]:
    """Return the files of a change that the actor may see, the oldest first."""
    change(work, change_id)
    return files_of(work, change_id)


def files_of(work: Work, change_id: int) -> list[AttachedFile]:
    """Return the files of a change whose sight was asked for already."""
    wanted = select(Attachment).where(
        Attachment.change_id == change_id, Attachment.removed_at.is_(None)
    )
    return [_file(row) for row in work.session.scalars(wanted.order_by(Attachment.id))]


def attachment(work: Work, change_id: int, attachment_id: int) -> AttachedFile:
    """Return one file of one change, or raise NotFound."""
    found = [each for each in attachments(work, change_id) if each.id == attachment_id]
    if not found:
        raise NotFound(f"CHG-{change_id} has no file {attachment_id}")
    return found[0]


def _file(row: Attachment) -> AttachedFile:
    return AttachedFile(
        id=row.id,
        change_id=row.change_id,
        name=row.name,
        kind=row.kind,
        content_type=row.content_type,
        size=row.size,
        digest=row.digest,
        attached_by=row.attached_by,
        attached_at=row.attached_at,
    )
