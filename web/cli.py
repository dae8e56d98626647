"""``ssoc web``: serve console, API and machine doors."""

import logging
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ssoc import migrations
from ssoc.core.work import Runtime

if TYPE_CHECKING:
    from web.ingest.door import Door

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
    app = application(runtime)
    bound = bind(listen or runtime.settings.web.listen)
    server = Server(app, bound, runtime.settings.web.threads)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: server.stop())
    log.info("serving at %s", server.address)
    server.run()
    app.close()


def application(runtime: Runtime) -> "Door":
    """Return the whole web side: the machine doors in front of the console."""
    from ssoc.monitoring.writer import Writer
    from web.app import create_app
    from web.ingest.door import Door

    return Door(create_app(runtime), runtime, Writer(runtime))
