"""Cut a site over by its run sheet: template, begin, rehearse, press, roll back, end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from changes.actions.words import told
from changes.lifecycle import RUN, STEP, RunMove, RunState, StepMove, StepState
from changes.programmes.cutover_values import CutOverStep, CutOverView
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import (
    CutOverRun,
    CutOverTemplate,
    Programme,
    RunbookStep,
    Site,
    SiteRollout,
)
from changes.programmes.queries import cutover, decisions, programmes, sites
from changes.programmes.rules import cut_over
from changes.rules import run_sheet
from changes.rules.running import planned_starts
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import CutOverMoved, CutOverPressed
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

_MINUTE = timedelta(minutes=1)
_WORK = Permission.PROGRAMME_WORK
_NOTE = 2_000


def set_template(
    work: Work,
    programme_id: int,
    rows: Sequence[Mapping[str, Any]],
    window_minutes: int,
    rollback_minutes: int,
    version: int | None = None,
) -> None:
    """Set the run sheet that sites of a programme begin with; runs that began keep theirs.

    Raises:
        BadInput: every fault of the rows, or times that do not fit.
        Conflict: somebody has set it since ``version``.

    """
    programme = programmes.found(work, programme_id)
    for market in programme.markets:
        work.require(Permission.PROGRAMME_PLAN, market)
    steps = cut_over.read_template(rows)
    _refuse_times(steps, window_minutes, rollback_minutes)
    work.session.get(Programme, programme_id, with_for_update=True)
    row = work.session.get(CutOverTemplate, programme_id)
    if version is not None and version != (row.version if row else 0):
        raise Conflict("somebody set the run sheet meanwhile; look again, then repeat")
    if row is None:
        row = CutOverTemplate(programme_id=programme_id)
        work.session.add(row)
    row.steps = [{**asdict(each), "needs": list(each.needs)} for each in steps]
    row.window_minutes, row.rollback_minutes = window_minutes, rollback_minutes
    row.set_at, row.set_by = work.now, work.actor.name
    bump(work.session)
    markets = ",".join(sorted(programme.markets))
    work.record(CutOverMoved(programme_id, markets, move="set run sheet", reason=f"{len(steps)}"))


def _refuse_times(steps: Sequence[cut_over.TemplateStep], window: int, rollback: int) -> None:
    if not 1 <= window <= 7 * 24 * 60:
        raise BadInput(f"the window is {window} min; give 1 to {7 * 24 * 60}")
    if not 0 <= rollback < window:
        raise BadInput(
            f"the roll-back takes {rollback} min and the window {window}: the moment to turn round "
            "would lie before it begins; give a longer window"
        )
    plan = [each.as_planned for each in steps]
    starts = planned_starts(plan)
    takes = max(int(starts[each.position] / _MINUTE) + each.planned_minutes for each in plan)
    if takes > window:
        raise BadInput(f"the steps take {takes} min at p50, the window {window} min; lengthen it")


def rehearse(work: Work, site_rollout_id: int) -> int:
    """Begin a rehearsal: timed against the plan, nothing moves."""
    return _begin(work, site_rollout_id, is_rehearsal=True)


def begin(work: Work, site_rollout_id: int) -> int:
    """Begin the cut-over of a site and return the number of its run.

    Raises:
        IllegalMove: no go, a condition is open, the wave is paused, or the site is not so far.
        Conflict: a run of it is open.

    """
    return _begin(work, site_rollout_id, is_rehearsal=False)


def _begin(work: Work, site_rollout_id: int, *, is_rehearsal: bool) -> int:
    way, site = sites.row_of(work, site_rollout_id, is_locked=True)
    work.require(_WORK, site.market)
    _refuse_open(work, way, site)
    template = work.session.get(CutOverTemplate, way.programme_id)
    steps = cutover.steps_of(template)
    if template is None or not steps:
        raise IllegalMove("the programme has no run sheet; set its template first")
    if not is_rehearsal:
        _refuse_early(work, way, site)
    run = CutOverRun(
        programme_id=way.programme_id,
        site_rollout_id=way.id,
        is_rehearsal=is_rehearsal,
        started_at=work.now,
        started_by=work.actor.name,
        window_ends_at=work.now + template.window_minutes * _MINUTE,
        rollback_minutes=template.rollback_minutes,
    )
    work.session.add(run)
    work.session.flush()
    starts = planned_starts([each.as_planned for each in steps])
    for each in steps:
        kept = asdict(each) | {"needs": list(each.needs)}
        planned = work.now + starts[each.position]
        work.session.add(RunbookStep(run_id=run.id, planned_at=planned, notes=[], **kept))
    work.session.flush()
    _tell(work, run, site, "rehearse" if is_rehearsal else "begin")
    return run.id


def _refuse_open(work: Work, way: SiteRollout, site: Site) -> None:
    row = work.session.scalars(
        select(CutOverRun).where(
            CutOverRun.site_rollout_id == way.id, CutOverRun.ended_at.is_(None)
        )
    ).first()
    if row is not None:
        what = "rehearsal" if row.is_rehearsal else "cut-over"
        raise Conflict(
            f"a {what} of {site.code} is open since {row.started_at:%H:%M} UTC; {row.started_by} "
            "began it; nothing was written; end it first"
        )


def _refuse_early(work: Work, way: SiteRollout, site: Site) -> None:
    if way.state not in {SiteState.GO_NO_GO, SiteState.CUT_OVER}:
        raise IllegalMove(
            f"{site.code} is {way.state}; a cut-over begins once it is {SiteState.GO_NO_GO}; "
            "rehearse it meanwhile"
        )
    fault = decisions.may_cut_over(work, way.id)
    if fault:
        raise IllegalMove(f"{site.code} may not be cut over: {fault}")
    wave = next(
        each for each in programmes.waves_of(work, way.programme_id) if each.id == way.wave_id
    )
    if wave.paused_because:
        raise IllegalMove(f"{wave.name} is paused: {wave.paused_because}; resume it with a reason")


def press(
    work: Work,
    run_id: int,
    position: int,
    move: StepMove | str,
    note: str = "",
    in_flight: int | None = None,
) -> None:
    """Do ``move`` to one step; a drain ends with the figure 0, a hold point by a person's word.

    Raises:
        Conflict: somebody pressed before, or the run has ended.
        IllegalMove: the plan, a roll-back, the checkpoint or the site's state stands against it.

    """
    row, way, site = _found(work, run_id)
    seen = cutover.view(work, row, site)
    step = seen.step_of.get(position)
    if step is None:
        raise NotFound(f"the run has no step {position}; it has {len(seen.steps)} steps")
    wanted = _move(move)
    run_sheet.refuse_move(seen, step, wanted, work.now)
    _refuse_return(way, seen, step, wanted)
    said = _said(note, _needed(step, wanted))
    if step.is_hold_point and wanted is StepMove.FINISH and work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed("a hold point is passed by a person with a name; nothing was written")
    kept = work.session.get_one(RunbookStep, (run_id, position))
    if step.drains and wanted is StepMove.FINISH:
        if fault := cut_over.drain_fault(in_flight):
            raise BadInput(f"{fault}; nothing was written")
        kept.in_flight = in_flight
    kept.state = STEP.after(kept.state, wanted)
    _stamp(work, kept, wanted)
    if said or kept.repeats:
        noted = {"move": wanted.value, "text": said, "by": work.actor.name}
        kept.notes = [*kept.notes, noted | {"at": work.now.isoformat()}]
    bump(work.session)
    work.record(
        CutOverPressed(
            row.programme_id,
            site.market,
            row.id,
            way.id,
            site.code,
            position,
            wanted.value,
            kept.state.value,
            said,
        )
    )


def _refuse_return(way: SiteRollout, seen: CutOverView, step: CutOverStep, move: StepMove) -> None:
    """Let nobody pass the point of no return of a site that is not being cut over."""
    if seen.is_rehearsal or not step.no_return or move not in {StepMove.START, StepMove.SKIP}:
        return
    if way.state is not SiteState.CUT_OVER:
        raise IllegalMove(
            f"step {step.position} is the point of no return and the site is {way.state}: move it "
            f"to {SiteState.CUT_OVER} first, which asks its guards once more; nothing was written"
        )


def _stamp(work: Work, row: RunbookStep, move: StepMove) -> None:
    who, now = work.actor.name, work.now
    if move is StepMove.START:
        row.began_at = row.resumed_at = now
        row.began_by = who
    elif move is StepMove.REPEAT:
        row.resumed_at, row.ended_at, row.ended_by = now, None, ""
        row.repeats += 1
    elif move is StepMove.UNDO:
        row.undone_at, row.undone_by = now, who
    else:
        row.ended_at, row.ended_by = now, who


def go_on(work: Work, run_id: int, reason: str) -> None:
    """Decide to go on past the checkpoint, with a reason that stays on record."""
    row, _, site = _found(work, run_id)
    if work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed("a person decides to go on, not a token; nothing was written")
    if row.state is not RunState.RUNNING:
        raise IllegalMove("it is rolled back; there is nothing to go on with")
    row.went_on_because = told(reason, "going on")
    row.went_on_at, row.went_on_by = work.now, work.actor.name
    _tell(work, row, site, "go on", row.went_on_because)


def roll_back(work: Work, run_id: int, reason: str) -> None:
    """Begin the way back: what runs is stopped; steps with an undo are undone backwards."""
    row, _, site = _found(work, run_id)
    seen = cutover.view(work, row, site)
    passed = seen.past_return
    if passed is not None:
        raise IllegalMove(
            f"step {passed.position}, {passed.title}, was the point of no return; go forward, or "
            "let steering decide; nothing was written"
        )
    why = told(reason, "a roll-back")
    row.state = RUN.after(row.state, RunMove.ROLL_BACK)
    row.rolled_back_at, row.rolled_back_because = work.now, why
    for each in seen.steps:
        if each.state is StepState.RUNNING:
            kept = work.session.get_one(RunbookStep, (run_id, each.position))
            kept.state = STEP.after(kept.state, StepMove.FAIL)
            _stamp(work, kept, StepMove.FAIL)
    _tell(work, row, site, "roll back", why)


def end(work: Work, run_id: int, note: str = "") -> None:
    """End a run: every step done or left out, or everything undone; a rehearsal at any time."""
    row, _, site = _found(work, run_id)
    seen = cutover.view(work, row, site)
    is_back = row.state is RunState.ROLLING_BACK
    if not seen.is_rehearsal:
        left = _left(seen, is_back)
        if left:
            raise IllegalMove(f"{left}; nothing was written")
    row.note = _said(note, "")
    row.state = RUN.after(row.state, RunMove.END)
    row.ended_at, row.ended_by = work.now, work.actor.name
    _tell(work, row, site, "end", row.note)


def _left(seen: CutOverView, is_back: bool) -> str:
    if is_back:
        step = run_sheet.next_undo(seen)
        return f"step {step.position} is not undone yet; undo it first" if step else ""
    open_states = {StepState.WAITING, StepState.RUNNING, StepState.FAILED}
    step = next((each for each in seen.steps if each.state in open_states), None)
    if step is None:
        return ""
    return (
        f"step {step.position} is {step.state}; finish it, leave it out with a reason, or roll back"
    )


def _found(work: Work, run_id: int) -> tuple[CutOverRun, SiteRollout, Site]:
    row, way, site = cutover.found(work, run_id, is_locked=True)
    work.require(_WORK, site.market)
    if row.ended_at is not None:
        what = "rehearsal" if row.is_rehearsal else "cut-over"
        raise Conflict(
            f"this {what} of {site.code} ended at {row.ended_at:%H:%M} UTC; {row.ended_by} ended "
            "it; nothing was written"
        )
    return row, way, site


def _move(given: StepMove | str) -> StepMove:
    try:
        return StepMove(given)
    except ValueError:
        raise BadInput(
            f"there is no move {str(given)[:32]!r} of a step; there are {', '.join(StepMove)}"
        ) from None


def _needed(step: CutOverStep, move: StepMove) -> str:
    if step.is_hold_point and move is StepMove.FINISH:
        return f"step {step.position} is a hold point; write what its check said"
    if move is StepMove.FAIL:
        return f"say in a few words what failed in step {step.position}"
    if move is StepMove.SKIP:
        return f"say in a few words why step {step.position} is left out"
    return ""


def _said(note: str, needed: str) -> str:
    tidy = str(storable(note)).strip()
    if len(tidy) > _NOTE:
        raise BadInput(f"the note has {len(tidy)} characters; write {_NOTE} at most")
    if needed and not tidy:
        raise BadInput(needed)
    return tidy


def _tell(work: Work, row: CutOverRun, site: Site, move: str, reason: str = "") -> None:
    bump(work.session)
    work.record(
        CutOverMoved(
            row.programme_id,
            site.market,
            row.id,
            row.site_rollout_id,
            site.code,
            move,
            row.is_rehearsal,
            reason,
        )
    )
