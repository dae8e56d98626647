"""Courses, who came to a session, and what people hold since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select

from changes.programmes.actions.proving import programme_of, said
from changes.programmes.actions.session_facts import held_session
from changes.programmes.models import (
    Attendance,
    Competency,
    Course,
    Programme,
    Site,
    SiteStaff,
    TrainingSession,
)
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import (
    CompetencyRecorded,
    CourseAdded,
    TrainingHeld,
)
from ssoc.core.work import Work


@dataclass(frozen=True)
class CourseDraft:
    """A course as it is asked for."""

    name: str
    is_required: bool = True
    valid_days: int = 0
    pass_score: int = 0


def add_course(work: Work, programme_id: int, draft: CourseDraft) -> int:
    """Add a course to a programme; a required one reopens the readiness of sites."""
    programme = programme_of(work, programme_id, Permission.PROGRAMME_PLAN)
    name = said(draft.name, "the name of the course", 128)
    if not 0 <= draft.valid_days <= 3_650:
        raise BadInput("a course holds for 0 (for ever) to 3650 days; correct valid_days")
    if not 0 <= draft.pass_score <= 100:
        raise BadInput("the score that passes is 0 to 100; correct pass_score")
    twin = select(Course.id).where(Course.programme_id == programme_id, Course.name == name)
    if work.session.scalar(twin) is not None:
        raise Conflict(f"the programme has a course {name} already; choose another name")
    row = Course(
        programme_id=programme_id,
        name=name,
        is_required=draft.is_required,
        valid_days=draft.valid_days,
        pass_score=draft.pass_score,
    )
    work.session.add(row)
    work.session.flush()
    bump(work.session)
    work.record(CourseAdded(programme_id, _markets(programme), name, draft.is_required))
    return row.id


def record_attendance(
    work: Work, session_id: int, results: Mapping[int, tuple[bool, int | None]]
) -> int:
    """Write down who came and with which score; return how many passed and are able now."""
    row = held_session(work, session_id, Permission.PROGRAMME_WORK)
    if row.cancelled_at is not None:
        raise Conflict("the session was cancelled; nobody can have come")
    if work.now < row.starts_at:
        raise Conflict(f"the session begins {row.starts_at:%Y-%m-%d %H:%M} UTC; come back then")
    booked = {
        each.staff_id: each
        for each in work.session.scalars(
            select(Attendance).where(Attendance.session_id == session_id)
        )
    }
    _refuse_strangers(results, booked)
    course = work.get(Course, row.course_id)
    passed = 0
    for person, (attended, score) in results.items():
        mark = booked[person]
        mark.attended, mark.score = attended, _score(score)
        mark.recorded_at, mark.recorded_by = work.now, work.actor.name
        passed += _settle(work, row, course, mark)
    bump(work.session)
    came = sum(attended for attended, _ in results.values())
    work.record(TrainingHeld(row.programme_id, row.market, session_id, came, passed))
    return passed


def _refuse_strangers(
    results: Mapping[int, tuple[bool, int | None]], booked: Mapping[int, Attendance]
) -> None:
    strange = sorted(set(results) - set(booked))
    if strange or not results:
        raise BadInput(
            f"person {strange[0]} is not booked into the session; book them first"
            if strange
            else "nobody is named; say who came"
        )


def record_competency(  # noqa: PLR0913 (who holds what, from when until when, and the evidence)
    work: Work,
    staff_id: int,
    course_id: int,
    valid_from: date,
    valid_to: date | None,
    evidence: str,
) -> None:
    """Write down what somebody holds from elsewhere, with its evidence."""
    person, course = work.get(SiteStaff, staff_id), work.get(Course, course_id)
    site = work.get(Site, person.site_id)
    work.require(Permission.PROGRAMME_WORK, site.market)
    if valid_to is not None and valid_to < valid_from:
        raise BadInput("it would end before it begins; correct valid_to")
    known = said(evidence, "the evidence")
    _keep(work, staff_id, course_id, valid_from, valid_to, known)
    bump(work.session)
    work.record(CompetencyRecorded(course.programme_id, site.market, staff_id, course.name, known))


def _settle(work: Work, row: TrainingSession, course: Course, mark: Attendance) -> int:
    """Give or take what a session gives; return 1 when somebody passed."""
    evidence = f"session {row.id}"
    is_passed = bool(mark.attended) and (mark.score or 0) >= course.pass_score
    if not is_passed:
        work.session.execute(
            delete(Competency).where(
                Competency.staff_id == mark.staff_id,
                Competency.course_id == course.id,
                Competency.evidence == evidence,
            )
        )
        return 0
    until = row.day + timedelta(days=course.valid_days) if course.valid_days else None
    _keep(work, mark.staff_id, course.id, row.day, until, evidence)
    return 1


def _keep(  # noqa: PLR0913 (the columns of one row)
    work: Work, person: int, course: int, since: date, until: date | None, evidence: str
) -> None:
    key = {"staff_id": person, "course_id": course}
    row = work.session.get(Competency, (person, course)) or Competency(**key)
    row.valid_from, row.valid_to, row.evidence = since, until, evidence
    row.recorded_at, row.recorded_by = work.now, work.actor.name
    work.session.add(row)


def _score(score: int | None) -> int | None:
    if score is not None and not 0 <= score <= 100:
        raise BadInput(f"the score {score} is not within 0 to 100; correct it")
    return score


def _markets(programme: Programme) -> str:
    return ",".join(programme.markets)
