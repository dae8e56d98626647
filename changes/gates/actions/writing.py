"""Write one measurement: judged, counted and acted on in a transaction, or not at all."""

import math
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from changes.gates.actions import settling
from changes.gates.lifecycle import Judgement, Phase
from changes.gates.models import Gate, GateMeasurement, GateSeries
from changes.gates.rules import counting
from changes.gates.rules.definition import Metric
from changes.gates.rules.judging import Found, Judged, judge
from changes.gates.rules.timetable import next_at
from changes.gates.stored import counters_of, definition_of, keep
from ssoc.core.work import Work

LONGEST = 500


@dataclass(frozen=True)
class Turn:
    """What was to be measured when the question was asked.

    ``number`` is the one the measurement would have, ``turn`` that of the gate: where either has
    moved meanwhile, somebody was faster or the answer belongs to evidence that was consumed.
    """

    gate_id: int
    series_id: int
    number: int
    turn: int
    planned_at: datetime | None = None


@dataclass(frozen=True)
class Asked:
    """The question and its answer, when it was asked and by whom."""

    found: Found
    query: str = ""
    at: datetime | None = None
    by: str = ""


def write(work: Work, turn: Turn, asked: Asked) -> bool:
    """Write a measurement and what follows from it; tell whether it still counted.

    The gate is locked first, then the series: two that write at once queue, and the second finds
    that the number is taken. So is nothing doubled, and nothing lost, wherever anybody is killed.
    """
    gate = work.session.get(Gate, turn.gate_id, with_for_update=True, populate_existing=True)
    series = work.session.get(
        GateSeries, turn.series_id, with_for_update=True, populate_existing=True
    )
    if gate is None or series is None:
        return False
    if series.number + 1 != turn.number or gate.turn != turn.turn:
        return False
    is_late = _was_under_way(gate, series, asked)
    if not is_late and (gate.phase.is_final or series.phase.is_final):
        return False
    _measure(work, gate, series, turn, asked, is_late=is_late)
    if series.phase.is_final and not series.is_stopped:
        settling.settle(work, gate, series)
    return True


def _was_under_way(gate: Gate, series: GateSeries, asked: Asked) -> bool:
    """Tell whether a question was asked before another series ended the gate.

    Its answer is evidence still: of two markets that turn bad in the same minute both are named.
    What a person has stopped takes no more answers.
    """
    if not series.is_stopped or gate.stopped_at is not None:
        return False
    return bool(asked.at and gate.decided_at and asked.at <= gate.decided_at)


def _measure(
    work: Work, gate: Gate, series: GateSeries, turn: Turn, asked: Asked, *, is_late: bool
) -> None:
    metric = definition_of(gate).metric(series.metric)
    judged = judge(metric, asked.found)
    counters = counters_of(series).after(judged.judgement)
    series.number = turn.number
    keep(series, counters)
    series.phase = counting.phase_of(metric, counters, is_stopping=is_late)
    series.is_stopped = is_late and series.phase is Phase.SUCCESSFUL
    series.why = counting.why(metric, counters, series.phase)[:LONGEST]
    at = asked.at or work.now
    series.next_at = _next(metric, series, judged, at, work.now)
    if series.phase.is_final:
        series.decided_at = work.now
    work.session.add(_row(gate, series, turn, asked, judged, at))
    work.session.flush()


def _next(
    metric: Metric, series: GateSeries, judged: Judged, at: datetime, now: datetime
) -> datetime | None:
    if series.phase is not Phase.RUNNING or not metric.is_asked:
        return None
    is_error = judged.judgement is Judgement.ERROR
    return next_at(series.plan_at, metric.interval, max(at, now), is_error=is_error)


def _row(
    gate: Gate, series: GateSeries, turn: Turn, asked: Asked, judged: Judged, at: datetime
) -> GateMeasurement:
    found = asked.found
    usual, value = found.usual, _figure(found)
    return GateMeasurement(
        gate_id=gate.id,
        metric=series.metric,
        market=series.market,
        number=turn.number,
        at=at,
        planned_at=turn.planned_at,
        query=asked.query,
        value=value,
        result=[] if value is not None and len(found.result) == 1 else [*map(repr, found.result)],
        samples=_finite(found.samples),
        baseline=_finite(usual.value) if usual else None,
        baseline_judgement=judged.baseline,
        usual={"used": list(usual.used), "left_out": dict(usual.left_out)} if usual else {},
        judgement=judged.judgement,
        why=judged.why,
        phase=series.phase,
        counters=asdict(counters_of(series)),
        by=asked.by,
    )


def _figure(found: Found) -> float | None:
    return _finite(found.result[0]) if found.result else None


def _finite(value: float | None) -> float | None:
    """Return a number that tables and JSON can hold; NaN and infinities stand in ``result``."""
    return value if value is not None and math.isfinite(value) else None


def later(now: datetime, metric: Metric) -> datetime:
    """Return when a metric that runs again is measured first: figures are new by then."""
    wait: timedelta = metric.interval or counting.USUAL_INTERVAL
    return now + wait
