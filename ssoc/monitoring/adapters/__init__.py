"""One file per way of asking; each offers one function that returns a Reading and never raises.

``ADAPTERS[check.adapter].poll(check, settings, at, client)`` asks once. A target that keeps alerts
itself gives a :class:`~ssoc.monitoring.adapters.answer.Pulled`, a Reading with ``reports``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ssoc.core.settings import PollingSettings
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import (
    alertmanager,
    files,
    gsma,
    health,
    http,
    metrics,
    net,
    promql,
)
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.reading import Reading

Poll = Callable[[Check, PollingSettings, datetime, Client], Reading]


@dataclass(frozen=True)
class Adapter:
    """One way of asking: the poll, its settings in words, and what is wrong with given ones."""

    poll: Poll
    settings: Mapping[str, str]
    faults: Callable[[Mapping[str, Any]], list[str]]


ADAPTERS: Mapping[str, Adapter] = {
    "alertmanager": Adapter(alertmanager.poll, alertmanager.SETTINGS, alertmanager.faults),
    "files": Adapter(files.poll, files.SETTINGS, files.faults),
    "gsma": Adapter(gsma.poll, gsma.SETTINGS, gsma.faults),
    "health": Adapter(health.poll, health.SETTINGS, health.faults),
    "http": Adapter(http.poll, http.SETTINGS, http.faults),
    "metrics": Adapter(metrics.poll, metrics.SETTINGS, metrics.faults),
    "net": Adapter(net.poll, net.SETTINGS, net.faults),
    "promql": Adapter(promql.poll, promql.SETTINGS, promql.faults),
}
