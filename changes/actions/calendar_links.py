"""A person's own secret addresses of calendars: made and shown once, revoked at any time.

An address shows what its person may see at the moment it is read, never more, and nothing at all
of somebody who is disabled.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select, update

from changes.models import CalendarLink
from ssoc.accounts.tokens import hash_of, new_token
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.signs import is_blank
from ssoc.core.vocabulary import CalendarLinkChanged
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

MOST_LINKS = 20
MOST_NAME = 64
TOUCH_AT_MOST = timedelta(minutes=5)


class Shows(StrEnum):
    """What a calendar has in it."""

    BOTH = "both"
    CHANGES = "changes"
    FREEZES = "freezes"


@dataclass(frozen=True)
class LinkDraft:
    """A calendar as somebody wants it; no market means all they may see, then and later."""

    name: str
    markets: Collection[str] = ()
    component: str = ""
    shows: Shows = Shows.BOTH


def make_link(work: Work, draft: LinkDraft) -> str:
    """Make an address of the actor's own and return its secret; nobody sees it again.

    Raises:
        NotAllowed: the actor is no person, or may not see changes there.
        BadInput: what is wrong with it, and the cure.

    """
    if work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed("a calendar belongs to a person; nothing was changed; sign in by name")
    for code in sorted(draft.markets):
        work.require(Permission.CHANGE_SEE, code)
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)
    _check(work, draft)
    plain = new_token()
    name = draft.name.strip()[:MOST_NAME]
    work.session.add(
        CalendarLink(
            person=work.actor.name,
            name=name,
            hash=hash_of(plain),
            markets=sorted(set(draft.markets)),
            component=draft.component,
            shows=draft.shows.value,
            made_at=work.now,
        )
    )
    work.record(CalendarLinkChanged(work.actor.name, name, "made"))
    return plain


def revoke_link(work: Work, link_id: int) -> None:
    """End one of the actor's own addresses at once."""
    row = work.session.get(CalendarLink, link_id, with_for_update=True)
    if row is None or row.person != work.actor.name or work.actor.kind is not ActorKind.PERSON:
        raise NotFound(f"you have no calendar {link_id}")
    if row.revoked_at is None:
        row.revoked_at = work.now
        work.record(CalendarLinkChanged(row.person, row.name, "revoked"))


def touch_link(work: Work, link_id: int) -> None:
    """Note that an address was read; written every few minutes at most."""
    since = work.now - TOUCH_AT_MOST
    stale = CalendarLink.last_used_at.is_(None) | (CalendarLink.last_used_at <= since)
    wanted = update(CalendarLink).where(CalendarLink.id == link_id, stale)
    work.session.execute(wanted.values(last_used_at=work.now))


def _check(work: Work, draft: LinkDraft) -> None:
    estate = estate_queries.current(work)
    if is_blank(draft.name):
        raise BadInput("the calendar has no name; say where it is used, such as telephone")
    if draft.component and draft.component not in estate.components:
        raise BadInput(f"the estate has no component {draft.component[:64]!r}; use a key of it")
    if strange := sorted(set(draft.markets) - set(estate.markets)):
        raise BadInput(f"the estate has no market {strange[0][:16]!r}")
    mine = (CalendarLink.person == work.actor.name, CalendarLink.revoked_at.is_(None))
    held = work.session.scalar(select(func.count()).select_from(CalendarLink).where(*mine)) or 0
    if held >= MOST_LINKS:
        raise BadInput(f"you have {MOST_LINKS} calendars already; revoke one first")
