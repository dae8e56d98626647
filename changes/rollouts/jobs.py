"""What is done about roll-outs by the clock: begin, pass, end the watch; keep a pause on the wall.

Every step looks again behind a lock on the row, in a unit of work of its own: two schedulers, or
one that was killed between two steps, begin no wave twice.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from changes.gates.actions import opening
from changes.gates.lifecycle import Phase
from changes.gates.models import Gate
from changes.gates.queries import gates
from changes.rollouts.actions import deciding, waves
from changes.rollouts.actions.found import GATE, Found, find
from changes.rollouts.lifecycle import RolloutState, WaveState
from changes.rollouts.queries import rollouts
from changes.rollouts.values import RolloutView, WaveView
from ssoc.core.errors import SsocError
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime, Work
from ssoc.monitoring import own_alerts
from ssoc.monitoring.own_alerts import OwnAlert
from ssoc.monitoring.report import own_place

PAUSED = "RolloutPaused"
_MINUTE = timedelta(minutes=1)
Step = Callable[[Work, Found], None]


def advance(runtime: Runtime) -> None:
    """Take each roll-out that goes on one step further, if there is one to take."""
    with runtime.view(SYSTEM) as work:
        due = {each.id: _due(work, rollouts.whole(work, each)) for each in _open(work)}
    for number, step in due.items():
        if step is not None:
            _take(runtime, number, step)


def _open(work: Work) -> list[RolloutView]:
    return rollouts.open_rollouts(work)


def _take(runtime: Runtime, number: int, step: Step) -> None:
    """Take a step; what is refused by now, as somebody was faster, is left as it is."""
    try:
        with runtime.work(SYSTEM) as work:
            found = find(work, number)
            if _due(work, found.view(work)) is step:
                step(work, found)
    except SsocError as refusal:
        _explain(runtime, number, str(refusal))


def _due(work: Work, view: RolloutView) -> Step | None:
    """Return the step that is to be taken now, None when there is none."""
    current, following = view.current, view.next
    if current is not None and current.state is WaveState.AT_GATE and _passed(work, current):
        return _pass
    if _is_watched(work, view):
        return _end_watch
    if current is None and following is not None and following.is_automatic and not following.held:
        return _start
    if _is_held_otherwise(work, view):
        return _tell_held
    return None


def _passed(work: Work, wave: WaveView) -> bool:
    gate = work.session.get(Gate, wave.gate_id) if wave.gate_id else None
    return gate is not None and gate.phase is Phase.SUCCESSFUL


def _is_watched(work: Work, view: RolloutView) -> bool:
    if view.state is not RolloutState.WATCHING or view.watched_from is None or view.paused_at:
        return False
    return work.now >= view.watched_from + view.watch_minutes * _MINUTE


def _is_held_otherwise(work: Work, view: RolloutView) -> bool:
    """Tell whether what is written down of a waiting wave is not what holds it now."""
    known = rollouts.held_texts(work, view.id)
    return any(
        known[each.id] != held_words(each) for each in view.waves if each.state is WaveState.WAITING
    )


def held_words(wave: WaveView) -> str:
    """Return what is written down of why a wave is held, for lists."""
    return "; ".join(wave.held)[:500]


def _pass(work: Work, found: Found) -> None:
    view = found.view(work)
    if view.current is not None:
        waves.pass_gate(work, found, found.wave(view.current.position), "every metric passed")


def _end_watch(work: Work, found: Found) -> None:
    """End the watch well, unless a limit was violated and nobody has heard of it yet."""
    gate_id = found.row.gate_id
    phase = opening.stop_gate(work, gate_id, "the watch is over") if gate_id else Phase.SUCCESSFUL
    if phase is Phase.SUCCESSFUL:
        waves.finish(work, found, "the watch is over and nothing was found")
    else:
        deciding.pause_watch(work, found, f"its gate is {phase}", GATE)


def _start(work: Work, found: Found) -> None:
    waves.start(work, found.row.id)


def _tell_held(work: Work, found: Found) -> None:
    for each in found.view(work).waves:
        if each.state is WaveState.WAITING:
            found.wave(each.position).held_because = held_words(each)
    bump(work.session)


def _explain(runtime: Runtime, number: int, why: str) -> None:
    """Write down why the next wave did not begin although nothing held it: people read it."""
    with runtime.work(SYSTEM) as work:
        found = find(work, number)
        waiting = found.view(work).next
        row = found.wave(waiting.position) if waiting else None
        if row is not None and row.held_because != why[:500]:
            row.held_because = why[:500]
            bump(work.session)


def tell_paused(runtime: Runtime) -> None:
    """Keep an alert for each roll-out that its gate has paused, until somebody decides."""
    with runtime.view(SYSTEM) as work:
        views = _open(work)
        bad = gates.bad_markets(work, [_gate_of(each) for each in views])
        alerts = [a for each in views for a in alerts_of(each, bad.get(_gate_of(each), ()))]
    own_alerts.keep(runtime, PAUSED, {each.key: each for each in alerts})


def _gate_of(view: RolloutView) -> int:
    found = view.current.gate_id if view.current else view.gate_id
    return found or 0


def alerts_of(view: RolloutView, bad: Sequence[str] = ()) -> list[OwnAlert]:
    """Return what fires for a roll-out: once for each market where its gate decided badly.

    Once for each market of what is paused where no single one did.
    """
    wave = view.current
    if wave is not None and wave.state is WaveState.PAUSED and wave.paused_by == GATE:
        said, where, markets = wave.paused_because, f"wave {wave.position}", wave.markets
    elif view.paused_at is not None and view.paused_by == GATE:
        said, where, markets = view.paused_because, "watch", ()
    else:
        return []
    return [
        OwnAlert(
            PAUSED,
            f"{view.reference} {where} paused by its gate: {said}; {view.title}",
            {"rollout": view.reference, "wave": where},
            market,
            severity=Severity.ERROR,
            place=own_place(f"{view.reference}, {where}"),
        )
        for market in bad or markets or view.markets or [""]
    ]


JOBS = {advance: timedelta(seconds=5), tell_paused: timedelta(seconds=10)}
