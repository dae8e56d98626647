"""Triage: the queue, the chosen incident beside it, and what is done to many at once."""

import re
from collections.abc import Sequence

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from changes.programmes.queries import named
from incidents import actions, queries
from incidents.actions import Outcome
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.auth import local_target
from web.noc import assigning, clocks_of, live, triage_view
from web.noc.asked import asked_of
from web.noc.blueprint import noc
from web.noc.questions import Field, Question, ask, settle

MOST_AT_ONCE = 200
_CHANGE = re.compile(r"CHG-(\d{1,9})", re.IGNORECASE)


@noc.get("/triage")
def triage() -> ResponseReturnValue:
    """Show the queue, worst and oldest first."""
    asked = asked_of(request, "noc.triage", triage_view.NAMES, triage_view.DEFAULTS)
    number = _CHANGE.fullmatch(asked["q"])
    if number and g.actor.markets(Permission.CHANGE_SEE):
        return redirect(url_for("changes.change", change_id=int(number[1])))
    with request_view() as work:
        if place := _place_named(work, asked["q"]):
            return redirect(place)
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        page, now = triage_view.triage(work, asked), work.now
    return live.page(tag, render_template("noc/triage.html", page=page, now=now, tag=tag))


def _place_named(work: Work, text: str) -> str:
    """Return the page of the programme, or of the site, that is called exactly so."""
    if not text or not work.actor.markets(Permission.CHANGE_SEE):
        return ""
    if number := named.programme_named(text):
        return url_for("programmes.programme", programme_id=number)
    site = named.site_named(work, text)
    return url_for("programmes.site", site_rollout_id=site) if site else ""


@noc.get("/triage/pane/<int:incident_id>")
def pane(incident_id: int) -> ResponseReturnValue:
    """Show one incident in short, for the pane beside the queue."""
    with request_view() as work:
        line = queries.line_of(work, incident_id)
        clocks = clocks_of.readings(work, [incident_id]).get(incident_id, [])
        view = triage_view.pane_of(work, line, clocks)
    return render_template("noc/pane_only.html", view=view)


@noc.post("/triage/bulk")
def bulk() -> ResponseReturnValue:
    """Acknowledge the chosen incidents, or ask what the other buttons need to know."""
    back = _back()
    chosen = chosen_of(request.form)
    if not chosen:
        flash("Nothing was chosen; tick at least one incident, then repeat.")
        return redirect(back, code=303)
    wanted = request.form.get("do", "")
    if wanted == "acknowledge":
        return _acknowledge(chosen, back)
    pages = {"assign": "noc.assign_many", "merge": "noc.merge", "silence": "noc.silence_new"}
    if wanted not in pages:
        raise BadInput("this form has no such button; nothing was changed; open triage again")
    return redirect(url_for(pages[wanted], i=chosen, back=back), code=303)


def _acknowledge(chosen: Sequence[int], back: str) -> ResponseReturnValue:
    with request_work() as work:
        outcomes = actions.bulk(work, actions.acknowledge, chosen)
    tell_outcomes("Acknowledged", outcomes)
    return redirect(back, code=303)


def tell_outcomes(what: str, outcomes: Sequence[Outcome]) -> None:
    """Say what became of each of many."""
    done = [f"INC-{each.incident_id}" for each in outcomes if each.is_done]
    if done:
        flash(f"{what}: {words.listed(done, 8)}.")
    for each in outcomes:
        if not each.is_done:
            flash(f"INC-{each.incident_id} was left alone: {each.message}.")


def chosen_of(values: MultiDict[str, str]) -> list[int]:
    """Return the numbers of the ticked incidents."""
    found = [int(each) for each in values.getlist("i") if each.isascii() and each.isdecimal()]
    return sorted(set(found))[:MOST_AT_ONCE]


def _back() -> str:
    """Return the queue as it was, with the bar on the same row."""
    back = local_target(request.values.get("back", ""), url_for("noc.triage"))
    at = request.form.get("at", "")
    if at.isdecimal() and "at=" not in back:
        back += f"{'&' if '?' in back else '?'}at={at}"
    return back


@noc.route("/triage/assign", methods=["GET", "POST"])
def assign_many() -> ResponseReturnValue:
    """Name who owns the chosen incidents."""
    chosen, back = chosen_of(request.values), _back()
    with request_view() as work:
        lines = [queries.line_of(work, number) for number in chosen]
        me, names = work.actor.name, assigning.candidates(work, lines)
    question = Question(
        title="Assign",
        action=url_for("noc.assign_many"),
        button="Assign",
        back=back,
        back_label="Triage",
        about=words.listed([f"{line.mark} {words.cut(line.title)}" for line in lines], 3),
        fields=[owner_field(request.form.get("owner", me), names)],
        hidden=[*(("i", str(number)) for number in chosen), ("back", back)],
    )
    if request.method == "GET" or not chosen:
        return ask(question)
    owner = request.form.get("owner", "")
    outcomes: list[Outcome] = []

    def act(work: Work) -> None:
        outcomes.extend(actions.bulk(work, assigning.assign_known, chosen, owner=owner))
        if not any(each.is_done for each in outcomes):
            raise BadInput(outcomes[0].message)

    answer = settle(question, act, f"Assigned to {owner.strip() or 'nobody'}.")
    if any(each.is_done for each in outcomes):
        tell_outcomes("", [each for each in outcomes if not each.is_done])
    return answer


def owner_field(value: str, names: Sequence[str]) -> Field:
    """Return the field for an owner, which offers those who may work on it."""
    hint, offered = "Empty leaves it to nobody.", [(name, name) for name in names]
    return Field("owner", "Owner", value=value, hint=hint, most=64, options=offered)
