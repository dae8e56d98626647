"""What a screen must say before anything else: why its figures may not be true."""

from datetime import datetime

from ssoc.core import jobs
from ssoc.core.work import Work
from ssoc.monitoring import sample_queries
from web import words

CORRELATE = "incidents.correlate"


def banners(work: Work) -> list[str]:
    """Return at most one sentence; a dead scheduler explains a silent poller."""
    trouble = jobs.trouble(work)
    if trouble.silent_since:
        return [
            f"Scheduler silent since {_since(trouble.silent_since, work.now)}: "
            "no alert becomes an incident; start it again"
        ]
    if trouble.failing_since:
        costs = "no alert becomes an incident" if trouble.failing == CORRELATE else "its work waits"
        return [
            f"Job {trouble.failing} fails at every turn since "
            f"{_since(trouble.failing_since, work.now)}: {costs}; see Operations, Jobs"
        ]
    if silent := sample_queries.poller_silent_since(work):
        return [
            f"Poller silent since {_since(silent, work.now)}: the figures below do not move; "
            "look at the scheduler"
        ]
    return []


def _since(at: datetime, now: datetime) -> str:
    return f"{words.when(at, now)} UTC, {words.age(now - at)}"
