"""The life of a break: every one is explained, carried with a name, or closed."""

from enum import StrEnum

from ssoc.core.lifecycle import Lifecycle


class BreakState(StrEnum):
    """Where a break stands; open is what nobody has explained."""

    OPEN = "open"
    EXPLAINED = "explained"
    CARRIED = "carried"
    CLOSED = "closed"


class BreakMove(StrEnum):
    """What can be done to a break; ``find`` is its counterpart that came on a later day."""

    EXPLAIN = "explain"
    CARRY = "carry"
    CLOSE = "close"
    REOPEN = "reopen"
    FIND = "find"


_OWNED = (BreakState.EXPLAINED, BreakState.CARRIED)
BREAK = Lifecycle(
    start=BreakState.OPEN,
    table={
        (BreakState.OPEN, BreakMove.EXPLAIN): BreakState.EXPLAINED,
        (BreakState.OPEN, BreakMove.CARRY): BreakState.CARRIED,
        (BreakState.OPEN, BreakMove.FIND): BreakState.CLOSED,
        **{(each, BreakMove.EXPLAIN): BreakState.EXPLAINED for each in _OWNED},
        **{(each, BreakMove.CARRY): BreakState.CARRIED for each in _OWNED},
        **{(each, BreakMove.CLOSE): BreakState.CLOSED for each in _OWNED},
        **{(each, BreakMove.FIND): BreakState.CLOSED for each in _OWNED},
        **{(each, BreakMove.REOPEN): BreakState.OPEN for each in (*_OWNED, BreakState.CLOSED)},
    },
)
