"""Put files beside a change and take them away; content is kept outside any transaction."""

from datetime import timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO

from sqlalchemy import delete, func, select

from changes.actions import moving
from changes.attachments import Store, StoredFile, received, store_of
from changes.lifecycle import State
from changes.models import Attachment
from changes.policy import policy
from changes.queries import attachments as queries
from changes.rules.kinds import kind_of
from changes.values import ChangeView
from ssoc.core.errors import BadInput, Conflict, IllegalMove
from ssoc.core.permissions import Actor, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import ChangeAttached, ChangeDetached
from ssoc.core.work import Runtime, Work
from ssoc.monitoring.report import storable

LONGEST_NAME = 255
KEPT_FOR = timedelta(days=1)  # removed ones; until then the job leaves their content alone


def attach(runtime: Runtime, actor: Actor, change_id: int, name: str, stream: BinaryIO) -> int:
    """Receive a file, keep its content, put it beside a change, and return its number.

    Three short units of work, none open while bytes travel: may it be, is the content free from
    the job that forgets, the row.

    Raises:
        TooLarge: more bytes than the setting allows.
        BadInput: an empty file, a kind that is not allowed, a bad name.

    """
    with runtime.view(actor) as work:
        named = _checked(work, change_id, name)
        allowed = policy(work).attachments.kinds
    most = runtime.settings.changes.most_attachment_bytes
    with received(stream, most) as (file, kept):
        if not kept.size:
            raise BadInput(f"the file {named} is empty; nothing was kept")
        kind = kind_of(file, allowed)
        if not kind:
            raise BadInput(
                f"what {named} holds is none of {', '.join(allowed)}, told by its content; "
                "nothing was kept; save it as one of these"
            )
        with runtime.work(actor) as work:
            _claim(work, change_id, kept)
        store_of(runtime.settings).put(file, most)
    with runtime.work(actor) as work:
        return _add(work, change_id, named, kind, kept)


def _checked(work: Work, change_id: int, name: str) -> str:
    """Return the bare name when a file of it may be attached now."""
    view = queries.change(work, change_id)
    moving.require_in(work, Permission.CHANGE_PLAN, view.markets)
    _refuse_over(view)
    bare = PureWindowsPath(PurePosixPath(str(storable(name)).strip()).name).name.strip()
    bare = "".join(each for each in bare if each.isprintable())
    if not bare or bare in {".", ".."} or len(bare) > LONGEST_NAME:
        raise BadInput(f"a file has a name of 1 to {LONGEST_NAME} signs; rename it")
    _refuse_doubled(work, change_id, bare)
    return bare


def _refuse_over(view: ChangeView) -> None:
    if view.state in {State.CLOSED, State.CANCELLED}:
        raise IllegalMove(f"{view.reference} is {view.state}; its files stay as they are")


def _refuse_doubled(work: Work, change_id: int, name: str) -> None:
    live = (Attachment.change_id == change_id) & Attachment.removed_at.is_(None)
    taken = select(Attachment.id).where(live, Attachment.name == name)
    if work.session.scalar(taken) is not None:
        raise Conflict(f"{name} is attached already; remove it first, or rename the new one")
    most = policy(work).attachments.most_per_change
    if (work.session.scalar(select(func.count()).where(live)) or 0) >= most:
        raise Conflict(f"there are {most} files already, the most; remove one first")


def _claim(work: Work, change_id: int, kept: StoredFile) -> None:
    """Take the content from the job that forgets it: removed rows of it go now."""
    view = queries.change(work, change_id)
    moving.require_in(work, Permission.CHANGE_PLAN, view.markets)
    gone = (Attachment.digest == kept.digest) & Attachment.removed_at.is_not(None)
    work.session.execute(delete(Attachment).where(gone))


def _add(work: Work, change_id: int, name: str, kind: str, kept: StoredFile) -> int:
    _, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    _refuse_over(view)
    _refuse_doubled(work, change_id, name)
    row = Attachment(
        change_id=change_id,
        name=name,
        kind=kind,
        content_type=policy(work).attachments.kinds[kind].content_type,
        size=kept.size,
        digest=kept.digest,
        attached_by=work.actor.name,
        attached_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    markets = moving.markets_text(view.markets)
    work.record(ChangeAttached(change_id, markets, name, kept.digest))
    bump(work.session)
    return row.id


def detach(work: Work, change_id: int, attachment_id: int) -> None:
    """Take a file away from a change; its content goes a day later, if no other has it."""
    _, view = moving.found(work, change_id, Permission.CHANGE_PLAN)
    _refuse_over(view)
    found = queries.attachment(work, change_id, attachment_id)
    row = work.get(Attachment, found.id)
    row.removed_at = work.now
    markets = moving.markets_text(view.markets)
    work.record(ChangeDetached(change_id, markets, row.name, row.digest))
    bump(work.session)


def forget_removed(work: Work, store: Store) -> int:
    """Forget content that no change has had for a day, and return how many files that were.

    The rows stay locked meanwhile: who attaches the same content again waits, and keeps it.
    """
    old = select(Attachment).where(Attachment.removed_at <= work.now - KEPT_FOR)
    rows = list(work.session.scalars(old.order_by(Attachment.id).limit(200).with_for_update()))
    digests = {row.digest for row in rows}
    live = select(Attachment.digest).where(
        Attachment.digest.in_(digests), Attachment.removed_at.is_(None)
    )
    still = set(work.session.scalars(live))
    for row in rows:
        work.session.delete(row)
    work.session.flush()
    for digest in digests - still:
        store.delete(digest)
    return len(digests - still)
