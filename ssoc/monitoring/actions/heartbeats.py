"""Dead-man heartbeats: make one, hear its pings, remove it."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.vocabulary import HeartbeatSet
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.models import HeartbeatState
from ssoc.monitoring.report import storable
from ssoc.monitoring.rules.heartbeats import Ping

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_NO_TOKEN = "none:"  # noqa: S105 (stands where no hash of a token begins so)
_GRACE = timedelta(minutes=1)
_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=366)


@dataclass(frozen=True)
class HeartbeatDraft:
    """A heartbeat as somebody asks for it."""

    name: str
    every: timedelta
    grace: timedelta
    market: str = ""
    component: str = ""


@dataclass(frozen=True)
class HeartbeatWish:
    """What somebody says of a heartbeat; None where they say nothing."""

    name: str
    every: timedelta | None = None
    grace: timedelta | None = None
    market: str | None = None
    component: str | None = None


def draft_of(work: Work, wish: HeartbeatWish) -> HeartbeatDraft:
    """Return what the estate says of a heartbeat; of one that it does not have, what is wished."""
    beat = estate_queries.current(work).heartbeats.get(wish.name)
    if beat is None:
        if wish.every is None:
            raise BadInput(
                f"the estate has no heartbeat {wish.name}; say how often it pings, "
                "such as --every 1h"
            )
        grace = _GRACE if wish.grace is None else wish.grace
        return HeartbeatDraft(wish.name, wish.every, grace, wish.market or "", wish.component or "")
    names = ("every", "grace", "market", "component")
    given = {name: getattr(wish, name) for name in names if getattr(wish, name) is not None}
    if other := [f"--{name}" for name, each in given.items() if each != getattr(beat, name)]:
        raise BadInput(
            f"the estate file says otherwise of {wish.name}; leave {', '.join(other)} out, "
            "or change the file and load it"
        )
    return HeartbeatDraft(beat.name, beat.every, beat.grace, beat.market, beat.component)


def create_heartbeat(work: Work, draft: HeartbeatDraft) -> str:
    """Make a heartbeat, or give one that exists a new token; return the token, shown once.

    Only its SHA-256 is kept. The old token, if any, stops working.
    """
    work.require(Permission.ESTATE_LOAD, draft.market or EVERYWHERE)
    _check(work, draft)
    token = secrets.token_urlsafe(24)
    row = work.session.get(HeartbeatState, draft.name)
    if row is None:
        row = HeartbeatState(name=draft.name, made_at=work.now, message="")
    else:
        work.require(Permission.ESTATE_LOAD, row.market or EVERYWHERE)
    if not has_token(row):
        row.made_at = work.now  # its first ping is waited for from now on
    row.hash = hash_of(token)
    apply(row, draft)
    work.session.add(row)
    work.record(HeartbeatSet(draft.name, row.every_seconds))
    return token


def remove_heartbeat(work: Work, name: str) -> None:
    """Forget a heartbeat; what it alarmed is resolved at the next turn of its job."""
    row = work.session.get(HeartbeatState, name)
    if row is None:
        raise NotFound(f"there is no heartbeat {name}; ssoc heartbeat list shows all")
    work.require(Permission.ESTATE_LOAD, row.market or EVERYWHERE)
    if name in estate_queries.current(work).heartbeats:
        raise BadInput(f"{name} stands in the estate file; take it out there and load the estate")
    work.session.delete(row)
    work.record(HeartbeatSet(name, row.every_seconds, removed=True))


def ping(work: Work, token: str, kind: Ping = Ping.DONE, message: str = "") -> str:
    """Hear a ping; return the heartbeat's name. The token is the permission."""
    row = work.session.scalar(select(HeartbeatState).where(HeartbeatState.hash == hash_of(token)))
    if row is None:
        raise NotFound("no heartbeat has this token; ssoc heartbeat create NAME gives a new one")
    if kind is Ping.START:
        row.started_at = work.now
    elif kind is Ping.FAIL:
        row.failed_at = work.now
    else:
        row.last_at = work.now
    row.message = str(storable(message))[:500]
    return row.name


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def no_token(name: str) -> str:
    """Return what stands in the place of a token's hash before there is a token."""
    return _NO_TOKEN + hash_of(name)[len(_NO_TOKEN) :]


def has_token(row: HeartbeatState) -> bool:
    """Tell whether somebody was given an address to ping."""
    return not (row.hash or _NO_TOKEN).startswith(_NO_TOKEN)


def apply(row: HeartbeatState, draft: HeartbeatDraft) -> None:
    """Write what ``draft`` asks for into its row."""
    row.market, row.component = draft.market, draft.component
    row.every_seconds = round(draft.every.total_seconds())
    row.grace_seconds = round(draft.grace.total_seconds())


def _check(work: Work, draft: HeartbeatDraft) -> None:
    if not _NAME.fullmatch(draft.name):
        raise BadInput(
            f"{draft.name!r} is no name for a heartbeat; use up to 128 letters, digits, . _ : -"
        )
    if not _SHORTEST <= draft.every <= _LONGEST or not timedelta() <= draft.grace <= _LONGEST:
        raise BadInput("a heartbeat comes every second at most and every 366 days at least")
    estate = estate_queries.current(work)
    if draft.component and draft.component not in estate.components:
        raise BadInput(f"the estate does not know the component {draft.component}; use its key")
    if draft.market and estate.markets and draft.market not in estate.markets:
        raise BadInput(f"the estate does not know the market {draft.market}; use its code")
