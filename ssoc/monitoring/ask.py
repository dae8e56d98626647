"""Ask the target of a check once, outside the poller: what ``ssoc doctor`` does with each."""

from ssoc.core.work import Runtime
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.reading import Reading


def ask(check: Check, runtime: Runtime) -> Reading:
    """Return what the target said; nothing is stored."""
    client = Client()
    try:
        poll = ADAPTERS[check.adapter].poll
        return poll(check, runtime.settings.polling, runtime.clock.now(), client)
    finally:
        client.close()
