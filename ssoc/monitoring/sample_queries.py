"""What the numbers say: newest, recent, usual, and small trends for the wall."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Component, Estate
from ssoc.monitoring.models import SampleHour, SampleRow, Series
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

SPARK_FOR = timedelta(hours=4)
SPARK_STEP = timedelta(minutes=5)
Ref = tuple[str, str]  # check key and sample name
Point = tuple[datetime, float]


@dataclass(frozen=True)
class Latest:
    """The newest number of a series."""

    at: datetime
    value: float
    unit: str


@dataclass(frozen=True)
class Sparkline:
    """A small trend: means of five minutes, gaps left out, with the usual band beside it."""

    market: str
    check: str
    sample: str
    unit: str
    points: Sequence[Point] = ()
    band: Sequence[tuple[datetime, float, float]] = ()
    latest: Latest | None = None
    usual: Usual | None = None
    step: timedelta = SPARK_STEP


@dataclass(frozen=True)
class _Line:
    """A series that stands for one reference."""

    id: int
    unit: str
    labels: str = field(default="{}")


def latest(work: Work, *refs: Ref) -> dict[Ref, Latest]:
    """Return the newest number of each pair of check and sample that has one.

    Of several series with the name, the one with the fewest labels stands for all.
    """
    lines = _lines(work, refs)
    newest = _newest(work, {line.id for line in lines.values()})
    return {
        ref: Latest(*newest[line.id], line.unit) for ref, line in lines.items() if line.id in newest
    }


def recent(work: Work, check: str, sample: str, since: datetime) -> list[Point]:
    """Return the numbers of a series from ``since`` on, oldest first; NaN and gaps left out."""
    line = _lines(work, [(check, sample)]).get((check, sample))
    if line is None:
        return []
    return _recent(work, {line.id}, since).get(line.id, [])


def usual(work: Work, check: str, sample: str, at: datetime) -> Usual | None:
    """Return what the series usually is at this time of the week, from the last four weeks."""
    line = _lines(work, [(check, sample)]).get((check, sample))
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


def sparkline(work: Work, market: str, kpi: str = "tps") -> Sparkline | None:
    """Return the trend of a market's headline figure over four hours, with its usual band."""
    return sparklines(work, [market], kpi).get(market)


def sparklines(
    work: Work, markets: Collection[str] | None = None, kpi: str = "tps"
) -> dict[str, Sparkline]:
    """Return the trends of all markets the actor may see; three queries, however many."""
    estate = estate_queries.current(work)
    held = work.actor.markets(Permission.ESTATE_SEE)
    refs = {
        code: ref
        for code in (estate.markets if markets is None else markets)
        if (EVERYWHERE in held or code in held) and (ref := headline(estate, code, kpi))
    }
    lines = _lines(work, refs.values())
    since = _step_of(work.now) - SPARK_FOR
    points = _recent(work, {line.id for line in lines.values()}, since)
    steps = [since + number * SPARK_STEP for number in range(SPARK_FOR // SPARK_STEP + 1)]
    zones = {code: zone_of(estate, ref[0]) for code, ref in refs.items()}
    middles = [at + SPARK_STEP / 2 for at in steps]
    means = _means_around(work, [*middles, work.now], {*zones.values()}, lines)
    return {
        code: _sparkline(code, ref, lines.get(ref), points, means, zones[code], steps, work.now)
        for code, ref in refs.items()
    }


def _means_around(
    work: Work, instants: Sequence[datetime], zones: set[str], lines: Mapping[Ref, _Line]
) -> dict[int, dict[datetime, float]]:
    hours = {hour for zone in zones for at in instants for hour in baseline.hours_needed(at, zone)}
    return hour_means(work, {line.id for line in lines.values()}, hours)


def _sparkline(
    market: str,
    ref: Ref,
    line: _Line | None,
    points: Mapping[int, Sequence[Point]],
    means: Mapping[int, Mapping[datetime, float]],
    zone: str,
    steps: Sequence[datetime],
    now: datetime,
) -> Sparkline:
    if line is None:
        return Sparkline(market, *ref, unit="")
    known, drawn = means.get(line.id, {}), points.get(line.id, [])
    # a point is the mean of its step, so it is compared with what is usual in its middle
    usuals = [(at, baseline.usual(known, at + SPARK_STEP / 2, zone)) for at in steps]
    return Sparkline(
        market,
        *ref,
        unit=line.unit,
        points=_bucketed(drawn),
        band=[(at, *each.band) for at, each in usuals if each],
        latest=Latest(*drawn[-1], line.unit) if drawn else None,
        usual=baseline.usual(known, now, zone),
    )


def _bucketed(points: Iterable[Point]) -> list[Point]:
    buckets: dict[datetime, list[float]] = {}
    for at, value in points:
        buckets.setdefault(_step_of(at), []).append(value)
    return [(at, sum(values) / len(values)) for at, values in buckets.items()]


def _step_of(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % SPARK_STEP.total_seconds())


def zone_of(estate: Estate, check: str) -> str:
    """Return the leading time zone of a check's market; UTC for what several markets share."""
    found = estate.checks.get(check)
    market = estate.markets.get(found.market) if found else None
    return market.zones[0] if market and market.zones else "UTC"


def _lines(work: Work, refs: Iterable[Ref]) -> dict[Ref, _Line]:
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
        select(Series.check, Series.name, Series.id, Series.unit, Series.labels).where(
            Series.check.in_(sorted({check for check, _ in wanted})),  # pairs would use no index
            Series.name.in_(sorted({name for _, name in wanted})),
        )
    )
    found: dict[Ref, _Line] = {}
    for check, name, number, unit, labels in rows:
        if (check, name) not in wanted:
            continue
        line = _Line(number, unit, labels)
        known = found.get((check, name))
        if known is None or (len(labels), labels) < (len(known.labels), known.labels):
            found[check, name] = line
    return found


def _newest(work: Work, ids: Collection[int]) -> dict[int, tuple[datetime, float]]:
    """Return the newest number of each series, by one look into the index for each."""
    if not ids:
        return {}
    inner = aliased(SampleRow)
    newest = (
        select(inner.at)
        .where(inner.series_id == Series.id, inner.value.is_not(None))
        .order_by(inner.at.desc())
        .limit(1)
        .correlate(Series)
        .scalar_subquery()
    )
    rows = work.session.execute(
        select(SampleRow.series_id, SampleRow.at, SampleRow.value)
        .join(Series, SampleRow.series_id == Series.id)
        .where(Series.id.in_(sorted(ids)), SampleRow.at == newest)
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
