"""The phases of a gate and of its metrics; how they follow stands in ``rules``, not in a table."""

from enum import StrEnum


class Judgement(StrEnum):
    """What one measurement says."""

    SUCCESSFUL = "successful"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    NO_DATA = "no data"


class Phase(StrEnum):
    """Where a metric, or a whole gate, stands; the last five are final until consumed."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCESSFUL = "successful"
    NO_DATA = "no data"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more is measured."""
        return self not in {Phase.PENDING, Phase.RUNNING}


class Effect(StrEnum):
    """What a decided metric does to what is behind the gate."""

    GO_ON = "go on"
    PAUSE = "pause"
    ROLL_BACK = "roll back"
    NOTIFY = "notify"
    WAIT = "wait"
