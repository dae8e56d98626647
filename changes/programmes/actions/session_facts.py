"""What a session is judged by: its people, their stand-ins, and what else they do that day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import delete, func, select

from changes.programmes.actions.proving import day_words, hold_sites
from changes.programmes.models import (
    Attendance,
    Course,
    Cover,
    Site,
    SiteStaff,
    TrainingSession,
)
from changes.programmes.queries.staffing import Person, Staffing, staffing
from changes.programmes.rules.training import (
    Around,
    Meeting,
    Wish,
    below_words,
    refusals,
)
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

MOST_PEOPLE = 500


def held_session(work: Work, session_id: int, permission: Permission) -> TrainingSession:
    """Return a session that the actor may do something with, held until the end of this work."""
    row = work.session.scalars(
        select(TrainingSession).where(TrainingSession.id == session_id).with_for_update()
    ).one_or_none()
    if row is None or not work.actor.may(Permission.CHANGE_SEE, row.market):
        raise NotFound(f"no training session {session_id}, or none that you see")
    work.require(permission, row.market)
    return row


def refuse_over(work: Work, row: TrainingSession) -> None:
    """Raise Conflict when a session was cancelled or is over."""
    if row.cancelled_at is not None:
        raise Conflict(f"the session was cancelled by {row.cancelled_by}; plan a new one")
    if row.ends_at <= work.now:
        raise Conflict("the session is over; record who came, or plan a new one")


def fill(
    work: Work, row: TrainingSession, people: Collection[int], covers: Sequence[tuple[int, int]]
) -> None:
    """Write people and stand-ins of a session, or refuse with every reason."""
    chosen, stand_ins = list(dict.fromkeys(people)), list(dict.fromkeys(covers))
    if len(chosen) > MOST_PEOPLE:
        raise BadInput(f"more than {MOST_PEOPLE} people; plan several sessions")
    homes = _homes(work, row, chosen, stand_ins)
    hold_sites(work, sorted(homes))
    there = staffing(work, sorted(homes), [row.day], row.id or 0)
    found = [
        *_people_faults(row, chosen, there, homes),
        *_cover_faults(row, chosen, stand_ins, there, homes),
    ]
    if not found:
        found = refusals(
            _wish(row, chosen, there, homes), _around(work, row, chosen, stand_ins, there, homes)
        )
    if found:
        raise Conflict("; ".join(dict.fromkeys(found)))
    _write(work, row, chosen, stand_ins)


def _homes(
    work: Work, row: TrainingSession, people: Sequence[int], covers: Sequence[tuple[int, int]]
) -> dict[int, str]:
    """Return the sites that somebody leaves or comes to, with their codes."""
    asked = {*people, *(person for _, person in covers)}
    sites = {site for site, _ in covers} | ({row.site_id} if row.site_id else set())
    sites |= set(work.session.scalars(select(SiteStaff.site_id).where(SiteStaff.id.in_(asked))))
    rows = work.session.execute(
        select(Site.id, Site.code, Site.market).where(Site.id.in_(sites))
    ).all()
    strange = sorted(code for _, code, market in rows if market != row.market)
    if strange:
        raise BadInput(
            f"{strange[0]} is not in {row.market}, where the session is; plan one for its market"
        )
    return {number: code for number, code, _ in rows}


def _people_faults(
    row: TrainingSession, people: Sequence[int], there: Staffing, homes: Mapping[int, str]
) -> list[str]:
    found = []
    for number in people:
        person = there.people.get(number)
        if person is None:
            found.append(f"person {number} works nowhere that is known; choose from the list")
        elif not person.works_on(row.day):
            found.append(f"{person.name} is not employed on {day_words(row.day)}")
        elif row.site_id is not None and person.site_id != row.site_id:
            found.append(f"{person.name} works at {homes[person.site_id]}, not at this site")
    return found


def _cover_faults(
    row: TrainingSession,
    people: Sequence[int],
    covers: Sequence[tuple[int, int]],
    there: Staffing,
    homes: Mapping[int, str],
) -> list[str]:
    found = []
    for site, number in covers:
        person = there.people.get(number)
        if person is None or site not in homes:
            found.append(f"nobody {number} can stand in at site {site}; choose from the lists")
            continue
        found += cover_faults(person, site, row.day, there, homes[site])
        if number in people:
            found.append(f"{person.name} would be in the session and stand in at once")
    return found


def cover_faults(person: Person, site: int, day: date, there: Staffing, code: str) -> list[str]:
    """Return why somebody cannot stand in at a site on a day; none when they can.

    Their own site must spare them: it is looked at as if they were gone already.
    """
    rules = (
        (not person.works_on(day), f"is not employed on {day_words(day)}"),
        (person.id in there.absent[day], "is absent that day"),
        (person.id in there.covering[day], "stands in elsewhere that day"),
        (person.id in there.in_session[day], "is in a session that day"),
        (person.id in there.days[site, day].rostered, f"works at {code} that day anyway"),
    )
    found = [f"{person.name} {words}; choose somebody else" for broken, words in rules if broken]
    home = there.days.get((person.site_id, day))
    if person.site_id != site and home is not None and person.id in home.rostered:
        left = home.without([person.id])
        if left.is_below:
            found.append(below_words(f"the site of {person.name}", left))
    return found


def _wish(
    row: TrainingSession, people: Sequence[int], there: Staffing, homes: Mapping[int, str]
) -> Wish:
    sites = {each: homes[there.people[each].site_id] for each in people}
    return Wish(row.trainer, row.starts_at, row.ends_at, row.capacity, sites)


def _around(  # noqa: PLR0913 (the same facts as above)
    work: Work,
    row: TrainingSession,
    people: Sequence[int],
    covers: Sequence[tuple[int, int]],
    there: Staffing,
    homes: Mapping[int, str],
) -> Around:
    arriving = {site: {person for at, person in covers if at == site} for site, _ in covers}
    leaving = {person for _, person in covers}
    days = {}
    for number, code in homes.items():
        day = there.days[number, row.day].without(leaving - arriving.get(number, set()))
        days[code] = type(day)(
            day.rostered,
            day.away,
            day.covers | arriving.get(number, set()),
            day.minimum,
            day.is_open,
        )
    return Around(
        of_trainer=_meetings_of_trainer(work, row),
        of_person=_meetings_of_people(work, row, people),
        sites=days,
        names={each: there.people[each].name for each in people},
        absent=there.absent[row.day],
        covering=there.covering[row.day],
    )


def _overlapping(row: TrainingSession) -> tuple[object, ...]:
    return (
        TrainingSession.cancelled_at.is_(None),
        TrainingSession.starts_at < row.ends_at,
        TrainingSession.ends_at > row.starts_at,
        TrainingSession.id != (row.id or 0),
    )


def _meetings_of_trainer(work: Work, row: TrainingSession) -> list[Meeting]:
    asked = (
        select(TrainingSession, Course.name)
        .join(Course, Course.id == TrainingSession.course_id)
        .where(func.lower(TrainingSession.trainer) == row.trainer.lower(), *_overlapping(row))  # type: ignore[arg-type]
    )
    return [_meeting(each, name) for each, name in work.session.execute(asked)]


def _meetings_of_people(
    work: Work, row: TrainingSession, people: Sequence[int]
) -> dict[int, list[Meeting]]:
    asked = (
        select(Attendance.staff_id, TrainingSession, Course.name)
        .join(TrainingSession, TrainingSession.id == Attendance.session_id)
        .join(Course, Course.id == TrainingSession.course_id)
        .where(Attendance.staff_id.in_(people), *_overlapping(row))  # type: ignore[arg-type]
    )
    found: dict[int, list[Meeting]] = {}
    for person, each, name in work.session.execute(asked):
        found.setdefault(person, []).append(_meeting(each, name))
    return found


def _meeting(row: TrainingSession, course: str) -> Meeting:
    return Meeting(row.id, f"{course} ({row.region or row.market})", row.starts_at, row.ends_at)


def _write(
    work: Work, row: TrainingSession, people: Sequence[int], covers: Sequence[tuple[int, int]]
) -> None:
    if row.id is None:
        work.session.add(row)
        work.session.flush()
    known = set(
        work.session.scalars(select(Attendance.staff_id).where(Attendance.session_id == row.id))
    )
    gone = known - set(people)
    if gone:
        work.session.execute(
            delete(Attendance).where(Attendance.session_id == row.id, Attendance.staff_id.in_(gone))
        )
    for person in people:
        if person not in known:
            work.session.add(Attendance(session_id=row.id, staff_id=person))
    work.session.execute(delete(Cover).where(Cover.session_id == row.id))
    for site, person in covers:
        work.session.add(
            Cover(
                site_id=site,
                day=row.day,
                staff_id=person,
                session_id=row.id,
                assigned_at=work.now,
                assigned_by=work.actor.name,
            )
        )
    work.session.flush()
