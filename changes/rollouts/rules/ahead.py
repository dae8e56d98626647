"""When a roll-out will be through, against the window of its change (G12). Pure.

A pause does not stop the window: expected end = now + what is left of gates, soak and watch, not
before the ``not_before`` of any wave. Tasks of people have no planned length and count nothing;
a wave that was paused measures its gate again. Standing and its words are those of any execution
(collisions-and-risk, 5.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from changes.gates.rules import definition
from changes.rollouts.lifecycle import RolloutState, WaveState
from changes.rollouts.rules.begin import soak_ends
from changes.rollouts.values import RolloutView, WaveView
from changes.rules.running import Standing, standing
from ssoc.core.errors import BadInput

_MINUTE = timedelta(minutes=1)
_NONE = timedelta()


@dataclass(frozen=True)
class Outlook:
    """When it ends if nothing else happens, and how that stands against its window.

    ``is_least``: people have to do or decide something first, so it ends then at the earliest.
    """

    end: datetime
    is_least: bool
    window_end: datetime | None = None
    checkpoint: datetime | None = None
    standing: Standing | None = None
    words: str = ""


def outlook(rollout: RolloutView, now: datetime) -> Outlook | None:
    """Return what is expected of an open roll-out; None when it has ended or has not begun."""
    if not rollout.state.is_open:
        return None
    end, is_least = now, rollout.is_paused
    for wave in rollout.waves:
        end, waits = _through(wave, end, now, is_last=wave is rollout.waves[-1])
        is_least = is_least or waits
    end = max(end, _watched(rollout, end))
    if rollout.window is None:
        return Outlook(end, is_least)
    rollback = rollout.rollback_minutes * _MINUTE
    decided = bool(rollout.decisions) and rollout.decisions[-1].move.startswith("resume")
    where, words = standing(
        now,
        end,
        rollout.window.until,
        rollback,
        is_decided=decided,
        is_rolling_back=any(each.state is WaveState.ROLLING_BACK for each in rollout.waves),
    )
    until = rollout.window.until
    return Outlook(end, is_least, until, until - rollback, where, words)


def _through(
    wave: WaveView, begins: datetime, now: datetime, *, is_last: bool
) -> tuple[datetime, bool]:
    """Return when a wave is through, and whether people have to do something before."""
    soak = _NONE if is_last else wave.soak_minutes * _MINUTE
    if wave.state is WaveState.PASSED:
        return max(begins, begins if is_last else soak_ends(wave) or begins), False
    length = gate_length(wave.gate)
    begun = max(begins, wave.not_before or begins)
    if wave.state is WaveState.AT_GATE and wave.at_gate_at is not None:
        length = max(_NONE, length - (now - wave.at_gate_at))
    waits = bool(wave.open_tasks) or not (wave.is_automatic or wave.state.is_under_way)
    return begun + length + soak, waits


def _watched(rollout: RolloutView, through: datetime) -> datetime:
    since = rollout.watched_from if rollout.state is RolloutState.WATCHING else through
    return (since or through) + rollout.watch_minutes * _MINUTE


def gate_length(content: Mapping[str, Any]) -> timedelta:
    """Return how long a gate measures at least when nothing goes wrong; none if it has no end."""
    try:
        metrics = definition.read(content).metrics if content else ()
    except BadInput:
        return _NONE
    return max(
        (
            each.initial_delay + (each.interval or _NONE) * ((each.count or 1) - 1)
            for each in metrics
        ),
        default=_NONE,
    )
