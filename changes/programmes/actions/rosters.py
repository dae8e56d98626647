"""Who works at a site on a day: rosters, absences, and who stands in."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import delete, select

from changes.programmes.actions.proving import day_words, hold_sites, locked
from changes.programmes.actions.session_facts import cover_faults
from changes.programmes.models import Absence, Cover, Roster, SiteStaff
from changes.programmes.queries.staffing import staffing
from changes.programmes.queries.ways import Way
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import AbsenceReported, CoverAssigned, RosterWritten
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

AHEAD = timedelta(days=400)
MOST_PEOPLE = 1_000


def write_roster(work: Work, rollout_id: int, day: date, people: Collection[int]) -> int:
    """Write anew who works at a site on a day; return how many were not there before.

    Whoever joins the roster of the cut-over day without being trained reopens the readiness of
    the site, as soon as the job that looks for lost readiness has run.
    """
    here = locked(work, rollout_id, Permission.PROGRAMME_WORK)
    _check_day(here, day)
    wanted = set(people)
    if len(wanted) > MOST_PEOPLE:
        raise BadInput(f"more than {MOST_PEOPLE} people on one roster; check what was sent")
    known = staffing(work, [here.site_id], [day]).people
    strange = sorted(each for each in wanted if each not in known or not known[each].works_on(day))
    if strange:
        raise BadInput(
            f"person {strange[0]} is not employed at {here.code} on {day_words(day)}; correct the "
            "staff list first"
        )
    was = set(
        work.session.scalars(
            select(Roster.staff_id).where(Roster.site_id == here.site_id, Roster.day == day)
        )
    )
    work.session.execute(
        delete(Roster).where(
            Roster.site_id == here.site_id,
            Roster.day == day,
            Roster.staff_id.in_(was - wanted),
        )
    )
    new = sorted(wanted - was)
    for person in new:
        work.session.add(
            Roster(
                site_id=here.site_id,
                day=day,
                staff_id=person,
                added_at=work.now,
                added_by=work.actor.name,
            )
        )
    bump(work.session)
    joined = ", ".join(known[each].name for each in new)[:400]
    work.record(RosterWritten(*_told(here, day), len(wanted), joined))
    return len(new)


def report_absence(work: Work, rollout_id: int, staff_id: int, day: date, reason: str = "") -> int:
    """Write down that somebody will not be there; return the number of the absence."""
    here = locked(work, rollout_id, Permission.PROGRAMME_WORK)
    _check_day(here, day)
    person = staffing(work, [here.site_id], [day]).people.get(staff_id)
    if person is None or not person.works_on(day):
        raise BadInput(f"person {staff_id} is not employed at {here.code} on {day_words(day)}")
    twin = select(Absence.id).where(Absence.staff_id == staff_id, Absence.day == day)
    if work.session.scalar(twin) is not None:
        raise Conflict(f"{person.name} is written down as absent on {day_words(day)} already")
    row = Absence(
        site_id=here.site_id,
        staff_id=staff_id,
        day=day,
        reason=str(storable(reason)).strip()[:255],
        reported_at=work.now,
        reported_by=work.actor.name,
    )
    work.session.add(row)
    work.session.flush()
    bump(work.session)
    work.record(AbsenceReported(*_told(here, day), staff_id))
    return row.id


def take_back_absence(work: Work, rollout_id: int, absence_id: int) -> None:
    """Write down that somebody is there after all; whoever stood in is free again."""
    here = locked(work, rollout_id, Permission.PROGRAMME_WORK)
    row = _absence(work, here, absence_id)
    work.session.execute(delete(Cover).where(Cover.absence_id == absence_id))
    work.session.delete(row)
    bump(work.session)
    work.record(AbsenceReported(*_told(here, row.day), row.staff_id, is_back=True))


def assign_cover(work: Work, rollout_id: int, absence_id: int, staff_id: int) -> int:
    """Let somebody stand in for who is absent; return the number of the cover.

    Raises:
        Conflict: they are away, stand in already, or their own site cannot spare them.

    """
    here = locked(work, rollout_id, Permission.PROGRAMME_WORK)
    absence = _absence(work, here, absence_id)
    home = work.session.scalar(select(SiteStaff.site_id).where(SiteStaff.id == staff_id))
    if home is None:
        raise BadInput(f"nobody {staff_id} is known; choose from the staff of a site")
    hold_sites(work, sorted({home, here.site_id}))
    there = staffing(work, [home, here.site_id], [absence.day])
    person = there.people[staff_id]
    found = cover_faults(person, here.site_id, absence.day, there, here.code)
    taken = select(Cover.id).where(Cover.absence_id == absence_id)
    if work.session.scalar(taken) is not None:
        found.append("somebody stands in for this absence already; take that back first")
    if found:
        raise Conflict("; ".join(found))
    row = Cover(
        site_id=here.site_id,
        day=absence.day,
        staff_id=staff_id,
        absence_id=absence_id,
        assigned_at=work.now,
        assigned_by=work.actor.name,
    )
    work.session.add(row)
    work.session.flush()
    bump(work.session)
    work.record(CoverAssigned(*_told(here, absence.day), staff_id))
    return row.id


def remove_cover(work: Work, rollout_id: int, cover_id: int) -> None:
    """Let somebody stand in no more for an absence; stand-ins of a session belong to it."""
    here = locked(work, rollout_id, Permission.PROGRAMME_WORK)
    row = work.session.get(Cover, cover_id)
    if row is None or row.site_id != here.site_id or row.absence_id is None:
        raise NotFound(f"no cover {cover_id} of an absence at {here.code}")
    work.session.delete(row)
    bump(work.session)
    work.record(CoverAssigned(*_told(here, row.day), row.staff_id, is_removed=True))


def _absence(work: Work, here: Way, absence_id: int) -> Absence:
    row = work.session.get(Absence, absence_id)
    if row is None or row.site_id != here.site_id:
        raise NotFound(f"no absence {absence_id} at {here.code}")
    return row


def _check_day(here: Way, day: date) -> None:
    if not here.today <= day <= here.today + AHEAD:
        raise BadInput(
            f"{day} is not within the next {AHEAD.days} days at {here.code}; choose another day"
        )


def _told(here: Way, day: date) -> tuple[int, str, int, str, str]:
    return here.programme_id, here.market, here.id, here.code, day.isoformat()
