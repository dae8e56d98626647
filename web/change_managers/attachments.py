"""Files beside a change: the panel, the way in, and the way out, which is always a download."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions.attaching import attach, detach
from changes.attachments import store_of
from changes.lifecycle import State
from changes.policy import policy
from changes.queries import attachments
from changes.values import ChangeView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_runtime, request_view, request_work
from web.change_managers.blueprint import changes
from web.downloads import downloaded
from web.uploads import takes_files


@dataclass(frozen=True)
class FileLine:
    """One file."""

    name: str
    kind: str
    size: str
    by: str
    when: str
    digest: str
    href: str
    remove: str


@dataclass(frozen=True)
class Files:
    """The panel: files, and whether more may come."""

    files: Sequence[FileLine]
    note: str
    may_change: bool
    upload: str
    limit: str


def panel(work: Work, change: ChangeView) -> Files:
    """Return the files of a change."""
    found = attachments.files_of(work, change.id)
    kinds = ", ".join(policy(work).attachments.kinds)
    most = work.settings.changes.most_attachment_bytes
    may = change.state not in {State.CLOSED, State.CANCELLED} and all(
        work.actor.may(Permission.CHANGE_PLAN, each) for each in change.markets
    )
    return Files(
        files=[
            FileLine(
                each.name,
                each.kind,
                size(each.size),
                each.attached_by,
                words.when(each.attached_at, work.now),
                each.digest,
                url_for("changes.file", change_id=change.id, file_id=each.id),
                url_for("changes.file_remove", change_id=change.id, file_id=each.id),
            )
            for each in found
        ],
        note=words.counted(len(found), "file") if found else "",
        may_change=may,
        upload=url_for("changes.file_attach", change_id=change.id),
        limit=f"{kinds}, told by the content; at most {size(most)}",
    )


def size(count: int) -> str:
    """Return bytes as people read them: ``340 kB``."""
    if count < 1_000:
        return f"{count}{words.HARD}B"
    if count < 1_000_000:
        return f"{count / 1_000:.0f}{words.HARD}kB"
    return f"{count / 1_000_000:.1f}{words.HARD}MB"


@changes.post("/<int:change_id>/files")
@takes_files
def file_attach(change_id: int) -> ResponseReturnValue:
    """Put a file beside a change."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput("no file was chosen; choose one, then attach it")
    attach(request_runtime(), g.actor, change_id, sent.filename, cast("BinaryIO", sent.stream))
    flash("The file is attached.")
    return redirect(url_for("changes.change", change_id=change_id), code=303)


@changes.get("/<int:change_id>/files/<int:file_id>")
def file(change_id: int, file_id: int) -> ResponseReturnValue:
    """Send a file to be kept, never to be shown."""
    with request_view() as work:
        found = attachments.attachment(work, change_id, file_id)
    return downloaded(store_of(request_runtime().settings), found)


@changes.post("/<int:change_id>/files/<int:file_id>/remove")
def file_remove(change_id: int, file_id: int) -> ResponseReturnValue:
    """Take a file away."""
    with request_work() as work:
        detach(work, change_id, file_id)
    flash("The file is removed.")
    return redirect(url_for("changes.change", change_id=change_id), code=303)
