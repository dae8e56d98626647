"""Begin a wave, do and undo its tasks, pass its gate; what people decide stands in ``deciding``."""

from changes.actions import freezes, moving, running, separation
from changes.gates.actions import opening
from changes.lifecycle import Move
from changes.policy import policy
from changes.rollouts.actions.found import (
    Found,
    end_change,
    find,
    move_rollout,
    move_wave,
    refuse_unless,
    require,
)
from changes.rollouts.actions.log import log_start
from changes.rollouts.lifecycle import RolloutMove, RolloutState, WaveMove, WaveState
from changes.rollouts.models import Wave, WaveTask
from changes.values import ChangeView
from ssoc.core.errors import BadInput, IllegalMove, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import ChangeStarted
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

LONGEST_NOTE = 500


def start(work: Work, rollout_id: int, position: int | None = None) -> int:
    """Begin a wave, by default the next one; the first one begins the change. Return its place.

    Raises:
        IllegalMove: every reason why it may not begin now.
        NotAllowed: the actor may not run changes in all its markets, or a hard freeze holds.
        Conflict: it has begun already.

    """
    found = find(work, rollout_id)
    wave = _chosen(found, position)
    require(work, found, Permission.CHANGE_RUN, wave)
    refuse_unless(wave.state is WaveState.WAITING, f"wave {wave.position} is {wave.state} already")
    change = found.of_change(work)
    freezes.refuse_if_frozen(work, change, work.now, wave.markets or change.markets)
    is_first = found.row.state is RolloutState.PLANNED
    if is_first:
        _refuse_unready(work, change)
    refuse_held(work, found, wave)
    if is_first:
        _begin_change(work, found)
    wave.attempts += 1
    wave.started_at, wave.at_gate_at, wave.ended_at = work.now, None, None
    wave.held_because, wave.gate_id = "", None
    move_wave(work, found, wave, WaveMove.START)
    log_start(work, found, wave)
    _reach_gate(work, found, wave)
    return wave.position


def _chosen(found: Found, position: int | None) -> Wave:
    if position is not None:
        return found.wave(position)
    waiting = [each for each in found.waves.values() if each.state is WaveState.WAITING]
    if not waiting:
        raise IllegalMove(f"ROL-{found.row.id} has no wave that waits; nothing was started")
    return waiting[0]


def refuse_held(work: Work, found: Found, wave: Wave) -> None:
    """Raise IllegalMove with every reason why a wave may not begin now."""
    view = found.view(work)
    reasons = view.wave(wave.position).held
    if reasons:
        raise IllegalMove(
            f"wave {wave.position} of {view.reference} may not begin: {'; '.join(reasons)}; "
            "nothing was started"
        )


def _refuse_unready(work: Work, change: ChangeView) -> None:
    """Ask of a change, as it is now, what ``running.start`` asks; one not approved has no start."""
    known = policy(work).types.get(change.type)
    if known is None or not known.allows(change.state, Move.START):
        return  # ``refuse_held`` says it
    running.refuse_open(work, change)
    separation.refuse_shared_duties(work, change)
    running.refuse_blocked(work, change)


def _begin_change(work: Work, found: Found) -> None:
    """Let the change run: what ``running.start`` asks of a change, without its run sheet."""
    view = found.of_change(work)
    moving.move(work, found.change, Move.START)
    found.change.started_at = found.row.started_at = work.now
    move_rollout(work, found, RolloutMove.START)
    parts = (moving.markets_text(view.markets), 0, ",".join(sorted(view.components)), view.title)
    work.record(ChangeStarted(view.id, *parts))


# ----------------------------------------------------------- tasks


def tick(work: Work, rollout_id: int, position: int, task: int, note: str = "") -> None:
    """Say that a task of a wave is done; after the last one the gate decides.

    Raises:
        Conflict: somebody has done it already, or the wave does not run.

    """
    found, wave, row = _task(work, rollout_id, position, task)
    refuse_unless(wave.state is WaveState.RUNNING, f"wave {position} is {wave.state}, not running")
    if row.done_at is not None:
        refuse_unless(False, f"{row.done_by} did it at {row.done_at:%H:%M} UTC")
    row.done_at, row.done_by, row.note = work.now, work.actor.name, _said(note)
    _touched(work, wave)
    _reach_gate(work, found, wave)


def undo(work: Work, rollout_id: int, position: int, task: int, note: str = "") -> None:
    """Say that a task of a wave that is rolled back is undone; the last one ends the roll-back."""
    found, wave, row = _task(work, rollout_id, position, task)
    rolls = wave.state is WaveState.ROLLING_BACK
    refuse_unless(rolls, f"wave {position} is {wave.state}, not rolling back")
    refuse_unless(row.done_at is not None, f"task {task} was never done")
    if row.undone_at is not None:
        refuse_unless(False, f"{row.undone_by} undid it at {row.undone_at:%H:%M} UTC")
    row.undone_at, row.undone_by = work.now, work.actor.name
    row.note = _said(note) or row.note
    _touched(work, wave)
    settle_back(work, found, wave)


def _task(work: Work, rollout_id: int, position: int, task: int) -> tuple[Found, Wave, WaveTask]:
    found = find(work, rollout_id)
    wave = found.wave(position)
    require(work, found, Permission.CHANGE_RUN, wave)
    row = work.session.get(WaveTask, (wave.id, task), populate_existing=True)
    if row is None:
        raise NotFound(f"wave {position} has no task {task}")
    return found, wave, row


def _touched(work: Work, wave: Wave) -> None:
    work.session.flush()
    bump(work.session)
    work.session.refresh(wave)


def _said(note: str) -> str:
    tidy = str(storable(note)).strip()
    if len(tidy) > LONGEST_NOTE:
        raise BadInput(f"the note has {len(tidy)} characters; write {LONGEST_NOTE} at most")
    return tidy


# ----------------------------------------------------------- gates


def _reach_gate(work: Work, found: Found, wave: Wave) -> None:
    """Let the gate decide once nothing is left to be done."""
    view = found.view(work).wave(wave.position)
    if view.open_tasks:
        return
    wave.gate_id = open_gate(work, found, f"wave:{wave.id}", wave)
    wave.at_gate_at = work.now
    move_wave(work, found, wave, WaveMove.REACH_GATE)


def open_gate(work: Work, found: Found, about: str, wave: Wave | None) -> int:
    """Begin to measure a wave, or the watch after the last one."""
    change = found.of_change(work)
    content = wave.gate if wave else found.row.watch
    return opening.open_gate(
        work,
        about,
        content,
        (wave.markets if wave else ()) or change.markets,
        change.components,
        is_rollback_tested=change.rollback_rehearsed_at is not None,
    )


def pass_gate(work: Work, found: Found, wave: Wave, reason: str, through: int = 0) -> None:
    """Let a wave pass; after the last one the end is watched, or the roll-out is finished."""
    wave.ended_at = work.now
    move_wave(work, found, wave, WaveMove.PASS, reason, through=through)
    if any(each.state is not WaveState.PASSED for each in found.waves.values()):
        return
    row = found.row
    if not row.watch_minutes:
        finish(work, found, "every wave passed")
        return
    row.watched_from = work.now
    move_rollout(work, found, RolloutMove.WATCH)
    row.gate_id = open_gate(work, found, f"watch:{row.id}", None)


def finish(work: Work, found: Found, reason: str) -> None:
    """End a roll-out that is through, and its change."""
    move_rollout(work, found, RolloutMove.FINISH, reason)
    end_change(work, found, RolloutState.FINISHED)


def settle_back(work: Work, found: Found, wave: Wave) -> None:
    """End the roll-back of a wave once everything is undone, and that of the whole."""
    if (
        wave.state is WaveState.ROLLING_BACK
        and not found.view(work).wave(wave.position).tasks_to_undo
    ):
        wave.ended_at = work.now
        move_wave(work, found, wave, WaveMove.UNDONE)
    left = [each for each in found.waves.values() if each.state in _IN_PLACE]
    if found.row.rolled_back_at is not None and not left:
        move_rollout(work, found, RolloutMove.ROLL_BACK, "everything is undone")
        end_change(work, found, RolloutState.ROLLED_BACK)


_IN_PLACE = {
    *(each for each in WaveState if each.is_in_force),
    WaveState.ROLLING_BACK,
}
