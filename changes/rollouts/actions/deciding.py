"""What people decide on a roll-out: pause, resume, roll back, plan again, abort.

A pause is anybody's who runs it. Going on after one is an approval (G8): a person who neither
asked for the change nor carries it out, with a reason; it consumes what was measured (G9).
"""

from changes.actions.words import told
from changes.gates.actions import opening
from changes.gates.lifecycle import Phase
from changes.gates.models import Gate
from changes.queries import rounds
from changes.rollouts.actions.found import (
    Found,
    end_change,
    find,
    move_rollout,
    move_wave,
    refuse_unless,
    require,
    require_person,
    tell,
)
from changes.rollouts.actions.waves import settle_back
from changes.rollouts.lifecycle import RolloutMove, RolloutState, WaveMove, WaveState
from changes.rollouts.models import Wave, WaveTask
from changes.rules.approvals import separation_fault
from ssoc.core.errors import IllegalMove, NotAllowed
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

PAUSE_WATCH, RESUME_WATCH = "pause watch", "resume watch"


def pause(work: Work, rollout_id: int, position: int | None, reason: str) -> None:
    """Stop a wave where it stands; nothing is taken away. The watch is paused without a place.

    Raises:
        Conflict: it is paused already.
        BadInput: there is no reason.

    """
    found = find(work, rollout_id)
    wave = _under_way(found, position)
    require(work, found, Permission.CHANGE_RUN, wave)
    said = told(reason, "a pause")
    if wave is None:
        pause_watch(work, found, said, work.actor.name)
    else:
        _refuse_paused(wave)
        pause_wave(work, found, wave, said, work.actor.name)


def pause_wave(
    work: Work, found: Found, wave: Wave, reason: str, by: str, through: int = 0
) -> None:
    """Stop a wave; by a person or by its gate."""
    was = wave.state
    wave.paused_at, wave.paused_by, wave.paused_because = work.now, by, reason[:500]
    move_wave(work, found, wave, WaveMove.PAUSE, reason, by=by, through=through)
    wave.was = was


def pause_watch(work: Work, found: Found, reason: str, by: str, through: int = 0) -> None:
    """Hold the end of the watch back."""
    row = found.row
    refuse_unless(
        row.state is RolloutState.WATCHING and row.paused_at is None,
        f"ROL-{row.id} is {row.state}{', and its watch paused already' if row.paused_at else ''}",
    )
    row.paused_at, row.paused_by, row.paused_because = work.now, by, reason[:500]
    tell(work, found, PAUSE_WATCH, reason, by=by, through=through)


def resume(work: Work, rollout_id: int, position: int | None, reason: str) -> None:
    """Let a paused wave, or the watch, go on: an approval that consumes the evidence so far.

    Raises:
        NotAllowed: the actor is no person who may approve there, or has a duty in the change.
        BadInput: there is no reason.
        Conflict: somebody resumed it before.

    """
    found = find(work, rollout_id)
    wave = _under_way(found, position)
    _require_approver(work, found, wave, "a pause is ended")
    said = told(reason, "a resume")
    if wave is None:
        _resume_watch(work, found, said)
        return
    refuse_unless(wave.state is WaveState.PAUSED, _resumed_words(work, found, wave))
    at_gate = wave.was is WaveState.AT_GATE
    through = _consumed(work, wave.gate_id) if at_gate else 0
    wave.was, wave.paused_at, wave.paused_by, wave.paused_because = None, None, "", ""
    move = WaveMove.RESUME_AT_GATE if at_gate else WaveMove.RESUME
    move_wave(work, found, wave, move, said, through=through)


def _resume_watch(work: Work, found: Found, reason: str) -> None:
    row = found.row
    refuse_unless(row.paused_at is not None, f"the watch of ROL-{row.id} is not paused")
    through = _consumed(work, row.gate_id)
    row.paused_at, row.paused_by, row.paused_because = None, "", ""
    tell(work, found, RESUME_WATCH, reason, through=through)


def _consumed(work: Work, gate_id: int | None) -> int:
    """Let what a gate has found so far decide no more; a gate that found nothing bad goes on."""
    gate = work.session.get(Gate, gate_id, populate_existing=True) if gate_id else None
    if gate is None or not gate.phase.is_final or gate.phase is Phase.SUCCESSFUL:
        return 0
    return opening.consume(work, gate.id)


def _resumed_words(work: Work, found: Found, wave: Wave) -> str:
    moves = [each for each in found.view(work).decisions if each.position == wave.position]
    last = next((each for each in reversed(moves) if each.move.startswith("resume")), None)
    who = f": {last.by} resumed it at {last.at:%H:%M} UTC" if last else ""
    return f"wave {wave.position} is {wave.state}, not paused{who}"


def roll_back(work: Work, rollout_id: int, position: int | None, reason: str) -> None:
    """Begin to take a wave back, or without a place everything that is in force (G2).

    Raises:
        IllegalMove: the roll-back was never rehearsed, or a later wave stands on this one.
        NotAllowed: the actor is no person who may approve changes there.

    """
    found = find(work, rollout_id)
    wave = found.wave(position) if position is not None else None
    require(work, found, Permission.CHANGE_APPROVE, wave)
    require_person(work, "a roll-back is begun")
    said = told(reason, "a roll-back")
    refuse_untested(found)
    if wave is not None:
        _refuse_later(found, wave)
        begin_back(work, found, wave, said)
        return
    chosen = [each for each in found.waves.values() if each.state.is_in_force]
    if not chosen or not found.row.state.is_open:
        raise IllegalMove(f"ROL-{found.row.id} is {found.row.state}; nothing of it is in place")
    found.row.rolled_back_at = work.now
    tell(work, found, RolloutMove.ROLL_BACK.value, said)
    for each in reversed(chosen):
        begin_back(work, found, each, said)


def refuse_untested(found: Found) -> None:
    """Raise IllegalMove unless the change has a roll-back that was rehearsed to its end."""
    if found.change.rollback_rehearsed_at is None:
        raise IllegalMove(
            f"rollback not tested: nobody has rehearsed the roll-back of CHG-{found.change.id}; "
            "nothing was changed; pause or abort, and take it back by a change of its own"
        )


def _refuse_later(found: Found, wave: Wave) -> None:
    later = [
        each
        for each in found.waves.values()
        if each.position > wave.position
        and (each.state.is_in_force or each.state is WaveState.ROLLING_BACK)
    ]
    if later:
        raise IllegalMove(
            f"wave {later[-1].position} is {later[-1].state} and came after wave {wave.position}; "
            "roll that back first, or everything at once; nothing was changed"
        )


def begin_back(work: Work, found: Found, wave: Wave, reason: str, *, by: str = "") -> None:
    """Begin to take one wave back; with nothing to be undone by people it is back at once."""
    _stop(work, wave.gate_id, "it is rolled back")
    wave.paused_at, wave.paused_by, wave.paused_because, wave.was = None, "", "", None
    move_wave(work, found, wave, WaveMove.ROLL_BACK, reason, by=by)
    if found.row.state is RolloutState.WATCHING:
        _stop(work, found.row.gate_id, "a wave is rolled back")
        found.row.watched_from = found.row.paused_at = None
        found.row.paused_by = found.row.paused_because = ""
        move_rollout(work, found, RolloutMove.RETURN, f"wave {wave.position} is rolled back")
    settle_back(work, found, wave)


def plan_again(work: Work, rollout_id: int, position: int, reason: str) -> None:
    """Let a wave that was rolled back wait again: what it rests on is decided as a resume is."""
    found = find(work, rollout_id)
    wave = found.wave(position)
    _require_approver(work, found, wave, "a wave is let in again")
    said = told(reason, "another try")
    if not found.row.state.is_open or found.row.rolled_back_at is not None:
        raise IllegalMove(f"ROL-{found.row.id} is {found.row.state}; nothing was changed")
    move_wave(work, found, wave, WaveMove.PLAN_AGAIN, said)
    for each in found.view(work).wave(position).tasks:
        row = work.session.get_one(WaveTask, (wave.id, each.position))
        row.done_at = row.undone_at = None
        row.done_by = row.undone_by = row.note = ""
    work.session.flush()


def abort(work: Work, rollout_id: int, reason: str) -> None:
    """End a roll-out for good where it stands: what passed stays, nothing more begins.

    Raises:
        NotAllowed: the actor is no person who may approve changes in all its markets (G10).
        IllegalMove: it has ended, or something is being rolled back.

    """
    found = find(work, rollout_id)
    require(work, found, Permission.CHANGE_APPROVE)
    require_person(work, "a roll-out is aborted")
    said = told(reason, "an abort")
    if found.row.state is RolloutState.PLANNED:
        raise IllegalMove(
            f"ROL-{rollout_id} has not begun; take its waves away, or cancel the change; "
            "nothing was changed"
        )
    back = [each for each in found.waves.values() if each.state is WaveState.ROLLING_BACK]
    if back:
        raise IllegalMove(
            f"wave {back[0].position} is rolling back; let that end, then abort; nothing was "
            "changed"
        )
    end_here(work, found, said)


def end_here(work: Work, found: Found, said: str) -> None:
    """Let nothing more begin: by decision, or because the change was cancelled."""
    move_rollout(work, found, RolloutMove.ABORT, said)
    for wave in found.waves.values():
        if wave.state is WaveState.WAITING or wave.state.is_under_way:
            _stop(work, wave.gate_id, "the roll-out is aborted")
            wave.ended_at, wave.held_because = work.now, ""
            move_wave(work, found, wave, WaveMove.ABORT, said)
    _stop(work, found.row.gate_id, "the roll-out is aborted")
    end_change(work, found, RolloutState.ABORTED)


def _stop(work: Work, gate_id: int | None, reason: str) -> None:
    if gate_id is not None:
        opening.stop_gate(work, gate_id, reason)


def _under_way(found: Found, position: int | None) -> Wave | None:
    """Return the wave meant: that of the place, else the one under way; None is the watch."""
    if position is not None:
        return found.wave(position)
    under_way = (each for each in found.waves.values() if each.state.is_under_way)
    wave = next(under_way, None)
    if wave is None and found.row.state is not RolloutState.WATCHING:
        raise IllegalMove(f"ROL-{found.row.id} is {found.row.state}; no wave is under way")
    return wave


def _refuse_paused(wave: Wave) -> None:
    if wave.paused_at is not None:
        refuse_unless(
            False,
            f"wave {wave.position} is paused already: {wave.paused_by} paused it at "
            f"{wave.paused_at:%H:%M} UTC",
        )


def _require_approver(work: Work, found: Found, wave: Wave | None, what: str) -> None:
    """Ask for the right to approve and for separate duties, as for any approval (G8)."""
    require(work, found, Permission.CHANGE_APPROVE, wave)
    require_person(work, what)
    change = found.of_change(work)
    excepted = rounds.excepted(work, [change.id]).get(change.id, frozenset())
    fault = separation_fault(rounds.duties_of(change), [work.actor.name], excepted)
    if fault:
        raise NotAllowed(
            f"{change.reference}: {fault}; going on is an approval, somebody else gives it; "
            "nothing was changed",
            Permission.CHANGE_APPROVE,
        )
