"""The page of one site as text: where it stands, what is next and in its way, what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from changes.programmes.lifecycle import WAY, SiteMove, SiteState
from changes.programmes.queries import readiness, sites
from changes.programmes.values import MoveOffer, Person, SiteView
from ssoc.core.calendar import zone_of
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from web import words
from web.programmes.board_view import words_of_day
from web.programmes.cures import cure_of
from web.programmes.page_parts import Cure

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SLUGS: Mapping[str, SiteMove] = {
    each.value.replace(" ", "-").replace("/", "-"): each for each in SiteMove
}
SLUG_OF: Mapping[SiteMove, str] = {move: slug for slug, move in SLUGS.items()}
_ADVICE: Mapping[SiteState, str] = {
    SiteState.ACCEPTED: "Accepted: nothing is left to do here.",
}


@dataclass(frozen=True)
class LifeStep:
    """One state of the way; the part ``parts.steps`` draws it."""

    name: str
    is_past: bool
    is_here: bool
    at: str = ""


@dataclass(frozen=True)
class InTheWay:
    """One obstacle, and the link to where it is mended."""

    what: str
    cure: str
    link: Cure | None


@dataclass(frozen=True)
class Act:
    """A move as a button."""

    label: str
    href: str
    is_main: bool = False


@dataclass(frozen=True)
class Next:
    """What is to be done next, on top of the page."""

    title: str
    said: str
    obstacles: Sequence[InTheWay]
    acts: Sequence[Act]
    tone: str = ""


def life(site: SiteView) -> list[LifeStep]:
    """Return the line of states; a site beside its way shows where it left it."""
    on_way = site.state if site.state in WAY else site.was
    here = WAY.index(on_way) if on_way in WAY else -1
    steps = [LifeStep(each.value, at < here, at == here) for at, each in enumerate(WAY)]
    if site.state in WAY:
        return steps
    beside = [LifeStep(each.name, each.is_past or each.is_here, False) for each in steps]
    return [*beside, LifeStep(site.state.value, False, True)]


def next_of(site: SiteView) -> Next:
    """Return the next move with everything in its way, and what else can be done."""
    ahead = site.next
    obstacles = [
        InTheWay(each.what, each.cure, cure_of(site, each.guard))
        for each in (ahead.obstacles if ahead else ())
    ]
    title = _ADVICE.get(site.state, "")
    if ahead:
        title = label_of(ahead.move)
    elif not title:
        title = "Decide what becomes of this site."
    return Next(
        title=title,
        said=_said(site, ahead),
        obstacles=obstacles,
        acts=acts(site),
        tone="p1" if site.state is SiteState.BLOCKED else "",
    )


def _said(site: SiteView, ahead: MoveOffer | None) -> str:
    if site.state is SiteState.BLOCKED:
        return f"Blocked: {site.blocked_because}. Owner: {site.blocked_owner or 'nobody'}."
    if site.state is SiteState.DEFERRED:
        to = f"to {site.deferred_to.isoformat()}" if site.deferred_to else "without a day"
        return f"Deferred {to} by {site.deferred_by or 'nobody named'}."
    if ahead is None:
        return ""
    if ahead.obstacles:
        number = words.counted(len(ahead.obstacles), "thing")
        return f"{number} in the way of it:" if len(ahead.obstacles) > 1 else "In the way of it:"
    return "Nothing is in the way."


def acts(site: SiteView) -> list[Act]:
    """Return the moves the actor may make; the next one is filled once nothing is in its way."""
    allowed = [each for each in site.moves if each.is_allowed]
    ordered = sorted(allowed, key=lambda each: not each.is_next)
    return [
        Act(
            f"{label_of(each.move)}…",
            url_for("programmes.site_move", site_rollout_id=site.id, slug=SLUG_OF[each.move]),
            each.is_next and each.is_free,
        )
        for each in ordered
    ]


def label_of(move: SiteMove) -> str:
    """Return a move as a button says it: ``Make ready``, ``Block``."""
    return move.value[:1].upper() + move.value[1:]


# ---- panels


@dataclass(frozen=True)
class OpenHours:
    """One day of the week."""

    day: str
    hours: str
    is_today: bool
    is_busy: bool


@dataclass(frozen=True)
class About:
    """What is known of the place."""

    clock: str
    zone: str
    place: str
    days: Sequence[OpenHours]
    contacts: Sequence[tuple[str, str, str, str]]  # name, role, number as said, as dialled
    hardware: Sequence[tuple[str, str]]
    pairs: Sequence[tuple[str, str]]
    versions: str
    book: str
    edit: str


def about(work: Work, site: SiteView) -> About:
    """Return the facts of the place, its hours on its own clock."""
    zone = zone_of_site(work, site)
    there = words.local(work.now, zone)
    pairs = [
        ("Slot", words_of_day(site.slot_on, there.date()) if site.slot_on else "none booked"),
        ("Crew", site.crew or "none booked"),
        ("Champion", site.champion or "nobody named"),
        ("Connectivity", site.connectivity or "not known"),
        ("Banks", words.listed(site.banks) or "none named"),
        ("Minimum staff", words.exact(site.minimum_staff)),
    ]
    may_plan = work.actor.may(Permission.PROGRAMME_PLAN, site.market)
    may_work = work.actor.may(Permission.PROGRAMME_WORK, site.market)
    return About(
        clock=words.time(there),
        zone=zone,
        place=words.place(zone),
        days=_days(site, there),
        contacts=[_contact(each) for each in site.contacts],
        hardware=[_hardware(each) for each in site.hardware],
        pairs=pairs,
        versions=", ".join(f"{name} {value}" for name, value in site.versions.items()),
        book=url_for("programmes.site_book", site_rollout_id=site.id)
        if may_plan or may_work
        else "",
        edit=url_for("programmes.site_edit", site_rollout_id=site.id)
        if may_plan or may_work
        else "",
    )


def zone_of_site(work: Work, site: SiteView) -> str:
    """Return the zone of a site, its market's where it names none that is known."""
    try:
        return zone_of(site.zone).key if site.zone else _market_zone(work, site.market)
    except BadInput:
        return _market_zone(work, site.market)


def _market_zone(work: Work, market: str) -> str:
    known = estate_queries.current(work).markets.get(market)
    return known.zones[0] if known and known.zones else "UTC"


def _days(site: SiteView, there: datetime) -> list[OpenHours]:
    busy = {each.lower()[:3] for each in site.busiest_days}
    return [
        OpenHours(
            day.capitalize(),
            words.NONE.join(site.opening_hours[day]) if site.opening_hours.get(day) else "closed",
            at == there.weekday(),
            day in busy,
        )
        for at, day in enumerate(DAYS)
    ]


def _contact(row: Mapping[str, object]) -> tuple[str, str, str, str]:
    phone = str(row.get("phone", ""))
    dialled = "".join(each for each in phone if each in "+0123456789")
    return str(row.get("name", "")), str(row.get("role", "")), phone, dialled


def _hardware(row: Mapping[str, object]) -> tuple[str, str]:
    more = " · ".join(str(row[key]) for key in ("model", "serial") if row.get(key))
    return str(row.get("item", "")), more


@dataclass(frozen=True)
class StaffLine:
    """Somebody of the shop."""

    name: str
    code: str
    role: str
    said: str
    href: str = ""


@dataclass(frozen=True)
class Staff:
    """The people of the shop, and where somebody is added."""

    lines: Sequence[StaffLine]
    add: str


def staff(work: Work, site: SiteView) -> Staff | None:
    """Return who works there, those who left last."""
    found = sites.staff(work, site.id)
    shown = sorted(found, key=lambda each: (each.left_on is not None, each.code))
    may = work.actor.may(Permission.PROGRAMME_WORK, site.market)
    lines = [
        StaffLine(
            each.name,
            each.code,
            f"{each.role}, champion" if each.name == site.champion else each.role,
            _since(work, each),
            url_for("programmes.person_edit", site_rollout_id=site.id, staff_id=each.id)
            if may
            else "",
        )
        for each in shown
    ]
    add = url_for("programmes.person_new", site_rollout_id=site.id) if may else ""
    return Staff(lines, add) if lines or add else None


def _since(work: Work, one: Person) -> str:
    today = work.now.date()
    if one.left_on:
        return f"left {words_of_day(one.left_on, today)}"
    return f"since {words_of_day(one.joined_on, today)}" if one.joined_on else ""


CLOCK = "by the clock"


@dataclass(frozen=True)
class Past:
    """One thing that happened: a move, or readiness that was lost or met again."""

    at: datetime
    text: str
    reason: str
    by: str


def history(work: Work, site: SiteView) -> list[Past]:
    """Return the moves of the site and what became of its readiness, newest first."""
    found = [
        Past(each.at, f"{each.move}: {each.state.value}", each.reason, each.by)
        for each in sites.history(work, site.id)
    ]
    told = {(each.at, each.reason) for each in found}  # a ready one was reopened by the same words
    for loss in readiness.losses(work, site.id):
        if (loss.at, loss.reason) not in told:
            found.append(Past(loss.at, "readiness lost", loss.reason, CLOCK))
        if loss.met_again_at:
            found.append(Past(loss.met_again_at, "readiness met again", "", CLOCK))
    return sorted(found, key=lambda past: past.at, reverse=True)
