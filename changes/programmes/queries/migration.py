"""Migration runs of sites with their checks, and how far the rehearsals are."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from changes.programmes.models import MigrationCheck, MigrationRun, MigrationWaiver
from changes.programmes.queries.ways import Way, way, ways
from changes.programmes.rules.migration import (
    CheckKind,
    Rehearsals,
    Rehearsed,
    Result,
    rehearsals,
    waiver_holds,
)
from ssoc.core.work import Work


@dataclass(frozen=True)
class Waiver:
    """Who let a site go on without clean rehearsals, and why."""

    by: str
    at: datetime
    reason: str
    through: int
    is_void: bool = False  # a rehearsal failed after it


@dataclass(frozen=True)
class MigrationStanding:
    """Whether a site's migration is rehearsed enough; ``last`` is the number of its last run."""

    rehearsed: Rehearsals
    waiver: Waiver | None = None
    last: int = 0

    @property
    def is_met(self) -> bool:
        """Tell whether the rehearsals are clean, or waived."""
        return self.rehearsed.is_met or (self.waiver is not None and not self.waiver.is_void)

    @property
    def why(self) -> str:
        """Return what there is or lacks, in words."""
        if self.rehearsed.is_met or self.waiver is None:
            return self.rehearsed.why
        if self.waiver.is_void:
            return f"{self.rehearsed.why}; a rehearsal failed after {self.waiver.by} waived them"
        return f"waived by {self.waiver.by}: {self.waiver.reason} ({self.rehearsed.why})"


@dataclass(frozen=True)
class CheckView:
    """One judged figure of a run."""

    kind: CheckKind
    name: str
    account_class: str
    currency: str
    expected: str
    actual: str
    tolerance: str
    result: Result
    why: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunView:
    """One migration of a site."""

    id: int
    number: int
    source_snapshot: str
    is_rehearsal: bool
    is_clean: bool
    started_at: datetime
    ended_at: datetime
    recorded_by: str
    recorded_at: datetime
    checks: Sequence[CheckView] = ()

    @property
    def kinds_missing(self) -> list[CheckKind]:
        """Return the kinds of checks that the run did not make."""
        made = {each.kind for each in self.checks}
        return [each for each in CheckKind if each not in made]


@dataclass(frozen=True)
class MigrationPage:
    """A site with its newest runs."""

    way: Way
    standing: MigrationStanding
    runs: Sequence[RunView]


MOST_RUNS = 20


def standing(work: Work, ids: Collection[int]) -> dict[int, MigrationStanding]:
    """Return how far the rehearsals of many sites are."""
    return standing_of(work, ways(work, ids))


def standing_of(work: Work, found: Mapping[int, Way]) -> dict[int, MigrationStanding]:
    """Return the same for ways that are known already: two statements."""
    runs, last = _rehearsed(work, found)
    waivers = _waivers(work, found)
    return {
        key: MigrationStanding(
            rehearsals(runs[key], each.terms.rehearsals),
            _judged(waivers.get(key), runs[key]),
            last.get(key, 0),
        )
        for key, each in found.items()
    }


def _rehearsed(
    work: Work, ids: Collection[int]
) -> tuple[dict[int, list[Rehearsed]], dict[int, int]]:
    asked = select(
        MigrationRun.site_rollout_id,
        MigrationRun.number,
        MigrationRun.source_snapshot,
        MigrationRun.is_clean,
        MigrationRun.is_rehearsal,
    ).where(MigrationRun.site_rollout_id.in_(ids))
    found: dict[int, list[Rehearsed]] = defaultdict(list)
    last: dict[int, int] = {}
    for site, number, snapshot, is_clean, is_rehearsal in work.session.execute(asked):
        last[site] = max(number, last.get(site, 0))
        if is_rehearsal:
            found[site].append(Rehearsed(number, snapshot, is_clean))
    return found, last


def _waivers(work: Work, ids: Collection[int]) -> dict[int, MigrationWaiver]:
    newest = (
        select(func.max(MigrationWaiver.id))
        .where(MigrationWaiver.site_rollout_id.in_(ids))
        .group_by(MigrationWaiver.site_rollout_id)
    )
    rows = work.session.scalars(select(MigrationWaiver).where(MigrationWaiver.id.in_(newest)))
    return {each.site_rollout_id: each for each in rows}


def _judged(row: MigrationWaiver | None, runs: Collection[Rehearsed]) -> Waiver | None:
    if row is None:
        return None
    return Waiver(row.by, row.at, row.reason, row.through, not waiver_holds(row.through, runs))


def page(work: Work, rollout_id: int) -> MigrationPage:
    """Return a site with its newest runs and their checks."""
    here = way(work, rollout_id)
    rows = work.session.scalars(
        select(MigrationRun)
        .where(MigrationRun.site_rollout_id == rollout_id)
        .order_by(MigrationRun.number.desc())
        .limit(MOST_RUNS)
    ).all()
    checks = _checks(work, [each.id for each in rows])
    found = standing_of(work, {here.id: here})[here.id]
    return MigrationPage(here, found, [_run(each, checks[each.id]) for each in rows])


def run(work: Work, rollout_id: int, number: int) -> RunView | None:
    """Return one run of a site by its number, None when there is none."""
    way(work, rollout_id)
    row = work.session.scalars(
        select(MigrationRun).where(
            MigrationRun.site_rollout_id == rollout_id, MigrationRun.number == number
        )
    ).one_or_none()
    return _run(row, _checks(work, [row.id])[row.id]) if row else None


def _checks(work: Work, runs: Collection[int]) -> dict[int, list[CheckView]]:
    rows = work.session.scalars(
        select(MigrationCheck).where(MigrationCheck.run_id.in_(runs)).order_by(MigrationCheck.id)
    )
    found: dict[int, list[CheckView]] = defaultdict(list)
    for row in rows:
        found[row.run_id].append(
            CheckView(
                CheckKind(row.kind),
                row.name,
                row.account_class,
                row.currency,
                row.expected,
                row.actual,
                row.tolerance,
                Result(row.result),
                row.why,
                row.details,
            )
        )
    return found


def _run(row: MigrationRun, checks: Sequence[CheckView]) -> RunView:
    return RunView(
        row.id,
        row.number,
        row.source_snapshot,
        row.is_rehearsal,
        row.is_clean,
        row.started_at,
        row.ended_at,
        row.recorded_by,
        row.recorded_at,
        tuple(checks),
    )
