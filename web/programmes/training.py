"""The training planner: a week of trainers and sites, sessions, proposals, and the list as CSV."""

from datetime import date

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import sessions, training
from changes.programmes.actions.sessions import SessionDraft
from changes.programmes.actions.training import CourseDraft
from changes.programmes.queries import planner as planner_queries
from changes.programmes.queries.training import standing_of
from changes.programmes.queries.ways import require_programme
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.app import request_view, request_work
from web.noc.asked import asked_of
from web.noc.questions import Field, Question, ask, settle
from web.programmes import training_planner, training_view
from web.programmes.blueprint import programmes
from web.programmes.forms import day, lines, numbers, programme_href, whole

USUAL_CAPACITY = 12


@programmes.get("/<int:programme_id>/training", endpoint="training")
def show(programme_id: int) -> ResponseReturnValue:
    """Show a week: trainers by day, sites by day, who is still to learn."""
    with request_view() as work:
        name = require_programme(work, programme_id)
        week, wave = _asked(work)
        view = planner_queries.planner(work, programme_id, week, wave)
        told = standing_of(work, {each.way.id: each.way for each in view.sites})
        asked = asked_of(
            request, "programmes.training", training_planner.NAMES, {}, programme_id=programme_id
        )
        return render_template(
            "programmes/training.html",
            view=view,
            name=name,
            wave=wave,
            page=training_planner.page_of(view, told, asked, work.now.date()),
            asked=asked,
            day_name=training_view.day_name,
            place_words=training_view.place_words,
            before=asked.link(week=(view.days[0] - training_view.WEEK).isoformat()),
            after=asked.link(week=(view.days[0] + training_view.WEEK).isoformat()),
            here=view.days[0].isoformat(),
            may_plan=_may_plan(work),
            back=programme_href(programme_id),
        )


def _may_plan(work: Work) -> bool:
    return bool(work.actor.markets(Permission.PROGRAMME_PLAN))


def _asked(work: Work) -> tuple[date, int]:
    given = request.args.get("week", "")
    wave = request.args.get("wave", "")
    found = day(given, "the week") if given else work.now.date()
    if not 2000 <= found.year <= 2190:
        raise BadInput("the week is not within the years 2000 to 2190; choose another")
    return found, int(wave) if wave.isdecimal() and len(wave) < 6 else 0


@programmes.get("/<int:programme_id>/training.csv", endpoint="training_csv")
def export(programme_id: int) -> ResponseReturnValue:
    """Return the sessions of a week as CSV."""
    with request_view() as work:
        require_programme(work, programme_id)
        week, wave = _asked(work)
        view = planner_queries.planner(work, programme_id, week, wave)
    head = {"Content-Disposition": f'attachment; filename="training-{view.days[0]}.csv"'}
    text = training_view.as_csv(view)
    return Response(text, content_type="text/csv; charset=utf-8", headers=head)


@programmes.route(
    "/<int:programme_id>/training/courses/new", methods=["GET", "POST"], endpoint="course_new"
)
def course(programme_id: int) -> ResponseReturnValue:
    """Add a course."""
    with request_view() as work:
        require_programme(work, programme_id)
    given = request.form
    question = Question(
        title="Add a course",
        action=url_for("programmes.course_new", programme_id=programme_id),
        button="Add",
        back=url_for("programmes.training", programme_id=programme_id),
        back_label="Training",
        what="A required course is asked of every rostered seller on the day of the cut-over.",
        fields=[
            Field("name", "Name", value=given.get("name", ""), required=True, most=128),
            Field("valid", "Holds for days", value=given.get("valid", "0"), hint="0 is for ever."),
            Field(
                "score",
                "Score that passes",
                value=given.get("score", "0"),
                hint="0 to 100; 0: having been there is enough.",
            ),
            Field(
                "required",
                "Every seller needs it",
                "check",
                is_ticked=request.method == "GET" or "required" in given,
            ),
        ],
    )
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        draft = CourseDraft(
            given.get("name", ""),
            "required" in given,
            whole(given.get("valid", ""), "the number of days", 0),
            whole(given.get("score", ""), "the score", 0),
        )
        training.add_course(work, programme_id, draft)

    return settle(question, act, "The course is added.")


@programmes.get("/<int:programme_id>/training/sessions/new", endpoint="session_new")
def session_form(programme_id: int) -> ResponseReturnValue:
    """Ask where and when; then who, of those who can be spared."""
    return _form(programme_id)


@programmes.post("/<int:programme_id>/training/sessions/new", endpoint="session_plan")
def session_plan(programme_id: int) -> ResponseReturnValue:
    """Plan a session; what breaks a rule is said above the same fields."""
    given = request.form
    try:
        draft = _draft()
        with request_work() as work:
            sessions.plan_session(work, programme_id, draft)
    except (BadInput, Conflict) as refusal:
        return _form(programme_id, str(refusal), refusal.status)
    people = words.counted(len(draft.people), "person", "people")
    flash(f"Planned: {people} on {training_view.day_name(draft.day)}.")
    week = given.get("day", "")
    return redirect(url_for("programmes.training", programme_id=programme_id, week=week), code=303)


def _draft() -> SessionDraft:
    given = request.form
    kind, _, name = given.get("place", "").partition(":")
    market, _, region = name.partition("/")
    site = whole(name, "the site") if kind == "site" else None
    people = numbers(given.getlist("person"), "the person")
    covers = numbers(given.getlist("cover"), "the stand-in")
    if covers and site is None:
        raise BadInput("stand-ins are chosen for a session at one site; choose a site as its place")
    return SessionDraft(
        course_id=whole(given.get("course", ""), "the course"),
        trainer=given.get("trainer", ""),
        day=day(given.get("day", ""), "the day"),
        hours=given.get("hours", ""),
        capacity=whole(given.get("capacity", ""), "the capacity"),
        site_id=site,
        market="" if site is not None else market,
        region="" if site is not None else region,
        room=given.get("room", ""),
        people=people,
        covers=[(site or 0, each) for each in covers],
    )


def _form(programme_id: int, fault: str = "", status: int = 200) -> ResponseReturnValue:
    given = request.form if request.method == "POST" else request.args
    with request_view() as work:
        require_programme(work, programme_id)
        if not _may_plan(work):
            work.require(Permission.PROGRAMME_PLAN, "*")
        when, fault = _day_typed(given.get("day", ""), fault, work.now.date())
        view = planner_queries.planner(work, programme_id, when)
        place = given.get("place", "")
        sent = set(given.getlist("person"))
        chosen = {int(each) for each in sent if each.isdecimal() and len(each) < 18}
        page = render_template(
            "programmes/session_form.html",
            view=view,
            given=given,
            place=place,
            when=when.isoformat(),
            places=training_view.places(view),
            candidates=training_view.candidates(view, place, when, chosen) if place else [],
            stand_ins=training_view.stand_ins(view, place, when) if place else [],
            covers=set(given.getlist("cover")),
            courses=[(str(number), name) for number, name in view.courses.items()],
            capacity=given.get("capacity", str(USUAL_CAPACITY)),
            fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
        )
    return page, status


def _day_typed(text: str, fault: str, otherwise: date) -> tuple[date, str]:
    if not text:
        return otherwise, fault
    try:
        found = day(text, "the day")
    except BadInput as refusal:
        return otherwise, fault or str(refusal)
    return (found, fault) if 2000 <= found.year <= 2190 else (otherwise, fault or "no such day")


@programmes.get("/<int:programme_id>/training/proposal", endpoint="training_proposal")
def proposal(programme_id: int) -> ResponseReturnValue:
    """Propose sessions that train everybody who is left, without emptying a site."""
    with request_view() as work:
        name = require_programme(work, programme_id)
        week, wave = _asked(work)
        view = planner_queries.planner(work, programme_id, week, wave)
        typed = request.args.get("trainers", "\n".join(view.trainers))
        capacity = whole(request.args.get("capacity", ""), "the capacity", USUAL_CAPACITY)
        found = planner_queries.suggestion(view, lines(typed)[:40], capacity)
        names = {each.person: each for each in view.learners}
        return render_template(
            "programmes/training_proposal.html",
            view=view,
            name=name,
            wave=wave,
            trainers=typed,
            capacity=capacity,
            found=found,
            names=names,
            here=view.days[0].isoformat(),
            day_name=training_view.day_name,
            waiting=sum(each.booked is None for each in view.learners),
            may_plan=_may_plan(work),
        )


@programmes.route(
    "/training/sessions/<int:session_id>", methods=["GET", "POST"], endpoint="session"
)
def session(session_id: int) -> ResponseReturnValue:
    """Show one session, and take down who came once it has begun."""
    fault, status = "", 200
    if request.method == "POST":
        try:
            with request_work() as work:
                passed = training.record_attendance(work, session_id, _results(work, session_id))
            flash(f"Written down; {passed} passed.")
            return redirect(url_for("programmes.session", session_id=session_id), code=303)
        except (BadInput, Conflict) as refusal:
            fault, status = str(refusal), refusal.status
    with request_view() as work:
        found = planner_queries.session(work, session_id)
        page = render_template(
            "programmes/session.html",
            session=found,
            programme_id=planner_queries.programme_of(work, session_id),
            has_begun=work.now >= found.starts_at,
            is_over=work.now >= found.ends_at,
            may_record=work.actor.may(Permission.PROGRAMME_WORK, found.market),
            may_plan=work.actor.may(Permission.PROGRAMME_PLAN, found.market),
            day_name=training_view.day_name,
            given=request.form,
            fault=f"{fault[:1].upper()}{fault[1:]}." if fault else "",
        )
    return page, status


def _results(work: Work, session_id: int) -> dict[int, tuple[bool, int | None]]:
    given = request.form
    booked = planner_queries.session(work, session_id).people
    return {
        each.id: (
            given.get(f"came-{each.id}") == "yes",
            whole(text, f"the score of {each.name}")
            if (text := given.get(f"score-{each.id}", "").strip())
            else None,
        )
        for each in booked
    }


@programmes.route(
    "/training/sessions/<int:session_id>/cancel", methods=["GET", "POST"], endpoint="session_cancel"
)
def cancel(session_id: int) -> ResponseReturnValue:
    """Cancel a session, with the reason."""
    with request_view() as work:
        found = planner_queries.session(work, session_id)
    reason = request.form.get("reason", "")
    question = Question(
        title="Cancel the session?",
        action=url_for("programmes.session_cancel", session_id=session_id),
        button="Cancel it",
        back=url_for("programmes.session", session_id=session_id),
        back_label=f"{found.course}, {training_view.day_name(found.day)}",
        what="Whoever is booked into it is still to learn; whoever stands in is free again.",
        fields=[Field("reason", "Why", "area", reason, required=True)],
        is_final=True,
    )
    if request.method == "GET":
        return ask(question)
    return settle(
        question,
        lambda work: sessions.cancel_session(work, session_id, reason),
        "The session is cancelled.",
    )
