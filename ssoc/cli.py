"""Composition root: settings, runtime, and the commands of every module."""

import logging
import signal
import sys
from threading import Event

import click

from ssoc import migrations, modules, scheduler
from ssoc.core import settings
from ssoc.core.database import make_engine
from ssoc.core.errors import SsocError
from ssoc.core.leader import lock_for
from ssoc.core.work import Runtime


@click.group()
@click.pass_context
def ssoc(context: click.Context) -> None:
    """Run the shared services operations centre.

    Settings come from ssoc.toml in this folder (or the file that SSOC_CONFIG names) and from
    SSOC_... variables; ``ssoc init`` writes a commented starting point.
    """
    if context.obj is None:
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        context.obj = LazyRuntime()


class LazyRuntime:
    """Makes the runtime at the first use, so that --help and init need no settings."""

    def __init__(self) -> None:
        self._made: Runtime | None = None

    def __call__(self) -> Runtime:
        """Return the runtime."""
        if self._made is None:
            chosen = settings.load()
            engine = make_engine(chosen.database.url, chosen.database.pool_size)
            self._made = modules.wire(engine, settings=chosen)
        return self._made


@ssoc.command("scheduler")
@click.pass_obj
def run_scheduler(runtime: "LazyRuntime") -> None:
    """Run polls and jobs by the clock, or stand by while another scheduler does."""
    wired = runtime()
    migrations.require_current(wired.engine)
    scheduler.run(wired, modules.load(), lock_for(wired.engine), _stop_on_signals())


def _stop_on_signals() -> Event:
    stop = Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    return stop


for module in modules.load():
    for command in module.commands:
        ssoc.add_command(command)


def main() -> None:
    """Run the command line; expected failures become one line and exit status 1."""
    try:
        ssoc()
    except SsocError as error:
        sys.exit(f"ssoc: {error}")
