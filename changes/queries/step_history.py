"""What like steps took in earlier executions: a fixed number of statements for many runs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from changes.lifecycle import StepState
from changes.models import Change, Run, RunStep
from changes.policy import policy
from changes.queries.history import track_record
from changes.rules.durations import Duration, ExecutionPolicy, History, duration_of
from ssoc.core.work import Work

_MINUTE = timedelta(minutes=1)
Like = tuple[int, int, str]  # template, position, title


@dataclass(frozen=True)
class StepHistory:
    """What is known of steps: minutes by like step, real over planned by type of change."""

    terms: ExecutionPolicy
    minutes: Mapping[Like, list[float]] = field(default_factory=dict)
    ratios: Mapping[str, list[float]] = field(default_factory=dict)
    overruns: Mapping[str, tuple[float | None, int]] = field(default_factory=dict)
    runs: Mapping[int, int] = field(default_factory=dict)

    def duration(
        self, template_id: int | None, type_name: str, position: int, title: str, planned: int
    ) -> Duration:
        """Return how long one step takes."""
        like = (template_id or 0, position, title)
        ratio, n = self.overruns.get(type_name, (None, 0))
        known = History(self.minutes.get(like, ()), self.ratios.get(type_name, ()), ratio, n)
        return duration_of(planned, known, self.terms)


def step_history(work: Work, changes: Iterable[tuple[int | None, str]]) -> StepHistory:
    """Return the history of changes given as pairs of template and type.

    Three statements, and those of a track record for each type whose steps say too little.
    """
    known = list(changes)
    terms = policy(work).execution
    templates = {template for template, _ in known if template is not None}
    types = {name for _, name in known}
    if not types:
        return StepHistory(terms)
    minutes, runs = _of_templates(work, templates, terms)
    ratios = _of_types(work, types, terms)
    poor = [name for name in sorted(types) if len(ratios.get(name, ())) < terms.least_n]
    records = {name: track_record(work, type=name) for name in poor}
    overruns = {name: (each.overrun_ratio, each.n) for name, each in records.items()}
    return StepHistory(terms, minutes, ratios, overruns, runs)


def _of_templates(
    work: Work, templates: Collection[int], terms: ExecutionPolicy
) -> tuple[dict[Like, list[float]], dict[int, int]]:
    minutes: dict[Like, list[float]] = {}
    runs: dict[int, set[int]] = {}
    wanted = _done(Change.template_id, RunStep.position, RunStep.title, Run.id)
    wanted = wanted.where(Change.template_id.in_(templates)).limit(terms.history)
    for template, position, title, run, began, ended in work.session.execute(wanted):
        minutes.setdefault((template, position, title), []).append((ended - began) / _MINUTE)
        runs.setdefault(template, set()).add(run)
    return minutes, {template: len(each) for template, each in runs.items()}


def _of_types(work: Work, types: Collection[str], terms: ExecutionPolicy) -> dict[str, list[float]]:
    ratios: dict[str, list[float]] = {}
    wanted = _done(Change.type, RunStep.planned_minutes)
    wanted = wanted.where(Change.type.in_(types), RunStep.planned_minutes > 0)
    for name, planned, began, ended in work.session.execute(wanted.limit(terms.history)):
        ratios.setdefault(name, []).append((ended - began) / _MINUTE / planned)
    return ratios


def _done(*columns: Any) -> Select[Any]:  # noqa: ANN401 (columns of three tables)
    """Select steps done in executions that have ended, the newest first; never of rehearsals."""
    return (
        select(*columns, RunStep.began_at, RunStep.ended_at)
        .join(Run, Run.id == RunStep.run_id)
        .join(Change, Change.id == Run.change_id)
        .where(Run.is_rehearsal.is_(False), Run.ended_at.is_not(None))
        .where(RunStep.state == StepState.DONE)
        .where(RunStep.began_at.is_not(None), RunStep.ended_at.is_not(None))
        .order_by(Run.ended_at.desc(), Run.id.desc(), RunStep.position)
    )
