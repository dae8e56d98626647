"""API tokens and kiosk links: made and shown once, kept as hashes, revoked at any time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ssoc.accounts import rules
from ssoc.accounts.known import require_known
from ssoc.accounts.models import ApiToken, KioskLink
from ssoc.accounts.tokens import hash_of, new_token
from ssoc.core.errors import BadInput, Conflict, NotFound, NotSignedIn
from ssoc.core.permissions import EVERYWHERE, Actor, ActorKind, Permission, TokenScope
from ssoc.core.vocabulary import TokenChanged
from ssoc.core.work import Work

TOUCH_AT_MOST = timedelta(minutes=1)
KIOSK_SEES = frozenset(
    {Permission.ALERT_SEE, Permission.CHANGE_SEE, Permission.ESTATE_SEE, Permission.INCIDENT_SEE}
)


@dataclass(frozen=True)
class Token:
    """An API token as screens show it: everything but the token."""

    name: str
    scope: TokenScope
    markets: str
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime) -> str:
        """Return ``valid``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


@dataclass(frozen=True)
class Kiosk:
    """A wall screen's way in as screens show it: everything but the link."""

    name: str
    markets: str
    made_at: datetime
    made_by: str
    revoked_at: datetime | None
    last_seen_at: datetime | None


def create_token(
    work: Work,
    name: str,
    scope: TokenScope,
    markets: Iterable[str] = (),
    lasts: timedelta | None = None,
) -> str:
    """Make a token and return it; this is the only time anybody sees it."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    chosen = _checked(work, name, markets)
    _require_free(work.session, ApiToken, name)
    if lasts is not None and not timedelta(0) < lasts <= timedelta(days=3660):
        raise BadInput("a token lasts from a moment to ten years; give such a time, or none")
    plain = new_token()
    work.session.add(
        ApiToken(
            name=name,
            hash=hash_of(plain),
            scope=scope,
            markets=chosen,
            made_at=work.now,
            made_by=work.actor.name,
            expires_at=work.now + lasts if lasts else None,
        )
    )
    work.record(TokenChanged(name, "token made", scope, chosen))
    return plain


def revoke_token(work: Work, name: str) -> None:
    """End a token at once."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    token = work.session.scalar(select(ApiToken).where(ApiToken.name == name).with_for_update())
    if token is None:
        raise NotFound(f"there is no token named {name[:64]}; ssoc token list shows all")
    if token.revoked_at is None:
        token.revoked_at = work.now
        work.record(TokenChanged(name, "token revoked", token.scope, token.markets))


def tokens(work: Work) -> list[Token]:
    """Return all tokens, usable ones first, newest first."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    newest = select(ApiToken).order_by(ApiToken.revoked_at.is_not(None), ApiToken.made_at.desc())
    return [
        Token(
            each.name,
            each.scope,
            each.markets,
            each.made_at,
            each.made_by,
            each.expires_at,
            each.revoked_at,
            each.last_used_at,
        )
        for each in work.session.scalars(newest)
    ]


def touch_token(work: Work, name: str) -> None:
    """Note that a token was used; written once a minute at most."""
    work.session.execute(
        update(ApiToken)
        .where(ApiToken.name == name)
        .where(
            ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at <= work.now - TOUCH_AT_MOST)
        )
        .values(last_used_at=work.now)
    )


def create_kiosk(work: Work, name: str, markets: Iterable[str] = ()) -> str:
    """Make a kiosk link and return its secret part; this is the only time anybody sees it."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    chosen = _checked(work, name, markets)
    _require_free(work.session, KioskLink, name)
    plain = new_token()
    work.session.add(
        KioskLink(
            name=name,
            hash=hash_of(plain),
            markets=chosen,
            made_at=work.now,
            made_by=work.actor.name,
        )
    )
    work.record(TokenChanged(name, "kiosk link made", "kiosk", chosen))
    return plain


def revoke_kiosk(work: Work, name: str) -> None:
    """End a kiosk link; its screens say so at their next refresh."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    link = work.session.scalar(select(KioskLink).where(KioskLink.name == name).with_for_update())
    if link is None:
        raise NotFound(f"there is no kiosk link named {name[:64]}; ssoc kiosk list shows all")
    if link.revoked_at is None:
        link.revoked_at = work.now
        work.record(TokenChanged(name, "kiosk link revoked", "kiosk", link.markets))


def kiosks(work: Work) -> list[Kiosk]:
    """Return all kiosk links, usable ones first, newest first."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    newest = select(KioskLink).order_by(KioskLink.revoked_at.is_not(None), KioskLink.made_at.desc())
    return [
        Kiosk(
            each.name,
            each.markets,
            each.made_at,
            each.made_by,
            each.revoked_at,
            each.last_seen_at,
        )
        for each in work.session.scalars(newest)
    ]


def kiosk_actor(work: Work, kept: str) -> Actor:
    """Return the wall screen whose link hashes to ``kept``; it sees, and may do nothing."""
    link = work.session.scalar(select(KioskLink).where(KioskLink.hash == kept))
    if link is None or link.revoked_at is not None:
        raise NotSignedIn("this kiosk link is unknown or was revoked; ask an admin for another")
    grants = frozenset(
        (permission, market) for market in link.markets.split(",") for permission in KIOSK_SEES
    )
    return Actor(f"kiosk:{link.name}", grants, ActorKind.KIOSK)


def touch_kiosk(work: Work, kept: str) -> None:
    """Note that a wall screen was seen."""
    seen = update(KioskLink).where(KioskLink.hash == kept).values(last_seen_at=work.now)
    work.session.execute(seen)


def _checked(work: Work, name: str, markets: Iterable[str]) -> str:
    if fault := rules.name_fault(name):
        raise BadInput(fault)
    chosen = rules.join_markets(markets)
    require_known(work, chosen.split(","))
    if len(chosen) > 255:  # noqa: PLR2004 (the column's width)
        raise BadInput("too many markets; use * for all")
    return chosen


def _require_free(session: Session, kind: type[ApiToken] | type[KioskLink], name: str) -> None:
    if session.scalar(select(kind.id).where(kind.name == name)) is not None:
        raise Conflict(
            f"the name {name} is taken, revoked ones included; choose another, such as {name}-2"
        )
