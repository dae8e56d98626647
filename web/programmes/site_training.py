"""The people of one site: who is rostered on a day, who is absent, who stands in, who is able."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import rosters, training
from changes.programmes.queries import stand_ins
from changes.programmes.queries import training as queries
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.app import request_view, request_work
from web.noc.questions import Field, Question, ask, settle
from web.programmes.blueprint import programmes
from web.programmes.forms import day, numbers, site_href, whole
from web.programmes.training_view import day_name


@programmes.get("/sites/<int:site_rollout_id>/training", endpoint="site_training")
def show(site_rollout_id: int) -> ResponseReturnValue:
    """Show the people of a site on its cut-over day."""
    return _show(site_rollout_id)


def _show(site_rollout_id: int, fault: str = "", status: int = 200) -> ResponseReturnValue:
    with request_view() as work:
        found = queries.page(work, site_rollout_id)
        page = render_template(
            "programmes/site_training.html",
            page=found,
            way=found.way,
            standing=found.standing,
            rostered=stand_ins.rostered(work, site_rollout_id, found.standing.day),
            day_name=day_name,
            may_work=work.actor.may(Permission.PROGRAMME_WORK, found.way.market),
            fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
            back=site_href(site_rollout_id),
        )
    return page, status


@programmes.post("/sites/<int:site_rollout_id>/roster", endpoint="roster_write")
def roster(site_rollout_id: int) -> ResponseReturnValue:
    """Write the roster of a day anew."""
    try:
        when = day(request.form.get("day", ""), "the day")
        people = numbers(request.form.getlist("person"), "the person")
        with request_work() as work:
            new = rosters.write_roster(work, site_rollout_id, when, people)
    except BadInput as refusal:
        return _show(site_rollout_id, str(refusal), refusal.status)
    flash(f"The roster of {day_name(when)} is written; {new} joined it.")
    return _back(site_rollout_id)


@programmes.post("/sites/<int:site_rollout_id>/absences", endpoint="absence_report")
def absence(site_rollout_id: int) -> ResponseReturnValue:
    """Write down that somebody will not be there."""
    given = request.form
    try:
        person, when = whole(given.get("person", ""), "the person"), day(given["day"], "the day")
        with request_work() as work:
            rosters.report_absence(work, site_rollout_id, person, when, given.get("reason", ""))
    except (BadInput, Conflict) as refusal:
        return _show(site_rollout_id, str(refusal), refusal.status)
    flash("Written down; somebody has to stand in.")
    return _back(site_rollout_id)


@programmes.post(
    "/sites/<int:site_rollout_id>/absences/<int:absence_id>/back", endpoint="absence_back"
)
def back(site_rollout_id: int, absence_id: int) -> ResponseReturnValue:
    """Write down that somebody is there after all."""
    with request_work() as work:
        rosters.take_back_absence(work, site_rollout_id, absence_id)
    flash("They are there after all.")
    return _back(site_rollout_id)


@programmes.route(
    "/sites/<int:site_rollout_id>/absences/<int:absence_id>/cover",
    methods=["GET", "POST"],
    endpoint="cover_assign",
)
def cover(site_rollout_id: int, absence_id: int) -> ResponseReturnValue:
    """Choose who stands in for somebody absent; those who cannot are not offered."""
    chosen = request.form.get("person", "")
    with request_view() as work:
        found = stand_ins.of_absence(work, site_rollout_id, absence_id)
    options = [
        (str(each.id), f"{each.name}, {each.site}{'' if each.is_able else ' (not trained)'}")
        for each in found
    ]
    question = Question(
        title="Who stands in",
        action=url_for(
            "programmes.cover_assign", site_rollout_id=site_rollout_id, absence_id=absence_id
        ),
        button="Let them stand in" if options else "",
        back=url_for("programmes.site_training", site_rollout_id=site_rollout_id),
        back_label="Training of the site",
        what="Offered are people whose own site can spare them that day, those who are trained "
        "first."
        if options
        else "Nobody of the region is free that day whose own site can spare them.",
        fields=[Field("person", "Person", "choice", chosen, options=options)] if options else [],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        rosters.assign_cover(work, site_rollout_id, absence_id, whole(chosen, "the person"))

    return settle(question, act, "They stand in that day.")


@programmes.post(
    "/sites/<int:site_rollout_id>/covers/<int:cover_id>/remove", endpoint="cover_remove"
)
def uncover(site_rollout_id: int, cover_id: int) -> ResponseReturnValue:
    """Let somebody stand in no more."""
    with request_work() as work:
        rosters.remove_cover(work, site_rollout_id, cover_id)
    flash("They stand in no more.")
    return _back(site_rollout_id)


@programmes.route(
    "/sites/<int:site_rollout_id>/competencies", methods=["GET", "POST"], endpoint="competency_new"
)
def competency(site_rollout_id: int) -> ResponseReturnValue:
    """Write down what somebody holds from elsewhere."""
    given = request.form
    with request_view() as work:
        found = queries.page(work, site_rollout_id)
    question = Question(
        title="A competency from elsewhere",
        action=url_for("programmes.competency_new", site_rollout_id=site_rollout_id),
        button="Write down",
        back=url_for("programmes.site_training", site_rollout_id=site_rollout_id),
        back_label=f"Training of {found.way.code}",
        fields=[
            Field(
                "person",
                "Person",
                "choice",
                given.get("person", ""),
                options=[(str(each.id), f"{each.name} ({each.code})") for each in found.people],
            ),
            Field(
                "course",
                "Course",
                "choice",
                given.get("course", ""),
                options=[(str(number), name) for number, name in found.courses.items()],
            ),
            Field("since", "From", "date", given.get("since", found.way.today.isoformat())),
            Field("until", "Last day it holds", "date", given.get("until", ""), "Empty: for ever."),
            Field("evidence", "Evidence", "text", given.get("evidence", ""), required=True),
        ],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        until = given.get("until", "").strip()
        last: date | None = day(until, "the last day") if until else None
        training.record_competency(
            work,
            whole(given.get("person", ""), "the person"),
            whole(given.get("course", ""), "the course"),
            day(given.get("since", ""), "the first day"),
            last,
            given.get("evidence", ""),
        )

    return settle(question, act, "Written down.")


def _back(site_rollout_id: int) -> ResponseReturnValue:
    return redirect(url_for("programmes.site_training", site_rollout_id=site_rollout_id), code=303)
