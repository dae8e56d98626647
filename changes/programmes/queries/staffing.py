"""Who is at which site on which day: rosters, absences, sessions and stand-ins together."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from changes.programmes.models import (
    Absence,
    Attendance,
    Cover,
    Roster,
    Site,
    SiteStaff,
    TrainingSession,
)
from changes.programmes.queries.training import SELLER, works_on
from changes.programmes.rules.training import SiteDay
from ssoc.core.work import Work

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Place = tuple[int, date]


@dataclass(frozen=True)
class Person:
    """Somebody who works at a site."""

    id: int
    site_id: int
    name: str
    is_seller: bool
    joined_on: date | None
    left_on: date | None

    def works_on(self, day: date) -> bool:
        """Tell whether they are employed that day."""
        return works_on(self.joined_on, self.left_on, day)


@dataclass(frozen=True)
class Staffing:
    """Sites on days; ``by_roster`` are the places whose roster is written."""

    days: Mapping[Place, SiteDay]
    people: Mapping[int, Person] = field(default_factory=dict)
    by_roster: frozenset[Place] = frozenset()
    absent: Mapping[date, frozenset[int]] = field(default_factory=dict)
    covering: Mapping[date, frozenset[int]] = field(default_factory=dict)
    in_session: Mapping[date, frozenset[int]] = field(default_factory=dict)


def staffing(
    work: Work, sites: Collection[int], days: Collection[date], except_session: int = 0
) -> Staffing:
    """Return who is at sites on days: six statements, however many.

    Where no roster is written for a day, everybody employed counts as there. ``except_session`` is
    left out, with its stand-ins: the one that is being planned anew.
    """
    places = _sites(work, sites)
    people = _people(work, sites)
    rosters = _rosters(work, sites, days)
    absent = _absent(work, days)
    covers, covering = _covers(work, days, except_session)
    taught = _in_session(work, days, except_session)
    by_site: dict[int, list[Person]] = defaultdict(list)
    for person in people.values():
        by_site[person.site_id].append(person)
    found = {}
    for site, (minimum, hours) in places.items():
        for day in days:
            employed = {each.id for each in by_site[site] if each.works_on(day)}
            rostered = rosters.get((site, day), employed)
            stand_ins = covers[site, day]
            elsewhere = covering[day] - stand_ins
            found[site, day] = SiteDay(
                frozenset(rostered),
                frozenset((absent[day] | taught[day] | elsewhere) & (rostered | stand_ins)),
                frozenset(stand_ins),
                minimum,
                not hours or WEEKDAYS[day.weekday()] in hours,
            )
    return Staffing(
        found,
        people,
        frozenset(rosters),
        {day: frozenset(absent[day]) for day in days},
        {day: frozenset(covering[day]) for day in days},
        {day: frozenset(taught[day]) for day in days},
    )


def _sites(work: Work, sites: Collection[int]) -> dict[int, tuple[int, Mapping[str, object]]]:
    rows = work.session.execute(
        select(Site.id, Site.minimum_staff, Site.opening_hours).where(Site.id.in_(sites))
    )
    return {number: (minimum, hours) for number, minimum, hours in rows}


def _people(work: Work, sites: Collection[int]) -> dict[int, Person]:
    columns = (SiteStaff.id, SiteStaff.site_id, SiteStaff.name, SiteStaff.role)
    rows = work.session.execute(
        select(*columns, SiteStaff.joined_on, SiteStaff.left_on)
        .where(SiteStaff.site_id.in_(sites))
        .order_by(SiteStaff.name, SiteStaff.id)
    )
    return {
        row.id: Person(
            row.id, row.site_id, row.name, row.role == SELLER, row.joined_on, row.left_on
        )
        for row in rows
    }


def _rosters(work: Work, sites: Collection[int], days: Collection[date]) -> dict[Place, set[int]]:
    rows = work.session.execute(
        select(Roster.site_id, Roster.day, Roster.staff_id).where(
            Roster.site_id.in_(sites), Roster.day.in_(days)
        )
    )
    found: dict[Place, set[int]] = defaultdict(set)
    for site, day, person in rows:
        found[site, day].add(person)
    return dict(found)


def _absent(work: Work, days: Collection[date]) -> dict[date, set[int]]:
    rows = work.session.execute(select(Absence.day, Absence.staff_id).where(Absence.day.in_(days)))
    found: dict[date, set[int]] = defaultdict(set)
    for day, person in rows:
        found[day].add(person)
    return found


def _covers(
    work: Work, days: Collection[date], except_session: int
) -> tuple[dict[Place, set[int]], dict[date, set[int]]]:
    rows = work.session.execute(
        select(Cover.site_id, Cover.day, Cover.staff_id, Cover.session_id).where(
            Cover.day.in_(days)
        )
    )
    at: dict[Place, set[int]] = defaultdict(set)
    away: dict[date, set[int]] = defaultdict(set)
    for site, day, person, session in rows:
        if session is None or session != except_session:
            at[site, day].add(person)
            away[day].add(person)
    return at, away


def _in_session(work: Work, days: Collection[date], except_session: int) -> dict[date, set[int]]:
    rows = work.session.execute(
        select(TrainingSession.day, Attendance.staff_id)
        .join(TrainingSession, TrainingSession.id == Attendance.session_id)
        .where(
            TrainingSession.day.in_(days),
            TrainingSession.cancelled_at.is_(None),
            TrainingSession.id != except_session,
        )
    )
    found: dict[date, set[int]] = defaultdict(set)
    for day, person in rows:
        found[day].add(person)
    return found
