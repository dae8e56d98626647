"""The training planner as a page shows it: trainers by day, sites by day, what cannot be chosen."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from changes.programmes.queries.planner import PlannerView, SessionView
from changes.programmes.rules.training import SiteDay, below_words
from web.change_managers.delivery import harmless

MOST_LEARNERS = 60
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DayCell:
    """A site on a day: how many are there of how many must be, and why nobody can be spared."""

    word: str
    small: str
    tone: str


@dataclass(frozen=True)
class Candidate:
    """Somebody who could come to a session; ``why`` says why they cannot be chosen."""

    id: int
    name: str
    site: str
    cut_over: str
    why: str = ""
    is_chosen: bool = False


def day_name(day: date) -> str:
    """Return a day as a column says it: ``Mon 2 Mar``."""
    return f"{day:%a} {day.day} {day:%b}"


def day_cell(day: SiteDay) -> DayCell:
    """Return a site on a day."""
    if not day.is_open:
        return DayCell("closed", "", "na")
    word = f"{day.on_site} of {day.minimum}"
    if day.is_below:
        return DayCell(word, "too few", "p1")
    if not day.spare:
        return DayCell(word, "can spare nobody", "p3")
    return DayCell(word, f"can spare {day.spare}", "")


def place_words(view: PlannerView, session: SessionView) -> str:
    """Return where a session is, in words."""
    site = next((each.way for each in view.sites if each.way.site_id == session.site_id), None)
    if site is not None:
        return site.code
    if session.site_id is not None:
        return "a site"
    return session.region or session.market


def candidates(
    view: PlannerView, place: str, day: date, chosen: Collection[int]
) -> list[Candidate]:
    """Return who could come to a session at a place on a day, and why others cannot."""
    found = []
    for each in view.learners:
        if not is_in(place, each.way.site_id, each.way.market, each.way.region):
            continue
        found.append(
            Candidate(
                each.person,
                each.name,
                each.way.code,
                day_name(each.way.slot_on) if each.way.slot_on else "not booked",
                _why_not(view, each.way.site_id, each.way.code, each.person, day)
                if each.person not in chosen
                else "",
                each.person in chosen,
            )
        )
    return found


def is_in(place: str, site: int, market: str, region: str) -> bool:
    """Tell whether a site belongs to a place: ``site:12``, or ``region:KE/Coast``."""
    kind, _, name = place.partition(":")
    if kind == "site":
        return name == str(site)
    wanted, _, part = name.partition("/")
    return wanted == market and part in {"", region}


def _why_not(view: PlannerView, site: int, code: str, person: int, day: date) -> str:
    there = view.staffing.days.get((site, day))
    if there is None:
        return ""
    if person in view.staffing.absent.get(day, ()):
        return "absent that day"
    if person in view.staffing.covering.get(day, ()):
        return "stands in for somebody that day"
    if person in view.staffing.in_session.get(day, ()):
        return "in another session that day"
    left = there.without([person])
    return below_words(code, left) if left.is_below and person in there.rostered else ""


def stand_ins(view: PlannerView, place: str, day: date) -> list[Candidate]:
    """Return who of other sites of the same region could stand in at a site on a day."""
    here = next((each.way for each in view.sites if f"site:{each.way.site_id}" == place), None)
    if here is None:
        return []
    found = []
    for each in view.sites:
        if each.way.site_id == here.site_id or each.way.region != here.region:
            continue
        there = each.days.get(day)
        if there is None or there.spare < 1:
            continue
        for person in sorted(there.rostered - there.away)[: there.spare]:
            name = view.staffing.people[person].name
            found.append(Candidate(person, name, each.way.code, ""))
    return found[:MOST_LEARNERS]


def places(view: PlannerView) -> list[tuple[str, str]]:
    """Return the places of a session: regions first, then the sites where somebody is to learn."""
    regions = [
        (f"region:{market}/{region}", f"{market}, {region or 'everywhere'}")
        for market, region in view.regions
    ]
    sites = [
        (f"site:{each.way.site_id}", f"{each.way.label} ({each.open} to train)")
        for each in view.sites
        if each.open
    ]
    return [*regions, *sites[:MOST_LEARNERS]]


COLUMNS = ("day", "hours", "course", "trainer", "place", "room", "capacity", "person", "attended")


def as_csv(view: PlannerView) -> str:
    """Return the sessions of a week, one line for each person; no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for session in view.sessions:
        if session.is_cancelled:
            continue
        head = [
            session.day.isoformat(),
            session.hours,
            session.course,
            session.trainer,
            place_words(view, session),
            session.room,
            str(session.capacity),
        ]
        for name, attended in _people(session):
            writer.writerow([harmless(each) for each in (*head, name, attended)])
    return out.getvalue()


def _people(session: SessionView) -> Sequence[tuple[str, str]]:
    words = {None: "", True: "yes", False: "no"}
    return [(each.name, words[each.attended]) for each in session.people] or [("", "")]
