"""Merge, split and move by hand: what the graph could not know."""

from collections.abc import Sequence

from flask import request, url_for
from flask.typing import ResponseReturnValue

from incidents import actions, queries
from incidents.queries import Line
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from ssoc.monitoring.report import key_of
from web import words
from web.app import request_view
from web.auth import local_target
from web.noc.blueprint import noc
from web.noc.questions import Field, Question, ask, settle
from web.noc.triage import chosen_of


@noc.route("/triage/merge", methods=["GET", "POST"])
def merge() -> ResponseReturnValue:
    """Put the chosen incidents into one of them, or into another."""
    chosen = chosen_of(request.values)
    back = local_target(request.values.get("back", ""), url_for("noc.triage"))
    with request_view() as work:
        lines = [queries.line_of(work, number) for number in chosen]
        others = _others(work, chosen)
    first = str(chosen[0]) if len(chosen) > 1 else ""
    asked = request.args.get("into", first)
    into = number_of(request.form.get("into", "" if request.form else asked))
    question = Question(
        title="Merge incidents",
        action=url_for("noc.merge"),
        button="Merge",
        back=back,
        back_label="Triage",
        about=words.listed([f"{line.mark} {words.cut(line.title)}" for line in lines], 4),
        what="Everything of the others counts to the one that stays: alerts, symptoms and nested "
        "incidents. The others end as resolved and say where they went. "
        "It cannot be undone in one step; split takes parts out again.",
        fields=[into_field("The one that stays", into, lines, others)],
        hidden=[*(("i", str(number)) for number in chosen), ("back", back)],
        is_final=True,
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: _merge(work, chosen, into),
        f"Merged into INC-{into}.",
        url_for("noc.incident", incident_id=into) if into else back,
    )


def _merge(work: Work, chosen: Sequence[int], into: int) -> None:
    gone = [number for number in chosen if number != into]
    if not into or not gone:
        raise BadInput("name another incident that stays; nothing was changed")
    for number in gone:
        actions.merge(work, number, into)


def _others(work: Work, chosen: Sequence[int]) -> list[Line]:
    """Return the open incidents that the chosen ones may go into as well."""
    return [line for line in queries.triage(work).items if line.id not in chosen]


def into_field(label: str, into: int, lines: Sequence[Line], others: Sequence[Line]) -> Field:
    """Return the field that names the incident which stays or takes."""
    return Field("into", label, "choice", str(into), options=_options(lines, others))


def _options(lines: Sequence[Line], others: Sequence[Line]) -> list[tuple[str, str]]:
    first = [("", "choose one")] if len(lines) < 2 else []
    every = [*lines, *others]
    shown = [(str(each.id), f"{each.mark} {words.cut(each.title, 60)}") for each in every]
    return first + (shown if len(lines) > 1 else shown[len(lines) :])


def number_of(text: str) -> int:
    """Return an incident's number from ``12`` or ``INC-12``; 0 when it is none."""
    digits = text.strip().upper().removeprefix("INC-")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else 0


def keys_of(values: Sequence[str]) -> list[int]:
    """Return the keys of alerts from their hex digits; what is none is left out."""
    found = []
    for each in values:
        if len(each) == 16 and all(digit in "0123456789abcdef" for digit in each):
            found.append(key_of(int(each, 16)))
    return found


@noc.route("/incidents/<int:incident_id>/move", methods=["GET", "POST"])
def move(incident_id: int) -> ResponseReturnValue:
    """Count chosen alerts to another incident."""
    keys = request.values.getlist("k")
    with request_view() as work:
        line = queries.line_of(work, incident_id)
        others = _others(work, [incident_id])
    into = number_of(request.form.get("into", ""))
    question = Question(
        title="Move alerts to another incident",
        action=url_for("noc.move", incident_id=incident_id),
        button="Move",
        back=url_for("noc.incident", incident_id=incident_id),
        back_label=line.mark,
        about=line.title,
        what=_chosen_words(keys),
        fields=[into_field("To", into, [line], others)],
        hidden=[("k", each) for each in keys],
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: _move(work, keys, into),
        f"Moved to INC-{into}.",
        url_for("noc.incident", incident_id=into) if into else question.back,
    )


def _move(work: Work, keys: Sequence[str], into: int) -> None:
    if not into:
        raise BadInput("no incident was named; choose where the alerts belong")
    if not keys_of(keys):
        raise BadInput("no alert was chosen; go back and tick at least one")
    actions.move_alerts(work, keys_of(keys), into)


def _chosen_words(keys: Sequence[str]) -> str:
    found = keys_of(keys)
    if not found:
        return "No alert was chosen; go back and tick at least one."
    return f"{words.counted(len(found), 'chosen alert')}; later reports of the same go there too."


@noc.route("/incidents/<int:incident_id>/split", methods=["GET", "POST"])
def split(incident_id: int) -> ResponseReturnValue:
    """Take symptoms or chosen alerts out into an incident of their own."""
    keys, parts = request.values.getlist("k"), request.values.getlist("c")
    with request_view() as work:
        page = queries.page(work, incident_id)
    question = Question(
        title="Split off",
        action=url_for("noc.split", incident_id=incident_id),
        button="Split off",
        back=url_for("noc.incident", incident_id=incident_id),
        back_label=page.line.mark,
        about=page.line.title,
        what=_chosen_words(keys) if keys_of(keys) else "Symptoms that stand on their own:",
        fields=[*([] if keys_of(keys) else _symptoms(page, parts)), _title_field()],
        hidden=[("k", each) for each in keys],
    )
    if request.method == "GET":
        return ask(question)
    title = request.form.get("title", "").strip()
    return settle(
        question,
        lambda work: actions.split(work, incident_id, parts, keys_of(keys), title),
        "Split off into an incident of its own.",
    )


def _title_field() -> Field:
    return Field("title", "Title of the new incident", value=request.form.get("title", ""))


def _symptoms(page: queries.IncidentPage, ticked: Sequence[str]) -> list[Field]:
    """Return a box for each symptom that is drawn."""
    return [
        Field("c", node.name, "check", node.component, is_ticked=node.component in ticked)
        for node in page.nodes
        if node.state is queries.NodeState.SYMPTOM
    ]
