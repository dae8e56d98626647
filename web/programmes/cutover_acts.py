"""What people press on the run sheet of a site: begin, steps, going on, the way back, the end."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.lifecycle import StepMove
from changes.programmes.actions import cutting_over
from changes.programmes.cutover_values import CutOverStep, CutOverView
from changes.programmes.queries import cutover
from changes.programmes.queries import sites as site_queries
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.noc import presses
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.entries import number_of, row_lines, rows_of

_BOTH = ["GET", "POST"]
_SAID = {
    StepMove.START: "Step {} began.",
    StepMove.FINISH: "Step {} is done.",
    StepMove.FAIL: "Step {} failed; repeat it, leave it out, or roll back.",
    StepMove.SKIP: "Step {} is left out.",
    StepMove.REPEAT: "Step {} runs again.",
    StepMove.UNDO: "Step {} is undone.",
}
_TYPED = ("title", "owner", "p50", "p90", "verify", "undo", "needs", "marks")
_MARKS = {"hold": "is_hold_point", "drain": "drains", "no return": "no_return"}


def _seen(run_id: int) -> CutOverView:
    with request_view() as work:
        return cutover.run(work, run_id)


def _here(run_id: int) -> str:
    return url_for("programmes.cut_over", run_id=run_id)


def _question(run: CutOverView, endpoint: str, title: str, button: str, **given: Any) -> Question:  # noqa: ANN401
    return Question(
        title=title,
        action=url_for(endpoint, run_id=run.id),
        button=button,
        back=_here(run.id),
        back_label=f"{'rehearsal' if run.is_rehearsal else 'cut-over'} of {run.code}",
        about=run.site,
        is_press=True,
        **given,
    )


@programmes.route(
    "/sites/<int:site_rollout_id>/cut-over/<any(begin,rehearse):kind>",
    methods=_BOTH,
    endpoint="cut_over_begin",
)
def begin(site_rollout_id: int, kind: str) -> ResponseReturnValue:
    """Begin a cut-over or a rehearsal, with a last look."""
    with request_view() as work:
        way, site = site_queries.row_of(work, site_rollout_id)
        work.require(Permission.PROGRAMME_WORK, site.market)
    is_real = kind == "begin"
    question = Question(
        title=f"{'Cut over' if is_real else 'Rehearse'} {site.code}",
        action=url_for("programmes.cut_over_begin", site_rollout_id=way.id, kind=kind),
        button="Begin" if is_real else "Rehearse",
        back=url_for("programmes.site", site_rollout_id=way.id),
        back_label=site.code,
        about=site.name,
        what="The window begins now. Steps are timed; the forecast counts."
        if is_real
        else "Steps are timed against the plan. Nothing moves; later forecasts learn from it.",
    )
    if request.method == "GET":
        return ask(question)
    act = cutting_over.begin if is_real else cutting_over.rehearse
    try:
        with request_work() as work:
            run = act(work, site_rollout_id)
    except (BadInput, Conflict, IllegalMove) as refusal:
        text = str(refusal)
        return ask(replace(question, fault=f"{text[:1].upper()}{text[1:]}."), refusal.status)
    flash("It began." if is_real else "The rehearsal began.")
    return redirect(_here(run), code=303)


@programmes.route(
    "/cut-overs/<int:run_id>/steps/<int:position>/<move>", methods=_BOTH, endpoint="cut_over_step"
)
def step(run_id: int, position: int, move: str) -> ResponseReturnValue:
    """Press one step; what needs words or a figure asks for them."""
    run = _seen(run_id)
    known = run.step_of.get(position)
    if known is None or move not in set(StepMove):
        raise NotFound(f"the run has no step {position}, or no move {move[:32]!r} of it")
    wanted, note = StepMove(move), request.form.get("note", "")
    figure = request.form.get("in_flight", "")
    question = _about(run, known, wanted, note, figure)
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        left = number_of(figure, "in flight", -1) if figure.strip() else None
        said = note
        if note.strip() or not _needs_words(known, wanted):
            said = "; ".join(filter(None, (note.strip(), presses.late_words(work.now))))
        cutting_over.press(work, run_id, position, wanted, said, left)

    return settle(question, act, _SAID[wanted].format(position), _here(run_id))


def _needs_words(step: CutOverStep, move: StepMove) -> bool:
    is_hold = move is StepMove.FINISH and step.is_hold_point
    return move in {StepMove.FAIL, StepMove.SKIP} or is_hold


def _about(run: CutOverView, step: CutOverStep, move: StepMove, note: str, figure: str) -> Question:
    is_end = move is StepMove.FINISH
    needs = _needs_words(step, move)
    fields = [Field("note", "What happened" if not is_end else "What the check said", "area", note,
                    required=needs, most=2_000)]  # fmt: skip
    if step.drains and is_end:
        fields.insert(0, Field("in_flight", "Transactions in flight", "number", figure or "",
                               "It must be 0.", True))  # fmt: skip
    title = f"{move.value.capitalize()} step {step.position}: {step.title}"
    what = f"Check: {step.check}" if step.check and is_end else ""
    question = _question(run, "programmes.cut_over", title, "Write down", what=what, fields=fields)
    here = url_for(
        "programmes.cut_over_step", run_id=run.id, position=step.position, move=move.value
    )
    return replace(question, action=here)


def _reasoned(
    run_id: int,
    endpoint: str,
    title: str,
    what: str,
    act: Callable[[Work, int, str], None],
    *,
    is_needed: bool = True,
) -> ResponseReturnValue:
    run, reason = _seen(run_id), request.form.get("reason", "")
    label = "Why; it stays on record with your name" if is_needed else "What is worth knowing"
    question = _question(
        run,
        endpoint,
        title,
        title,
        what=what,
        fields=[Field("reason", label, "area", reason, required=is_needed, most=500)],
        is_final=is_needed,
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: act(work, run_id, reason), f"{title}: noted.")


@programmes.route("/cut-overs/<int:run_id>/go-on", methods=_BOTH, endpoint="cut_over_go_on")
def go_on(run_id: int) -> ResponseReturnValue:
    """Decide to go on past the checkpoint."""
    what = "It is past the last moment to roll back in time. Going on is a decision with your name."
    return _reasoned(run_id, "programmes.cut_over_go_on", "Go on", what, cutting_over.go_on)


@programmes.route("/cut-overs/<int:run_id>/roll-back", methods=_BOTH, endpoint="cut_over_back")
def roll_back(run_id: int) -> ResponseReturnValue:
    """Begin the way back."""
    run = _seen(run_id)
    begun = [each.position for each in run.steps if each.undo.strip() and each.began_at]
    what = (
        f"What runs is stopped; then steps are undone backwards: "
        f"{words.listed(str(each) for each in reversed(begun)) or 'none'}. It takes "
        f"{run.rollback_minutes} min by plan."
    )
    return _reasoned(run_id, "programmes.cut_over_back", "Roll back", what, cutting_over.roll_back)


@programmes.route("/cut-overs/<int:run_id>/end", methods=_BOTH, endpoint="cut_over_end")
def end(run_id: int) -> ResponseReturnValue:
    """End the run."""
    return _reasoned(
        run_id, "programmes.cut_over_end", "End it", "", cutting_over.end, is_needed=False
    )


@programmes.route("/<int:programme_id>/run-sheet/edit", methods=_BOTH, endpoint="run_sheet_edit")
def edit(programme_id: int) -> ResponseReturnValue:
    """Set the template: one step a line."""
    with request_view() as work:
        found = cutover.template(work, programme_id)
    given = request.form
    lines = row_lines([_line(each.step) for each in found.timings], _TYPED)
    window = given.get("window", str(found.window_minutes or 240))
    rollback = given.get("rollback", str(found.rollback_minutes or 60))
    question = Question(
        title="Run sheet of every site",
        action=url_for("programmes.run_sheet_edit", programme_id=programme_id),
        button="Keep",
        back=url_for("programmes.run_sheet", programme_id=programme_id),
        back_label="Run sheet",
        about=found.programme,
        what="One step a line: title | owner | p50 | p90 | how it is verified | undo | needs steps "
        "| hold, drain, no return. Runs that have begun keep theirs.",
        fields=[
            Field("steps", "Steps", "area", given.get("steps", lines), required=True, most=60_000),
            Field("window", "Window, minutes", value=window),
            Field("rollback", "Roll-back, minutes", value=rollback),
        ],
        hidden=[("version", given.get("version", str(found.version)))],
    )  # fmt: skip
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        rows = [_row(each) for each in rows_of(given.get("steps", ""), _TYPED)]
        cutting_over.set_template(
            work,
            programme_id,
            rows,
            number_of(given.get("window", ""), "window"),
            number_of(given.get("rollback", ""), "roll-back"),
            number_of(given.get("version", ""), "version"),
        )

    return settle(question, act, "The run sheet is kept.")


def _line(step: Any) -> dict[str, str]:  # noqa: ANN401 (a step of the template)
    marks = ", ".join(word for word, name in _MARKS.items() if getattr(step, name))
    found = {name: str(getattr(step, name)) for name in _TYPED[:6]}
    return {**found, "needs": " ".join(map(str, step.needs)), "marks": marks}


def _row(given: dict[str, str]) -> dict[str, Any]:
    words_of = [each.strip() for each in given.pop("marks", "").split(",") if each.strip()]
    strange = [each for each in words_of if each not in _MARKS]
    if strange:
        raise BadInput(f"{strange[0][:32]!r} is no mark of a step; there are {', '.join(_MARKS)}")
    return {**given, **{_MARKS[each]: True for each in words_of}}
