"""Pause and resume the clocks of an incident and dispute a pause, always with a reason."""

from collections.abc import Sequence
from datetime import datetime

from flask import request, url_for
from flask.typing import ResponseReturnValue

from incidents import actions, queries
from incidents.clock_queries import ClockView
from ssoc.core.clocks import Party
from ssoc.core.errors import BadInput
from web.app import request_view
from web.noc import clocks_of
from web.noc.blueprint import noc
from web.noc.clock_view import NAMES
from web.noc.clocks_of import pause_words
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


@noc.route("/incidents/<int:incident_id>/dispute", methods=["GET", "POST"])
def dispute(incident_id: int) -> ResponseReturnValue:
    """Say that a pause is not agreed; the clock is shown with it and without it."""
    with request_view() as work:
        line = queries.line_of(work, incident_id)
        clocks = clocks_of.readings(work, [incident_id]).get(incident_id, [])
        options = _pauses(clocks, work.now)
    chosen, reason = request.form.get("pause", ""), request.form.get("reason", "")
    question = Question(
        title="Dispute a pause",
        action=url_for("noc.dispute", incident_id=incident_id),
        button="Dispute" if options else "",
        back=url_for("noc.incident", incident_id=incident_id),
        back_label=line.mark,
        about=line.title,
        what="The pause stays as recorded. From then on its clock is shown both ways."
        if options
        else "No pause of this incident is left to dispute.",
        fields=[
            Field("pause", "Pause", "choice", chosen, options=options),
            Field("reason", "Why it is not agreed", "area", reason, required=True),
        ]
        if options
        else (),
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: actions.dispute_pause(work, incident_id, _number(chosen), reason),
        "The pause is disputed; its clock is shown both ways.",
    )


def _pauses(clocks: Sequence[ClockView], now: datetime) -> list[tuple[str, str]]:
    """Return the pauses nobody disputes yet, each by its clock."""
    return [
        (str(pause.number), f"{NAMES.get(view.name, view.name)}, {pause_words(pause, now)}")
        for view in clocks
        for pause in view.pauses
        if not pause.is_disputed
    ]


def _number(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    raise BadInput("no pause was chosen; choose the one that is not agreed")


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
