"""Failures as pages for people and as problem documents (RFC 9457) for machines."""

import logging
import secrets
from http import HTTPStatus

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.urls import iri_to_uri

from ssoc import migrations
from ssoc.accounts import queries
from ssoc.core.errors import NotAllowed, NotSignedIn, SsocError, Unavailable
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.work import Runtime
from web import resending, words
from web.auth import is_public, local_target
from web.resending import Typed

log = logging.getLogger(__name__)
RETRY_SECONDS = "10"
_PLAIN = {
    400: "The request could not be read; nothing was changed; go back and try again",
    404: "There is no such page; perhaps it was moved or never was; triage lists what is open",
    405: "This page cannot be used like that; nothing was changed; go back and try again",
    413: "The form is too large; nothing was changed; send less at once",
}


def install(app: Flask) -> None:
    """Translate every failure in this one place."""
    app.register_error_handler(NotSignedIn, _ask_to_sign_in)
    app.register_error_handler(NotAllowed, _refuse)
    app.register_error_handler(SsocError, explain)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug(app))


def wants_json() -> bool:
    """Tell whether the caller is a machine."""
    if request.path.startswith("/api/") or request.path == "/metrics" or request.is_json:
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """Return a problem document."""
    answer = jsonify(
        type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail
    )
    answer.status_code, answer.content_type = status, "application/problem+json"
    answer.headers.update(headers or {})
    return answer


def explain(error: SsocError) -> ResponseReturnValue:
    """Return the page or document for a failure that somebody can act on."""
    headers = {"Retry-After": RETRY_SECONDS} if isinstance(error, Unavailable) else {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="ssoc"'
    return _answer(error.status, str(error), headers)


def _answer(status: int, text: str, headers: dict[str, str]) -> ResponseReturnValue:
    if wants_json():
        return problem(status, text, headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and (typed := resending.typed()):
        return give_back(typed, status, text, headers)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        home = url_for("home")
        asked = request.full_path.rstrip("?") if request.method == "GET" else home
        retry = iri_to_uri(local_target(asked, home))
        page = render_template("away.html", text=text, retry=retry, seconds=RETRY_SECONDS)
        return page, status, {**headers, "Refresh": f"{RETRY_SECONDS};url={retry}"}
    what, _, rest = text.partition("; ")
    return render_template("error.html", status=status, what=what, rest=rest), status, headers


def give_back(
    typed: Typed, status: int, text: str, headers: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Return the page that holds what somebody typed, ready to be sent again."""
    what, _, rest = text.partition("; ")
    rest = f"{rest[:1].upper()}{rest[1:]}." if rest else ""
    page = render_template("resend.html", typed=typed, status=status, what=what, rest=rest)
    return page, status, headers or {}


def _ask_to_sign_in(error: NotSignedIn) -> ResponseReturnValue:
    if not wants_json() and (typed := resending.typed()):
        return _sign_in_with(typed, error.status)
    if wants_json() or request.method not in {"GET", "HEAD"}:
        return explain(error)
    where = request.full_path.rstrip("?")
    return redirect(url_for("account.sign_in", next=None if where == "/" else where), code=303)


def _sign_in_with(typed: Typed, status: int) -> ResponseReturnValue:
    """Ask who it is, and carry the form through; nothing of it is kept here."""
    fault = "Your session has ended; what you typed is kept: sign in, then send it again"
    page = render_template(
        "account/signin.html", target=url_for("home"), name="", fault=fault, kept=typed.kept
    )
    return page, status


def _refuse(error: NotAllowed) -> ResponseReturnValue:
    """Refuse in three parts: what, why, and who could do it instead."""
    if wants_json():
        return explain(error)
    text = str(error).replace(f"{g.actor.name} may not", "you may not", 1)
    if error.permission and g.actor.kind is ActorKind.PERSON and not _is_held(error):
        text = _refusal(Permission(error.permission), error.market)
        people = _who_may(Permission(error.permission), error.market)
        text += f"; who may: {words.listed(people, 5)}" if people else ""
    return _answer(error.status, text, {})


def _is_held(error: NotAllowed) -> bool:
    """Tell whether the permission is not what is lacking: then the refusal says itself why."""
    held = g.actor.markets(Permission(error.permission))
    return bool({error.market, EVERYWHERE} & held) or (not error.market and bool(held))


def _refusal(permission: Permission, market: str) -> str:
    """Return what somebody may not do and why; a page that was only asked for changes nothing."""
    held = sorted(g.actor.markets(permission))
    where = market if market != EVERYWHERE else "all markets" if held else ""
    what = f"you may not {permission.phrase}{' in ' + where if where else ''}"
    why = f"your roles let you in {words.listed(held)}" if held else "none of your roles lets you"
    is_asking = request.method in {"GET", "HEAD"}
    outcome = "nothing of it is shown" if is_asking else "nothing was changed"
    return f"{what}; {why}, so {outcome}; an admin can grant the role that does"


def _who_may(permission: Permission, market: str) -> list[str]:
    runtime: Runtime = current_app.extensions["ssoc"]
    try:
        with runtime.view(g.actor) as work:
            return queries.names_by_role(work, permission, market)
    except SsocError:
        return []


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    typed = None if wants_json() else resending.typed()
    if typed is None:
        return _answer(
            400,
            "The form was not ours or its page is too old; nothing was changed; "
            "open the page again and repeat",
            {},
        )
    view = current_app.view_functions.get(request.endpoint or "")
    if g.actor.kind is ActorKind.ANONYMOUS and (not is_public(view) or request.form.get("kept")):
        return _sign_in_with(typed, 401)
    return give_back(typed, 400, "The page you sent this from is too old; send it again from here")


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return error
    kept = {name: value for name, value in error.get_headers() if name == "Retry-After"}
    text = _PLAIN.get(status, error.description or error.name)
    if isinstance(error, MethodNotAllowed):
        methods = sorted(error.valid_methods or ())
        kept["Allow"] = ", ".join(methods)
        if wants_json():
            text = f"{request.method} is not answered here; use {', '.join(methods)}"
    return _answer(status, text, kept)


def _bug(app: Flask):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def crash(error: Exception) -> ResponseReturnValue:
        """Log a bug once, here at the edge, under a number the person can quote."""
        if isinstance(error, DBAPIError) and (cure := _schema_fault(app)):
            return _answer(503, cure, {"Retry-After": RETRY_SECONDS})
        number = secrets.token_hex(4)
        log.exception("bug %s at %s %s", number, request.method, request.path)
        text = (
            f"Something is wrong with ssoc itself; it was written to the log as {number}; "
            "nothing was changed by this request"
        )
        return _answer(500, text, {})

    return crash


def _schema_fault(app: Flask) -> str:
    """Return why the tables are not those this release knows, or an empty text."""
    runtime: Runtime = app.extensions["ssoc"]
    try:
        migrations.require_current(runtime.engine)
    except SsocError as error:
        return str(error)
    except DBAPIError:
        return ""
    return ""
