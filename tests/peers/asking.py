"""Polling real tools with the machine's own clock."""

from collections.abc import Mapping
from typing import Any

from ssoc.core.clock import SystemClock
from ssoc.core.settings import PollingSettings
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.reading import Reading
from tests.monitoring.adapters import cases


def ask(
    adapter: str,
    settings: Mapping[str, Any],
    client: Client | None = None,
    polling: PollingSettings = cases.QUICK,
) -> Reading:
    """Poll once, now."""
    return cases.ask(adapter, settings, client, SystemClock().now(), polling)


def values(reading: Reading, name: str, label: str = "country") -> dict[str, float]:
    """Return the samples of a name by one of their labels."""
    return {
        sample.labels.get(label, ""): sample.value
        for sample in reading.samples
        if sample.name == name
    }
