"""Pause and resume the clocks of an incident, always with a reason."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from incidents import actions, queries
from ssoc.core.clocks import Party
from web.app import request_view
from web.noc.blueprint import noc
from web.noc.questions import Field, Question, ask, settle

_CLOCKS = [("*", "All"), ("resolve", "Resolve"), ("update", "Update"), ("response", "Response")]
_PARTIES = [
    (each.value, each.value.capitalize())
    for each in (Party.VENDOR, Party.CUSTOMER, Party.THIRD_PARTY, Party.US)
]


@noc.route("/incidents/<int:incident_id>/pause", methods=["GET", "POST"])
def pause(incident_id: int) -> ResponseReturnValue:
    """Let clocks stand still while somebody else has the ball."""
    given = request.form
    reason = given.get("reason", "")
    question = _question(incident_id, "pause", "Pause clocks", "Pause", "What they were asked for")
    if request.method == "GET":
        return ask(question)
    clock, party = given.get("clock", "*"), given.get("party", "")
    return settle(
        question,
        lambda work: actions.pause_clock(work, incident_id, clock, party, reason),
        f"Paused, waiting for {party}.",
    )


@noc.route("/incidents/<int:incident_id>/resume", methods=["GET", "POST"])
def resume(incident_id: int) -> ResponseReturnValue:
    """Let clocks go on."""
    given = request.form
    question = _question(incident_id, "resume", "Resume clocks", "Resume", "What they answered")
    if request.method == "GET":
        return ask(question)
    clock, party, reason = given.get("clock", "*"), given.get("party", ""), given.get("reason", "")
    return settle(
        question,
        lambda work: actions.resume_clock(work, incident_id, clock, party, reason),
        "The clocks go on.",
    )


def _question(incident_id: int, move: str, title: str, button: str, why: str) -> Question:
    with request_view() as work:
        line = queries.line_of(work, incident_id)
    given = request.form
    return Question(
        title=title,
        action=url_for(f"noc.{move}", incident_id=incident_id),
        button=button,
        back=url_for("noc.incident", incident_id=incident_id),
        back_label=line.mark,
        about=line.title,
        fields=[
            Field("clock", "Clock", "choice", given.get("clock", "*"), options=_CLOCKS),
            Field("party", "Waiting for", "choice", given.get("party", ""), options=_PARTIES),
            Field("reason", why, "area", given.get("reason", ""), required=move == "pause"),
        ],
    )
