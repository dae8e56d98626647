"""How well changes are delivered: five figures, each with the number of cases behind it.

Definitions of dora.dev: change lead time, deployment frequency, failed deployment recovery time,
change fail rate, deployment rework rate. A deployment is a change whose execution has ended.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil, floor
from typing import NamedTuple

from changes.lifecycle import Outcome
from changes.rules.shares import Share, wilson

WEEK = timedelta(days=7)
_NOTHING = timedelta(0)
_FAILED = frozenset(each for each in Outcome if each.is_failure)


class By(StrEnum):
    """What figures are broken down by."""

    MARKET = "market"
    COMPONENT = "component"
    VENDOR = "vendor"
    TYPE = "type"
    TEAM = "team"
    MONTH = "month"


@dataclass(frozen=True)
class Hurt:
    """An incident that a person confirmed the deployment to have caused."""

    began_at: datetime
    ended_at: datetime | None


class Deployment(NamedTuple):
    """One change that was executed, as far as the figures need it; ten thousand are usual.

    ``outcome`` is None while nobody has said how it went. ``started_at`` is needed of those only
    that were rolled back.
    """

    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime
    outcome: Outcome | None
    is_planned: bool = True
    names_incident: bool = False
    is_unauthorised: bool = False
    caused: Sequence[Hurt] = ()


class Case(NamedTuple):
    """What one deployment adds to the figures."""

    is_known: bool
    has_failed: bool
    is_rework: bool
    is_linked: bool  # with an incident that it caused
    finished_at: datetime
    lead: timedelta | None
    recovery: timedelta | None


def case_of(done: Deployment) -> Case:
    """Return what a deployment counts as.

    It failed when it needed intervention: it ended so, was rolled back, or caused an incident.
    It is rework when it was unplanned, and made because of an incident in production.
    """
    bad = done.outcome in _FAILED
    linked = bool(done.caused)
    return Case(
        is_known=done.outcome is not None or linked,
        has_failed=bad or linked,
        is_rework=not done.is_planned and done.names_incident,
        is_linked=linked,
        finished_at=done.finished_at,
        lead=None
        if bad or linked or done.outcome is None or done.is_unauthorised
        else _lead_time(done),
        recovery=_recovery_time(done) if bad or linked else None,
    )


def _lead_time(done: Deployment) -> timedelta:
    """Return how long it took from request to running.

    Asked only of what runs: what was found afterwards was never requested; what failed, went back
    or broke something does not.
    """
    return max(done.finished_at - done.requested_at, _NOTHING)


def _recovery_time(done: Deployment) -> timedelta | None:
    """Return how long a failure lasted; None when nobody knows its end.

    From the first incident it caused to the end of the last one. A change that was rolled back
    and caused none is recovered when its execution ended: from its beginning to then.
    """
    if done.caused:
        ends = [each.ended_at for each in done.caused if each.ended_at is not None]
        if len(ends) < len(done.caused):
            return None
        return max(max(ends) - min(each.began_at for each in done.caused), _NOTHING)
    if done.outcome is Outcome.ROLLED_BACK and done.started_at is not None:
        return max(done.finished_at - done.started_at, _NOTHING)
    return None


@dataclass(frozen=True)
class Times:
    """Median and 90th percentile of ``n`` lengths of time; None without cases."""

    n: int
    median: timedelta | None = None
    p90: timedelta | None = None


@dataclass(frozen=True)
class Figures:
    """The five figures of one group of deployments; shares are of those that are known."""

    deployments: int
    per_week: float
    failed: Share
    lead: Times
    recovery: Times
    rework: Share
    unknown: int = 0  # nobody said how they went


def figures(cases: Iterable[Case], period: timedelta) -> Figures:
    """Return the figures of deployments that ended within ``period``."""
    every = list(cases)
    known = failed = rework = 0
    leads, recoveries = list[timedelta](), list[timedelta]()
    for is_known, has_failed, is_rework, _, _, lead, recovery in every:
        known += is_known
        failed += has_failed
        rework += is_rework
        if lead is not None:
            leads.append(lead)
        if recovery is not None:
            recoveries.append(recovery)
    return Figures(
        deployments=len(every),
        per_week=len(every) / (period / WEEK),
        failed=wilson(failed, known),
        lead=times(leads),
        recovery=times(recoveries),
        rework=wilson(rework, len(every)),
        unknown=len(every) - known,
    )


def times(found: Iterable[timedelta]) -> Times:
    """Return median and p90, by linear interpolation between neighbours."""
    ordered = sorted(found)
    if not ordered:
        return Times(0)
    return Times(len(ordered), quantile(ordered, 0.5), quantile(ordered, 0.9))


def quantile(ordered: Sequence[timedelta], share: float) -> timedelta:
    """Return the value below which ``share`` of the values lie; ``ordered`` is not empty.

    Hyndman and Fan (1996), type 7: position (n - 1) · share, interpolated.
    """
    place = (len(ordered) - 1) * share
    low, high = ordered[floor(place)], ordered[ceil(place)]
    return low + (high - low) * (place - floor(place))


def broken_down(
    cases: Mapping[int, Case],
    groups: Mapping[str, Iterable[int]],
    period: timedelta,
    length_of: Callable[[str], timedelta] | None = None,
) -> dict[str, Figures]:
    """Return the figures of each group of deployments, by the group's name.

    A deployment in several markets counts in each of them, so groups do not add up to the whole.
    ``length_of`` is the period of one group where groups are periods themselves.
    """
    return {
        name: figures(
            (cases[number] for number in members if number in cases),
            length_of(name) if length_of else period,
        )
        for name, members in groups.items()
    }


@dataclass(frozen=True)
class Coverage:
    """What is missing between changes, incidents and the change log: a rate without it deceives.

    ``failures``: failed deployments that no incident is linked to. ``incidents``: those of the
    period of whose cause nobody has said anything. ``entries``: of the change log, without an
    announced change. ``unknown``: deployments of which nobody said how they went.
    """

    failures: Share
    incidents: Share
    entries: Share
    unknown: Share


def failures_without_incident(cases: Iterable[Case]) -> Share:
    """Return the share of failed deployments that no incident is linked to."""
    failed = [each for each in cases if each.has_failed]
    return wilson(sum(not each.is_linked for each in failed), len(failed))
