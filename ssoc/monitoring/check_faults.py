"""What is wrong with a described check: its adapter, the adapter's settings, its rules."""

from collections.abc import Sequence

from ssoc.estate.values import Check
from ssoc.monitoring import kpi
from ssoc.monitoring.adapters import ADAPTERS


def check_faults(check: Check) -> Sequence[str]:
    """Return every fault of ``check`` in words; empty when it can be run."""
    adapter = ADAPTERS.get(check.adapter)
    if adapter is None:
        return [f"{check.key}: no adapter {check.adapter}; known are {', '.join(sorted(ADAPTERS))}"]
    found = [*adapter.faults(check.settings), *kpi.faults(check)]
    return [f"{check.key}: {fault}" for fault in found]
