"""Composition root: the command line, whose commands are imported when they are called."""

import logging
import sys
from collections.abc import Mapping
from importlib import import_module

import click

from ssoc.commands.lazy import LazyRuntime
from ssoc.core.errors import SsocError, reason_of

COMMANDS: Mapping[str, tuple[str, str]] = {  # where each stands, and what --help says of it
    "init": (
        "ssoc.commands.installation:init",
        "Write settings, an example estate and a session key.",
    ),
    "up": ("ssoc.commands.installation:up", "Run everything on this machine."),
    "prepare": ("ssoc.commands.preparing:prepare", ""),
    "web": ("web.cli:web", "Serve the console, the API and the doors that take alerts."),
    "scheduler": ("ssoc.commands.scheduling:run_scheduler", "Run polls and jobs by the clock."),
    "db": ("ssoc.commands.database:database", "Keep the database: schema, backup, restore."),
    "estate": ("ssoc.commands.estate:estate", "Check, load and show the estate."),
    "user": ("ssoc.accounts.cli:user", "Keep the accounts of people."),
    "token": ("ssoc.accounts.cli:token", "Keep the tokens of machines."),
    "kiosk": ("ssoc.accounts.cli:kiosk", "Keep the links of wall screens."),
    "heartbeat": ("ssoc.monitoring.cli:heartbeat", "Keep the heartbeats that jobs ping."),
    "change": ("changes.cli:change", "Plan, submit, schedule and start changes."),
    "gate": ("changes.gates.cli:gate", "Check definitions of health gates."),
    "rollout": ("changes.rollouts.cli:rollout", "Plan, begin, pause and decide roll-outs."),
    "programme": ("changes.programmes.cli:programme", "Keep programmes over many sites."),
    "feature": ("changes.features.cli:feature", "See features, force one off, let it go on."),
    "freeze": ("changes.freeze_cli:freeze", "See, set and lift freezes of changes."),
    "reconcile": (
        "changes.recon_cli:reconcile",
        "Compare a day of two systems, explain its breaks.",
    ),
    "doctor": ("ssoc.commands.doctor:doctor", "Look at everything, and say what to do."),
    "demo": ("ssoc.commands.demo:demo", "Break and mend the demo's platforms."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name; ``--help`` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's own)
        """Return the names in the order a newcomer needs them."""
        return [name for name, (_, text) in COMMANDS.items() if text]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print what the table says of each."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
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


def main() -> None:
    """Run the command line; expected failures become one line and exit status 1."""
    try:
        ssoc()
    except SsocError as error:
        why = f" ({reason_of(error)})" if reason_of(error) else ""
        sys.exit("\n".join(f"ssoc: {line}" for line in f"{error}{why}".splitlines()))
