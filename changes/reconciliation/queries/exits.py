"""Where the exit of parallel runs stands, for the guards of programmes."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from changes.reconciliation.models import ParallelRun
from changes.reconciliation.queries.parallels import standings
from changes.reconciliation.rules.exits import ExitStanding
from ssoc.core.work import Work

NONE = ExitStanding(False, "no parallel run is planned; plan one under reconciliation")


def standing(work: Work, subjects: Sequence[str]) -> Mapping[str, ExitStanding]:
    """Return where each subject stands, by its newest parallel run; all in four statements."""
    wanted = select(ParallelRun).where(ParallelRun.subject.in_(subjects)).order_by(ParallelRun.id)
    newest = {each.subject: each for each in work.session.scalars(wanted)}
    known = standings(work, list(newest.values()))
    return {
        each: known[newest[each].id] if each in newest else NONE for each in dict.fromkeys(subjects)
    }
