"""Begin a run from the page of a change, with a last look; and all its runs beside the plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes import queries
from changes.actions import freezes, running
from changes.lifecycle import Move, State, StepState
from changes.policy import policy
from changes.queries import runs
from changes.rules.running import planned_starts
from changes.run_values import RunStepView, RunView
from changes.values import ChangeView, PlanStep
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.change_managers import run_view
from web.change_managers.blueprint import changes
from web.change_managers.page_parts import PageAct
from web.noc.questions import Question, ask

_MINUTE = timedelta(minutes=1)
_MOST = 5  # columns beside the plan


@dataclass(frozen=True)
class RunPanel:
    """The run that goes on, or the last one, on the page of its change."""

    sheet: run_view.Sheet
    is_open: bool
    href: str
    others: str


def panel(work: Work, change: ChangeView) -> RunPanel | None:
    """Return the run that goes on or the last execution, None before the first."""
    found = runs.runs_of(work, change.id)
    executed = [each for each in found if not each.is_rehearsal]
    chosen = next((each for each in found if each.is_open), None)
    chosen = chosen or (executed[0] if executed else None)
    if chosen is None and not found:
        return None
    chosen = chosen or found[0]
    return RunPanel(
        sheet=run_view.sheet(work, chosen),
        is_open=chosen.is_open,
        href=url_for("changes.run", run_id=chosen.id),
        others=url_for("changes.runs", change_id=change.id) if found else "",
    )


def acts(work: Work, change: ChangeView) -> Sequence[PageAct]:
    """Return the buttons to open the run sheet, start, or rehearse."""
    going = runs.open_run_of(work, change.id)
    if going is not None:
        run, is_rehearsal = going
        label = "Rehearsal sheet" if is_rehearsal else "Run sheet"
        href = url_for("changes.run", run_id=run)
        return [PageAct(label, href, "o", is_main=True, is_question=True)]
    if not all(work.actor.may(Permission.CHANGE_RUN, each) for each in change.markets):
        return []
    found = []
    if not change.waves_digest and _may_start(work, change):
        href = url_for("changes.run_start", change_id=change.id)
        found.append(PageAct("Start…", href, is_main=True, is_question=True))
    if change.steps and (change.state.may_be_edited or change.state is State.APPROVED):
        href = url_for("changes.run_rehearse", change_id=change.id)
        found.append(PageAct("Rehearse…", href, is_question=True))
    return found


def _may_start(work: Work, change: ChangeView) -> bool:
    """Tell whether its type lets it start and its window is near; refusals say the rest."""
    known = policy(work).types.get(change.type)
    if known is None or not known.allows(change.state, Move.START) or change.span is None:
        return False
    return change.span.since <= work.now and work.now < (change.ends_at or work.now)


@changes.route("/<int:change_id>/start", methods=["GET", "POST"], endpoint="run_start")
def start(change_id: int) -> ResponseReturnValue:
    """Begin the execution."""
    with request_view() as work:
        change = queries.change(work, change_id)
        window = words.time(change.ends_at) if change.ends_at else words.NONE
        fault = _frozen(work, change)
    what = (
        f"It runs in {words.listed(change.markets)} until {window} UTC. Pages of what the plan "
        "says will be down, degraded or less redundant are held back until then; everything else "
        "pages as ever."
    )
    return _begin(change, "changes.run_start", "Start", what, running.start, fault)


def _frozen(work: Work, change: ChangeView) -> str:
    """Return the freeze that would refuse the start now; empty when none would."""
    try:
        freezes.refuse_if_frozen(work, change, work.now)
    except NotAllowed as refusal:
        return str(refusal)
    return ""


@changes.route("/<int:change_id>/rehearse", methods=["GET", "POST"], endpoint="run_rehearse")
def rehearse(change_id: int) -> ResponseReturnValue:
    """Begin a rehearsal."""
    with request_view() as work:
        change = queries.change(work, change_id)
    what = (
        "Steps are timed against the plan. Nothing is held back, and the change stays where it "
        "stands. A roll-back tried to its end counts as rehearsed."
    )
    return _begin(change, "changes.run_rehearse", "Rehearse", what, running.rehearse)


def _begin(
    change: ChangeView, endpoint: str, word: str, what: str, act: run_view.Begin, fault: str = ""
) -> ResponseReturnValue:
    question = Question(
        title=f"{word} {change.reference}",
        action=url_for(endpoint, change_id=change.id),
        button=word,
        back=url_for("changes.change", change_id=change.id),
        back_label=change.reference,
        about=change.title,
        what=what,
    )
    if request.method == "GET":
        warned = run_view.refused(_leading_on(question, change), fault) if fault else question
        return ask(warned)
    try:
        with request_work() as work:
            run = act(work, change.id)
    except (BadInput, Conflict, IllegalMove, NotAllowed) as refusal:
        return ask(run_view.refused(_leading_on(question, change), str(refusal)), refusal.status)
    flash("It began." if word == "Start" else "The rehearsal began.")
    return redirect(url_for("changes.run", run_id=run), code=303)


def _leading_on(question: Question, change: ChangeView) -> Question:
    """Return the question with the way to what stands against a start, and to who may lift it."""
    place = url_for("changes.change", change_id=change.id)
    return replace(question, also=("What is in its way, and who may lift it", f"{place}#freezes"))


# ---- all runs beside the plan


@dataclass(frozen=True)
class Column:
    """One run beside the plan."""

    name: str
    when: str
    href: str
    outcome: str


@dataclass(frozen=True)
class Line:
    """One step: what was planned, and what it took in each run; the last row is the whole."""

    position: str
    title: str
    planned: str
    took: Sequence[str]
    tones: Sequence[str]


@changes.get("/<int:change_id>/runs", endpoint="runs")
def compared(change_id: int) -> ResponseReturnValue:
    """Show every run and rehearsal of a change beside its plan, step by step."""
    with request_view() as work:
        change = queries.change(work, change_id)
        found = runs.runs_of(work, change_id)
        shown = list(reversed(found[:_MOST]))
        columns = [_column(work, each) for each in shown]
        return render_template(
            "changes/runs.html",
            change=change,
            columns=columns,
            lines=_lines(change, shown),
            older=len(found) - len(shown),
        )


def _column(work: Work, run: RunView) -> Column:
    outcome = run.outcome.value if run.outcome else run.state.value
    return Column(
        "Rehearsal" if run.is_rehearsal else "Run",
        words.when(run.started_at, work.now),
        url_for("changes.run", run_id=run.id),
        outcome,
    )


def _lines(change: ChangeView, shown: Sequence[RunView]) -> list[Line]:
    plan = [(each.position, each.title, each.planned_minutes) for each in change.steps]
    if not plan:
        steps = {each.position: each for run in shown for each in run.steps}
        plan = [(each.position, each.title, each.planned_minutes) for each in steps.values()]
    lines = []
    for position, title, planned in plan:
        took = [_took(_like(run, position, title)) for run in shown]
        lines.append(
            Line(
                str(position),
                title,
                _minutes(planned * _MINUTE),
                [_cell(each, planned * _MINUTE) for each in took],
                ["late" if each and each > planned * _MINUTE + _MINUTE else "" for each in took],
            )
        )
    whole = _planned(change, shown)
    ends = [run.ended_at - run.started_at if run.ended_at else None for run in shown]
    lines.append(
        Line(
            "",
            "Together",
            _minutes(whole),
            [_cell(each, whole) for each in ends],
            ["" for _ in ends],
        )
    )
    return lines


def _planned(change: ChangeView, shown: Sequence[RunView]) -> timedelta:
    """Return how long the whole takes by plan: branches side by side count once."""
    steps = change.steps or [
        PlanStep(each.position, each.title, planned_minutes=each.planned_minutes)
        for run in shown[-1:]
        for each in run.steps
    ]
    starts = planned_starts(steps)
    ends = [starts[each.position] + each.planned_minutes * _MINUTE for each in steps]
    return max(ends, default=timedelta())


def _like(run: RunView, position: int, title: str) -> RunStepView | None:
    """Return the step of that title; the one at the same place before another of that name."""
    same = run.step_of.get(position)
    if same is not None and same.title == title:
        return same
    return next((each for each in run.steps if each.title == title), None)


def _took(step: RunStepView | None) -> timedelta | None:
    return step.took if step is not None and step.state is not StepState.SKIPPED else None


def _cell(took: timedelta | None, planned: timedelta) -> str:
    if took is None:
        return words.NONE
    over = round((took - planned) / _MINUTE)
    sign = "+" if over > 0 else words.MINUS
    return _minutes(took) + (f" ({sign}{abs(over)})" if over else "")


def _minutes(span: timedelta) -> str:
    return f"{round(span / _MINUTE)}{words.HARD}min"
