"""Approve and refuse: the inbox, the question that asks why, and the link in a letter.

One form serves every page: ``i`` names what is answered, as ``choice`` writes it, once for each
change; ``do`` is ``approve`` or ``reject``; ``reason`` is asked for where it is missing; ``back``
is the page to go back to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes import approval_links
from changes.actions import approving
from changes.queries import approvals, views
from changes.queries.approvals import Asked, Waiting
from changes.queries.marks import Marks, marks_of
from changes.queries.rounds import StoredRound
from changes.rules.collisions import Level
from changes.values import ChangeView
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web import auth, words
from web.app import request_runtime, request_view, request_work
from web.change_managers.blueprint import changes
from web.change_managers.change import window_words
from web.change_managers.choices import DIGEST, Choice, choice, is_number, read_choices
from web.noc import live, times
from web.noc.questions import Field, Question, ask


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    change: ChangeView
    asked: Asked
    choice: str
    window: str
    there: str
    risk: str
    findings: str
    tone: str
    whom: str
    due: str


@changes.get("/approvals")
def approvals_inbox() -> ResponseReturnValue:
    """List what waits for the person's answer, also as a delegate."""
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        found = approvals.waiting(work)
        estate = estate_queries.current(work)
        marks = marks_of(work, [each.change for each in found])
        shown = render_template(
            "changes/approvals.html",
            rows=[_row(work, estate, each, marks[each.change.id]) for each in found],
            at=request.args.get("at", "")[:20],
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def _row(work: Work, estate: Estate, each: Waiting, marks: Marks) -> Row:
    window, asked = each.change.window, each.asked
    zones = times.zones_of(estate, each.change.markets)
    blocks, warns = marks.count(Level.BLOCK), marks.count(Level.WARN)
    said = [f"{n} {what}" for n, what in ((blocks, "block"), (warns, "warn")) if n]
    risk = each.change.risk_points
    return Row(
        change=each.change,
        asked=asked,
        choice=choice(asked),
        window=window_words(work, each.change),
        there=times.local(window.since, work.now, zones) if window else "",
        risk="?" if risk is None else f"{risk:.0f}",
        findings=", ".join(said) or "none open",
        tone="p1" if blocks else "p2" if warns else "",
        whom=f"for {asked.on_behalf_of}" if asked.on_behalf_of else "",
        due=_due(work, asked),
    )


def _due(work: Work, asked: Asked) -> str:
    if asked.due_at is None:
        return "no limit"
    if asked.is_escalated:
        return f"escalated {words.age(work.now - asked.due_at)} ago"
    return f"{words.age(asked.due_at - work.now)} left"


@changes.get("/answers")
def answer_question() -> ResponseReturnValue:
    """Ask for the words that go with an answer."""
    return _ask(request.args.get("do", ""), request.args.getlist("i"), request.args.get("back"))


def _ask(
    do: str, given: Sequence[str], back: str | None, fault: str = "", status: int = 200
) -> ResponseReturnValue:
    chosen = read_choices(given)
    if do not in {"approve", "reject"}:
        raise BadInput("do must be approve or reject; open the list again")
    with request_view() as work:
        named = [views.change(work, each.change_id) for each in chosen]
    is_no = do == "reject"
    titles = words.listed([each.reference for each in named], 5)
    whom = sorted({each.on_behalf_of for each in chosen if each.on_behalf_of})
    where = _back(back)
    question = Question(
        title=f"{'Reject' if is_no else 'Approve'} {titles}",
        action=url_for("changes.answers"),
        button="Reject" if is_no else "Approve",
        back=where,
        back_label="Changes" if where.startswith(url_for("changes.listed")) else "Back",
        about=named[0].title if len(named) == 1 else "",
        what=_consequence(is_no, whom),
        fields=[
            Field(
                "reason",
                "What must change, and why" if is_no else "Comment; may be left out",
                "area",
                value=request.form.get("reason", "")[:600],
                required=is_no,
            )
        ],
        hidden=[("do", do), ("back", where), *(("i", each.text) for each in chosen)],
        fault=fault,
    )
    return ask(question, status)


def _consequence(is_no: bool, whom: Sequence[str]) -> str:
    lent = f" You answer for {words.listed(whom)}." if whom else ""
    if is_no:
        return f"One refusal ends the round; the requester plans it again.{lent}"
    return f"Your answer stands for ever and is about the plan as you saw it.{lent}"


@changes.post("/answers")
def answers() -> ResponseReturnValue:
    """Answer each chosen change in a unit of work of its own; say what came of each."""
    form = request.form
    given, do, reason = form.getlist("i"), form.get("do", ""), form.get("reason", "")
    if do not in {"approve", "reject"}:
        raise BadInput("do must be approve or reject; nothing was written; open the list again")
    chosen = read_choices(given)
    if do == "reject" and not reason.strip():
        fault = "A refusal needs a reason; say in a few words what must change."
        return _ask(do, given, form.get("back"), fault if "reason" in form else "", 200)
    if len(chosen) == 1:
        return _answer_one(chosen[0], do, reason)
    for each in chosen:
        flash(_tried(each, do == "approve", reason))
    return redirect(_back(form.get("back")), code=303)


def _answer_one(one: Choice, do: str, reason: str) -> ResponseReturnValue:
    """Answer one change; its refusals keep their status and their page."""
    back = request.form.get("back")
    try:
        said = _answered(one, do == "approve", reason)
    except BadInput as fault:
        text = str(fault)
        return _ask(do, [one.text], back, f"{text[:1].upper()}{text[1:]}.", fault.status)
    flash(said)
    return redirect(_back(back), code=303)


def _answered(one: Choice, yes: bool, reason: str) -> str:
    with request_work() as work:
        approving.answer(
            work,
            one.change_id,
            one.stage,
            yes,
            reason,
            one.on_behalf_of,
            seen=one.seen,
        )
    with request_view() as work:
        state = views.change(work, one.change_id).state
    return f"CHG-{one.change_id}: {'yes' if yes else 'no'} noted; it is {state}."


def _tried(one: Choice, yes: bool, reason: str) -> str:
    try:
        return _answered(one, yes, reason)
    except (BadInput, Conflict, IllegalMove, NotAllowed, NotFound) as fault:
        text = str(fault)
        return text if f"CHG-{one.change_id}" in text else f"CHG-{one.change_id}: {text}"


def _back(wanted: str | None) -> str:
    return auth.local_target(wanted or "", url_for("changes.approvals_inbox"))


@changes.get("/answer/<token>")
def answer_link(token: str) -> ResponseReturnValue:
    """Open what a letter asked: the change, and the two answers; the link gives none."""
    runtime = request_runtime()
    link = approval_links.read(runtime.settings.web, token, runtime.clock.now())
    with request_view() as work:
        found = approvals.approvals(work, link.change_id)
        row = None
        if found.asked is not None:
            waiting = Waiting(found.change, found.asked)
            estate, marks = estate_queries.current(work), marks_of(work, [found.change])
            row = _row(work, estate, waiting, marks[found.change.id])
        overtaken = _overtaken(work, found, link, row)
        return render_template(
            "changes/answer_link.html",
            change=found.change,
            window=window_words(work, found.change),
            row=row,
            overtaken=overtaken,
            link=link,
        )


def _overtaken(
    work: Work, found: approvals.ApprovalsView, link: approval_links.Link, row: Row | None
) -> str:
    """Return in what way things went on since the letter was written; empty if they did not."""
    present = found.present
    if link.person != work.actor.name:
        return f"The letter was written to {link.person}; you are signed in as {work.actor.name}."
    if present is None or present.round.number != link.round:
        now = f"round {present.round.number}" if present else "no round"
        return f"The plan changed since the letter was written; {now} counts now."
    if row is None and (said := _said(work, present)):
        return f"{said}; it is {found.change.state}."
    if row is None:
        return f"It does not wait for your answer: it is {found.change.state}."
    return ""


def _said(work: Work, present: StoredRound) -> str:
    """Return what the actor has answered in the round, and when; empty if nothing."""
    mine = [
        each
        for stage in present.state.stages
        for each in stage.answers
        if each.person == work.actor.name and not each.meeting
    ]
    if not mine:
        return ""
    word, at = "yes" if mine[-1].yes else "no", words.when(mine[-1].at, work.now)
    return f"You said {word}: {at} UTC"


@changes.post("/<int:change_id>/answer")
def answer(change_id: int) -> ResponseReturnValue:
    """Answer one change by fields: stage, answer (yes or no), seen, on_behalf_of, reason, back."""
    form = request.form
    stage = form.get("stage", "")
    if form.get("answer") not in {"yes", "no"} or not is_number(stage):
        raise BadInput("an answer names a stage, and yes or no; nothing was written")
    one = Choice(
        change_id, int(stage), form.get("seen", "")[:DIGEST], form.get("on_behalf_of", "")[:128]
    )
    do, reason = "approve" if form["answer"] == "yes" else "reject", form.get("reason", "")
    if do == "reject" and not reason.strip():
        return _ask(do, [one.text], form.get("back"))
    return _answer_one(one, do, reason)
