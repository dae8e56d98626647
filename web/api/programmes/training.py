"""Training over the API: courses, sessions, who came, rosters, absences, stand-ins, proposals."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.programmes.actions import rosters, sessions, training
from changes.programmes.actions.sessions import SessionDraft
from changes.programmes.actions.training import CourseDraft
from changes.programmes.queries import planner as planner_queries
from changes.programmes.queries import training as queries
from changes.programmes.queries.planner import PlannerView, SessionView
from changes.programmes.queries.ways import require_programme
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.programmes.proving import a_day, rows
from web.api.repeating import once
from web.app import request_view

_SITE = "/site-rollouts/<int:number>"
_SESSION = (
    *("course", "trainer", "day", "hours", "capacity", "site", "market", "region", "room"),
    *("people", "covers"),
)
USUAL_CAPACITY = 12


def _whole(given: Mapping[str, Any], name: str, usual: int | None = None) -> int:
    found = given.get(name, usual)
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) > asked.NUMBER:
        raise BadInput(f"the field {name} must be a whole number")
    return found


def _wholes(given: Fields, name: str) -> list[int]:
    found = given.values.get(name, [])
    if not isinstance(found, list):
        raise BadInput(f"the field {name} must be a list of whole numbers")
    return [_whole({name: each}, name) for each in found]


@api.get("/programmes/<int:number>/training", endpoint="training")
def week(number: int) -> ResponseReturnValue:
    """Return a week of training: sessions, sites by day, who is still to learn."""
    given = asked.parameters("week", "wave")
    with request_view() as work:
        require_programme(work, number)
        return jsonify(_week(_view(work, number, given)))


def _view(work: Work, number: int, given: Mapping[str, str]) -> PlannerView:
    fields, wave = Fields(given), given.get("wave", "0")
    when = a_day(fields, "week") if "week" in given else work.now.date()
    if not 2000 <= when.year <= 2190:
        raise BadInput("week must be in the years 2000 to 2190")
    if not (wave.isascii() and wave.isdecimal() and len(wave) < 6):
        raise BadInput("wave must be a whole number")
    return planner_queries.planner(work, number, when, int(wave))


def _week(view: PlannerView) -> Json:
    return {
        "days": [each.isoformat() for each in view.days],
        "courses": [{"id": number, "name": name} for number, name in view.courses.items()],
        "sessions": [_session(each) for each in view.sessions],
        "sites": [
            {
                "site_rollout": each.way.id,
                "site_id": each.way.site_id,
                "site": each.way.code,
                "to_train": each.open,
                "days": {
                    day.isoformat(): {
                        "on_site": there.on_site,
                        "minimum": there.minimum,
                        "spare": there.spare,
                        "is_open": there.is_open,
                    }
                    for day, there in each.days.items()
                },
            }
            for each in view.sites
        ],
        "learners": [
            {
                "person": each.person,
                "name": each.name,
                "site": each.way.code,
                "cut_over_on": each.way.slot_on.isoformat() if each.way.slot_on else None,
                "session": each.booked,
            }
            for each in view.learners
        ],
    }


def _session(found: SessionView) -> Json:
    return {
        "id": found.id,
        "course": found.course_id,
        "trainer": found.trainer,
        "site": found.site_id,
        "market": found.market,
        "region": found.region,
        "room": found.room,
        "capacity": found.capacity,
        "day": found.day.isoformat(),
        "hours": found.hours,
        "starts_at": instant(found.starts_at),
        "ends_at": instant(found.ends_at),
        "is_cancelled": found.is_cancelled,
        "version": found.version,
        "people": [
            {"person": each.id, "name": each.name, "attended": each.attended, "score": each.score}
            for each in found.people
        ],
    }


@api.get("/programmes/<int:number>/training/proposal", endpoint="training_proposal")
def proposal(number: int) -> ResponseReturnValue:
    """Propose sessions of a week that fit who is still to learn; trainers with commas between."""
    given = asked.parameters("week", "wave", "trainers", "capacity")
    capacity = given.get("capacity", str(USUAL_CAPACITY))
    if not (capacity.isascii() and capacity.isdecimal() and 1 <= int(capacity[:6]) <= 500):
        raise BadInput("capacity must be a whole number from 1 to 500")
    with request_view() as work:
        require_programme(work, number)
        view = _view(work, number, given)
        named = [each.strip() for each in given.get("trainers", "").split(",") if each.strip()]
        found = planner_queries.suggestion(view, named or view.trainers, int(capacity))
    return jsonify(
        items=[
            {
                "day": each.slot.day.isoformat(),
                "trainer": each.slot.trainer,
                "market": each.region.partition("/")[0],
                "region": each.region.partition("/")[2],
                "people": list(each.people),
            }
            for each in found.sessions
        ],
        left=[{"person": person, "why": why} for person, why in sorted(found.left.items())],
    )


@api.post("/programmes/<int:number>/courses", endpoint="course_add")
def add_course(number: int) -> ResponseReturnValue:
    """Add a course to a programme."""
    asked.parameters()
    given = asked.body("name", "is_required", "valid_days", "pass_score")

    def do(work: Work) -> Json:
        draft = CourseDraft(
            given.text("name"),
            given.switch("is_required") if "is_required" in given.values else True,
            _whole(given.values, "valid_days", 0),
            _whole(given.values, "pass_score", 0),
        )
        return {"id": training.add_course(work, number, draft)}

    return once(do, 201)


@api.post("/programmes/<int:number>/training/sessions", endpoint="session_plan")
def plan(number: int) -> ResponseReturnValue:
    """Plan a session at a site or for a region; every rule it would break is named with 409."""
    asked.parameters()
    given = asked.body(*_SESSION)

    def do(work: Work) -> Json:
        draft = SessionDraft(
            course_id=given.number("course"),
            trainer=given.text("trainer"),
            day=a_day(given, "day"),
            hours=given.text("hours"),
            capacity=given.number("capacity"),
            site_id=given.number("site") if "site" in given.values else None,
            market=given.text("market", ""),
            region=given.text("region", ""),
            room=given.text("room", ""),
            people=_wholes(given, "people"),
            covers=_covers(given),
        )
        made = sessions.plan_session(work, number, draft)
        work.session.flush()
        return _session(planner_queries.session(work, made))

    return once(do, 201)


def _covers(given: Fields) -> list[tuple[int, int]]:
    return [(_whole(each, "site"), _whole(each, "person")) for each in rows(given, "covers")]


@api.get("/training-sessions/<int:session>", endpoint="session")
def one(session: int) -> ResponseReturnValue:
    """Return one session with its people."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_session(planner_queries.session(work, session)))


@api.post("/training-sessions/<int:session>/book", endpoint="session_book")
def book(session: int) -> ResponseReturnValue:
    """Write anew who is booked into a session and who stands in for them."""
    asked.parameters()
    given = asked.body("people", "covers", "version")

    def do(work: Work) -> Json:
        version = given.number("version") if "version" in given.values else None
        sessions.book(work, session, _wholes(given, "people"), _covers(given), version)
        work.session.flush()
        return _session(planner_queries.session(work, session))

    return once(do)


@api.post("/training-sessions/<int:session>/cancel", endpoint="session_cancel")
def cancel(session: int) -> ResponseReturnValue:
    """Cancel a session, with the reason."""
    asked.parameters()
    given = asked.body("reason")

    def do(work: Work) -> Json:
        sessions.cancel_session(work, session, given.text("reason"))
        work.session.flush()
        return _session(planner_queries.session(work, session))

    return once(do)


@api.post("/training-sessions/<int:session>/attendance", endpoint="session_attendance")
def attendance(session: int) -> ResponseReturnValue:
    """Write down who came and with which score; who passed holds the course since."""
    asked.parameters()
    given = asked.body("people")

    def do(work: Work) -> Json:
        results = {}
        for each in rows(given, "people"):
            fields = Fields(each)
            score = _whole(each, "score") if each.get("score") is not None else None
            results[_whole(each, "person")] = (fields.switch("attended"), score)
        training.record_attendance(work, session, results)
        work.session.flush()
        return _session(planner_queries.session(work, session))

    return once(do)


@api.get(f"{_SITE}/training", endpoint="site_training")
def site(number: int) -> ResponseReturnValue:
    """Return the people of a site on its cut-over day, with what they hold."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_site(work, number))


def _site(work: Work, number: int) -> Json:
    work.session.flush()
    page = queries.page(work, number)
    return {
        "site_rollout": number,
        "site": page.way.code,
        "day": page.standing.day.isoformat(),
        "is_met": page.standing.is_met,
        "why": page.standing.why,
        "share": page.standing.sellers.share,
        "people": [
            {
                "person": each.id,
                "code": each.code,
                "name": each.name,
                "role": each.role,
                "is_rostered": each.is_rostered,
                "is_trained": each.is_able,
                "absence": each.absence,
                "cover": each.cover or None,
                "cover_id": each.cover_id,
                "holds": [
                    {"course": name, "valid_to": until.isoformat() if until else None}
                    for name, until in each.held
                ],
            }
            for each in page.people
        ],
    }


@api.put(f"{_SITE}/rosters/<day>", endpoint="roster_write")
def write_roster(number: int, day: str) -> ResponseReturnValue:
    """Write anew who works at a site on a day."""
    asked.parameters()
    given = asked.body("people")
    when = a_day(Fields({"day": day}), "day")

    def do(work: Work) -> Json:
        rosters.write_roster(work, number, when, _wholes(given, "people"))
        return _site(work, number)

    return once(do)


@api.post(f"{_SITE}/absences", endpoint="absence_report")
def report_absence(number: int) -> ResponseReturnValue:
    """Write down that somebody will not be there on a day."""
    asked.parameters()
    given = asked.body("person", "day", "reason")

    def do(work: Work) -> Json:
        person, reason = given.number("person"), given.text("reason", "")
        made = rosters.report_absence(work, number, person, a_day(given, "day"), reason)
        return {"id": made, **_site(work, number)}

    return once(do, 201)


@api.post(f"{_SITE}/absences/<int:absence>/back", endpoint="absence_back")
def back(number: int, absence: int) -> ResponseReturnValue:
    """Write down that somebody is there after all."""
    asked.parameters()
    asked.body()

    def do(work: Work) -> Json:
        rosters.take_back_absence(work, number, absence)
        return _site(work, number)

    return once(do)


@api.post(f"{_SITE}/absences/<int:absence>/cover", endpoint="cover_assign")
def cover(number: int, absence: int) -> ResponseReturnValue:
    """Let somebody stand in for who is absent."""
    asked.parameters()
    given = asked.body("person")

    def do(work: Work) -> Json:
        made = rosters.assign_cover(work, number, absence, given.number("person"))
        return {"id": made, **_site(work, number)}

    return once(do, 201)


@api.post(f"{_SITE}/covers/<int:cover_id>/remove", endpoint="cover_remove")
def uncover(number: int, cover_id: int) -> ResponseReturnValue:
    """Let somebody stand in no more."""
    asked.parameters()
    asked.body()

    def do(work: Work) -> Json:
        rosters.remove_cover(work, number, cover_id)
        return _site(work, number)

    return once(do)


@api.post(f"{_SITE}/competencies", endpoint="competency_record")
def competency(number: int) -> ResponseReturnValue:
    """Write down what somebody of a site holds from elsewhere."""
    asked.parameters()
    given = asked.body("person", "course", "valid_from", "valid_to", "evidence")

    def do(work: Work) -> Json:
        queries.page(work, number)
        last: date | None = a_day(given, "valid_to") if given.values.get("valid_to") else None
        training.record_competency(
            work,
            given.number("person"),
            given.number("course"),
            a_day(given, "valid_from"),
            last,
            given.text("evidence"),
        )
        return _site(work, number)

    return once(do, 201)
