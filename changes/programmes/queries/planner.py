"""The training planner: trainers and sessions of a week, sites by day, who is still to learn."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select

from changes.programmes.models import Attendance, Course, Cover, SiteStaff, TrainingSession
from changes.programmes.queries.staffing import Staffing, staffing
from changes.programmes.queries.training import held_of, required
from changes.programmes.queries.ways import Way, of_programme
from changes.programmes.rules.training import SiteDay, is_able
from changes.programmes.rules.training_plan import Learner, Slot, Suggestion, suggest
from ssoc.core.calendar import zone_of
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

WEEK = 7


@dataclass(frozen=True)
class Booked:
    """Somebody in a session; ``attended`` is None until it was held."""

    id: int
    name: str
    site_id: int
    attended: bool | None = None
    score: int | None = None


@dataclass(frozen=True)
class SessionView:
    """One session of the week with its people."""

    id: int
    course_id: int
    course: str
    site_id: int | None
    market: str
    region: str
    trainer: str
    room: str
    capacity: int
    day: date
    hours: str
    starts_at: datetime
    ends_at: datetime
    version: int
    is_cancelled: bool = False
    cancelled_because: str = ""
    people: Sequence[Booked] = ()
    covers: Sequence[tuple[int, str]] = ()  # site and who stands in there


@dataclass(frozen=True)
class LearnerView:
    """Somebody who must still be trained before their site is cut over."""

    person: int
    name: str
    way: Way
    booked: int | None = None  # into which session of this week or later
    booked_on: date | None = None


@dataclass(frozen=True)
class SiteWeek:
    """A site in the week: who is there on each day, and who is still to learn."""

    way: Way
    days: Mapping[date, SiteDay]
    open: int = 0


@dataclass(frozen=True)
class PlannerView:
    """A week of a programme, of one wave or of all."""

    programme_id: int
    days: Sequence[date]
    trainers: Sequence[str]
    sessions: Sequence[SessionView]
    sites: Sequence[SiteWeek]
    learners: Sequence[LearnerView]
    courses: Mapping[int, str]
    waves: Sequence[int] = ()
    regions: Sequence[tuple[str, str]] = ()
    staffing: Staffing = field(default_factory=lambda: Staffing({}))

    def at(self, trainer: str, day: date) -> list[SessionView]:
        """Return the sessions of a trainer on a day, those that hold."""
        return [
            each
            for each in self.sessions
            if (each.trainer, each.day) == (trainer, day) and not each.is_cancelled
        ]


def planner(work: Work, programme_id: int, week: date, wave: int = 0) -> PlannerView:
    """Return the week in which ``week`` lies; the number of statements is constant."""
    days = [week - timedelta(days=week.weekday()) + timedelta(days=each) for each in range(WEEK)]
    every = of_programme(work, programme_id)
    if not every:
        raise NotFound(f"no programme {programme_id} with sites that you see")
    found = {key: each for key, each in every.items() if wave in {0, each.wave}}
    sites = {each.site_id for each in found.values() if not each.is_cohort}
    there = staffing(work, sites, days)
    courses = _courses(work, programme_id)
    sessions = _sessions(work, programme_id, days, courses)
    learners = _learners(work, programme_id, found, there)
    open_ = _count(learners)
    return PlannerView(
        programme_id,
        days,
        sorted({each.trainer for each in sessions} | _trainers(work, programme_id)),
        sessions,
        [
            SiteWeek(each, {day: there.days[each.site_id, day] for day in days}, open_[each.id])
            for each in found.values()
            if each.site_id in sites
        ],
        learners,
        courses,
        sorted({each.wave for each in every.values()}),
        sorted({(each.market, each.region) for each in found.values()}),
        there,
    )


def _count(learners: Collection[LearnerView]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for each in learners:
        found[each.way.id] += 1
    return found


def _courses(work: Work, programme_id: int) -> dict[int, str]:
    rows = work.session.execute(
        select(Course.id, Course.name)
        .where(Course.programme_id == programme_id)
        .order_by(Course.name)
    )
    return {number: name for number, name in rows}


def _trainers(work: Work, programme_id: int) -> set[str]:
    """Return who ever led a session of the programme."""
    asked = select(TrainingSession.trainer).where(TrainingSession.programme_id == programme_id)
    return set(work.session.scalars(asked.distinct()))


def _learners(
    work: Work, programme_id: int, found: Mapping[int, Way], there: Staffing
) -> list[LearnerView]:
    """Return sellers of sites not cut over yet who lack a required course on the day."""
    courses = required(work, [programme_id])[programme_id]
    if not courses:
        return []
    held = held_of(work, there.people)
    coming = _coming(work, programme_id)
    by_site = {
        each.site_id: each
        for each in found.values()
        if not each.state.is_cut_over and not each.is_cohort
    }
    learners = []
    for person in there.people.values():
        here = by_site.get(person.site_id)
        if here is None or not person.is_seller:
            continue
        day = here.slot_on or here.today
        if person.works_on(day) and not is_able(held[person.id], courses, day):
            booked = coming.get(person.id, (None, None))
            learners.append(LearnerView(person.id, person.name, here, *booked))
    return sorted(
        learners, key=lambda each: (each.way.slot_on or date.max, each.way.code, each.name)
    )


def _coming(work: Work, programme_id: int) -> dict[int, tuple[int, date]]:
    rows = work.session.execute(
        select(Attendance.staff_id, Attendance.session_id, TrainingSession.day)
        .join(TrainingSession, TrainingSession.id == Attendance.session_id)
        .where(
            TrainingSession.programme_id == programme_id,
            TrainingSession.cancelled_at.is_(None),
            TrainingSession.ends_at > work.now,
        )
    )
    return {person: (session, day) for person, session, day in rows}


def _sessions(
    work: Work, programme_id: int, days: Collection[date], courses: Mapping[int, str]
) -> list[SessionView]:
    rows = work.session.scalars(
        select(TrainingSession)
        .where(
            TrainingSession.programme_id == programme_id,
            TrainingSession.day.in_(days),
            work.visible(TrainingSession.market, Permission.CHANGE_SEE),
        )
        .order_by(TrainingSession.day, TrainingSession.starts_at, TrainingSession.id)
    ).all()
    return _views(work, rows, courses)


def session(work: Work, session_id: int) -> SessionView:
    """Return one session, or raise NotFound."""
    row = work.session.get(TrainingSession, session_id)
    if row is None or not work.actor.may(Permission.CHANGE_SEE, row.market):
        raise NotFound(f"no training session {session_id}, or none that you see")
    return _views(work, [row], _courses(work, row.programme_id))[0]


def programme_of(work: Work, session_id: int) -> int:
    """Return the programme of a session that was shown already."""
    return work.get(TrainingSession, session_id).programme_id


def _views(
    work: Work, rows: Sequence[TrainingSession], courses: Mapping[int, str]
) -> list[SessionView]:
    numbers = [each.id for each in rows]
    people: dict[int, list[Booked]] = defaultdict(list)
    asked = (
        select(Attendance, SiteStaff.name, SiteStaff.site_id)
        .join(SiteStaff, SiteStaff.id == Attendance.staff_id)
        .where(Attendance.session_id.in_(numbers))
        .order_by(SiteStaff.name, SiteStaff.id)
    )
    for mark, name, site in work.session.execute(asked):
        people[mark.session_id].append(Booked(mark.staff_id, name, site, mark.attended, mark.score))
    covers: dict[int, list[tuple[int, str]]] = defaultdict(list)
    stand_ins = (
        select(Cover.session_id, Cover.site_id, SiteStaff.name)
        .join(SiteStaff, SiteStaff.id == Cover.staff_id)
        .where(Cover.session_id.in_(numbers))
        .order_by(SiteStaff.name)
    )
    for number, site, name in work.session.execute(stand_ins):
        covers[number or 0].append((site, name))
    return [
        SessionView(
            row.id,
            row.course_id,
            courses.get(row.course_id, ""),
            row.site_id,
            row.market,
            row.region,
            row.trainer,
            row.room,
            row.capacity,
            row.day,
            _hours(row),
            row.starts_at,
            row.ends_at,
            row.version,
            row.cancelled_at is not None,
            row.cancelled_because,
            tuple(people[row.id]),
            tuple(covers[row.id]),
        )
        for row in rows
    ]


def _hours(row: TrainingSession) -> str:
    zone = zone_of(row.zone)
    since, until = (each.astimezone(zone) for each in (row.starts_at, row.ends_at))
    return f"{since:%H:%M}-{until:%H:%M}"


def suggestion(view: PlannerView, trainers: Collection[str], capacity: int) -> Suggestion:
    """Return sessions of a week that fit those who are still to learn and not booked yet.

    A trainer who leads a session on a day is not asked for another one that day.
    """
    busy = {(each.trainer, each.day) for each in view.sessions if not each.is_cancelled}
    slots = [
        Slot(day, name, capacity)
        for day in view.days
        for name in sorted(set(trainers))
        if (name, day) not in busy
    ]
    learners = [
        Learner(
            each.person,
            each.way.code,
            f"{each.way.market}/{each.way.region}",
            each.way.slot_on,
            _free(view, each),
        )
        for each in view.learners
        if each.booked is None
    ]
    places = {
        (site.way.code, day): there for site in view.sites for day, there in site.days.items()
    }
    return suggest(learners, slots, places)


def _free(view: PlannerView, learner: LearnerView) -> frozenset[date]:
    """Return the days on which somebody works, the site being open, and does nothing else."""
    site = learner.way.site_id
    return frozenset(
        day
        for day in view.days
        if day > learner.way.today
        and (view.staffing.days[site, day].is_open or (site, day) in view.staffing.by_roster)
        and learner.person in view.staffing.days[site, day].rostered
        and learner.person not in view.staffing.days[site, day].away
    )
