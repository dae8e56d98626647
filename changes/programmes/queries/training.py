"""Are the sellers of sites able on their cut-over day: the standing of training."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from changes.programmes.models import (
    Absence,
    Competency,
    Course,
    Cover,
    Roster,
    SiteRollout,
    SiteStaff,
)
from changes.programmes.queries.ways import Way, way, ways
from changes.programmes.rules.training import CutOverDay, Held, is_able
from ssoc.core.work import Work

SELLER = "seller"


@dataclass(frozen=True)
class TrainingStanding:
    """The sellers of a site on its cut-over day; ``is_by_roster`` is False while it has no slot."""

    day: date
    sellers: CutOverDay
    share: float  # that is asked for
    courses: Sequence[str] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    is_by_roster: bool = True
    is_cohort: bool = False

    @property
    def is_met(self) -> bool:
        """Tell whether enough of them are able and every absence has its cover."""
        return self.is_cohort or (bool(self.courses) and self.sellers.is_ready(self.share))

    @property
    def percent(self) -> str:
        """Return the share as people read it; a dash while nobody is known."""
        found = self.sellers.share
        return "–" if found is None else f"{100 * found:.1f} %".replace(".0 %", " %")

    @property
    def why(self) -> str:
        """Return what there is or lacks, in words."""
        if self.is_cohort:
            return "a cohort has no sellers to train"
        if not self.courses:
            return (
                "the programme names no required course; add those it has, or record that the item "
                "does not apply"
            )
        who = "rostered" if self.is_by_roster else "employed"
        day = f"{self.day:%a} {self.day.day} {self.day:%b}"
        if not self.sellers.rostered:
            return f"no seller is {who} on {day}; write the roster of that day"
        found = (
            f"{self.sellers.held} of {len(self.sellers.rostered)} {who} sellers are trained for "
            f"{day} ({self.percent})"
        )
        return "; ".join([found, *self._lacking()])

    def _lacking(self) -> list[str]:
        found = []
        if self.sellers.uncovered:
            named = self._named(self.sellers.uncovered)
            found.append(f"nobody trained stands in for {named}, who is absent")
        if self.sellers.untrained and not self.is_met:
            found.append(f"train {self._named(self.sellers.untrained)}")
        return found

    def _named(self, people: Collection[int]) -> str:
        names = sorted(self.names.get(each, str(each)) for each in people)
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return f"{', '.join(names[:3])}{more}"


def standing(work: Work, ids: Collection[int]) -> dict[int, TrainingStanding]:
    """Return how training stands at many sites, in a constant number of statements."""
    return standing_of(work, ways(work, ids))


def standing_of(work: Work, found: Mapping[int, Way]) -> dict[int, TrainingStanding]:
    """Return the same for ways that are known already."""
    courses = required(work, {each.programme_id for each in found.values()})
    days = _Days(work, found)
    return {key: _standing(here, courses[here.programme_id], days) for key, here in found.items()}


def _standing(here: Way, courses: Mapping[int, str], days: "_Days") -> TrainingStanding:
    day = here.slot_on or here.today
    absences = days.absences[here.site_id, day]
    rostered = days.sellers(here, day)
    covers = {person: days.covers.get(number) for person, number in absences.items()}
    people = {*rostered, *(each for each in covers.values() if each is not None)}
    able = {each for each in people if is_able(days.held[each], courses, day)}
    return TrainingStanding(
        day,
        CutOverDay(
            frozenset(rostered),
            frozenset(able),
            {person: each for person, each in covers.items() if person in rostered},
        ),
        here.terms.training_share,
        tuple(courses.values()),
        days.names,
        here.slot_on is not None,
        here.is_cohort,
    )


def required(work: Work, programmes: Collection[int]) -> dict[int, dict[int, str]]:
    """Return the required courses of programmes by number, with their names."""
    rows = work.session.execute(
        select(Course.programme_id, Course.id, Course.name)
        .where(Course.programme_id.in_(programmes), Course.is_required)
        .order_by(Course.name)
    )
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for programme, number, name in rows:
        found[programme][number] = name
    return found


class _Days:
    """What is known of the cut-over days of sites: five statements, however many sites."""

    def __init__(self, work: Work, found: Mapping[int, Way]) -> None:
        self._work = work
        sites = {each.site_id for each in found.values()}
        self.names: dict[int, str] = {}
        self._employed: dict[int, dict[int, tuple[date | None, date | None]]] = defaultdict(dict)
        columns = (SiteStaff.id, SiteStaff.site_id, SiteStaff.name, SiteStaff.role)
        asked = select(*columns, SiteStaff.joined_on, SiteStaff.left_on)
        for row in work.session.execute(asked.where(SiteStaff.site_id.in_(sites))):
            self.names[row.id] = row.name
            if row.role == SELLER:
                self._employed[row.site_id][row.id] = (row.joined_on, row.left_on)
        self._rosters = self._rostered(found)
        self.absences, self.covers, strangers = self._away(found)
        self.held = _held(
            work, or_(Competency.staff_id.in_(_staff_of(sites)), Competency.staff_id.in_(strangers))
        )

    def sellers(self, here: Way, day: date) -> set[int]:
        """Return who sells at a site that day: by its roster, or all of them without a slot."""
        employed = {
            person
            for person, (joined, left) in self._employed[here.site_id].items()
            if works_on(joined, left, day)
        }
        if here.slot_on is None:
            return employed
        return employed & self._rosters[here.site_id, day]

    def _rostered(self, found: Mapping[int, Way]) -> dict[tuple[int, date], set[int]]:
        kept: dict[tuple[int, date], set[int]] = defaultdict(set)
        asked = (
            select(Roster.site_id, Roster.day, Roster.staff_id)
            .join(SiteRollout, _on_slot(Roster.site_id, Roster.day))
            .where(SiteRollout.id.in_(found))
        )
        for site, day, person in self._work.session.execute(asked):
            kept[site, day].add(person)
        return kept

    def _away(
        self, found: Mapping[int, Way]
    ) -> tuple[dict[tuple[int, date], dict[int, int]], dict[int, int], set[int]]:
        absent: dict[tuple[int, date], dict[int, int]] = defaultdict(dict)
        covers: dict[int, int] = {}
        asked = (
            select(
                Absence.site_id,
                Absence.day,
                Absence.staff_id,
                Absence.id,
                Cover.staff_id.label("cover"),
                SiteStaff.name,
            )
            .join(SiteRollout, _on_slot(Absence.site_id, Absence.day))
            .outerjoin(Cover, Cover.absence_id == Absence.id)
            .outerjoin(SiteStaff, SiteStaff.id == Cover.staff_id)
            .where(SiteRollout.id.in_(found))
        )
        for row in self._work.session.execute(asked):
            absent[row.site_id, row.day][row.staff_id] = row.id
            if row.cover is not None:
                covers[row.id] = row.cover
                self.names.setdefault(row.cover, row.name)
        return absent, covers, set(covers.values())


def _on_slot(site: object, day: object) -> ColumnElement[bool]:
    """Join to the ways whose cut-over day it is."""
    return and_(SiteRollout.site_id == site, SiteRollout.slot_on == day)


def works_on(joined: date | None, left: date | None, day: date) -> bool:
    """Tell whether somebody is employed on a day; ``left`` is the first day they are gone."""
    return (joined is None or joined <= day) and (left is None or day < left)


def held_of(work: Work, people: Collection[int]) -> dict[int, list[Held]]:
    """Return what people hold; those who hold nothing have an empty list."""
    return _held(work, Competency.staff_id.in_(people))


def _held(work: Work, whose: ColumnElement[bool]) -> dict[int, list[Held]]:
    columns = (Competency.course_id, Competency.valid_from, Competency.valid_to)
    found: dict[int, list[Held]] = defaultdict(list)
    for row in work.session.execute(select(Competency.staff_id, *columns).where(whose)):
        found[row[0]].append(Held(*row[1:]))
    return found


def _staff_of(sites: Collection[int]) -> Select[Any]:
    return select(SiteStaff.id).where(SiteStaff.site_id.in_(sites))


@dataclass(frozen=True)
class SellerView:
    """Somebody of a site: what they hold, and what they are on the cut-over day."""

    id: int
    code: str
    name: str
    role: str
    is_rostered: bool
    is_able: bool
    held: Sequence[tuple[str, date | None]]
    absence: int | None = None
    cover: str = ""
    cover_id: int | None = None
    cover_is_able: bool = False


@dataclass(frozen=True)
class TrainingPage:
    """A site with its people on the cut-over day."""

    way: Way
    standing: TrainingStanding
    people: Sequence[SellerView]
    courses: Mapping[int, str]


def page(work: Work, rollout_id: int) -> TrainingPage:
    """Return the people of a site with what they hold and what they are on the cut-over day."""
    here = way(work, rollout_id)
    courses = {
        number: name
        for number, name in work.session.execute(
            select(Course.id, Course.name)
            .where(Course.programme_id == here.programme_id)
            .order_by(Course.name)
        )
    }
    days = _Days(work, {here.id: here})
    required_now = required(work, [here.programme_id])[here.programme_id]
    found = _standing(here, required_now, days)
    return TrainingPage(here, found, _people(work, here, found, days, courses), courses)


def _people(
    work: Work, here: Way, found: TrainingStanding, days: _Days, courses: Mapping[int, str]
) -> list[SellerView]:
    gone = or_(SiteStaff.left_on.is_(None), SiteStaff.left_on > here.today)
    rows = work.session.execute(
        select(SiteStaff.id, SiteStaff.code, SiteStaff.name, SiteStaff.role)
        .where(SiteStaff.site_id == here.site_id, gone)
        .order_by(SiteStaff.name, SiteStaff.id)
    )
    absences = days.absences[here.site_id, found.day]
    covers = _cover_rows(work, absences.values())
    people = []
    for row in rows:
        number = absences.get(row.id)
        stand_in = days.covers.get(number) if number is not None else None
        people.append(
            SellerView(
                row.id,
                row.code,
                row.name,
                row.role,
                row.id in found.sellers.rostered,
                is_able(days.held[row.id], list(_required(found, courses)), found.day),
                [
                    (courses[each.course], each.valid_to)
                    for each in days.held[row.id]
                    if each.course in courses
                ],
                number,
                days.names.get(stand_in, "") if stand_in is not None else "",
                covers.get(number) if number is not None else None,
                stand_in in found.sellers.able,
            )
        )
    return people


def _required(found: TrainingStanding, courses: Mapping[int, str]) -> list[int]:
    return [number for number, name in courses.items() if name in found.courses]


def _cover_rows(work: Work, absences: Collection[int]) -> dict[int, int]:
    rows = work.session.execute(
        select(Cover.absence_id, Cover.id).where(Cover.absence_id.in_(absences))
    )
    return {absence: number for absence, number in rows if absence is not None}
