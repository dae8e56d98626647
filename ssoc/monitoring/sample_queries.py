"""What the numbers say: newest, recent and usual ones, and which figures stand for a market."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Component, Estate
from ssoc.monitoring.models import SampleHour, SampleRow
from ssoc.monitoring.models import Series as SeriesRow
from ssoc.monitoring.poll_queries import (
    Availability as Availability,
)
from ssoc.monitoring.poll_queries import (
    CheckView as CheckView,
)
from ssoc.monitoring.poll_queries import (
    Freshness as Freshness,
)
from ssoc.monitoring.poll_queries import (
    availability as availability,
)
from ssoc.monitoring.poll_queries import (
    check_states as check_states,
)
from ssoc.monitoring.poll_queries import (
    freshness as freshness,
)
from ssoc.monitoring.poll_queries import (
    good_components as good_components,
)
from ssoc.monitoring.poll_queries import (
    good_since_poll as good_since_poll,
)
from ssoc.monitoring.poll_queries import (
    poller_silent_since as poller_silent_since,
)
from ssoc.monitoring.poll_queries import sees
from ssoc.monitoring.rules import baseline
from ssoc.monitoring.rules.baseline import Usual as Usual

Ref = tuple[str, str]  # check key and sample name
Point = tuple[datetime, float]


@dataclass(frozen=True)
class Latest:
    """The newest number of a series."""

    at: datetime
    value: float
    unit: str


@dataclass(frozen=True)
class Series:
    """A series that stands for one reference."""

    id: int
    unit: str
    labels: str = field(default="{}")


def latest(work: Work, *refs: Ref) -> dict[Ref, Latest]:
    """Return the newest number of each pair of check and sample that has one.

    Of several series with the name, the one with the fewest labels stands for all.
    """
    lines = series_of(work, refs)
    newest = newest_of(work, {line.id for line in lines.values()})
    return {
        ref: Latest(*newest[line.id], line.unit) for ref, line in lines.items() if line.id in newest
    }


def recent(work: Work, check: str, sample: str, since: datetime) -> list[Point]:
    """Return the numbers of a series from ``since`` on, oldest first; NaN and gaps left out."""
    line = series_of(work, [(check, sample)]).get((check, sample))
    if line is None:
        return []
    return _recent(work, {line.id}, since).get(line.id, [])


def recent_of(work: Work, refs: Iterable[Ref], since: datetime) -> dict[Ref, list[Point]]:
    """Return the numbers of many series from ``since`` on, in two statements."""
    lines = series_of(work, refs)
    found = _recent(work, {line.id for line in lines.values()}, since)
    return {ref: found[line.id] for ref, line in lines.items() if line.id in found}


def hourly_of(
    work: Work, refs: Iterable[Ref], hours: Collection[datetime]
) -> dict[Ref, list[Point]]:
    """Return the means of those hours of many series, in two statements, the oldest first."""
    lines = series_of(work, refs)
    found = hour_means(work, {line.id for line in lines.values()}, hours)
    return {ref: sorted(found[line.id].items()) for ref, line in lines.items() if line.id in found}


def usual(work: Work, check: str, sample: str, at: datetime) -> Usual | None:
    """Return what the series usually is at this time of the week, from the last four weeks."""
    line = series_of(work, [(check, sample)]).get((check, sample))
    if line is None:
        return None
    zone = zone_of(estate_queries.current(work), check)
    means = hour_means(work, {line.id}, baseline.hours_needed(at, zone))
    return baseline.usual(means.get(line.id, {}), at, zone)


def headline(estate: Estate, market: str, kpi: str) -> Ref | None:
    """Return check and sample of a market's ``tps`` or ``success_percent``; None without one.

    The most critical component of the market alone that names it leads.
    """
    naming = [
        component
        for component in estate.components.values()
        if tuple(component.markets) == (market,) and kpi in component.kpis
    ]
    leading = min(naming, key=lambda each: (each.criticality, each.key), default=None)
    return ref_of(leading, kpi) if leading else None


def ref_of(component: Component, kpi: str) -> Ref | None:
    """Return what a component's ``kpis`` name: ``check/sample`` or ``component/check/sample``."""
    check, _, sample = component.kpis.get(kpi, "").rpartition("/")
    if not check:
        return None
    return (check if "/" in check else f"{component.key}/{check}", sample)


def zone_of(estate: Estate, check: str) -> str:
    """Return the leading time zone of a check's market; UTC for what several markets share."""
    found = estate.checks.get(check)
    market = estate.markets.get(found.market) if found else None
    return market.zones[0] if market and market.zones else "UTC"


def series_of(work: Work, refs: Iterable[Ref]) -> dict[Ref, Series]:
    """Return the series of each reference the actor may see; fewest labels win."""
    estate = estate_queries.current(work)
    wanted = {
        ref
        for ref in refs
        if ref[0] not in estate.checks or sees(work, estate, estate.checks[ref[0]])
    }
    if not wanted:
        return {}
    rows = work.session.execute(
        select(
            SeriesRow.check, SeriesRow.name, SeriesRow.id, SeriesRow.unit, SeriesRow.labels
        ).where(
            SeriesRow.check.in_(sorted({check for check, _ in wanted})),  # pairs would use no index
            SeriesRow.name.in_(sorted({name for _, name in wanted})),
        )
    )
    found: dict[Ref, Series] = {}
    for check, name, number, unit, labels in rows:
        if (check, name) not in wanted:
            continue
        line = Series(number, unit, labels)
        known = found.get((check, name))
        if known is None or (len(labels), labels) < (len(known.labels), known.labels):
            found[check, name] = line
    return found


def stored(work: Work, checks: Iterable[str], limit: int = 2_000) -> list[Ref]:
    """Return which figures of some checks were ever stored, of those the actor may see."""
    estate = estate_queries.current(work)
    seen = [each for each in checks if each in estate.checks]
    wanted = sorted({each for each in seen if sees(work, estate, estate.checks[each])})
    rows = work.session.execute(
        select(SeriesRow.check, SeriesRow.name)
        .where(SeriesRow.check.in_(wanted))
        .distinct()
        .order_by(SeriesRow.check, SeriesRow.name)
        .limit(limit)
    )
    return [(check, name) for check, name in rows]


def newest_of(
    work: Work, ids: Collection[int], since: datetime | None = None
) -> dict[int, tuple[datetime, float]]:
    """Return the newest number of each series, by one look into the index for each.

    What is older than ``since`` does not count.
    """
    if not ids:
        return {}
    inner = aliased(SampleRow)
    newest_at = select(inner.at).where(inner.series_id == SeriesRow.id, inner.value.is_not(None))
    if since is not None:
        newest_at = newest_at.where(inner.at >= since)
    newest = newest_at.order_by(inner.at.desc()).limit(1).correlate(SeriesRow).scalar_subquery()
    rows = work.session.execute(
        select(SampleRow.series_id, SampleRow.at, SampleRow.value)
        .join(SeriesRow, SampleRow.series_id == SeriesRow.id)
        .where(SeriesRow.id.in_(sorted(ids)), SampleRow.at == newest)
    )
    return {number: (at, value) for number, at, value in rows if value is not None}


def _recent(work: Work, ids: Collection[int], since: datetime) -> dict[int, list[Point]]:
    if not ids:
        return {}
    rows = work.session.execute(
        select(SampleRow.series_id, SampleRow.at, SampleRow.value)
        .where(
            SampleRow.series_id.in_(sorted(ids)),
            SampleRow.at >= since,
            SampleRow.value.is_not(None),
        )
        .order_by(SampleRow.series_id, SampleRow.at)
    )
    found: dict[int, list[Point]] = {}
    for number, at, value in rows:
        if value is not None:
            found.setdefault(number, []).append((at, value))
    return found


def hour_means(
    work: Work, ids: Collection[int], hours: Collection[datetime]
) -> dict[int, dict[datetime, float]]:
    """Return the means of the hours that have figures, by series and hour."""
    if not ids or not hours:
        return {}
    rows = work.session.execute(
        select(SampleHour.series_id, SampleHour.hour_at, SampleHour.sum, SampleHour.count).where(
            SampleHour.series_id.in_(sorted(ids)),
            or_(*(SampleHour.hour_at.between(*span) for span in _spans(hours))),
            SampleHour.count > 0,
        )
    )
    found: dict[int, dict[datetime, float]] = {}
    for number, hour_at, total, count in rows:
        found.setdefault(number, {})[hour_at] = total / count
    return found


def _spans(hours: Collection[datetime]) -> list[tuple[datetime, datetime]]:
    """Return the hours as few stretches without a gap, since they come as one night each week."""
    spans: list[tuple[datetime, datetime]] = []
    for hour in sorted(hours):
        if spans and hour - spans[-1][1] <= baseline.HOUR:
            spans[-1] = (spans[-1][0], hour)
        else:
            spans.append((hour, hour))
    return spans
