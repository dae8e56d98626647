"""Cut-overs of sites: templates with their timings, run sheets with forecasts, and standings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from changes.lifecycle import RunState, StepState
from changes.policy import policy
from changes.programmes.cutover_values import CutOverStep, CutOverView, Template, Timing
from changes.programmes.models import (
    CutOverRun,
    CutOverTemplate,
    Programme,
    RunbookStep,
    Site,
    SiteRollout,
)
from changes.programmes.queries import programmes
from changes.programmes.rules import cut_over
from changes.programmes.rules.cut_over import Stepped, TemplateStep
from changes.rules.running import Forecast, OpenStep, forecast, standing, waits_for
from changes.run_values import StepNote
from changes.values import PlanStep
from ssoc.core.errors import NotFound
from ssoc.core.work import Work

_MINUTE = timedelta(minutes=1)
_SAME = (
    *("position", "title", "planned_at", "state", "owner", "undo", "is_hold_point", "began_at"),
    *("began_by", "resumed_at", "ended_at", "ended_by", "repeats", "undone_at", "undone_by"),
    *("p90", "drains", "no_return", "in_flight"),
)
_OF_RUN = (
    *("id", "programme_id", "site_rollout_id", "is_rehearsal", "state", "started_at"),
    *("started_by", "window_ends_at", "rollback_minutes", "went_on_at", "went_on_by"),
    *("went_on_because", "rolled_back_at", "rolled_back_because", "ended_at", "ended_by", "note"),
)


@dataclass(frozen=True)
class CutOverStanding:
    """Whether what a guard asks of the run sheet is met, and why not."""

    is_met: bool
    why: str
    run_id: int | None = None


@dataclass(frozen=True)
class RunLine:
    """One run of a site in a list."""

    id: int
    is_rehearsal: bool
    state: RunState
    started_at: datetime
    started_by: str
    ended_at: datetime | None


class Timings:
    """What steps of a programme took, by title: in rehearsals and cut-overs, oldest first."""

    def __init__(self, work: Work, programme_id: int, site_rollout_id: int | None = None) -> None:
        self.terms = policy(work).execution
        rows = work.session.execute(
            select(
                RunbookStep.title,
                RunbookStep.began_at,
                RunbookStep.ended_at,
                CutOverRun.id,
                CutOverRun.is_rehearsal,
                CutOverRun.site_rollout_id,
            )
            .join(CutOverRun, CutOverRun.id == RunbookStep.run_id)
            .where(
                CutOverRun.programme_id == programme_id,
                CutOverRun.ended_at.is_not(None),
                RunbookStep.state == StepState.DONE,
            )
            .order_by(CutOverRun.id.desc())
            .limit(self.terms.history)
        ).all()
        self._took: dict[str, list[float]] = {}
        own = {
            row.id for row in rows if row.is_rehearsal and row.site_rollout_id == site_rollout_id
        }
        rehearsals = own or {row.id for row in rows if row.is_rehearsal}
        self.last_rehearsal = max(rehearsals, default=None)
        self._last: dict[str, float] = {}
        for row in reversed(rows):
            minutes = (row.ended_at - row.began_at) / _MINUTE
            self._took.setdefault(row.title, []).append(minutes)
            if row.id == self.last_rehearsal:
                self._last[row.title] = minutes

    def of(self, step: TemplateStep) -> Timing:
        """Return one step beside what it took."""
        took = self._took.get(step.title, [])
        usual = cut_over.duration(step.p50, step.p90, took, self.terms)
        return Timing(step, tuple(took), usual, self._last.get(step.title))


def template(work: Work, programme_id: int) -> Template:
    """Return the run sheet of a programme beside its timings; without steps when it has none."""
    programme = programmes.found(work, programme_id)
    row = work.session.get(CutOverTemplate, programme_id)
    timings = Timings(work, programme_id)
    steps = steps_of(row)
    return Template(
        programme_id,
        programme.name,
        tuple(programme.markets),
        [timings.of(each) for each in steps],
        row.window_minutes if row else 0,
        row.rollback_minutes if row else 0,
        row.set_at if row else None,
        row.set_by if row else "",
        row.version if row else 0,
    )


def steps_of(row: CutOverTemplate | None) -> tuple[TemplateStep, ...]:
    """Return the steps that a template keeps."""
    if row is None:
        return ()
    return tuple(TemplateStep(**{**each, "needs": tuple(each["needs"])}) for each in row.steps)


def found(
    work: Work, run_id: int, *, is_locked: bool = False
) -> tuple[CutOverRun, SiteRollout, Site]:
    """Return a run's row with its site, or raise NotFound when the actor may not see it."""
    row = work.session.get(CutOverRun, run_id, with_for_update=is_locked)
    way = work.session.get(SiteRollout, row.site_rollout_id) if row else None
    site = work.session.get(Site, way.site_id) if way else None
    if row is None or way is None or site is None or not programmes.may_see(work, [site.market]):
        raise NotFound(f"there is no cut-over {run_id} that you may see")
    return row, way, site


def run(work: Work, run_id: int) -> CutOverView:
    """Return one run with its forecast."""
    row, _, site = found(work, run_id)
    return view(work, row, site)


def view(work: Work, row: CutOverRun, site: Site) -> CutOverView:
    """Return a run's row as value."""
    programme = work.session.get_one(Programme, row.programme_id)
    steps = _steps(work, row)
    ahead = where = None
    words = ""
    lead = policy(work).execution.decision_lead
    rollback = row.rollback_minutes * _MINUTE
    is_decided = row.went_on_at is not None and (
        row.went_on_at >= row.window_ends_at - rollback - lead
    )
    if row.ended_at is None:
        ahead = _forecast(work, row, steps)
        where, words = standing(
            work.now,
            ahead.end,
            row.window_ends_at,
            rollback,
            is_decided=is_decided,
            is_rolling_back=row.state is RunState.ROLLING_BACK,
        )
    return CutOverView(
        **{name: getattr(row, name) for name in _OF_RUN},
        programme=programme.name,
        code=site.code,
        site=site.name,
        market=site.market,
        zone=site.zone,
        steps=steps,
        forecast=ahead,
        standing=where,
        standing_words=words,
        is_decided=is_decided,
    )


def _steps(work: Work, row: CutOverRun) -> list[CutOverStep]:
    rows = work.session.scalars(
        select(RunbookStep).where(RunbookStep.run_id == row.id).order_by(RunbookStep.position)
    ).all()
    timings = Timings(work, row.programme_id, row.site_rollout_id)
    waits = waits_for(
        PlanStep(each.position, each.title, is_hold_point=each.is_hold_point, needs=each.needs)
        for each in rows
    )
    found = []
    for each in rows:
        timing = timings.of(TemplateStep(each.position, each.title, p50=each.p50, p90=each.p90))
        found.append(
            CutOverStep(
                **{name: getattr(each, name) for name in _SAME},
                planned_minutes=each.p50,
                check=each.verify,
                waits_for=waits[each.position],
                notes=tuple(_note(note) for note in each.notes),
                usual=timing.usual,
                last_minutes=timing.last_minutes,
            )
        )
    return found


def _note(given: dict[str, Any]) -> StepNote:
    at = datetime.fromisoformat(given["at"])
    return StepNote(given["move"], given["text"], given["by"], at)


def _forecast(work: Work, row: CutOverRun, steps: Sequence[CutOverStep]) -> Forecast:
    if row.state is RunState.ROLLING_BACK and row.rolled_back_at is not None:
        end = max(work.now, row.rolled_back_at + row.rollback_minutes * _MINUTE)
        return Forecast(end, end - work.now)
    left = [
        OpenStep(each.position, each.state, each.usual, each.resumed_at)
        for each in steps
        if each.usual is not None
    ]
    needs = {each.position: each.waits_for for each in steps}
    return forecast(left, needs, work.now, policy(work).execution, row.id)


def runs_of(work: Work, site_rollout_id: int) -> list[RunLine]:
    """Return the runs and rehearsals of a site, the newest first."""
    rows = select(CutOverRun).where(CutOverRun.site_rollout_id == site_rollout_id)
    return [
        RunLine(
            each.id, each.is_rehearsal, each.state, each.started_at, each.started_by, each.ended_at
        )
        for each in work.session.scalars(rows.order_by(CutOverRun.id.desc()))
    ]


def going_on(work: Work, programme_id: int) -> list[CutOverView]:
    """Return what is cut over or rehearsed now in a programme."""
    programmes.found(work, programme_id)
    rows = work.session.scalars(
        select(CutOverRun)
        .where(CutOverRun.programme_id == programme_id, CutOverRun.ended_at.is_(None))
        .order_by(CutOverRun.id)
    )
    return [view(work, *found(work, each.id)[::2]) for each in rows]


# ---- standings, of many sites in two statements


def _last_steps(work: Work, ids: Iterable[int]) -> dict[int, tuple[int, list[Stepped]]]:
    """Return of every site the steps of its last execution; rehearsals do not count."""
    last = (
        select(func.max(CutOverRun.id))
        .where(CutOverRun.site_rollout_id.in_(list(ids)), CutOverRun.is_rehearsal.is_(False))
        .group_by(CutOverRun.site_rollout_id)
    )
    rows = work.session.execute(
        select(RunbookStep, CutOverRun.site_rollout_id)
        .join(CutOverRun, CutOverRun.id == RunbookStep.run_id)
        .where(CutOverRun.id.in_(last))
        .order_by(RunbookStep.run_id, RunbookStep.position)
    )
    found: dict[int, tuple[int, list[Stepped]]] = {}
    for row, site in rows:
        found.setdefault(site, (row.run_id, []))[1].append(
            Stepped(
                row.position,
                row.title,
                row.state,
                row.verify,
                row.undo.strip(),
                row.drains,
                row.began_at is not None,
            )
        )
    return found


def verified(work: Work, ids: Sequence[int]) -> dict[int, CutOverStanding]:
    """Return of every site whether each step of its cut-over is verified."""
    found = _last_steps(work, ids)
    return {
        each: _standing(found.get(each), cut_over.verified_fault, "every step is verified")
        for each in ids
    }


def undone(work: Work, ids: Sequence[int]) -> dict[int, CutOverStanding]:
    """Return of every site whether all that was begun is undone; nothing begun is undone."""
    found = _last_steps(work, ids)
    return {
        each: _standing(found.get(each), cut_over.undone_fault, "nothing is left to undo")
        for each in ids
    }


def drained(work: Work, ids: Sequence[int]) -> dict[int, str]:
    """Return of every site why its transactions in flight are not drained; empty when they are."""
    found = _last_steps(work, ids)
    return {each: cut_over.drained_fault(found.get(each, (0, []))[1]) for each in ids}


def _standing(found: Any, rule: Any, well: str) -> CutOverStanding:  # noqa: ANN401
    run_id, steps = found or (None, [])
    fault = rule(steps)
    return CutOverStanding(not fault, fault or well, run_id)


def rehearsed(work: Work, ids: Sequence[int]) -> dict[int, CutOverStanding]:
    """Return of every site whether a rehearsal of its own was carried to its end."""
    rows = work.session.execute(
        select(CutOverRun.site_rollout_id, func.max(CutOverRun.id), func.max(CutOverRun.ended_at))
        .where(
            CutOverRun.site_rollout_id.in_(list(ids)),
            CutOverRun.is_rehearsal.is_(True),
            CutOverRun.ended_at.is_not(None),
        )
        .group_by(CutOverRun.site_rollout_id)
    ).all()
    done = {site: (number, at) for site, number, at in rows}
    return {
        each: CutOverStanding(
            each in done,
            f"rehearsed until {done[each][1]:%d %b %H:%M} UTC"
            if each in done
            else "its cut-over was never rehearsed",
            done[each][0] if each in done else None,
        )
        for each in ids
    }
