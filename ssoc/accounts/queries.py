"""Read-only views of people and machines."""

from sqlalchemy import select

from ssoc.accounts.models import ApiToken
from ssoc.accounts.tokens import hash_of
from ssoc.core.errors import NotSignedIn
from ssoc.core.permissions import SCOPES, Actor, ActorKind
from ssoc.core.work import Work


def token_actor(work: Work, plain: str) -> Actor:
    """Return the machine that holds the token ``plain``; its name is ``token:<name>``.

    Raises:
        NotSignedIn: no such token, or it is revoked or past its date; which one is not said.

    """
    found = work.session.scalar(select(ApiToken).where(ApiToken.hash == hash_of(plain)))
    if found is None or found.revoked_at or (found.expires_at and found.expires_at <= work.now):
        raise NotSignedIn("the token is unknown, revoked or past its date; ask an admin for one")
    grants = frozenset(
        (permission, market)
        for market in found.markets.split(",")
        for permission in SCOPES[found.scope]
    )
    return Actor(f"token:{found.name}", grants, ActorKind.TOKEN)
