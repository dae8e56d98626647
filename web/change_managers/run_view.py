"""A run as its screens show it: facts, the bar of the window, the rows, what may be pressed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import url_for

from changes.lifecycle import StepMove, StepState
from changes.rules import run_sheet
from changes.rules.running import Standing, minute_after
from changes.run_values import RunStepView, RunView
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.change_managers.page_parts import PageAct
from web.noc.questions import Question

_MINUTE = timedelta(minutes=1)
TONES = {
    Standing.OVERRUN: "p2",
    Standing.DUE: "p1",
    Standing.PAST: "p1",
    Standing.OVER: "p1",
    Standing.ROLLING_BACK: "p2",
    Standing.GOING_ON: "p3",
}
_LABELS = {
    StepMove.START: "Begin step {}",
    StepMove.FINISH: "Step {} is done",
    StepMove.FAIL: "Step {} failed…",
    StepMove.SKIP: "Leave out step {}…",
    StepMove.REPEAT: "Repeat step {}",
    StepMove.UNDO: "Step {} is undone",
}
_ASKS = {StepMove.FAIL, StepMove.SKIP}
Begin = Callable[[Work, int], int]


@dataclass(frozen=True)
class Fact:
    """A figure with its yardstick."""

    label: str
    figure: str
    yardstick: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Bar:
    """A stretch of the meter, in per cent of its width."""

    x: float
    width: float
    kind: str = ""
    pattern: str = ""


@dataclass(frozen=True)
class WindowMeter:
    """The window as a bar: preparation, done, forecast; lines at checkpoint and end."""

    label: str
    bars: Sequence[Bar]
    ticks: Sequence[float]
    legend: str
    is_over: bool


@dataclass(frozen=True)
class Row:
    """One step on the sheet."""

    step: RunStepView
    planned: str
    start: str
    began: str
    ended: str
    state: str
    is_badge: bool
    is_done: bool
    is_here: bool
    tone: str
    acts: Sequence[PageAct]


@dataclass(frozen=True)
class Sheet:
    """Everything a run sheet shows."""

    run: RunView
    facts: Sequence[Fact]
    meter: WindowMeter | None
    rows: Sequence[Row]
    here: RunStepView | None
    acts: Sequence[PageAct]
    more: Sequence[PageAct]
    tone: str
    note: str
    failure: str  # what was written when the step in front failed
    position: str
    basis: str
    ahead: str
    may_run: bool


def sheet(work: Work, run: RunView) -> Sheet:
    """Return what a run sheet shows to this actor now."""
    may_run = all(work.actor.may(Permission.CHANGE_RUN, each) for each in run.change.markets)
    here = run_sheet.next_step(run) if run.is_open else None
    main, more = _acts(work, run, here) if may_run and run.is_open else ((), ())
    at = f"step {here.position} of {len(run.steps)}" if here else _tally(run)
    failed = _failure(here)
    note = run.standing_words if run.standing and run.standing is not Standing.IN_TIME else ""
    return Sheet(
        run=run,
        facts=_facts(run, work.now),
        meter=meter(run, work.now),
        rows=[_row(work, run, each, here, may_run) for each in run.steps],
        here=here,
        acts=main,
        more=more,
        tone=TONES.get(run.standing, "") if run.standing else "",
        note=f"{note[:1].upper()}{note[1:]}." if note else "",
        failure=failed,
        position=f"{at} · times UTC",
        basis=_basis(run),
        ahead=_ahead(run),
        may_run=may_run,
    )


def _failure(here: RunStepView | None) -> str:
    """Return when the step in front failed, with what was written; empty when it has not."""
    if here is None or here.state is not StepState.FAILED:
        return ""
    at = f"Failed {words.time(here.ended_at)} UTC" if here.ended_at else "Failed"
    said = [each for each in here.notes if each.move == StepMove.FAIL and each.text]
    return f"{at}: {said[-1].text}, {said[-1].by}" if said else at


_TALLY = {
    StepState.DONE: "done",
    StepState.UNDONE: "undone",
    StepState.FAILED: "failed",
    StepState.SKIPPED: "left out",
    StepState.RUNNING: "running",
    StepState.WAITING: "not begun",
}


def _tally(run: RunView) -> str:
    """Return how the steps stand: ``2 of 5 done, 1 undone, 2 not begun``."""
    count = Counter(each.state for each in run.steps)
    first = f"{count[StepState.DONE]} of {len(run.steps)} done"
    rest = (f"{count[each]} {word}" for each, word in list(_TALLY.items())[1:] if count[each])
    return ", ".join((first, *rest))


def _basis(run: RunView) -> str:
    if run.forecast is None:
        return ""
    if run.like_runs:
        return f"forecast from the step history of {words.counted(run.like_runs, 'like run')}"
    if run.forecast.n:
        return f"forecast from {words.counted(run.forecast.n, 'like step')} at least"
    if not run.forecast.path:
        return "nothing is left to do"
    return "forecast from the plan alone: no like run was measured yet"


def _ahead(run: RunView) -> str:
    """Return the open steps that decide the end: ``4, 5, 7``."""
    if run.forecast is None or len(run.forecast.path) < 2:
        return ""
    return words.listed(str(each) for each in run.forecast.path)


def _facts(run: RunView, now: datetime) -> list[Fact]:
    """Return the facts of the window; of what has ended, how it ended."""
    if run.ended_at is not None:
        took = words.age(run.ended_at - run.started_at)
        return [
            Fact("Began", words.when(run.started_at, now), f"by {run.started_by}"),
            Fact("Ended", words.when(run.ended_at, now), f"by {run.ended_by}"),
            Fact("Took", took, _against(run.ended_at, run.window_ends_at, "the window")),
            Fact("Outcome", run.outcome.value if run.outcome else words.NONE),
        ]
    checkpoint, window = run.checkpoint, run.window_ends_at
    ahead = minute_after(run.forecast.end) if run.forecast else window
    return [
        Fact("Now", f"{words.time(now)} UTC"),
        Fact(
            "Checkpoint, last moment to roll back in time",
            words.when(checkpoint, now),
            _until(checkpoint, now),
        ),
        Fact(
            "Forecast end, 9 in 10", words.when(ahead, now), _against(ahead, window, "the window")
        ),
        _held(run, now),
    ]


def _held(run: RunView, now: datetime) -> Fact:
    if run.is_rehearsal:
        return Fact("Pages held back", "none", "a rehearsal touches nothing")
    if not run.suppressed:
        return Fact("Pages held back", "none", "the plan expects nothing to fail")
    number = words.counted(len(run.suppressed), "component")
    if run.suppressed_until is None or run.suppressed_until <= now:
        return Fact("Pages held back", "none", f"{number} page again")
    return Fact(
        "Pages held back", number, f"ends by itself {words.when(run.suppressed_until, now)}"
    )


def _until(at: datetime, now: datetime) -> str:
    return f"in {words.age(at - now)}" if at > now else f"{words.age(now - at)} ago"


def _against(at: datetime, end: datetime, what: str) -> str:
    if at <= end:
        return f"{words.age(end - at)} inside {what}"
    return f"{words.age(at - end)} beyond {what}"


def meter(run: RunView, now: datetime) -> WindowMeter | None:
    """Return the window as a bar, None once the run has ended."""
    if run.forecast is None:
        return None
    change, window, end = run.change, run.window_ends_at, minute_after(run.forecast.end)
    preparation = change.preparation_minutes * _MINUTE
    planned = change.starts_at - preparation if change.starts_at else run.started_at
    first = run.started_at if run.is_rehearsal else min(planned, run.started_at)
    last = max(window, end, now)
    last += max(0.1 * (last - first), _MINUTE)

    def place(at: datetime) -> float:
        return round(100 * ((at - first) / (last - first)), 2)

    def bar(since: datetime, until: datetime, kind: str = "", pattern: str = "") -> Bar:
        return Bar(place(since), round(max(0.0, place(until) - place(since)), 2), kind, pattern)

    bars = [
        bar(first, run.started_at, pattern="dots"),
        bar(run.started_at, now, "used"),
        bar(now, min(max(end, now), max(window, now)), pattern="hatch"),
        bar(max(window, now), max(end, window, now), "over"),
    ]
    said = (
        f"Began {words.time(run.started_at)}, now {words.time(now)}; forecast end "
        f"{words.time(end)}, nine in ten; checkpoint {words.time(run.checkpoint)}; window ends "
        f"{words.time(window)} UTC"
    )
    legend = (
        f"first line: checkpoint {words.time(run.checkpoint)}, second: window ends "
        f"{words.time(window)}"
    )
    ticks = [place(max(run.checkpoint, first)), place(window)]
    return WindowMeter(said, [each for each in bars if each.width], ticks, legend, end > window)


def _row(
    work: Work, run: RunView, step: RunStepView, here: RunStepView | None, may_run: bool
) -> Row:
    now = work.now
    is_here = here is not None and here.position == step.position
    is_next = run.is_open and step.position == _next(run)
    state, is_badge, tone = _state(step, now, is_next)
    acts = _row_acts(run, step, now) if may_run and not is_here else []
    return Row(
        step=step,
        planned=f"{step.planned_minutes}{words.HARD}min",
        start=words.time(step.planned_at),
        began=words.time(step.began_at) if step.began_at else words.NONE,
        ended=words.time(step.ended_at) if step.ended_at else words.NONE,
        state=state,
        is_badge=is_badge,
        is_done=step.state is StepState.DONE and not tone,
        is_here=is_here,
        tone=tone,
        acts=acts,
    )


def _next(run: RunView) -> int:
    """Return the first step that waits; 0 when none does, or it is rolled back."""
    waiting = (each.position for each in run.steps if each.state is StepState.WAITING)
    return next(waiting, 0) if run.rolled_back_at is None else 0


def _state(step: RunStepView, now: datetime, is_next: bool) -> tuple[str, bool, str]:
    """Return the word of a step, whether it is a badge, and its tone."""
    if step.state is StepState.RUNNING:
        return f"now, {words.age(now - (step.resumed_at or now))}", False, ""
    if step.state is StepState.DONE:
        return f"done{_over(step)}", True, ""
    if step.state is StepState.WAITING:
        return "next" if is_next else "waits", True, ""
    if step.state is StepState.FAILED:
        return "failed", True, "p2"
    word = "left out" if step.state is StepState.SKIPPED else "undone"
    return word, True, ""


def _over(step: RunStepView) -> str:
    """Return ``, +5 min`` when it took a minute or more beyond its plan, or less."""
    minutes = round(step.over / _MINUTE) if step.over is not None else 0
    if not minutes or not step.planned_minutes:
        return ""
    sign = "+" if minutes > 0 else words.MINUS
    return f", {sign}{abs(minutes)}{words.HARD}min"


def _row_acts(run: RunView, step: RunStepView, now: datetime) -> list[PageAct]:
    """Return the buttons of a step beside the one in front: branches that run side by side."""
    wanted = {StepMove.START, StepMove.FINISH, StepMove.FAIL, StepMove.REPEAT}
    found = [each for each in run_sheet.moves(run, step, now) if each in wanted]
    return [act_of(run, step, each) for each in found]


def act_of(run: RunView, step: RunStepView, move: StepMove, key: str = "") -> PageAct:
    """Return the button of one move; what needs a note asks first."""
    is_hold = step.is_hold_point and move is StepMove.FINISH
    label = "Pass hold point…" if is_hold else _LABELS[move].format(step.position)
    href = url_for("changes.run_step", run_id=run.id, position=step.position, move=move.value)
    return PageAct(label, href, key, is_question=is_hold or move in _ASKS)


def _acts(
    work: Work, run: RunView, here: RunStepView | None
) -> tuple[Sequence[PageAct], Sequence[PageAct]]:
    """Return the one obvious button with those beside it, and the others of the run."""
    now, moves = work.now, run_sheet.moves(run, here, work.now) if here else []
    more = [
        _ask(run, "Roll back…", "changes.run_roll_back"),
        _ask(run, "Hold pages longer…", "changes.run_hold_pages"),
        _ask(run, "End…", "changes.run_end"),
    ]
    if run.rolled_back_at is not None:
        more = more[1:]
    if run.is_rehearsal or not run.suppressed:
        more = [each for each in more if not each.label.startswith("Hold")]
    if run_sheet.needs_decision(run, now):
        main = [_ask(run, "Decide: go on, or roll back…", "changes.run_decide", "a")]
        main += [act_of(run, here, each) for each in moves] if here else []
    elif here is not None and moves:
        wanted = [each for each in moves if each is not StepMove.SKIP or len(moves) > 1]
        main = [act_of(run, here, each, "a" if at == 0 else "") for at, each in enumerate(wanted)]
        if here.state is StepState.FAILED:  # what is decided now stands side by side
            main, more = [*main, more[0]], more[1:]
    else:
        main = [_ask(run, "End the run…", "changes.run_end", "a")]
        more = more[:-1]
    first, *rest = main
    return [PageAct(first.label, first.href, first.key, True, first.is_question), *rest], more


def _ask(run: RunView, label: str, endpoint: str, key: str = "") -> PageAct:
    return PageAct(label, url_for(endpoint, run_id=run.id), key, is_question=True)


def refused(question: Question, text: str) -> Question:
    """Return the question with what stood against it above."""
    return replace(question, fault=f"{text[:1].upper()}{text[1:]}.")
