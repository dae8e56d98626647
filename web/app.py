"""Flask application factory, and the unit of work of a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module

from flask import Flask, current_app, g, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from ssoc.accounts.keys import app_key
from ssoc.core.work import Runtime, Work
from ssoc.core.writing import WriteProbe
from web import assets, auth, errors, hardening, plotting, shell, uploads

ROOMS = (
    "web.account.views:account",
    "web.admin.views:admin",
    "web.api.views:api",
    "web.api.health:health",
    "web.change_managers.views:changes",
    "web.change_managers.feeds_out:feeds",
    "web.noc.views:noc",
    "web.programmes.views:programmes",
    "web.rollouts.views:rollouts",
)
FORM_BYTES = 262_144  # pages send small forms; the machine doors have limits of their own


class RowNumber(IntegerConverter):
    """Whole numbers in addresses, as far as a database can count; larger ones are not found."""

    def __init__(self, url_map: Map, fixed_digits: int = 0) -> None:
        super().__init__(url_map, fixed_digits, max=2**63 - 1)


@contextmanager
def request_work() -> Iterator[Work]:
    """Open the unit of work of a request that changes something, as the signed-in actor."""
    with request_runtime().work(g.actor) as work:
        yield work


@contextmanager
def request_view() -> Iterator[Work]:
    """Open the read-only unit of work of a request that only looks."""
    with request_runtime().view(g.actor) as work:
        yield work


def request_runtime() -> Runtime:
    """Return the runtime the application was built around."""
    runtime: Runtime = current_app.extensions["ssoc"]
    return runtime


def create_app(runtime: Runtime, key: bytes | None = None) -> Flask:
    """Build the application around an already wired runtime.

    Args:
        runtime: as ``modules.wire`` makes it.
        key: what signs sessions; read from the setting ``web.secret`` when None.

    """
    app = Flask(__name__)
    chosen = runtime.settings.web
    app.config.update(
        SECRET_KEY=key or app_key(chosen.secret),
        SESSION_COOKIE_NAME="ssoc_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=365),  # people's sign-ins end by auth's rule
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open for a whole shift
        WTF_CSRF_CHECK_DEFAULT=False,  # auth asks for it, except of machines with a token
    )
    app.extensions["ssoc"] = runtime
    app.extensions["ssoc.writes"] = WriteProbe()
    if chosen.trusted_proxies:
        hops = chosen.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops
        )
    app.url_map.converters["int"] = RowNumber
    for part in (uploads, auth, errors, hardening, shell, assets, plotting):
        part.install(app)
    app.add_url_rule("/", "home", home)
    for room in ROOMS:
        module, _, name = room.partition(":")
        app.register_blueprint(getattr(import_module(module), name))
    return app


def home() -> ResponseReturnValue:
    """Send people to where their work is."""
    return redirect(url_for(shell.first_page()), code=303)
