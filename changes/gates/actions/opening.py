"""Open a gate, stop it, let it go on, consume its evidence.

These are called by actions on what stands behind the gate, which ask who may and tell screens:
whoever waits for the revision while a gate is locked could wait for one who waits for the gate.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from changes.gates.actions import settling
from changes.gates.actions.writing import later
from changes.gates.lifecycle import Effect, Phase
from changes.gates.models import Gate, GateSeries
from changes.gates.rules.combining import GOOD, verdict
from changes.gates.rules.counting import Counters
from changes.gates.rules.definition import GateDefinition, read
from changes.gates.stored import definition_of, keep, standing_of
from ssoc.core.errors import IllegalMove, NotFound
from ssoc.core.work import Work


def open_gate(
    work: Work,
    about: str,
    content: Mapping[str, Any],
    markets: Sequence[str],
    components: Sequence[str] = (),
    *,
    is_rollback_tested: bool = False,
) -> int:
    """Begin to measure; return the number of the gate.

    Args:
        work: the unit of work of whatever begins behind the gate.
        about: what that is, such as ``wave:7``; events carry it back.
        content: a definition as ``rules.definition.read`` understands it.
        markets: each is measured by itself; without one there is one series per metric.
        components: what is changed, for people who look at the evidence.
        is_rollback_tested: only then ``on_failed: rollback`` rolls back by itself.

    Raises:
        BadDefinition: the definition would be refused; every fault is named.

    """
    definition = read(content)
    gate = Gate(
        about=about,
        definition=dict(content),
        markets=list(dict.fromkeys(markets)),
        components=list(components),
        is_rollback_tested=is_rollback_tested,
        phase=Phase.RUNNING,
        opened_at=work.now,
        opened_by=work.actor.name,
    )
    work.session.add(gate)
    work.session.flush()
    work.session.add_all(_series(work, gate, definition))
    work.session.flush()
    return gate.id


def stop_gate(work: Work, gate_id: int, reason: str) -> Phase:
    """End a gate before it decided: good, unless a limit was violated already; return its phase.

    A gate that was decided stays as it is.
    """
    gate = locked(work, gate_id)
    if gate.phase.is_final:
        return gate.phase
    settling.end_all(work, gate)
    gate.why, gate.stopped_at, gate.stopped_by = reason[:500], work.now, work.actor.name
    return settling.close(work, gate, is_stopped=True)


def resume_measuring(work: Work, gate_id: int) -> None:
    """Go on where a gate was stopped, with its counters.

    Raises:
        IllegalMove: a metric was decided badly; its evidence is consumed first.

    """
    gate = locked(work, gate_id)
    all_series = settling.series_of(work, gate)
    standings = [standing_of(gate, each) for each in all_series]
    if any(each.counts and each.phase not in GOOD for each in standings):
        raise IllegalMove(f"gate {gate_id} was decided {gate.phase}; resume by consuming that")
    for each in all_series:
        if each.is_stopped:
            _again(work, gate, each)
    _reopen(work, gate)


def consume(work: Work, gate_id: int) -> int:
    """Let what was measured so far decide no more; return the newest measurement that was.

    Metrics that passed by themselves stay passed, as do those whose failure is only told; all
    others count from nothing again. Answers that are under way, and samples from before, belong
    to what is consumed.
    """
    gate = locked(work, gate_id)
    through = settling.newest_of(work, gate)
    gate.turn += 1
    gate.consumed, gate.consumed_at = through, work.now
    for each in settling.series_of(work, gate):
        is_told = each.phase.is_final and not standing_of(gate, each).counts
        if each.is_stopped or not (each.phase is Phase.SUCCESSFUL or is_told):
            each.consumed = each.number
            keep(each, Counters())
            _again(work, gate, each)
    _reopen(work, gate)
    return through


def locked(work: Work, gate_id: int) -> Gate:
    """Return a gate, locked for this unit of work."""
    gate = work.session.get(Gate, gate_id, with_for_update=True, populate_existing=True)
    if gate is None:
        raise NotFound(f"there is no gate {gate_id} that you may see")
    return gate


def _series(work: Work, gate: Gate, definition: GateDefinition) -> list[GateSeries]:
    found: list[GateSeries] = []
    for metric in definition.metrics:
        begins = work.now + metric.initial_delay
        for market in (gate.markets or [""]) if metric.is_per_market else [""]:
            found.append(
                GateSeries(
                    gate_id=gate.id,
                    metric=metric.name,
                    market=market,
                    position=len(found),
                    plan_at=begins,
                    next_at=begins if metric.is_asked else None,
                )
            )
    return found


def _again(work: Work, gate: Gate, series: GateSeries) -> None:
    metric = definition_of(gate).metric(series.metric)
    begins = max(later(work.now, metric), gate.opened_at + metric.initial_delay)
    is_new = series.number == series.consumed
    series.phase = Phase.PENDING if is_new else Phase.RUNNING
    series.why, series.decided_at, series.is_stopped = "", None, False
    series.plan_at, series.next_at = begins, begins if metric.is_asked else None


def _reopen(work: Work, gate: Gate) -> None:
    work.session.flush()
    gate.phase = verdict([standing_of(gate, each) for each in settling.series_of(work, gate)])
    if not gate.phase.is_final:
        gate.effect, gate.why, gate.decided_at = Effect.GO_ON, "", None
        gate.stopped_at, gate.stopped_by = None, ""
