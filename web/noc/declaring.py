"""Declare an incident by hand, before any alert says so."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from incidents import actions
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from web.app import request_view
from web.noc.blueprint import noc
from web.noc.questions import Field, Question, ask, settle

_IMPACTS = [("1", "1 · much of the business"), ("2", "2 · part of it"), ("3", "3 · little of it")]
_URGENCIES = [("1", "1 · at once"), ("2", "2 · soon"), ("3", "3 · it can wait")]


@noc.route("/incidents/new", methods=["GET", "POST"])
def declare() -> ResponseReturnValue:
    """Open an incident that people know of and no alert has told."""
    with request_view() as work:
        if not work.actor.markets(Permission.INCIDENT_WORK):
            work.require(Permission.INCIDENT_WORK, EVERYWHERE)
        question = _question(work, estate_queries.current(work))
    if request.method == "GET":
        return ask(question)
    made: list[int] = []
    said = "Declared; its clocks run. It stays open until somebody resolves it."
    answer = settle(question, lambda work: made.append(_declare(work)), said)
    return redirect(url_for("noc.incident", incident_id=made[0]), code=303) if made else answer


def _declare(work: Work) -> int:
    given = request.form
    codes = given.get("markets", "").upper().replace(",", " ").split()
    made = actions.declare(
        work,
        given.get("component", "").strip(),
        given.get("title", ""),
        _level("impact"),
        _level("urgency"),
        codes,
        given.get("note", ""),
    )
    return made.id


def _level(name: str) -> int:
    word = request.form.get(name, "")
    if word not in {"1", "2", "3"}:
        raise BadInput(f"the {name} must be 1, the worst, 2 or 3; choose one")
    return int(word)


def _question(work: Work, estate: Estate) -> Question:
    given = request.form
    held = work.actor.markets(Permission.INCIDENT_WORK)
    known = [
        (each.key, each.name)
        for each in sorted(estate.components.values(), key=lambda each: each.key)
        if EVERYWHERE in held or set(each.markets) <= held
    ]
    return Question(
        title="Declare an incident",
        action=url_for("noc.declare"),
        button="Declare",
        back=url_for("noc.triage"),
        back_label="Triage",
        what="For what no alert has told. Alerts of the component join it.",
        fields=[
            Field("title", "What is wrong", value=given.get("title", ""), required=True),
            Field(
                "component",
                "Component",
                value=given.get("component", ""),
                hint="Its key in the estate; where it hurts, or better where the cause is.",
                required=True,
                options=known,
            ),
            Field("impact", "Impact", "choice", given.get("impact", "2"), options=_IMPACTS),
            Field("urgency", "Urgency", "choice", given.get("urgency", "2"), options=_URGENCIES),
            Field(
                "markets",
                "Markets",
                value=given.get("markets", ""),
                hint="Codes such as KE, TZ. Empty: all that the component serves.",
            ),
            Field("note", "What is known so far", "area", given.get("note", "")),
        ],
    )
