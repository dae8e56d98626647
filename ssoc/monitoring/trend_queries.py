"""Small trends for the wall: means of five minutes, reckoned by the database, and what is usual.

Steps that are over hardly ever change, so a process that shows walls keeps them in a
``StepMemory`` and reads only the newest ones anew: the cost stays the same all day.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import extract, func, select

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.models import SampleRow
from ssoc.monitoring.rules import baseline
from ssoc.monitoring.rules.baseline import Usual
from ssoc.monitoring.sample_queries import (
    Latest,
    Point,
    Ref,
    Series,
    headline,
    hour_means,
    newest_of,
    series_of,
    zone_of,
)

SPARK_FOR = timedelta(hours=4)
SPARK_STEP = timedelta(minutes=5)
KNOT = timedelta(minutes=30)  # between two instants whose usual is reckoned; a line lies between
UNSETTLED = timedelta(minutes=10)  # so late a sample may come and still be drawn at once
KPIS = ("tps", "success_percent")
Mean = tuple[int, float]  # count and sum
Steps = Mapping[datetime, Mean]
Usuals = Sequence[tuple[datetime, Usual | None]]  # the newest last


@dataclass(frozen=True)
class Sparkline:
    """A small trend: means of five minutes, gaps left out, with what is usual beside it."""

    market: str
    check: str
    sample: str
    unit: str
    points: Sequence[Point] = ()
    usuals: Sequence[tuple[datetime, Usual]] = ()
    latest: Latest | None = None
    usual: Usual | None = None
    step: timedelta = SPARK_STEP

    @property
    def band(self) -> list[tuple[datetime, float, float]]:
        """Return the edges between which the figure is nothing to look at."""
        return [(at, *each.band) for at, each in self.usuals]


@dataclass
class StepMemory:
    """The steps of each series that one process has read; safe to share between threads.

    What came later than ``UNSETTLED`` is found when everything is read again, after as long.
    """

    _steps: dict[int, dict[datetime, Mean]] = field(default_factory=dict)
    _whole_at: dict[int, datetime] = field(default_factory=dict)
    _usuals: dict[int, tuple[datetime, Usuals]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def usuals(self, number: int, now: datetime) -> Usuals | None:
        """Return what was reckoned as usual for a series in this step; it hardly moves."""
        with self._lock:
            at, found = self._usuals.get(number, (None, ()))
        return found if at == step_of(now) else None

    def keep_usuals(self, found: Mapping[int, Usuals], now: datetime) -> None:
        """Take what was reckoned as usual, for as long as the step lasts."""
        with self._lock:
            self._usuals.update({number: (step_of(now), each) for number, each in found.items()})

    def since(self, ids: Collection[int], now: datetime) -> tuple[set[int], datetime]:
        """Return which series must be read whole, and from when on the others are read."""
        settled = step_of(now) - UNSETTLED
        with self._lock:
            whole = {each for each in ids if not self._is_known(each, now)}
        return whole, settled

    def _is_known(self, number: int, now: datetime) -> bool:
        read_at = self._whole_at.get(number)
        return read_at is not None and timedelta() <= step_of(now) - read_at < UNSETTLED

    def put(
        self, found: Mapping[int, Steps], whole: Collection[int], settled: datetime, now: datetime
    ) -> None:
        """Take what was read: ``whole`` series replace what was known, others their newest."""
        oldest = step_of(now) - SPARK_FOR
        with self._lock:
            for number, steps in found.items():
                known = {} if number in whole else self._steps.get(number, {})
                kept = {at: mean for at, mean in known.items() if oldest <= at < settled}
                self._steps[number] = {**kept, **steps}
            self._whole_at.update(dict.fromkeys(whole, step_of(now)))

    def points(self, number: int) -> list[Point]:
        """Return the means of a series, oldest first."""
        with self._lock:
            steps = sorted(self._steps.get(number, {}).items())
        return [(at, total / count) for at, (count, total) in steps]


def sparkline(work: Work, market: str, kpi: str = "tps") -> Sparkline | None:
    """Return the trend of a market's headline figure over four hours, with its usual band."""
    return sparklines(work, [market], kpi).get(market)


def sparklines(
    work: Work, markets: Collection[str] | None = None, kpi: str = "tps"
) -> dict[str, Sparkline]:
    """Return the trends of one headline figure, by market."""
    return trends(work, markets, [kpi])[kpi]


def trends(
    work: Work,
    markets: Collection[str] | None = None,
    kpis: Sequence[str] = KPIS,
    memory: StepMemory | None = None,
) -> dict[str, dict[str, Sparkline]]:
    """Return the trends by figure and market; six statements at most, however many.

    Args:
        work: whose actor decides which markets are among them.
        markets: their codes; None for all.
        kpis: names of headline figures.
        memory: what this process read before; None reads everything.

    """
    estate = estate_queries.current(work)
    held = work.actor.markets(Permission.ESTATE_SEE)
    mine = [
        code
        for code in (estate.markets if markets is None else markets)
        if EVERYWHERE in held or code in held
    ]
    refs = {
        (kpi, code): ref for kpi in kpis for code in mine if (ref := headline(estate, code, kpi))
    }
    drawn = _Drawn.of(work, estate, refs.values(), memory or StepMemory())
    found: dict[str, dict[str, Sparkline]] = {kpi: {} for kpi in kpis}
    for (kpi, code), ref in refs.items():
        found[kpi][code] = drawn.sparkline(code, ref)
    return found


@dataclass(frozen=True)
class _Drawn:
    """Everything that was read for some trends."""

    now: datetime
    series: Mapping[Ref, Series]
    points: Mapping[int, Sequence[Point]]
    newest: Mapping[int, tuple[datetime, float]]
    usuals: Mapping[int, Usuals]

    @classmethod
    def of(cls, work: Work, estate: Estate, refs: Iterable[Ref], memory: StepMemory) -> "_Drawn":
        series = series_of(work, refs)
        ids = {each.id for each in series.values()}
        _read(work, ids, memory)
        return cls(
            work.now,
            series,
            {number: memory.points(number) for number in ids},
            newest_of(work, ids, step_of(work.now) - SPARK_FOR),
            _usuals(
                work, {line.id: zone_of(estate, ref[0]) for ref, line in series.items()}, memory
            ),
        )

    def sparkline(self, market: str, ref: Ref) -> Sparkline:
        line = self.series.get(ref)
        if line is None:
            return Sparkline(market, *ref, unit="")
        usuals = self.usuals[line.id]
        newest = self.newest.get(line.id)
        return Sparkline(
            market,
            *ref,
            unit=line.unit,
            points=self.points.get(line.id, ()),
            usuals=[(at, each) for at, each in usuals if each],
            latest=Latest(*newest, line.unit) if newest else None,
            usual=usuals[-1][1],
        )


def _usuals(work: Work, zones: Mapping[int, str], memory: StepMemory) -> dict[int, Usuals]:
    """Return what is usual for each series along the trend, and last of all now."""
    found = {number: memory.usuals(number, work.now) for number in zones}
    missing = {number: zone for number, zone in zones.items() if found[number] is None}
    # a point is the mean of its step, so it is compared with what is usual in its middle
    instants = [(at, at + SPARK_STEP / 2) for at in _knots(work.now) if at < work.now]
    instants.append((work.now, work.now))
    hours = {
        hour
        for zone in set(missing.values())
        for _, at in instants
        for hour in baseline.hours_needed(at, zone)
    }
    means = hour_means(work, missing, hours)
    reckoned = {
        number: [(at, baseline.usual(means.get(number, {}), when, zone)) for at, when in instants]
        for number, zone in missing.items()
    }
    memory.keep_usuals(reckoned, work.now)
    return {number: reckoned.get(number) or each or () for number, each in found.items()}


def _knots(now: datetime) -> list[datetime]:
    since = step_of(now) - SPARK_FOR
    return [since + number * KNOT for number in range(SPARK_FOR // KNOT + 1)]


def step_of(at: datetime) -> datetime:
    """Return the start of the five minutes that an instant lies in."""
    return at - timedelta(seconds=at.timestamp() % SPARK_STEP.total_seconds())


def _read(work: Work, ids: Collection[int], memory: StepMemory) -> None:
    """Bring the memory up to date: the newest steps, and all of what it does not know."""
    whole, settled = memory.since(ids, work.now)
    others = set(ids) - whole
    if whole:
        oldest = step_of(work.now) - SPARK_FOR
        memory.put(_steps(work, whole, oldest), whole, settled, work.now)
    if others:
        memory.put(_steps(work, others, settled), (), settled, work.now)


def _steps(work: Work, ids: Collection[int], since: datetime) -> dict[int, dict[datetime, Mean]]:
    """Return count and sum of each step; the database adds up, so that few rows travel."""
    seconds = extract("epoch", SampleRow.at)
    step = seconds - seconds % int(SPARK_STEP.total_seconds())
    rows = work.session.execute(
        select(SampleRow.series_id, step, func.count(), func.sum(SampleRow.value))
        .where(
            SampleRow.series_id.in_(sorted(ids)),
            SampleRow.at >= since,
            SampleRow.value.is_not(None),
        )
        .group_by(SampleRow.series_id, step)
    )
    found: dict[int, dict[datetime, Mean]] = {number: {} for number in ids}
    for number, at, count, total in rows:
        found[number][datetime.fromtimestamp(int(at), UTC)] = (count, total or 0.0)
    return found
