"""Do what a gate decided: pass, pause, roll back, tell. Told twice, it does so once.

What rests on evidence that somebody has decided about already does nothing more (G9), nor does
the gate of an earlier attempt.
"""

from sqlalchemy import select

from changes.gates.lifecycle import Effect, Phase
from changes.rollouts.actions import deciding, waves
from changes.rollouts.actions.found import GATE, Found, consumed, find, keep
from changes.rollouts.lifecycle import WaveState
from changes.rollouts.models import Wave
from ssoc.core.errors import NotFound
from ssoc.core.vocabulary import GateDecided
from ssoc.core.work import Work

NOT_TESTED = "rollback not tested"


def follow(work: Work, event: GateDecided) -> None:
    """Do what a gate of a wave, or of a watch, decided."""
    kind, _, number = event.about.partition(":")
    if kind == "wave" and number.isdecimal():
        _wave(work, int(number), event)
    if kind == "watch" and number.isdecimal():
        _watch(work, int(number), event)


def _wave(work: Work, wave_id: int, event: GateDecided) -> None:
    row = work.session.scalar(select(Wave.rollout_id).where(Wave.id == wave_id))
    found = _found(work, row)
    wave = next((w for w in found.waves.values() if w.id == wave_id), None) if found else None
    if found is None or wave is None or wave.gate_id != event.gate_id or _is_stale(work, event):
        return
    effect = _effect(event, is_tested=found.change.rollback_rehearsed_at is not None)
    match effect:
        case Effect.GO_ON if not event.metric and wave.state is WaveState.AT_GATE:
            waves.pass_gate(work, found, wave, event.reason, event.through)
        case Effect.ROLL_BACK if wave.state in {WaveState.AT_GATE, WaveState.PAUSED}:
            deciding.begin_back(work, found, wave, event.reason, by=GATE)
        case Effect.PAUSE if wave.state is WaveState.AT_GATE:
            reason = _reason(event)
            deciding.pause_wave(work, found, wave, reason, GATE, event.through)
        case Effect.NOTIFY:
            _note(work, found, wave.position, wave.state.value, event)


def _watch(work: Work, rollout_id: int, event: GateDecided) -> None:
    found = _found(work, rollout_id)
    if found is None or found.row.gate_id != event.gate_id or _is_stale(work, event):
        return
    watches = found.row.state.is_open and found.row.watched_from is not None
    match event.effect:
        case Effect.PAUSE | Effect.ROLL_BACK if watches and found.row.paused_at is None:
            deciding.pause_watch(work, found, event.reason, GATE, event.through)
        case Effect.NOTIFY:
            _note(work, found, None, found.row.state.value, event)


def _effect(event: GateDecided, *, is_tested: bool) -> Effect:
    """Return what follows; only a failure rolls back, and only by a tested roll-back (G2, G3)."""
    effect = Effect(event.effect)
    rolls = effect is Effect.ROLL_BACK
    return Effect.PAUSE if rolls and not (is_tested and event.phase == Phase.FAILED) else effect


def _reason(event: GateDecided) -> str:
    is_asked = event.effect == Effect.ROLL_BACK and event.phase == Phase.FAILED
    return f"{event.reason}; {NOT_TESTED}" if is_asked else event.reason


def _is_stale(work: Work, event: GateDecided) -> bool:
    return 0 < event.through <= consumed(work, event.gate_id)


def _note(work: Work, found: Found, position: int | None, state: str, event: GateDecided) -> None:
    keep(work, found, position, "notify", state, event.reason, GATE, event.gate_id, event.through)


def _found(work: Work, rollout_id: int | None) -> Found | None:
    try:
        return find(work, rollout_id) if rollout_id is not None else None
    except NotFound:
        return None
