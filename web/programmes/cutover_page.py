"""The run sheet of a site, for a telephone in the shop; and the template it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from changes.lifecycle import RunState, StepMove, StepState
from changes.programmes.cutover_values import CutOverStep, CutOverView
from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import cutover
from changes.programmes.values import SiteView
from changes.rules import run_sheet
from changes.rules.running import Standing, minute_after
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view
from web.change_managers.run_view import TONES, Fact
from web.noc import live
from web.programmes.blueprint import programmes

_MINUTE = timedelta(minutes=1)
_LABELS = {
    StepMove.START: "Begin step {}",
    StepMove.FINISH: "Step {} is done and verified",
    StepMove.FAIL: "Step {} failed…",
    StepMove.SKIP: "Leave out step {}…",
    StepMove.REPEAT: "Repeat step {}",
    StepMove.UNDO: "Step {} is undone",
}
_ASKS = {StepMove.FAIL, StepMove.SKIP}


@dataclass(frozen=True)
class Button:
    """One press: a form, or a question when it needs words; ``asks_figure`` for a drain."""

    label: str
    href: str
    is_main: bool = False
    is_question: bool = False
    asks_figure: bool = False


@dataclass(frozen=True)
class Row:
    """One step of the sheet."""

    step: CutOverStep
    planned: str
    usual: str
    state: str
    tone: str
    took: str
    last: str
    is_here: bool
    marks: Sequence[str]
    acts: Sequence[Button]


@programmes.get("/cut-overs/<int:run_id>", endpoint="cut_over")
def show(run_id: int) -> ResponseReturnValue:
    """Show one cut-over: the next thing to press on top."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        run = cutover.run(work, run_id)
        may_run = work.actor.may(Permission.PROGRAMME_WORK, run.market)
        here = next_step(run) if run.is_open else None
        shown = render_template(
            "programmes/cut_over.html",
            run=run,
            here=here,
            facts=_facts(run, work.now),
            tone=TONES.get(run.standing, "") if run.standing else "",
            note=run.standing_words if run.standing not in {None, Standing.IN_TIME} else "",
            rows=[_row(run, each, here, may_run, work.now) for each in run.steps],
            acts=_acts(run, here, work.now) if may_run and run.is_open else [],
            more=_more(run) if may_run and run.is_open else [],
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def next_step(run: CutOverView) -> CutOverStep | None:
    """Return the step that matters now."""
    found = run_sheet.next_step(run)
    return run.step_of[found.position] if found is not None else None


def _facts(run: CutOverView, now: datetime) -> list[Fact]:
    if run.ended_at is not None:
        took = words.age(run.ended_at - run.started_at)
        return [Fact("Took", took), Fact("Ended", words.when(run.ended_at, now), run.ended_by)]
    end = minute_after(run.forecast.end) if run.forecast else run.window_ends_at
    n = run.forecast.n if run.forecast else 0
    path = run.forecast.path if run.forecast else ()
    basis = f"fewest cases of a step: {n}" if n else "by the plan: no step was tried enough"
    deciding = f"steps {', '.join(map(str, path))} decide it" if path else ""
    return [
        Fact("Forecast end, 9 in 10", words.time(end), "; ".join(filter(None, (deciding, basis)))),
        Fact("Checkpoint", words.time(run.checkpoint), "last moment to roll back in time"),
        Fact("Window ends", words.time(run.window_ends_at), "UTC"),
    ]


def _row(
    run: CutOverView, step: CutOverStep, here: CutOverStep | None, may_run: bool, now: datetime
) -> Row:
    is_here = here is not None and here.position == step.position
    marks = [
        word
        for word, there in (
            ("hold point", step.is_hold_point),
            ("drain", step.drains),
            ("point of no return", step.no_return),
        )
        if there
    ]
    moves = run_sheet.moves(run, step, now) if may_run and not is_here else []
    aside = [each for each in moves if each in {StepMove.START, StepMove.FINISH, StepMove.REPEAT}]
    took = words.NONE if step.took is None else f"{round(step.took / _MINUTE)}{words.HARD}min"
    last = "" if step.last_minutes is None else f"{round(step.last_minutes)}{words.HARD}min"
    usual = "" if step.usual is None else f"{round(step.usual.median_minutes)} to "
    usual += "" if step.usual is None else f"{round(step.usual.quantile(0.9))}{words.HARD}min"
    tone = "p2" if step.state is StepState.FAILED else ""
    state = step.state.value
    if step.state is StepState.RUNNING:
        state = f"now, {words.age(now - (step.resumed_at or now))}"
    planned = f"{step.planned_minutes} to {step.p90}{words.HARD}min"
    acts = [button(run, step, each) for each in aside]
    return Row(step, planned, usual, state, tone, took, last, is_here, marks, acts)


def button(run: CutOverView, step: CutOverStep, move: StepMove, *, is_main: bool = False) -> Button:
    """Return the button of one move."""
    is_hold = step.is_hold_point and move is StepMove.FINISH
    label = "Pass hold point…" if is_hold else _LABELS[move].format(step.position)
    href = url_for(
        "programmes.cut_over_step", run_id=run.id, position=step.position, move=move.value
    )
    is_drain = step.drains and move is StepMove.FINISH
    return Button(label, href, is_main, is_hold or move in _ASKS, is_drain and not is_hold)


def _acts(run: CutOverView, here: CutOverStep | None, now: datetime) -> list[Button]:
    if run_sheet.needs_decision(run, now):
        href = url_for("programmes.cut_over_go_on", run_id=run.id)
        return [
            Button("Decide to go on…", href, True, True),
            *([_back(run)] if run.state is RunState.RUNNING else []),
        ]
    moves = run_sheet.moves(run, here, now) if here is not None else []
    if here is None or not moves:
        return [Button("End…", url_for("programmes.cut_over_end", run_id=run.id), True, True)]
    found = [button(run, here, each, is_main=at == 0) for at, each in enumerate(moves)]
    return [*found, _back(run)] if here.state is StepState.FAILED else found


def _back(run: CutOverView) -> Button:
    return Button(
        "Roll back…", url_for("programmes.cut_over_back", run_id=run.id), is_question=True
    )


def _more(run: CutOverView) -> list[Button]:
    end = Button("End…", url_for("programmes.cut_over_end", run_id=run.id), is_question=True)
    is_back = run.state is RunState.ROLLING_BACK or run.past_return is not None
    return [end] if is_back else [_back(run), end]


@programmes.get("/<int:programme_id>/run-sheet", endpoint="run_sheet")
def template(programme_id: int) -> ResponseReturnValue:
    """Show the template of a programme beside what rehearsals and cut-overs took."""
    with request_view() as work:
        found = cutover.template(work, programme_id)
        may_plan = all(work.actor.may(Permission.PROGRAMME_PLAN, each) for each in found.markets)
        going = cutover.going_on(work, programme_id)
        return render_template(
            "programmes/run_sheet.html",
            template=found,
            going=going,
            may_plan=may_plan,
            now=work.now,
        )


# ---- the panel on the page of a site


@dataclass(frozen=True)
class Panel:
    """What the page of a site shows of its cut-over."""

    why: str
    drained: str
    runs: Sequence[cutover.RunLine]
    open_run: int | None
    begin: str
    rehearse: str


def panel(work: Work, site: SiteView) -> Panel | None:
    """Return the run sheets of a site, and the buttons to begin or rehearse one."""
    runs = cutover.runs_of(work, site.id)
    going = next((each.id for each in runs if each.ended_at is None), None)
    begin = rehearse = ""
    if going is None and work.actor.may(Permission.PROGRAMME_WORK, site.market):
        place = url_for("programmes.cut_over_begin", site_rollout_id=site.id, kind="rehearse")
        rehearse = place if not site.state.is_cut_over else ""
        if site.state in {SiteState.GO_NO_GO, SiteState.CUT_OVER}:
            begin = url_for("programmes.cut_over_begin", site_rollout_id=site.id, kind="begin")
    if not (runs or begin or rehearse):
        return None
    has_run = any(not each.is_rehearsal for each in runs)
    return Panel(
        cutover.verified(work, [site.id])[site.id].why if has_run else "",
        cutover.drained(work, [site.id])[site.id] if has_run else "",
        runs[:5],
        going,
        begin,
        rehearse,
    )
