"""What people press on a roll-out; each page asks first, and says what cannot be done."""

from dataclasses import dataclass, replace

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions.moving import require_in
from changes.gates.actions import answering
from changes.gates.queries import gates
from changes.rollouts.actions import deciding, planning, waves
from changes.rollouts.lifecycle import WaveState
from changes.rollouts.queries import rollouts as queries
from changes.rollouts.rules import reach
from changes.rollouts.values import RolloutView, WaveView
from ssoc.core.errors import NotAllowed, NotFound, SsocError
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.noc.questions import Field, Question, ask, settle
from web.rollouts import gate_view, page_view
from web.rollouts.blueprint import rollouts
from web.rollouts.gate_view import GatePanel
from web.rollouts.page_view import Note

_CHOOSE = ("", "Choose…")
_ANSWERS = [("yes", "Yes"), ("no", "No")]


@dataclass(frozen=True)
class Grounds:
    """What a decision rests on: why it is paused, and its gate with the evidence."""

    note: Note | None
    gate: GatePanel | None


def _found(rollout_id: int) -> RolloutView:
    with request_view() as work:
        return queries.rollout(work, rollout_id)


def _refuse(found: RolloutView, permission: Permission, wave: WaveView | None = None) -> None:
    """Refuse the form, too, to whom the press would be refused."""
    with request_view() as work:
        require_in(work, permission, (wave.markets if wave else ()) or found.markets)


def _question(found: RolloutView, name: str, title: str, what: str, *fields: Field) -> Question:
    return Question(
        title=f"{title}: {found.reference}",
        action=url_for(f"rollouts.{name}", rollout_id=found.id),
        button=title,
        back=url_for("rollouts.rollout", rollout_id=found.id),
        back_label=found.reference,
        about=found.title,
        what=what,
        fields=fields,
    )


def _why(hint: str = "") -> Field:
    return Field("reason", "Why", "area", request.form.get("reason", ""), hint, required=True)


@rollouts.route("/<int:rollout_id>/start", methods=["GET", "POST"], endpoint="start")
def start(rollout_id: int) -> ResponseReturnValue:
    """Begin the next wave."""
    found = _found(rollout_id)
    wave = found.next
    if wave is None:
        raise NotFound(f"{found.reference} has no wave that waits")
    _refuse(found, Permission.CHANGE_RUN, wave)
    whom = reach.whom(wave.cohorts, wave.percent, wave.sites)
    what = (
        f"“{wave.name}” reaches {whom} in {words.listed(wave.markets or found.markets)}. "
        f"{words.counted(len(wave.tasks), 'task')} to be done, then its gate decides."
    )
    question = _question(found, "start", f"Begin wave {wave.position}", what)
    question = replace(question, hidden=[("wave", str(wave.position))])
    if request.method == "GET":
        return ask(replace(question, fault="; ".join(wave.held)))
    position = _number(request.form.get("wave", ""), wave.position)
    try:
        with request_work() as work:
            waves.start(work, rollout_id, position)
    except SsocError as refusal:
        if isinstance(refusal, NotAllowed) and refusal.permission == Permission.CHANGE_RUN:
            raise
        return ask(replace(question, fault=f"{refusal}."), refusal.status)
    flash(f"Wave {position} began.")
    return redirect(question.back, code=303)


def _number(given: str, usual: int | None) -> int | None:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else usual  # noqa: PLR2004


@rollouts.route("/<int:rollout_id>/pause", methods=["GET", "POST"], endpoint="pause")
def pause(rollout_id: int) -> ResponseReturnValue:
    """Stop the wave under way, or the end of the watch."""
    found = _found(rollout_id)
    _refuse(found, Permission.CHANGE_RUN, found.current)
    what = "It stops where it stands; nothing is taken away. Going on will need an approval."
    question = _question(found, "pause", "Pause", what, _why())
    if request.method == "GET":
        return ask(question)
    reason = request.form.get("reason", "")
    return settle(question, lambda work: deciding.pause(work, rollout_id, None, reason), "Paused.")


@rollouts.route("/<int:rollout_id>/decide", methods=["GET", "POST"], endpoint="decide")
def decide(rollout_id: int) -> ResponseReturnValue:
    """Resume, roll back, let in again, or abort: with a reason, by somebody else."""
    found = _found(rollout_id)
    _refuse(found, Permission.CHANGE_APPROVE, found.current)
    options, given = choices(found), request.values.get("do", "")
    what = (
        "A resume is an approval: it is given by somebody who neither asked for the change nor "
        "carries it out, and it consumes what was measured so far."
    )
    chosen = given if given in dict(options) else ""
    question = _question(
        found,
        "decide",
        "Decide",
        what,
        Field("do", "Decision", "choice", chosen, required=True, options=[_CHOOSE, *options]),
        _why("It stays on record with your name."),
    )
    question = replace(question, template="rollouts/decide.html", shown=_grounds(found))
    if not options:
        return ask(replace(question, fault="Nothing is to be decided now.", button=""), 409)
    if request.method == "GET":
        return ask(question)
    if not given:
        return ask(replace(question, fault="Choose what is to happen; nothing was done."), 400)
    if given not in dict(options):
        gone = "That is not to be decided any more: somebody was faster. Look again."
        return ask(replace(question, fault=gone), 409)
    reason = request.form.get("reason", "")
    return settle(question, lambda work: act_on(work, found, given, reason), "Decided.")


def _grounds(found: RolloutView) -> Grounds:
    with request_view() as work:
        return Grounds(page_view.note_of(found), gate_view.gate_panel(work, found))


def choices(found: RolloutView) -> list[tuple[str, str]]:
    """Return what can be decided as it stands."""
    if not found.state.is_open:
        return []
    current, options = found.current, []
    if found.is_paused:
        what = f"wave {current.position}" if current and not found.paused_at else "the watch"
        options.append(("resume", f"Resume {what}"))
    back = [each for each in found.waves if each.state is WaveState.ROLLED_BACK]
    if back and found.rolled_back_at is None:
        options.append(("again", f"Let wave {back[0].position} in again"))
    if found.in_force and found.rollback_is_tested:
        options.append(("roll_back", f"Roll back wave {found.in_force[-1].position}"))
        options.append(("roll_back_all", "Roll back everything"))
    return [*options, ("abort", "Abort: what passed stays, nothing more begins")]


def act_on(work: Work, found: RolloutView, choice: str, reason: str) -> None:
    """Do what was chosen of a roll-out as it was shown."""
    match choice:
        case "resume":
            current = None if found.paused_at else found.current
            deciding.resume(work, found.id, current.position if current else None, reason)
        case "again":
            back = [each for each in found.waves if each.state is WaveState.ROLLED_BACK]
            deciding.plan_again(work, found.id, back[0].position, reason)
        case "roll_back":
            deciding.roll_back(work, found.id, found.in_force[-1].position, reason)
        case "roll_back_all":
            deciding.roll_back(work, found.id, None, reason)
        case "abort":
            deciding.abort(work, found.id, reason)


@rollouts.route("/<int:rollout_id>/remove", methods=["GET", "POST"], endpoint="remove")
def remove(rollout_id: int) -> ResponseReturnValue:
    """Take the waves away before the first one began."""
    found = _found(rollout_id)
    _refuse(found, Permission.CHANGE_PLAN)
    what = "The change is run by its run sheet again. What was approved with waves is void."
    question = _question(found, "remove", "Take waves away", what, _why())
    question = replace(question, is_final=True)
    if request.method == "GET":
        return ask(question)
    reason, then = (
        request.form.get("reason", ""),
        url_for("changes.change", change_id=found.change_id),
    )
    gone = "The waves are gone."
    return settle(question, lambda work: planning.remove(work, rollout_id, reason), gone, then)


@rollouts.post("/<int:rollout_id>/waves/<int:position>/tasks/<int:task>", endpoint="task")
def task(rollout_id: int, position: int, task: int) -> ResponseReturnValue:
    """Tick a task, or say that it is undone."""
    note = request.form.get("note", "")
    act = waves.undo if request.form.get("do") == "undo" else waves.tick
    with request_work() as work:
        act(work, rollout_id, position, task, note)
    return redirect(url_for("rollouts.rollout", rollout_id=rollout_id) + "#tasks", code=303)


@rollouts.route(
    "/<int:rollout_id>/gates/<int:gate_id>/answer", methods=["GET", "POST"], endpoint="answer"
)
def answer(rollout_id: int, gate_id: int) -> ResponseReturnValue:
    """Answer the question of a manual metric: yes passes, no fails as any figure does."""
    metric, market = request.values.get("metric", "")[:64], request.values.get("market", "")[:64]
    found = _found(rollout_id)
    with request_view() as work:
        gate = gates.gate(work, gate_id)
    series = [e for e in gate.series if (e.metric.name, e.market) == (metric, market)]
    if not series or not series[0].question:
        raise NotFound(f"gate {gate_id} asks nobody about {metric!r} now")
    with request_view() as work:
        require_in(work, Permission.CHANGE_RUN, [market] if market else found.markets)
    title = series[0].metric.title or metric
    said = request.form.get("said", "")
    question = Question(
        title=series[0].question,
        action=url_for("rollouts.answer", rollout_id=rollout_id, gate_id=gate_id),
        button="Answer",
        back=url_for("rollouts.rollout", rollout_id=rollout_id),
        back_label=found.reference,
        about=f"{title}{f', {market}' if market else ''}",
        hidden=[("metric", metric), ("market", market)],
        fields=[
            Field("said", "Answer", "choice", said, required=True, options=[_CHOOSE, *_ANSWERS]),
            Field("note", "What you saw", "area", request.form.get("note", "")),
        ],
    )
    if request.method == "GET":
        return ask(question)
    if said not in dict(_ANSWERS):
        return ask(replace(question, fault="Answer yes or no; nothing was written."), 400)
    note = request.form.get("note", "")
    is_yes = said == "yes"

    def say(work: Work) -> None:
        answering.answer(work, gate_id, metric, market, is_yes, note)

    return settle(question, say, "Answered.")
