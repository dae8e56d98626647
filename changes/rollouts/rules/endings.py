"""How the change of a roll-out has ended, by what became of its waves. Pure."""

from collections.abc import Sequence

from changes.lifecycle import Outcome
from changes.rollouts.lifecycle import RolloutState, WaveMove, WaveState
from changes.rollouts.values import RolloutView

_ISSUES = (WaveMove.PAUSE.value, WaveMove.ROLL_BACK.value, "pause watch")


def outcome(rollout: RolloutView, state: RolloutState) -> Outcome:
    """Return the outcome of a roll-out that comes to ``state``.

    Finished: with issues where something was paused or rolled back on the way. Aborted: rolled
    back where nothing of it is in place any more, otherwise failed: it did not reach everybody.
    """
    if state is RolloutState.FINISHED:
        told = [each.move for each in rollout.decisions]
        return Outcome.WITH_ISSUES if set(told) & set(_ISSUES) else Outcome.SUCCESSFUL
    if state is RolloutState.ROLLED_BACK:
        return Outcome.ROLLED_BACK
    gone = [each for each in rollout.waves if each.state is WaveState.ROLLED_BACK]
    return Outcome.ROLLED_BACK if gone and not rollout.in_force else Outcome.FAILED


def is_all_back(states: Sequence[WaveState]) -> bool:
    """Tell whether nothing is in force, nor on its way back."""
    return not any(each.is_in_force or each is WaveState.ROLLING_BACK for each in states)
