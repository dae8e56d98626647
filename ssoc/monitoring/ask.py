"""Run one check once, outside the poller: what ``ssoc doctor`` does with every target."""

from ssoc.core.work import Runtime
from ssoc.estate.values import Check
from ssoc.monitoring.reading import Reading


def ask(check: Check, runtime: Runtime) -> Reading:
    """Ask the target of ``check`` and return what it said; never raises."""
    from ssoc.monitoring.adapters import ADAPTERS

    raise NotImplementedError(ADAPTERS, check, runtime)
