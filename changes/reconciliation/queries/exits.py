"""Where the exit of parallel runs stands, for the guards of programmes."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from changes.reconciliation.models import ParallelRun
from changes.reconciliation.queries.parallels import facts, standings
from changes.reconciliation.rules.exits import DayFact, ExitStanding
from ssoc.core.work import Work

NONE = ExitStanding(False, "no parallel run is planned; plan one under reconciliation")


def standing(work: Work, subjects: Sequence[str]) -> Mapping[str, ExitStanding]:
    """Return where each subject stands, by its newest parallel run; all in four statements."""
    newest = _newest(work, subjects)
    known = standings(work, list(newest.values()))
    return {
        each: known[newest[each].id] if each in newest else NONE for each in dict.fromkeys(subjects)
    }


def days(work: Work, subjects: Sequence[str]) -> Mapping[str, Sequence[DayFact]]:
    """Return what each day of each subject's newest parallel run was; all in four statements.

    A subject without a parallel run has no days.
    """
    newest = _newest(work, subjects)
    known = facts(work, list(newest.values()))
    return {
        each: known[newest[each].id] if each in newest else () for each in dict.fromkeys(subjects)
    }


def _newest(work: Work, subjects: Sequence[str]) -> dict[str, ParallelRun]:
    wanted = select(ParallelRun).where(ParallelRun.subject.in_(subjects)).order_by(ParallelRun.id)
    return {each.subject: each for each in work.session.scalars(wanted)}
