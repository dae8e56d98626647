"""``ssoc web``: serve console, API and machine doors."""

import logging
import signal
from collections.abc import Callable
from typing import Any

import click

from ssoc import migrations
from ssoc.core.work import Runtime

log = logging.getLogger(__name__)


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Serve here instead of web.listen.")
@click.pass_obj
def web(obj: Callable[[], Runtime], listen: str | None) -> None:
    """Serve the console, the API and the doors that take alerts.

    The database must have the schema of this release (ssoc db upgrade). SIGTERM ends it
    politely: nothing new is taken, what is in flight is answered. Put TLS in front of it and
    set web.trusted_proxies to the number of proxies.
    """
    from web.server import Server, bind

    runtime = obj()
    migrations.require_current(runtime.engine)
    bound = bind(listen or runtime.settings.web.listen)
    server = Server(application(runtime), bound, runtime.settings.web.threads)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: server.stop())
    log.info("serving at %s", server.address)
    server.run()


def application(runtime: Runtime) -> Any:  # noqa: ANN401 (a WSGI callable)
    """Return the whole web side: the machine doors in front of the console."""
    from web.app import create_app

    return create_app(runtime)
