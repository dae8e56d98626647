"""Figures of the ingest doors, for ``/metrics``."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "ssoc_ingest_requests", "Requests at the ingest doors.", ("way", "status"), registry=REGISTRY
)
ALERTS = Counter("ssoc_ingest_alerts", "Alerts taken in.", ("way",), registry=REGISTRY)
FAULTS = Counter(
    "ssoc_ingest_faults",
    "What was refused, or taken with a remark, by kind.",
    ("way", "kind"),
    registry=REGISTRY,
)
SECONDS = Histogram(
    "ssoc_ingest_seconds",
    "Time from the request to the answer, the commit included.",
    ("way",),
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
    registry=REGISTRY,
)


def count_request(way: str, status: int, seconds: float) -> None:
    """Count one request; looking a child of a metric up costs more than counting."""
    answered, took = _children(way, status)
    answered.inc()
    took.observe(seconds)


@cache
def _children(way: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(way, str(status)), SECONDS.labels(way)
