"""The life of a roll-out and of a wave of it."""

from enum import StrEnum

from ssoc.core.lifecycle import Lifecycle


class RolloutState(StrEnum):
    """Where a roll-out stands; watching: the last wave is through, figures are still watched."""

    PLANNED = "planned"
    RUNNING = "running"
    WATCHING = "watching"
    FINISHED = "finished"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled back"

    @property
    def is_open(self) -> bool:
        """Tell whether it has begun and not ended."""
        return self in {RolloutState.RUNNING, RolloutState.WATCHING}


class RolloutMove(StrEnum):
    """What can be done to a roll-out; ``watch`` and ``finish`` follow from its last wave."""

    START = "start"
    WATCH = "watch"
    RETURN = "return"
    FINISH = "finish"
    ABORT = "abort"
    ROLL_BACK = "roll back"


ROLLOUT = Lifecycle(
    start=RolloutState.PLANNED,
    table={
        (RolloutState.PLANNED, RolloutMove.START): RolloutState.RUNNING,
        (RolloutState.PLANNED, RolloutMove.ABORT): RolloutState.ABORTED,
        (RolloutState.RUNNING, RolloutMove.WATCH): RolloutState.WATCHING,
        (RolloutState.RUNNING, RolloutMove.FINISH): RolloutState.FINISHED,
        (RolloutState.RUNNING, RolloutMove.ABORT): RolloutState.ABORTED,
        (RolloutState.RUNNING, RolloutMove.ROLL_BACK): RolloutState.ROLLED_BACK,
        (RolloutState.WATCHING, RolloutMove.RETURN): RolloutState.RUNNING,
        (RolloutState.WATCHING, RolloutMove.FINISH): RolloutState.FINISHED,
        (RolloutState.WATCHING, RolloutMove.ABORT): RolloutState.ABORTED,
        (RolloutState.WATCHING, RolloutMove.ROLL_BACK): RolloutState.ROLLED_BACK,
    },
)


class WaveState(StrEnum):
    """Where a wave stands; ``at gate``: its work is done and the gate decides."""

    WAITING = "waiting"
    RUNNING = "running"
    AT_GATE = "at gate"
    PAUSED = "paused"
    PASSED = "passed"
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"
    ABORTED = "aborted"

    @property
    def is_under_way(self) -> bool:
        """Tell whether it has begun and is not decided yet."""
        return self in {WaveState.RUNNING, WaveState.AT_GATE, WaveState.PAUSED}

    @property
    def is_in_force(self) -> bool:
        """Tell whether what it brings is in place: a pause takes nothing away."""
        return self.is_under_way or self is WaveState.PASSED


class WaveMove(StrEnum):
    """What can be done to a wave. ``resume`` goes back to where the pause found it."""

    START = "start"
    REACH_GATE = "reach gate"
    PAUSE = "pause"
    RESUME = "resume"
    RESUME_AT_GATE = "resume at gate"
    PASS = "pass"  # noqa: S105 (a word, not a secret)
    ROLL_BACK = "roll back"
    UNDONE = "undone"
    PLAN_AGAIN = "plan again"
    ABORT = "abort"


WAVE = Lifecycle(
    start=WaveState.WAITING,
    table={
        (WaveState.WAITING, WaveMove.START): WaveState.RUNNING,
        (WaveState.WAITING, WaveMove.ABORT): WaveState.ABORTED,
        (WaveState.RUNNING, WaveMove.REACH_GATE): WaveState.AT_GATE,
        (WaveState.RUNNING, WaveMove.PAUSE): WaveState.PAUSED,
        (WaveState.RUNNING, WaveMove.ROLL_BACK): WaveState.ROLLING_BACK,
        (WaveState.RUNNING, WaveMove.ABORT): WaveState.ABORTED,
        (WaveState.AT_GATE, WaveMove.PASS): WaveState.PASSED,
        (WaveState.AT_GATE, WaveMove.PAUSE): WaveState.PAUSED,
        (WaveState.AT_GATE, WaveMove.ROLL_BACK): WaveState.ROLLING_BACK,
        (WaveState.AT_GATE, WaveMove.ABORT): WaveState.ABORTED,
        (WaveState.PAUSED, WaveMove.RESUME): WaveState.RUNNING,
        (WaveState.PAUSED, WaveMove.RESUME_AT_GATE): WaveState.AT_GATE,
        (WaveState.PAUSED, WaveMove.ROLL_BACK): WaveState.ROLLING_BACK,
        (WaveState.PAUSED, WaveMove.ABORT): WaveState.ABORTED,
        (WaveState.PASSED, WaveMove.ROLL_BACK): WaveState.ROLLING_BACK,
        (WaveState.ROLLING_BACK, WaveMove.UNDONE): WaveState.ROLLED_BACK,
        (WaveState.ROLLED_BACK, WaveMove.PLAN_AGAIN): WaveState.WAITING,
    },
)
