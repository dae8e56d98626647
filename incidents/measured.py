"""The figures of a component's traffic, and what share of it is lost now."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from incidents.rules.impact import (
    NOW,
    SUCCESS,
    TPS,
    Figures,
    Point,
    UsualAt,
    measured_by,
    reckon,
)
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Component, Estate
from ssoc.monitoring import sample_queries
from ssoc.monitoring.rules.baseline import Usual

STEP = timedelta(minutes=5)  # what is usual changes slowly: asked once for so much time
LEAST_HOLD = timedelta(seconds=30)


def share_now(
    work: Work, markets: Collection[str], failing: Collection[str], since: datetime
) -> Decimal | None:
    """Return the share lost after ``since`` in the market hurt most; None unless all are known."""
    estate, shares = estate_queries.current(work), []
    for market in markets:
        found = measured_by(estate, market, failing)
        if found is None:
            return None
        begin = max(since, work.now - NOW)
        share = reckon(figures(work, found.component, begin), begin, work.now).share_lost
        if share is None:
            return None
        shares.append(share)
    return max(shares, default=None)


def figures(work: Work, component: Component, since: datetime) -> Figures:
    """Return what is known of a component's traffic after ``since``."""
    tps = sample_queries.ref_of(component, TPS)
    success = sample_queries.ref_of(component, SUCCESS)
    hold = _hold(estate_queries.current(work), [ref[0] for ref in (tps, success) if ref])
    return Figures(
        _recent(work, tps, since) if tps else None,
        _recent(work, success, since - hold) if success else None,
        _usual(work, tps),
        _usual(work, success),
        hold,
    )


def _hold(estate: Estate, checks: Sequence[str]) -> timedelta:
    """Return how long a point speaks for: three turns of its check, since polls get lost."""
    every = [estate.checks[each].every for each in checks if each in estate.checks]
    return max([LEAST_HOLD, *(3 * each for each in every)])


def _recent(work: Work, ref: sample_queries.Ref | None, since: datetime) -> list[Point]:
    return sample_queries.recent(work, *ref, since) if ref else []


def _usual(work: Work, ref: sample_queries.Ref | None) -> UsualAt:
    known: dict[datetime, Usual | None] = {}

    def at(instant: datetime) -> Usual | None:
        step = instant - timedelta(seconds=instant.timestamp() % STEP.total_seconds())
        if ref and step not in known:
            known[step] = sample_queries.usual(work, *ref, step)
        return known.get(step)

    return at
