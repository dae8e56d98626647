"""How changes of a kind went before, for many suspects at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from changes.models import Change
from changes.queries import history
from changes.rules.shares import laplace
from ssoc.core.work import Work


@dataclass(frozen=True)
class Known:
    """The failure history of one change's kind, 0 to 1, with its words; None when there is none."""

    history: float | None = None
    note: str = ""


def of(work: Work, rows: Sequence[Change]) -> dict[int, Known]:
    """Return the record of each change's template, else of its team; a few statements for all."""
    templates = {each.template_id for each in rows if each.template_id is not None}
    records = history.records_of_templates(work, sorted(templates)) if templates else {}
    teams = _teams(work, {each.team for each in rows if each.template_id is None and each.team})
    found = {}
    for row in rows:
        record = records.get(row.template_id) if row.template_id is not None else None
        if record is not None:
            found[row.id] = _known(record.harmful, record.n, "of its template")
        else:
            failures, n = teams.get(row.team, (0, 0))
            found[row.id] = _known(failures, n, f"of {row.team}")
    return found


def _known(harmful: int, n: int, whose: str) -> Known:
    return Known(laplace(harmful, n), f"{harmful} of {n} {whose} failed") if n else Known()


def _teams(work: Work, teams: set[str]) -> Mapping[str, tuple[int, int]]:
    """Return by team how many of its changes failed, and how many have ended."""
    if not teams:
        return {}
    rows = work.session.execute(
        select(Change.team, Change.outcome, func.count())
        .where(Change.team.in_(sorted(teams)), Change.state.in_(history.ENDED))
        .where(Change.outcome.is_not(None))
        .group_by(Change.team, Change.outcome)
    )
    found: dict[str, tuple[int, int]] = {}
    for team, outcome, number in rows:
        failures, n = found.get(team, (0, 0))
        found[team] = (failures + number * bool(outcome and outcome.is_failure), n + number)
    return found
