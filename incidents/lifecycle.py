"""The life of an incident."""

from enum import StrEnum

from ssoc.core.lifecycle import Lifecycle


class State(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"

    @property
    def is_live(self) -> bool:
        """Tell whether people still have to do something."""
        return self not in {State.RESOLVED, State.CLOSED}


class Move(StrEnum):
    """What can be done to it; ``worsen``, ``recover`` and ``relapse`` are the correlator's."""

    ACKNOWLEDGE = "acknowledge"
    MITIGATE = "mitigate"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    WORSEN = "worsen"
    RECOVER = "recover"
    RELAPSE = "relapse"


INCIDENT = Lifecycle(
    start=State.OPEN,
    table={
        (State.OPEN, Move.ACKNOWLEDGE): State.ACKNOWLEDGED,
        (State.OPEN, Move.RESOLVE): State.RESOLVED,
        (State.OPEN, Move.WORSEN): State.OPEN,
        (State.OPEN, Move.RECOVER): State.RESOLVED,
        (State.REOPENED, Move.ACKNOWLEDGE): State.ACKNOWLEDGED,
        (State.REOPENED, Move.RESOLVE): State.RESOLVED,
        (State.REOPENED, Move.WORSEN): State.REOPENED,
        (State.REOPENED, Move.RECOVER): State.RESOLVED,
        (State.ACKNOWLEDGED, Move.MITIGATE): State.MITIGATED,
        (State.ACKNOWLEDGED, Move.RESOLVE): State.RESOLVED,
        (State.ACKNOWLEDGED, Move.WORSEN): State.OPEN,
        (State.ACKNOWLEDGED, Move.RECOVER): State.RESOLVED,
        (State.MITIGATED, Move.RESOLVE): State.RESOLVED,
        (State.MITIGATED, Move.WORSEN): State.OPEN,
        (State.MITIGATED, Move.RECOVER): State.RESOLVED,
        (State.RESOLVED, Move.REOPEN): State.REOPENED,
        (State.RESOLVED, Move.RELAPSE): State.REOPENED,
        (State.RESOLVED, Move.CLOSE): State.CLOSED,
        (State.CLOSED, Move.REOPEN): State.REOPENED,
        (State.CLOSED, Move.RELAPSE): State.REOPENED,
    },
)
