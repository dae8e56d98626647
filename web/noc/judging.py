"""Say what caused an incident: a person confirms a suspect or rules it out, with the reason."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from changes.actions import causes
from changes.lifecycle import Verdict
from changes.queries.causes import may_judge
from incidents import queries
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.app import request_view
from web.noc import suspects_view
from web.noc.blueprint import noc
from web.noc.questions import Field, Question, ask, settle

_ASKED = {
    Verdict.CONFIRMED: ("Confirm the cause", "Confirm", "It counts against this change from now."),
    Verdict.RULED_OUT: ("Rule it out", "Rule out", "It stays in the list, and is not counted."),
    Verdict.SUSPECTED: ("Open the question again", "Open again", "It is suspected as before."),
}


@noc.route("/incidents/<int:incident_id>/judge", methods=["GET", "POST"])
def judge(incident_id: int) -> ResponseReturnValue:
    """Ask why a suspect is confirmed or ruled out, then store it."""
    given = {name: request.values.get(name, "")[:200] for name in ("candidate", "verdict", "was")}
    with request_view() as work:
        line = queries.line_of(work, incident_id)
        about = suspects_view.title_of(work, line, given["candidate"])
    reason = request.form.get("reason", "")
    known = given["verdict"] if given["verdict"] in set(Verdict) else Verdict.CONFIRMED
    title, button, what = _ASKED[Verdict(known)]
    question = Question(
        title=title,
        action=url_for("noc.judge", incident_id=incident_id),
        button=button,
        back=url_for("noc.incident", incident_id=incident_id, _anchor="changed"),
        back_label=line.mark,
        about=about,
        what=f"{what} What was said before is kept, and anybody may say otherwise later.",
        fields=[Field("reason", "What it is known from", "area", reason, required=True)],
        hidden=list(given.items()),
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: judge_seen(
            work, incident_id, given["candidate"], given["verdict"], reason, given["was"]
        ),
        f"{line.mark}: {given['verdict']}.",
    )


def judge_seen(
    work: Work, incident_id: int, candidate: str, verdict: str, reason: str, was: str = ""
) -> None:
    """Judge a suspect of an incident the actor sees and may judge in each of its markets.

    Asked of the incident itself: its events may not have told the changes yet.
    """
    line = queries.line_of(work, incident_id)
    if not may_judge(work, line.markets):
        for market in line.markets or (EVERYWHERE,):
            work.require(Permission.INCIDENT_WORK, market)
    causes.judge(work, incident_id, candidate, verdict, reason, was)
