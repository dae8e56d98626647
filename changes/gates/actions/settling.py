"""What follows when a metric of a gate was decided; in the transaction of its measurement."""

from collections.abc import Sequence

from sqlalchemy import func, select

from changes.gates.lifecycle import Effect, Phase
from changes.gates.models import Gate, GateMeasurement, GateSeries
from changes.gates.rules import counting
from changes.gates.rules.combining import stops, verdict
from changes.gates.rules.definition import Metric
from changes.gates.rules.effects import consequence
from changes.gates.rules.providers import ProviderKind
from changes.gates.stored import counters_of, definition_of, standing_of
from ssoc.core.vocabulary import GateDecided
from ssoc.core.work import Work

LONGEST = 500
LONGEST_WHY = 160  # of one measurement in the sentence of the whole


def series_of(work: Work, gate: Gate) -> Sequence[GateSeries]:
    """Return the series of a gate, in the order of its definition and its markets."""
    wanted = select(GateSeries).where(GateSeries.gate_id == gate.id).order_by(GateSeries.position)
    return work.session.scalars(wanted).all()


def newest_of(work: Work, gate: Gate) -> int:
    """Return the newest measurement of a gate, 0 without one."""
    newest = select(func.max(GateMeasurement.id)).where(GateMeasurement.gate_id == gate.id)
    return work.session.scalar(newest) or 0


def settle(work: Work, gate: Gate, series: GateSeries) -> None:
    """Do what a series that has just become final asks for, and tell it.

    The gate may have been decided by another series of the same turn: then this one is told as
    well, and the verdict is the worst. Screens are told by the job, outside of all locks.
    """
    metric = definition_of(gate).metric(series.metric)
    found = consequence(metric, series.phase, is_rollback_tested=gate.is_rollback_tested)
    is_stopping = stops(series.phase, found.effect)
    if is_stopping or found.effect is Effect.NOTIFY:
        parts = (_finding(work, gate, series, metric), found.why)
        _tell(work, gate, series, found.effect, "; ".join(each for each in parts if each))
    if is_stopping:
        end_all(work, gate)
    close(work, gate, is_stopped=is_stopping or gate.phase.is_final)


def _finding(work: Work, gate: Gate, series: GateSeries, metric: Metric) -> str:
    """Return what was found, as people read it: figure against limit, and how often.

    ``Success in TZ: failed, 98.1 % is below 99 %; 3 failed, 2 tolerated``.
    """
    work.session.flush()
    newest = select(GateMeasurement.why).where(
        GateMeasurement.gate_id == gate.id,
        GateMeasurement.metric == series.metric,
        GateMeasurement.market == series.market,
        GateMeasurement.number == series.number,
    )
    where = f" in {series.market}" if series.market else ""
    figure = _shortened(work.session.scalar(newest) or "")
    if metric.provider.kind is ProviderKind.MANUAL and series.phase is Phase.FAILED:
        figure = "the answer is no"
    counted = f"{figure}; {series.why}" if figure else series.why
    return f"{metric.title or metric.name}{where}: {series.phase}, {counted}"


def _shortened(why: str) -> str:
    return why if len(why) <= LONGEST_WHY else f"{why[: LONGEST_WHY - 1]}…"


def end_all(work: Work, gate: Gate) -> None:
    """End what is still measured: good, unless a limit was violated already."""
    definition = definition_of(gate)
    for each in series_of(work, gate):
        if each.phase.is_final:
            continue
        metric, counters = definition.metric(each.metric), counters_of(each)
        each.phase = counting.phase_of(metric, counters, is_stopping=True)
        each.why = f"stopped: {counting.why(metric, counters, each.phase)}"
        each.is_stopped, each.decided_at, each.next_at = True, work.now, None


def close(work: Work, gate: Gate, *, is_stopped: bool) -> Phase:
    """Keep the verdict of a gate; one that passed by itself is told. Return the verdict."""
    work.session.flush()
    standings = [standing_of(gate, each) for each in series_of(work, gate)]
    gate.phase = verdict(standings, is_stopped=is_stopped)
    if gate.phase.is_final:
        gate.decided_at = gate.decided_at or work.now
        if not is_stopped:
            gate.effect, gate.why = Effect.GO_ON, "every metric passed"
            _record(work, gate, Effect.GO_ON, "", "", gate.why)
    return gate.phase


def _tell(work: Work, gate: Gate, series: GateSeries, effect: Effect, reason: str) -> None:
    reason = _cut(reason)
    if effect is not Effect.NOTIFY:
        is_first = not gate.phase.is_final
        gate.why = reason if is_first else _cut(f"{gate.why}; {reason}")
        gate.effect = effect if is_first or effect is Effect.ROLL_BACK else gate.effect
    _record(work, gate, effect, series.metric, series.market, reason, series.phase)


def _cut(reason: str) -> str:
    return reason if len(reason) <= LONGEST else reason[: LONGEST - 1] + "…"


def _record(
    work: Work,
    gate: Gate,
    effect: Effect,
    metric: str,
    market: str,
    reason: str,
    phase: Phase | None = None,
) -> None:
    through = newest_of(work, gate)
    said = (phase or gate.phase).value
    work.record(
        GateDecided(gate.id, gate.about, said, effect.value, metric, market, reason, through)
    )
