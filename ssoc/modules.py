"""The wiring list: every package that plugs into the toolkit, by name."""

from importlib import import_module

from sqlalchemy import Engine

from ssoc.core import repeats as repeats  # registers the tables
from ssoc.core import running as running  # registers the tables
from ssoc.core.clock import Clock, SystemClock
from ssoc.core.module import Module
from ssoc.core.settings import Settings
from ssoc.core.work import Runtime

MODULES = (
    "ssoc.estate",
    "ssoc.accounts",
    "ssoc.monitoring",
    "ssoc.notify",
    "incidents",
    "changes",
    "web",
)


def load() -> list[Module]:
    """Import each front door; a missing or misspelt one fails at start-up."""
    return [import_module(f"{name}.module").MODULE for name in MODULES]


def wire(engine: Engine, clock: Clock | None = None, settings: Settings | None = None) -> Runtime:
    """Return the runtime with the subscriptions of every module."""
    subscriptions = [each for module in load() for each in module.subscriptions]
    return Runtime(engine, clock or SystemClock(), settings or Settings(), subscriptions)
