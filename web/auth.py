"""Who is at the other end: a session, a kiosk session, or an API token.

Sessions are signed cookies that hold no more than a person's number and epoch; each request
looks the person up, so that a disabled account or a new password ends them at once.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect

from ssoc.accounts import machines, queries
from ssoc.accounts.queries import Account
from ssoc.accounts.signing_in import Welcome
from ssoc.core.errors import NotAllowed, NotSignedIn, SsocError
from ssoc.core.permissions import ANONYMOUS, Actor, ActorKind
from ssoc.core.work import Runtime

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., object])
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_csrf = CSRFProtect()
_LAST_TOUCHED = "ssoc.touched"
_NEVER = datetime.min.replace(tzinfo=UTC)
_touching = Lock()


def public(view: View) -> View:
    """Let a view be reached by anybody, signed in or not."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def is_public(view: object) -> bool:
    """Tell whether anybody may reach a view; an address without a view has nothing to guard."""
    return view is None or getattr(view, "is_public", False) is True


def for_kiosks(view: View) -> View:
    """Let wall screens reach a view; it must show no personal data to ActorKind.KIOSK."""
    view.is_for_kiosks = True  # type: ignore[attr-defined]
    return view


def is_for_kiosks(view: object) -> bool:
    """Tell whether wall screens may reach a view."""
    return getattr(view, "is_for_kiosks", False) is True


def install(app: Flask) -> None:
    """Identify the actor before every request, and ask for a CSRF token on every write."""
    _csrf.init_app(app)
    app.extensions[_LAST_TOUCHED] = {}
    app.before_request(_identify)


def begin_session(welcome: Welcome, now: datetime) -> None:
    """Start afresh for somebody who has just signed in: an older session's content is dropped."""
    session.clear()
    session.permanent = False
    session.update(person=welcome.person_id, epoch=welcome.epoch, at=int(now.timestamp()))


def recognise() -> None:
    """Take the rest of this request as somebody who has just signed in."""
    g.actor = _actor()


def begin_kiosk_session(kept: str) -> None:
    """Make this browser a wall screen until its link is revoked."""
    session.clear()
    session.permanent = True
    session["kiosk"] = kept


def end_session() -> None:
    """Forget who was signed in here."""
    session.clear()


def local_target(wanted: str, otherwise: str) -> str:
    """Return ``wanted`` if it is a path on this site, else ``otherwise``."""
    if not wanted.isprintable() or "\\" in wanted:  # browsers drop tabs, and take \\ for /
        return otherwise
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if ours and not parts.scheme and not parts.netloc else otherwise


def address() -> str:
    """Return where the request comes from, behind the trusted proxies."""
    return request.remote_addr or "unknown"


def _identify() -> None:
    g.actor, g.account = ANONYMOUS, None
    view = current_app.view_functions.get(request.endpoint or "")
    if (request.endpoint or "").rpartition(".")[2] == "static":
        return
    is_open = is_public(view)
    try:
        g.actor = _actor()
    except SsocError:
        if not is_open:
            raise
    if request.method not in SAFE and not _has_token() and view is not None:
        _refuse_other_sites()
    if not is_open:
        _guard(view)


def _guard(view: object) -> None:
    """Refuse who may not open the page at all; what they may do there, actions decide."""
    if g.actor.kind is ActorKind.ANONYMOUS:
        raise NotSignedIn("sign in first")
    if not g.actor.grants and request.blueprint != "account":
        raise NotAllowed(  # an empty queue would look like a calm night
            "you may not open this page, since you hold no role yet; nothing was changed; "
            "an admin can grant you one"
        )
    if g.actor.kind is ActorKind.KIOSK and not is_for_kiosks(view):
        raise NotAllowed(
            "a wall screen shows the wall alone; nothing was changed; sign in at a desk for more"
        )


def _actor() -> Actor:
    if _has_token():
        return _token_actor(request.authorization.token if request.authorization else "")
    if "kiosk" in session:
        return _kiosk_actor(str(session["kiosk"]))
    if "person" in session:
        return _person_actor()
    return ANONYMOUS


def _has_token() -> bool:
    given = request.authorization
    return given is not None and given.type == "bearer"


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["ssoc"]
    return runtime


def _token_actor(plain: str | None) -> Actor:
    with _runtime().view(ANONYMOUS) as work:
        actor = queries.token_actor(work, plain or "")
    name = actor.name.partition(":")[2]
    _touch(actor.name, lambda: _touch_token(name))
    return actor


def _touch_token(name: str) -> None:
    with _runtime().work(ANONYMOUS) as work:
        machines.touch_token(work, name)


def _kiosk_actor(kept: str) -> Actor:
    with _runtime().view(ANONYMOUS) as work:
        actor = machines.kiosk_actor(work, kept)
    _touch(actor.name, lambda: _touch_kiosk(kept))
    return actor


def _touch_kiosk(kept: str) -> None:
    with _runtime().work(ANONYMOUS) as work:
        machines.touch_kiosk(work, kept)


def _touch(name: str, write: Callable[[], None]) -> None:
    """Run ``write`` at most once a minute for ``name``; failing to note it refuses nobody."""
    now = _runtime().clock.now()
    touched: dict[str, datetime] = current_app.extensions[_LAST_TOUCHED]
    with _touching:
        if now - touched.get(name, _NEVER) < machines.TOUCH_AT_MOST:
            return
        touched[name] = now
    try:
        write()
    except SsocError as error:
        log.warning("%s was used, unnoted: %s", name, error)


def _person_actor() -> Actor:
    runtime = _runtime()
    lasts = timedelta(hours=runtime.settings.web.session_hours)
    began = datetime.fromtimestamp(int(session.get("at", 0)), UTC)
    account: Account | None = None
    with runtime.view(ANONYMOUS) as work:
        if work.now - began < lasts:
            account = queries.signed_in(work, int(session["person"]), int(session.get("epoch", -1)))
    if account is None:
        session.clear()
        return ANONYMOUS
    g.account = account
    return account.actor


def _refuse_other_sites() -> None:
    """Refuse writes that another site's page sends with our user's cookie."""
    if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        raise NotAllowed("this request came from another site; nothing was changed")
    if current_app.config["WTF_CSRF_ENABLED"]:
        _csrf.protect()
