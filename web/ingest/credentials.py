"""Who is at the door: tokens in their several wrappings, and a memory of a few seconds."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any

from ssoc.accounts.queries import token_actor
from ssoc.accounts.tokens import hash_of
from ssoc.core.errors import NotSignedIn, Unavailable
from ssoc.core.permissions import ANONYMOUS, Actor
from ssoc.core.work import Runtime

REMEMBERED_SECONDS = 3.0  # a revoked token works no longer than this
MOST = 2_000
NOBODY = (
    "no token was given: send it as Authorization: Bearer TOKEN, as the password of Basic, "
    "or as X-API-Key"
)


def token_of(environ: Mapping[str, Any]) -> str:
    """Return the token that a request carries; empty when it carries none."""
    scheme, _, rest = str(environ.get("HTTP_AUTHORIZATION", "")).strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "basic":
        return _password(rest)
    if scheme and rest:  # Bearer; Grafana lets people choose any other word
        return rest
    return scheme or str(environ.get("HTTP_X_API_KEY", "")).strip()


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def address_of(environ: Mapping[str, Any], proxies: int) -> str:
    """Return the address a request comes from, as the trusted proxies before us tell it."""
    hops = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    if proxies and len(hops) >= proxies and (said := hops[-proxies].strip()):
        return said[:45]
    return str(environ.get("REMOTE_ADDR") or "unknown")[:45]


@dataclass(frozen=True)
class _Seen:
    actor: Actor | None
    until: float
    at: datetime


class Senders:
    """Tells who holds a token; asks the database at most every few seconds for each."""

    def __init__(self, runtime: Runtime, remembered_seconds: float = REMEMBERED_SECONDS) -> None:
        self._runtime, self._seconds = runtime, remembered_seconds
        self._seen: dict[str, _Seen] = {}
        self._lock = Lock()

    def holder(self, plain: str, at_most: timedelta = timedelta()) -> Actor:
        """Return the machine that holds the token.

        While the database is away, somebody who was known no longer than ``at_most`` ago still is.

        Raises:
            NotSignedIn: none was given, or nobody holds it.
            Unavailable: the database is away and we do not remember.

        """
        if not plain:
            raise NotSignedIn(NOBODY)
        key = hash_of(plain)
        seen = self._seen.get(key)
        if seen is None or seen.until < monotonic():
            try:
                seen = self._ask(key, plain)
            except Unavailable:
                now = self._runtime.clock.now()
                if seen is None or seen.actor is None or now - seen.at > at_most:
                    raise
        if seen.actor is None:
            raise NotSignedIn("the token is unknown, revoked or past its date; ask for a new one")
        return seen.actor

    def _ask(self, key: str, plain: str) -> _Seen:
        until, now = monotonic() + self._seconds, self._runtime.clock.now()
        try:
            with self._runtime.view(ANONYMOUS) as work:
                seen = _Seen(token_actor(work, plain), until, now)
        except NotSignedIn:
            seen = _Seen(None, until, now)
        with self._lock:
            if len(self._seen) >= MOST:  # somebody tries many: forget all, which costs a look-up
                self._seen.clear()
            self._seen[key] = seen
        return seen
