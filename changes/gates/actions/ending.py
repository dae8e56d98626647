"""End a gate whose definition this release refuses: an error, so that it pauses."""

from sqlalchemy import update

from changes.gates.lifecycle import Effect, Phase
from changes.gates.models import Gate, GateSeries
from ssoc.core.vocabulary import GateDecided
from ssoc.core.work import Work


def end_broken(work: Work, gate_id: int, reason: str) -> None:
    """End a gate as an error with the reason; nothing of it can be measured."""
    gate = work.session.get(Gate, gate_id, with_for_update=True, populate_existing=True)
    if gate is None or gate.phase.is_final:
        return
    said = f"its definition is refused: {reason}"[:500]
    gate.phase, gate.effect, gate.why, gate.decided_at = Phase.ERROR, Effect.PAUSE, said, work.now
    work.session.execute(
        update(GateSeries)
        .where(GateSeries.gate_id == gate_id, GateSeries.next_at.is_not(None))
        .values(next_at=None, phase=Phase.ERROR, why=said, decided_at=work.now)
    )
    work.record(
        GateDecided(gate.id, gate.about, Phase.ERROR.value, Effect.PAUSE.value, reason=said)
    )
