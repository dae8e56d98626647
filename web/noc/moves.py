"""What people do with one incident: move it on, name people, write."""

from collections.abc import Callable
from dataclasses import replace

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from incidents import actions, queries
from incidents.queries import Line
from ssoc.core.errors import BadInput, NotAllowed
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from web.app import request_view, request_work
from web.noc import assigning
from web.noc.blueprint import noc
from web.noc.questions import Field, Question, ask, settle
from web.noc.triage import owner_field


def _here(incident_id: int) -> str:
    return url_for("noc.incident", incident_id=incident_id)


def _do(incident_id: int, act: Callable[[Work], object], said: str) -> ResponseReturnValue:
    with request_work() as work:
        act(work)
    flash(said)
    return redirect(_here(incident_id), code=303)


def _line(incident_id: int) -> Line:
    with request_view() as work:
        return queries.line_of(work, incident_id)


@noc.post("/incidents/<int:incident_id>/acknowledge")
def acknowledge(incident_id: int) -> ResponseReturnValue:
    """Take it."""
    return _do(incident_id, lambda work: actions.acknowledge(work, incident_id), "Acknowledged.")


@noc.post("/incidents/<int:incident_id>/mitigate")
def mitigate(incident_id: int) -> ResponseReturnValue:
    """Say that customers are served again."""
    return _do(incident_id, lambda work: actions.mitigate(work, incident_id), "Marked mitigated.")


@noc.post("/incidents/<int:incident_id>/close")
def close(incident_id: int) -> ResponseReturnValue:
    """Say that nothing more is to be done."""
    return _do(incident_id, lambda work: actions.close(work, incident_id), "Closed.")


@noc.post("/incidents/<int:incident_id>/note")
def note(incident_id: int) -> ResponseReturnValue:
    """Write a note for colleagues or an update for those who wait."""
    text = request.form.get("text", "")
    is_update = request.form.get("kind") == "update"
    act, said = (actions.update, "Updated.") if is_update else (actions.note, "Noted.")
    question = Question(
        title="Send an update" if is_update else "Add a note",
        action=url_for("noc.note", incident_id=incident_id),
        button="Send as update" if is_update else "Add note",
        back=_here(incident_id),
        back_label=f"INC-{incident_id}",
        what="It was not stored. The text is kept here; copy it, or try again.",
        fields=[Field("text", "Text", "area", text, required=True)],
        hidden=[("kind", "update" if is_update else "note")],
    )
    try:
        return settle(question, lambda work: act(work, incident_id, text), said)
    except NotAllowed as refusal:
        fault = f"{str(refusal)[:1].upper()}{str(refusal)[1:]}."
        return ask(replace(question, fault=fault), refusal.status)


@noc.route("/incidents/<int:incident_id>/resolve", methods=["GET", "POST"])
def resolve(incident_id: int) -> ResponseReturnValue:
    """End it by hand."""
    line, force = _line(incident_id), request.form.get("force") == "yes"
    reason = request.form.get("reason", "")
    question = Question(
        title="Resolve",
        action=url_for("noc.resolve", incident_id=incident_id),
        button="Resolve",
        back=_here(incident_id),
        back_label=line.mark,
        about=line.title,
        what="An incident resolves by itself when its last alert clears.",
        fields=[
            Field("reason", "What cured it", "area", reason),
            Field("force", "Resolve although alerts still fire", "check", is_ticked=force),
        ],
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: actions.resolve(work, incident_id, reason, force),
        f"{line.mark} is resolved.",
    )


@noc.route("/incidents/<int:incident_id>/reopen", methods=["GET", "POST"])
def reopen(incident_id: int) -> ResponseReturnValue:
    """Take it up again."""
    line, reason = _line(incident_id), request.form.get("reason", "")
    question = Question(
        title="Reopen",
        action=url_for("noc.reopen", incident_id=incident_id),
        button="Reopen",
        back=_here(incident_id),
        back_label=line.mark,
        about=line.title,
        fields=[Field("reason", "Why", "area", reason, required=True)],
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: actions.reopen(work, incident_id, reason), "Reopened.")


@noc.route("/incidents/<int:incident_id>/assign", methods=["GET", "POST"])
def assign(incident_id: int) -> ResponseReturnValue:
    """Name who owns it."""
    with request_view() as work:
        line, me = queries.line_of(work, incident_id), work.actor.name
        names = assigning.candidates(work, [line])
    owner = request.form.get("owner", line.owner or me)
    question = Question(
        title="Assign",
        action=url_for("noc.assign", incident_id=incident_id),
        button="Assign",
        back=_here(incident_id),
        back_label=line.mark,
        about=line.title,
        fields=[owner_field(owner, names)],
    )
    if request.method == "GET":
        return ask(question)
    said = f"Assigned to {owner.strip() or 'nobody'}."
    return settle(question, lambda work: assigning.assign_known(work, incident_id, owner), said)


@noc.route("/incidents/<int:incident_id>/priority", methods=["GET", "POST"])
def prioritise(incident_id: int) -> ResponseReturnValue:
    """Set the priority against the matrix."""
    line = _line(incident_id)
    wanted = request.form.get("priority", line.priority.value)
    reason = request.form.get("reason", "")
    question = Question(
        title="Set the priority",
        action=url_for("noc.prioritise", incident_id=incident_id),
        button="Set priority",
        back=_here(incident_id),
        back_label=line.mark,
        about=line.title,
        what=f"The matrix says {line.priority} now: impact {line.impact} × urgency {line.urgency}. "
        "From here on only people change it.",
        fields=[
            Field("priority", "Priority", "choice", wanted, options=_priorities()),
            Field("reason", "Why", "area", reason, required=True),
        ],
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: actions.prioritise(work, incident_id, _priority(wanted), reason),
        f"Priority is {wanted}.",
    )


def _priorities() -> list[tuple[str, str]]:
    return [(each.value, f"{each.value} {each.word}") for each in Priority]


def _priority(word: str) -> Priority:
    try:
        return Priority(word)
    except ValueError:
        raise BadInput(f"there is no priority {word!r}; choose P1, P2, P3 or P4") from None


@noc.route("/incidents/<int:incident_id>/role", methods=["GET", "POST"])
def role(incident_id: int) -> ResponseReturnValue:
    """Give a role to somebody, or leave it to nobody."""
    with request_view() as work:
        line, me = queries.line_of(work, incident_id), work.actor.name
    chosen = request.form.get("role", actions.ROLES[0])
    person = request.form.get("person", me)
    question = Question(
        title="Give a role",
        action=url_for("noc.role", incident_id=incident_id),
        button="Give",
        back=_here(incident_id),
        back_label=line.mark,
        about=line.title,
        fields=[
            Field(
                "role",
                "Role",
                "choice",
                chosen,
                options=[(r, r.capitalize()) for r in actions.ROLES],
            ),
            Field("person", "Person", value=person, hint="Empty leaves it to nobody.", most=64),
        ],
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: _give(work, incident_id, chosen, person.strip()),
        f"{chosen.capitalize()}: {person.strip() or 'nobody'}.",
    )


def _give(work: Work, incident_id: int, chosen: str, person: str) -> None:
    if person:
        actions.take_role(work, incident_id, chosen, person)
    else:
        actions.give_up_role(work, incident_id, chosen)
