"""What parallel runs are listed by: where each stands, the one that needs somebody first. Pure."""

from datetime import date
from enum import StrEnum

from changes.reconciliation.rules.exits import ExitStanding, Mark


class Group(StrEnum):
    """Where a parallel run stands, those that need somebody first."""

    MISSING = "missing"
    UNCLEAN = "unclean"
    DUE = "due"
    CLEAN = "clean"
    CLOSED = "closed"
    BEGINS = "not begun"
    MET = "exit met"
    ENDED = "ended"


_OF_MARKS = {
    Mark.NONE: Group.MISSING,
    Mark.FAILED: Group.MISSING,
    Mark.BREAKS: Group.UNCLEAN,
    Mark.VALUE: Group.UNCLEAN,
    Mark.DUE: Group.DUE,
    Mark.CLEAN: Group.CLEAN,
    Mark.CLOSED: Group.CLOSED,
}
_SILENT = frozenset({Mark.CLOSED, Mark.DUE})


def last_told(standing: ExitStanding) -> tuple[date, Mark] | None:
    """Return the last day that says anything: it is over, and was open."""
    return next((each for each in reversed(standing.marks) if each[1] not in _SILENT), None)


def group_on(standing: ExitStanding, day: date) -> Group | None:
    """Return where a parallel run stands on one day, None when the day is none of it."""
    mark = dict(standing.marks).get(day)
    return _OF_MARKS[mark] if mark is not None else None


def group_of(standing: ExitStanding, has_ended: bool, has_open: bool = False) -> Group:
    """Return where a parallel run stands now: what lacks first, then its last day that is over.

    ``has_open``: a break of any of its days that nobody has explained makes it unclean.
    """
    if has_ended:
        return Group.ENDED
    told = last_told(standing)
    group = _OF_MARKS[told[1]] if told is not None else None
    if group is Group.MISSING:
        return group
    if has_open:
        return Group.UNCLEAN
    if standing.is_met:
        return Group.MET
    if group is not None:
        return group
    is_due = any(mark is Mark.DUE for _, mark in standing.marks)
    return Group.DUE if is_due else Group.BEGINS
