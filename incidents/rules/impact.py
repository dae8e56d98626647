"""What an incident costs: transactions that usually succeed at this hour, less those that do. Pure.

What is not measured is unknown, never zero: time without figures is counted apart.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from ssoc.estate.values import Component, Dependency, Estate
from ssoc.monitoring.rules.baseline import Usual, is_success_low

Point = tuple[datetime, float]
UsualAt = Callable[[datetime], Usual | None]
NOW = timedelta(minutes=2)  # "now" is the mean of so much
TPS, SUCCESS = "tps", "success_percent"


@dataclass(frozen=True)
class Figures:
    """What is known of a market's traffic.

    ``tps`` and ``success`` are points, oldest first; None where they are not measured: without
    ``success`` every transaction counts as good. A point speaks for the time before it,
    ``hold`` at most: what lies further back is a gap.
    """

    tps: Sequence[Point] | None
    success: Sequence[Point] | None
    usual_tps: UsualAt
    usual_success: UsualAt
    hold: timedelta


class Uncounted(StrEnum):
    """Why what an incident costs in a market has no number."""

    NO_PAYMENTS = "no payments"
    ELSEWHERE = "counted elsewhere"
    ONLY_SUCCESS = "only success"
    NO_FIGURES = "no figures"


@dataclass(frozen=True)
class Tally:
    """What a stretch has cost; None where nobody can know.

    ``reckoned_to`` is the newest point used: the next tally begins there, so that nothing
    counts twice. The figures after ``unknown`` are those of the last minutes.
    """

    lost: Decimal | None
    reckoned_to: datetime
    unknown: timedelta = timedelta()
    lost_per_minute: Decimal | None = None
    share_lost: Decimal | None = None
    success_percent: Decimal | None = None
    usual_percent: Decimal | None = None


@dataclass(frozen=True)
class _Stretch:
    since: datetime
    until: datetime
    expected: float  # transactions that usually succeed each second
    lost: float
    success: float | None
    usual: float | None

    @property
    def seconds(self) -> float:
        return (self.until - self.since).total_seconds()


def reckon(figures: Figures, since: datetime, until: datetime) -> Tally:
    """Return what was lost after ``since`` and up to ``until``."""
    stretches, covered, reached = [], timedelta(), since
    for at, tps in figures.tps or ():
        if not reached < at <= until:
            continue
        begin = max(reached, at - figures.hold)
        found = _stretch(figures, begin, at, tps)
        if found:
            stretches.append(found)
            covered += at - begin
        reached = at
    unknown = (reached - since) - covered
    if not stretches:
        return _by_success_alone(Tally(None, reached, unknown), figures, until)
    lost = sum(each.lost * each.seconds for each in stretches)
    return _with_now(Tally(_decimal(lost, "0.01"), reached, unknown), figures, stretches, until)


def _stretch(figures: Figures, begin: datetime, at: datetime, tps: float) -> _Stretch | None:
    """Return what the point at ``at`` says of the time before it; None if it says nothing."""
    volume = figures.usual_tps(at)
    if volume is None:
        return None
    if figures.success is None:
        expected = volume.mean
        return _Stretch(begin, at, expected, _short(tps, 1.0, volume, 1.0), None, None)
    known, usual = _near(figures.success, at, figures.hold), figures.usual_success(at)
    if usual is None or (known is None and tps > 0):
        return None
    success = known if known is not None else 0.0
    good = success if is_success_low(success, usual.mean) else usual.mean
    lost = _short(tps, good / 100, volume, usual.mean / 100)
    return _Stretch(begin, at, volume.mean * usual.mean / 100, lost, success, usual.mean)


def _short(tps: float, good: float, volume: Usual, usual: float) -> float:
    """Return what is lost each second; what lies within the usual band is no loss.

    Below its band the volume counts in full. Within it nobody can tell loss from noise: then of
    what came only what failed beyond the usual is lost.
    """
    came = volume.mean if tps < volume.band[0] else tps
    return max(0.0, came * usual - tps * good)


def _near(points: Sequence[Point], at: datetime, within: timedelta) -> float | None:
    """Return the value of the point nearest to ``at``, None if none is near."""
    index = bisect_left(points, at, key=lambda point: point[0])
    near = [
        point for point in points[max(0, index - 1) : index + 1] if abs(point[0] - at) <= within
    ]
    return min(near, key=lambda point: abs(point[0] - at))[1] if near else None


def _by_success_alone(tally: Tally, figures: Figures, until: datetime) -> Tally:
    """Return the share lost by success alone: how many is unknown, unless it is none.

    Only where volume is not measured; where it is and says nothing now, nobody knows.
    """
    success, usual = _near(figures.success or (), until, NOW), figures.usual_success(until)
    if success is None or usual is None or not usual.mean:
        return tally
    is_low = is_success_low(success, usual.mean)
    none = Decimal("0.00") if figures.tps is None and not is_low else None
    return replace(
        tally,
        lost=none,
        lost_per_minute=none,
        share_lost=_decimal(1 - success / usual.mean if is_low else 0.0, "0.0001"),
        success_percent=_decimal(success, "0.001"),
        usual_percent=_decimal(usual.mean, "0.001"),
    )


def _with_now(
    tally: Tally, figures: Figures, stretches: Sequence[_Stretch], until: datetime
) -> Tally:
    """Return the tally with what is being lost now; without it when the last points are old."""
    fresh = [each for each in stretches if each.until > until - NOW]
    if not fresh or fresh[-1].until < until - max(figures.hold, NOW):
        return tally
    seconds = sum(each.seconds for each in fresh) or 1.0
    lost = sum(each.lost * each.seconds for each in fresh) / seconds
    expected = sum(each.expected * each.seconds for each in fresh) / seconds
    success, usual = fresh[-1].success, fresh[-1].usual
    return replace(
        tally,
        lost_per_minute=_decimal(lost * 60, "0.01"),
        share_lost=_decimal(lost / expected, "0.0001") if expected > 0 else None,
        success_percent=None if success is None else _decimal(success, "0.001"),
        usual_percent=None if usual is None else _decimal(usual, "0.001"),
    )


def _decimal(value: float, step: str) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(step))


@dataclass(frozen=True)
class Measured:
    """The component whose traffic tells what a market loses, and how it is tied to a failure."""

    component: Component
    stands_on_it: bool  # it needs what fails; else what fails needs it


def measured_by(estate: Estate, market: str, failing: Collection[str]) -> Measured | None:
    """Return whose figures tell what ``failing`` components cost in a market, None if nobody's.

    Of the services that stand on what fails, the most critical one; else of those it stands on,
    since their traffic falls too. Figures of what several markets share tell nothing of one.
    """
    named = [
        each
        for each in estate.components.values()
        if tuple(each.markets) == (market,) and (TPS in each.kpis or SUCCESS in each.kpis)
    ]
    above = _reach(failing, estate.needed_by, lambda edge: edge.component)
    below = _reach(failing, estate.needs, lambda edge: edge.needs)
    for tied, stands in ((above, True), (below - above, False)):
        found = [each for each in named if each.key in tied]
        if found:
            return Measured(min(found, key=lambda each: (each.criticality, each.key)), stands)
    return None


def _reach(
    start: Iterable[str],
    edges: Mapping[str, Sequence[Dependency]],
    end: Callable[[Dependency], str],
) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for edge in edges.get(waiting.pop(), ()):
            if end(edge) not in reached:
                reached.add(end(edge))
                waiting.append(end(edge))
    return reached


def projected(
    so_far: Decimal | None, per_minute: Decimal | None, lasting: timedelta
) -> Decimal | None:
    """Return what it will have cost if it lasts so much longer; None when nobody can know."""
    if per_minute is None:
        return None
    minutes = Decimal(lasting // timedelta(seconds=1)) / 60
    return ((so_far or Decimal(0)) + per_minute * minutes).quantize(Decimal("0.01"))
