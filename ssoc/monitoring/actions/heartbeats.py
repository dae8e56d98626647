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
_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=366)


@dataclass(frozen=True)
class HeartbeatDraft:
    """A heartbeat as somebody asks for it."""

    name: str
    every: timedelta
    grace: timedelta
    market: str = ""
    component: str = ""


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
