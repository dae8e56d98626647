"""Figures of stored samples: all that is due at once, in a constant number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import fsum
from statistics import fmean

from changes.gates.actions.writing import Asked
from changes.gates.queries.days import unusual, zone_of
from changes.gates.queries.due import Due
from changes.gates.rules.judging import Found, Usual
from changes.gates.rules.usual import WEEKS, Day, aggregated, days_before, usual_of
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.rules.baseline import hour_of, same_instants
from ssoc.monitoring.sample_queries import Point, Ref, headline, series_of
from ssoc.monitoring.window_queries import Hour, hours, points

_PLACES = 9  # the noise of binary fractions is no figure: the mean of 99.9 and 99.9 is 99.9


@dataclass(frozen=True)
class _Wish:
    """One metric in one market: which series it looks at, over which window."""

    due: Due
    ref: Ref | None
    count_ref: Ref | None
    since: datetime
    aggregate: str
    count_by: str
    over: timedelta
    fault: str = ""


@dataclass(frozen=True)
class _Ground:
    """What was read for all wishes together."""

    now: datetime
    ids: Mapping[Ref, int]
    points: Mapping[int, Sequence[Point]]
    usuals: Mapping[int, Usual]  # by series row of the gate


def measure(work: Work, items: Sequence[Due]) -> list[tuple[Due, Asked]]:
    """Return what stored samples say now for each metric that is due."""
    if not items:
        return []
    estate = estate_queries.current(work)
    wishes = [_wish(work, estate, each) for each in items]
    refs = {ref for each in wishes for ref in (each.ref, each.count_ref) if ref}
    ids = {ref: line.id for ref, line in series_of(work, refs).items()}
    since = min(each.since for each in wishes)
    ground = _Ground(
        work.now, ids, points(work, set(ids.values()), since), _usuals(work, estate, wishes, ids)
    )
    return [(each.due, _asked(each, ground)) for each in wishes]


def _wish(work: Work, estate: Estate, due: Due) -> _Wish:
    given = due.metric.provider.at(due.market)
    ref, fault = series_named(estate, due.market, given)
    count_of = str(given.get("samples_of", ""))
    over: timedelta = given["over"]
    since = max(work.now - over, due.since or work.now - over)
    count_ref = (ref[0], count_of) if ref and count_of else None
    aggregate, count_by = str(given["aggregate"]), str(given["samples_by"])
    return _Wish(due, ref, count_ref, since, aggregate, count_by, over, fault)


def series_named(
    estate: Estate, market: str, given: Mapping[str, object]
) -> tuple[Ref | None, str]:
    """Return check and sample of a metric in a market, or why there are none."""
    if kpi := str(given.get("kpi", "")):
        found = headline(estate, market, kpi)
        return found, "" if found else f"no component of {market or 'no market'} alone names {kpi}"
    check = str(given["check"])
    if check not in estate.checks:
        return None, f"there is no check {check} in the estate"
    return (check, str(given["sample"])), ""


def _asked(wish: _Wish, ground: _Ground) -> Asked:
    if wish.ref is None:
        return Asked(Found(error=f"{wish.fault}; correct the definition"), at=ground.now)
    seen = _window(wish.ref, wish.since, ground)
    counted = _samples(wish, len(seen), ground)
    usual = ground.usuals.get(wish.due.turn.series_id)
    found = Found(usual=usual, samples=counted, nothing=_nothing(wish, ground))
    if seen:
        figure = _aggregate(wish.aggregate, [value for _, value in seen])
        found = Found((figure,), counted, usual)
    return Asked(found, _query(wish, ground.now), ground.now)


def _window(ref: Ref, since: datetime, ground: _Ground) -> list[Point]:
    number = ground.ids.get(ref)
    seen = ground.points.get(number, ()) if number is not None else ()
    return [point for point in seen if point[0] > since]


def _samples(wish: _Wish, seen: int, ground: _Ground) -> float:
    """Return how many samples stand behind the figure: points, or what another sample counted."""
    if wish.count_ref is None:
        return float(seen)
    counted = [value for _, value in _window(wish.count_ref, wish.since, ground)]
    return _aggregate(wish.count_by, counted) if counted else 0.0


def _aggregate(how: str, values: Sequence[float]) -> float:
    match how:
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "last":
            return values[-1]
        case "sum":
            return round(fsum(values), _PLACES)
    return round(fmean(values), _PLACES)


def _nothing(wish: _Wish, ground: _Ground) -> str:
    check, sample = wish.ref or ("", "")
    if wish.ref not in ground.ids:
        return f"nothing was ever stored of {check} {sample}"
    return f"no sample of {check} {sample} since {wish.since:%H:%M:%S} UTC"


def _query(wish: _Wish, now: datetime) -> str:
    check, sample = wish.ref or ("", "")
    words = (
        f"{wish.aggregate} of {check} {sample}, {wish.since:%Y-%m-%d %H:%M:%S} to {now:%H:%M:%S}"
    )
    if wish.count_ref:
        words += f" UTC; samples: {wish.count_by} of {wish.count_ref[1]}"
        return words
    return f"{words} UTC"


def _usuals(
    work: Work, estate: Estate, wishes: Iterable[_Wish], ids: Mapping[Ref, int]
) -> dict[int, Usual]:
    """Return what is usual for each metric that has a baseline; two statements for all."""
    looking = [each for each in wishes if each.due.metric.needs_baseline]
    if not looking:
        return {}
    days = {each.due.market: _days(work.now, estate, each.due.market) for each in looking}
    wanted = {code: {day.on for day in each} for code, each in days.items()}
    left_out = unusual(work, wanted, estate.markets)
    starts = {day.hour_at for each in days.values() for day in each}
    numbers = {ids[each.ref] for each in looking if each.ref and each.ref in ids}
    figures = hours(work, numbers, starts)
    return {
        each.due.turn.series_id: usual_of(
            days[each.due.market], _figures(each, ids, figures), left_out[each.due.market]
        )
        for each in looking
    }


def _days(now: datetime, estate: Estate, market: str) -> list[Day]:
    zone = zone_of(estate.markets, market)
    return days_before(now, zone, [hour_of(each) for each in same_instants(now, zone, WEEKS)])


def _figures(
    wish: _Wish, ids: Mapping[Ref, int], figures: Mapping[int, Mapping[datetime, Hour]]
) -> dict[datetime, float]:
    number = ids.get(wish.ref) if wish.ref else None
    of = figures.get(number, {}) if number is not None else {}
    return {
        at: aggregated(
            wish.aggregate,
            mean=hour.mean,
            least=hour.least,
            most=hour.most,
            total=hour.sum,
            over=wish.over,
        )
        for at, hour in of.items()
    }
