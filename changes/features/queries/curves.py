"""Adoption and errors of a feature by market, from stored samples; and who asked for its flag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from changes.features.models import FeatureAsked
from changes.features.rules import curves, drafting
from changes.features.rules.curves import Point
from changes.features.values import FeatureView
from ssoc.core.work import Work
from ssoc.monitoring import sample_queries

ASKED_HOURS = 48
Curves = Mapping[tuple[str, str], Sequence[Point]]  # by ``adoption`` or ``errors`` and market


@dataclass(frozen=True)
class AskedHour:
    """How often the flag was asked for within an hour in a market, and was on."""

    market: str
    hour: datetime
    asked: int
    on: int


@dataclass(frozen=True)
class FeatureCurves:
    """What became of a feature: curves from ``since`` on, the newest hours of asking first."""

    since: datetime
    found: Curves = field(default_factory=dict)
    asked: Sequence[AskedHour] = ()


def of_feature(work: Work, view: FeatureView) -> FeatureCurves:
    """Return the curves of a feature, in a fixed number of statements."""
    since = curves.since(view, work.now)
    return FeatureCurves(since, of_markets(work, view, view.markets), _asked(work, view))


def of_markets(work: Work, view: FeatureView, markets: Sequence[str]) -> Curves:
    """Return the curves of some of its markets, in a fixed number of statements."""
    since = curves.since(view, work.now)
    until = min(view.ended_at or work.now, work.now)
    wanted = {
        (kind, market): drafting.in_market(reference, market)
        for kind, reference in (("adoption", view.adoption), ("errors", view.errors))
        if reference
        for market in markets
    }
    refs = set(wanted.values())
    lately = curves.raw_from(since, until)
    hours = curves.hours_between(since, lately)
    older = sample_queries.hourly_of(work, refs, hours)
    newer = sample_queries.recent_of(work, refs, lately)
    known = {ref: [*older.get(ref, ()), *newer.get(ref, ())] for ref in older.keys() | newer.keys()}
    return {
        place: curves.thinned([each for each in known[ref] if since <= each[0] <= until])
        for place, ref in wanted.items()
        if ref in known
    }


def _asked(work: Work, view: FeatureView) -> list[AskedHour]:
    rows = work.session.scalars(
        select(FeatureAsked)
        .where(
            FeatureAsked.feature_id == view.id,
            FeatureAsked.hour > work.now - timedelta(hours=ASKED_HOURS),
        )
        .order_by(FeatureAsked.hour.desc(), FeatureAsked.market)
    )
    return [AskedHour(each.market, each.hour, each.asked, each.on) for each in rows]
