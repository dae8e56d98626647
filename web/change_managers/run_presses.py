"""What people press on a run sheet: steps, decisions, the roll-back, the end, the bridge."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.actions import running
from changes.lifecycle import Outcome, RunState, StepMove
from changes.policy import policy
from changes.queries import runs
from changes.rules.running import minute_after
from changes.run_values import Decision, RunStepView, RunView
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.app import request_view, request_work
from web.change_managers.blueprint import changes
from web.noc import times
from web.noc.questions import Field, Question, ask, settle

_SAID = {
    StepMove.START: "Step {} began.",
    StepMove.FINISH: "Step {} is done.",
    StepMove.FAIL: "Step {} failed; repeat it, leave it out, or roll back.",
    StepMove.SKIP: "Step {} is left out.",
    StepMove.REPEAT: "Step {} runs again.",
    StepMove.UNDO: "Step {} is undone.",
}


@dataclass(frozen=True)
class _Asked:
    """A run that is asked about, at one moment; ``longest`` is how long pages may be held."""

    run: RunView
    now: datetime
    zones: list[tuple[str, str]]
    longest: timedelta


def _asked(run_id: int) -> _Asked:
    with request_view() as work:
        run = runs.run(work, run_id)
        zones = times.zone_choices(estate_queries.current(work), work.now)
        return _Asked(run, work.now, zones, policy(work).execution.longest_extension)


def _here(run_id: int) -> str:
    return url_for("changes.run", run_id=run_id)


def _question(asked: _Asked, endpoint: str, title: str, button: str, **given: object) -> Question:
    run = asked.run
    what = "Rehearsal of" if run.is_rehearsal else "Run of"
    return Question(
        title=title,
        action=url_for(endpoint, run_id=run.id),
        button=button,
        back=_here(run.id),
        back_label=f"{what} {run.change.reference}",
        about=run.change.title,
        **given,  # type: ignore[arg-type]
    )


@changes.route(
    "/runs/<int:run_id>/steps/<int:position>/<move>", methods=["GET", "POST"], endpoint="run_step"
)
def step(run_id: int, position: int, move: str) -> ResponseReturnValue:
    """Press one step; what needs a note asks for it first."""
    asked = _asked(run_id)
    known = asked.run.step_of.get(position)
    if known is None or move not in set(StepMove):
        raise NotFound(f"the run has no step {position}, or no move {move[:32]!r} of it")
    wanted, note = StepMove(move), request.form.get("note", "")
    said = _SAID[wanted].format(position)
    if request.method == "POST" and not _needs_note(known, wanted):
        with request_work() as work:
            running.step(work, run_id, position, wanted, note)
        flash(said)
        return redirect(_here(run_id), code=303)
    question = _about_step(asked, known, wanted, note)
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: running.step(work, run_id, position, wanted, note), said)


def _needs_note(step: RunStepView, move: StepMove) -> bool:
    return move in {StepMove.FAIL, StepMove.SKIP} or (
        step.is_hold_point and move is StepMove.FINISH
    )


def _about_step(asked: _Asked, step: RunStepView, move: StepMove, note: str) -> Question:
    is_hold = step.is_hold_point and move is StepMove.FINISH
    title = {
        StepMove.FAIL: f"Step {step.position} failed",
        StepMove.SKIP: f"Leave out step {step.position}",
        StepMove.FINISH: f"Pass hold point {step.position}" if is_hold else "It is done",
    }.get(move, f"{move.capitalize()} step {step.position}")
    label = "What the check said" if is_hold else "What happened"
    label = "Why" if move is StepMove.SKIP else label
    what = f"Check: {step.check}" if is_hold and step.check else ""
    if is_hold:
        what = f"{what}. Your name stands beside the result." if what else "Your name stands by it."
    question = _question(
        asked,
        "changes.run",
        title,
        "Pass" if is_hold else "Write down",
        what=what,
        fields=[Field("note", label, "area", note, required=_needs_note(step, move), most=2_000)],
    )
    here = url_for("changes.run_step", run_id=asked.run.id, position=step.position, move=move.value)
    return replace(question, action=here)


@changes.route("/runs/<int:run_id>/decide", methods=["GET", "POST"], endpoint="run_decide")
def decide(run_id: int) -> ResponseReturnValue:
    """Decide at the checkpoint: go on, or roll back."""
    asked = _asked(run_id)
    chosen, reason = request.form.get("decision", ""), request.form.get("reason", "")
    run = asked.run
    ahead = words.time(minute_after(run.forecast.end)) if run.forecast else words.NONE
    question = _question(
        asked,
        "changes.run_decide",
        "Go on, or roll back",
        "Decide",
        what=f"The checkpoint {'was' if asked.now > run.checkpoint else 'is'} "
        f"{words.time(run.checkpoint)} UTC. The roll-back takes "
        f"{run.rollback_minutes} min, the window ends {words.time(run.window_ends_at)}, the "
        f"forecast says {ahead} UTC in 9 of 10 cases.",
        fields=[
            Field(
                "decision",
                "Decision",
                "choice",
                chosen,
                options=[("", "Choose…"), ("go on", "Go on"), ("roll back", "Roll back")],
            ),
            Field(
                "reason", "Why; it stays on record with your name", "area", reason, required=True
            ),
        ],
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: _decide(work, run_id, chosen, reason), "Decided.")


def _decide(work: Work, run_id: int, chosen: str, reason: str) -> None:
    if chosen not in {Decision.GO_ON.value, Decision.ROLL_BACK.value}:
        raise BadInput("choose whether to go on or to roll back")
    running.decide(work, run_id, chosen, reason)


@changes.route("/runs/<int:run_id>/roll-back", methods=["GET", "POST"], endpoint="run_roll_back")
def roll_back(run_id: int) -> ResponseReturnValue:
    """Begin to roll back."""
    asked, reason = _asked(run_id), request.form.get("reason", "")
    run = asked.run
    undone = [each for each in run.steps if each.undo.strip() and each.began_at is not None]
    listed = words.listed(str(each.position) for each in reversed(undone)) or "none"
    question = _question(
        asked,
        "changes.run_roll_back",
        "Roll back",
        "Roll back",
        what=f"What runs is stopped; then steps are undone backwards: {listed}. It takes "
        f"{run.rollback_minutes} min by plan. There is no way forward from here.",
        fields=[Field("reason", "Why", "area", reason, required=True)],
        is_final=True,
    )
    if request.method == "GET":
        return ask(question)
    said = "Rolling back: undo the steps one by one."
    return settle(question, lambda work: running.roll_back(work, run_id, reason), said)


@changes.route("/runs/<int:run_id>/hold-pages", methods=["GET", "POST"], endpoint="run_hold_pages")
def hold_pages(run_id: int) -> ResponseReturnValue:
    """Hold pages back longer than the window."""
    asked, reason = _asked(run_id), request.form.get("reason", "")
    until = request.form.get("until", f"{_longer(asked):%Y-%m-%d %H:%M}")
    zone = request.form.get("zone", times.UTC_ZONE)
    question = _question(
        asked,
        "changes.run_hold_pages",
        "Hold pages longer",
        "Hold them",
        what="Pages of what the change touches go out again when the window ends. Holding them "
        "longer is a decision with your name; the downtime counts.",
        fields=[
            Field("until", "Until", value=until, required=True, hint="2026-03-02 04:00"),
            Field("zone", "On the clocks of", "choice", zone, options=asked.zones),
            Field("reason", "Why", "area", reason, required=True),
        ],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        place = times.zone_of(estate_queries.current(work), zone)
        moment = times.read(until, "the end", place)
        running.decide(work, run_id, Decision.HOLD_PAGES, reason, moment)

    return settle(question, act, "Pages are held longer.")


@changes.route("/runs/<int:run_id>/end", methods=["GET", "POST"], endpoint="run_end")
def end(run_id: int) -> ResponseReturnValue:
    """End the run with its outcome."""
    asked, note = _asked(run_id), request.form.get("note", "")
    is_back = asked.run.state is RunState.ROLLING_BACK
    offered = [each for each in Outcome if each.is_failure] if is_back else list(Outcome)
    offered = [each for each in offered if is_back or each is not Outcome.ROLLED_BACK]
    chosen = request.form.get("outcome", offered[0].value)
    question = _question(
        asked,
        "changes.run_end",
        "End the rehearsal" if asked.run.is_rehearsal else "End the run",
        "End it",
        what="" if asked.run.is_rehearsal else "Pages are no longer held; the bridge is cleared.",
        fields=[
            Field(
                "outcome",
                "Outcome",
                "choice",
                chosen,
                options=[(each.value, each.value.capitalize()) for each in offered],
            ),
            Field("note", "What is worth knowing", "area", note),
        ],
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: running.end(work, run_id, chosen, note), "It has ended.")


@changes.route("/runs/<int:run_id>/bridge", methods=["GET", "POST"], endpoint="run_bridge")
def join(run_id: int) -> ResponseReturnValue:
    """Put somebody on the bridge."""
    asked = _asked(run_id)
    with request_view() as work:
        me = work.actor.name
    person, partner = request.form.get("person", me), request.form.get("partner", "")
    known = sorted({each.partner for each in asked.run.bridge} - {""} | _vendor(asked.run))
    question = _question(
        asked,
        "changes.run_bridge",
        "On the bridge",
        "Add",
        fields=[
            Field("person", "Who", value=person, required=True, most=128),
            Field(
                "partner",
                "From",
                value=partner,
                hint="A partner or vendor; empty for us.",
                most=64,
                options=[(each, each) for each in known],
            ),
        ],
    )
    if request.method == "GET":
        return ask(question)
    who = "" if person.strip() == me else person
    return settle(question, lambda work: running.join_bridge(work, run_id, who, partner), "Added.")


def _longer(asked: _Asked) -> datetime:
    """Return the whole minute until which pages are best held: a quarter of an hour at least."""
    run, now = asked.run, asked.now
    held = max(now, run.suppressed_until or now)
    ahead = run.forecast.end if run.forecast else held
    proposed = minute_after(max(ahead, held + timedelta(minutes=15)))
    return min(proposed, (now + asked.longest).replace(second=0, microsecond=0))


def _vendor(run: RunView) -> set[str]:
    return {run.change.vendor} if run.change.vendor else set()


@changes.post("/runs/<int:run_id>/bridge/leave", endpoint="run_leave")
def leave(run_id: int) -> ResponseReturnValue:
    """Take somebody off the bridge."""
    person = request.form.get("person", "")
    with request_work() as work:
        who = "" if person == work.actor.name else person
        running.leave_bridge(work, run_id, who)
    return redirect(_here(run_id), code=303)
