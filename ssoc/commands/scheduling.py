"""``ssoc scheduler``: the process that polls and runs jobs."""

import click

from ssoc import modules, scheduler
from ssoc.commands.lazy import LazyRuntime
from ssoc.commands.signals import stop_on_signals
from ssoc.core.leader import lock_for


@click.command("scheduler")
@click.pass_obj
def run_scheduler(obj: LazyRuntime) -> None:
    """Run polls and jobs by the clock, or stand by while another scheduler does.

    Start two on different hosts: the one that leads works, the other takes over within ten
    seconds. SIGTERM ends it politely.
    """
    runtime = obj()
    scheduler.run(runtime, modules.load(), lock_for(runtime.engine), stop_on_signals())
