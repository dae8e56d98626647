"""Who can stand in for somebody at a site, and who is on a roster."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from changes.programmes.models import Absence, Roster, Site
from changes.programmes.queries.staffing import staffing
from changes.programmes.queries.training import held_of, required
from changes.programmes.queries.ways import way
from changes.programmes.rules.training import is_able
from ssoc.core.errors import NotFound
from ssoc.core.work import Work

MOST = 100
MOST_SITES = 60


@dataclass(frozen=True)
class StandIn:
    """Somebody who is free that day and whose own site can spare them."""

    id: int
    name: str
    site: str
    is_able: bool


def rostered(work: Work, rollout_id: int, day: date) -> frozenset[int]:
    """Return who is on the roster of a site on a day."""
    here = way(work, rollout_id)
    rows = select(Roster.staff_id).where(Roster.site_id == here.site_id, Roster.day == day)
    return frozenset(work.session.scalars(rows))


def of_absence(work: Work, rollout_id: int, absence_id: int) -> list[StandIn]:
    """Return who could stand in for an absence, those who are able first."""
    here = way(work, rollout_id)
    absence = work.session.get(Absence, absence_id)
    if absence is None or absence.site_id != here.site_id:
        raise NotFound(f"no absence {absence_id} at {here.code}")
    near = (
        select(Site.id, Site.code)
        .where(Site.market == here.market, Site.region == here.region)
        .order_by((Site.id != here.site_id), Site.code)
        .limit(MOST_SITES)
    )
    codes = {number: code for number, code in work.session.execute(near)}
    there = staffing(work, codes, [absence.day])
    courses = required(work, [here.programme_id])[here.programme_id]
    held = held_of(work, there.people)
    busy = there.absent[absence.day] | there.covering[absence.day] | there.in_session[absence.day]
    own = there.days[here.site_id, absence.day].rostered
    found = []
    for person in there.people.values():
        home = there.days[person.site_id, absence.day]
        is_spared = person.id not in home.rostered or home.spare > 0
        is_free = person.works_on(absence.day) and person.id not in busy | own
        if is_free and (is_spared or person.site_id == here.site_id):
            able = is_able(held[person.id], courses, absence.day)
            found.append(StandIn(person.id, person.name, codes[person.site_id], able))
    return sorted(found, key=lambda each: (not each.is_able, each.site, each.name))[:MOST]
