"""What a relay says about alerts whose source we also hear ourselves.

Prometheus promises "over unless I speak again before endsAt". When it dies, Alertmanager lets
the promise run out and tells its receivers *resolved*. We hear the same promise directly, and
hold that silence is no recovery: such a resolve is dropped, and the alert turns stale.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.lookup_queries import KnownAlert
from ssoc.monitoring.report import Report

WAYS = frozenset({"webhook", "pagerduty"})
TOLERANCE = timedelta(seconds=1)
LATE_COPY = timedelta(seconds=10)


@dataclass(frozen=True)
class Settled:
    """Reports to store, and by name those that say nothing new or nothing true."""

    kept: list[Report] = field(default_factory=list)
    expiries: list[Report] = field(default_factory=list)
    late_copies: list[Report] = field(default_factory=list)


def settle(reports: Iterable[Report], known: Mapping[int, KnownAlert]) -> Settled:
    """Return what a relay's ``reports`` come to, beside what we know ourselves."""
    settled = Settled()
    for report in reports:
        stored = known.get(report.key)
        if stored is not None and is_expiry(report, stored):
            settled.expiries.append(report)
        elif stored is not None and is_late_copy(report, stored):
            settled.late_copies.append(report)
        else:
            settled.kept.append(_without_end(report))
    return settled


def is_expiry(report: Report, stored: KnownAlert) -> bool:
    """Tell whether a relayed resolve is only the end of the lease we hold ourselves.

    The ``lease_until`` of a resolve is the end that the relay names, None if it names none.
    """
    if report.state is not AlertState.RESOLVED or not stored.state.is_open:
        return False
    if stored.lease_until is None:
        return False
    if report.lease_until is None:
        return stored.lease_until <= report.said_at
    return abs(report.lease_until - stored.lease_until) <= TOLERANCE


def is_late_copy(report: Report, stored: KnownAlert) -> bool:
    """Tell whether a notice without a start of its own only limps behind a faster way."""
    return (
        report.way == "pagerduty"
        and stored.way != report.way
        and report.state is AlertState.FIRING
        and stored.state is AlertState.RESOLVED
        and report.said_at - stored.said_at <= LATE_COPY
    )


def _without_end(report: Report) -> Report:
    """Return the report without the end that a resolve names: it has been compared."""
    if report.state is AlertState.RESOLVED:
        return replace(report, lease_until=None)
    return report
