"""Composition root: the command line with the commands of every module."""

import logging
import sys

import click

from ssoc import migrations, modules, scheduler
from ssoc.commands.database import database
from ssoc.commands.demo import demo
from ssoc.commands.doctor import doctor
from ssoc.commands.estate import estate
from ssoc.commands.installation import init, stop_on_signals, up
from ssoc.commands.lazy import LazyRuntime
from ssoc.core.errors import SsocError
from ssoc.core.leader import lock_for


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ssoc")
@click.pass_context
def ssoc(context: click.Context) -> None:
    """Run the shared services operations centre.

    Settings come from ssoc.toml in this folder (or the file that SSOC_CONFIG names) and from
    SSOC_... variables; ``ssoc init`` writes a commented starting point. Exit status: 0 done,
    1 refused or failed, 2 wrong usage.
    """
    if context.obj is None:
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        for noisy in ("apscheduler", "alembic"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        for counted in ("apscheduler.scheduler", "apscheduler.executors"):  # turns left out
            logging.getLogger(counted).setLevel(logging.ERROR)
        context.obj = LazyRuntime()


@ssoc.command("scheduler")
@click.pass_obj
def run_scheduler(obj: LazyRuntime) -> None:
    """Run polls and jobs by the clock, or stand by while another scheduler does."""
    runtime = obj()
    migrations.require_current(runtime.engine)
    scheduler.run(runtime, modules.load(), lock_for(runtime.engine), stop_on_signals())


for command in (init, up, database, estate, doctor, demo):
    ssoc.add_command(command)
for module in modules.load():
    for command in module.commands:
        ssoc.add_command(command)


def main() -> None:
    """Run the command line; expected failures become one line and exit status 1."""
    try:
        ssoc()
    except SsocError as error:
        sys.exit("\n".join(f"ssoc: {line}" for line in str(error).splitlines()))
