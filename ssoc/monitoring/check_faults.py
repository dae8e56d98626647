"""What is wrong with a described check: its adapter, the adapter's settings, its rules."""

from collections.abc import Sequence

from ssoc.estate.values import Check
from ssoc.monitoring import kpi
from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.adapters.hosts import host_fault, url_fault

ADDRESSES = ("url", "base")


def check_faults(check: Check) -> Sequence[str]:
    """Return every fault of ``check`` in words; empty when it can be run."""
    adapter = ADAPTERS.get(check.adapter)
    if adapter is None:
        return [f"{check.key}: no adapter {check.adapter}; known are {', '.join(sorted(ADAPTERS))}"]
    found = [*adapter.faults(check.settings), *kpi.faults(check)]
    return [f"{check.key}: {fault}" for fault in found]


def host_fault_of(check: Check, allowed: Sequence[str]) -> str:
    """Return why the host of ``check`` would not be asked under the setting, empty when it is."""
    for name in ADDRESSES:
        if isinstance(check.settings.get(name), str):
            return url_fault(check.settings[name], allowed)
    host = check.settings.get("host")
    return host_fault(host, allowed) if isinstance(host, str) else ""
