"""Read-only views of alerts, silences, windows, sources and heartbeats, as frozen values."""

from ssoc.monitoring.queries.suppression import (
    flapping,
    held,
    maintenance_reason,
    overrun_windows,
    silence,
    silences,
    suppressions,
    under_maintenance,
    unused_silences,
    window,
    windows,
)

__all__ = [
    "flapping",
    "held",
    "maintenance_reason",
    "overrun_windows",
    "silence",
    "silences",
    "suppressions",
    "under_maintenance",
    "unused_silences",
    "window",
    "windows",
]
