"""Keep site sheets, staff, and the days of crews."""

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from changes.programmes.actions.moving import free_crew
from changes.programmes.actions.planning import known_markets, same_version
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import CrewBooking, ProgrammeWave, Site, SiteRollout, SiteStaff
from changes.programmes.queries import programmes, sites
from changes.programmes.rules.drafts import (
    SiteDraft,
    StaffDraft,
    refuse,
    site_faults,
    staff_faults,
)
from ssoc.core.calendar import local_date
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import SiteBooked, SiteSheetChanged
from ssoc.core.work import Work

PLANS, WORKS = Permission.PROGRAMME_PLAN, Permission.PROGRAMME_WORK
BOOKED_IN = frozenset(
    {SiteState.PLANNED, SiteState.SURVEYED, SiteState.READY, SiteState.MIGRATING}
    | {SiteState.PARALLEL, SiteState.GO_NO_GO, SiteState.BLOCKED}
)


def make_site(work: Work, draft: SiteDraft) -> int:
    """Make a site, and return its number; it goes into waves with ``planning.place``."""
    work.require(PLANS, draft.market)
    refuse(site_faults(draft, known_markets(work)))
    same = select(Site.id).where(func.lower(Site.code) == draft.code.lower())
    if work.session.scalar(same):
        raise Conflict(f"there is a site {draft.code} already; open that one")
    row = Site(**columns(draft))
    work.session.add(row)
    work.session.flush()
    _tell(work, row, "made")
    return row.id


def edit_site(work: Work, site_id: int, draft: SiteDraft, version: int | None = None) -> None:
    """Change a site sheet: work at the site, moving it to another market is planning."""
    row = work.session.get(Site, site_id, with_for_update=True)
    if row is None or not programmes.may_see(work, [row.market]):
        raise NotFound(f"there is no site {site_id} that you may see")
    work.require(WORKS, row.market)
    same_version(row.version, version, row.code)
    refuse(site_faults(draft, known_markets(work)))
    if draft.code != row.code:
        raise BadInput(f"code: {row.code} keeps its code; make another site for {draft.code}")
    if draft.market != row.market:
        raise BadInput(f"market: {row.code} stays in {row.market}; make another site elsewhere")
    for name, value in columns(draft).items():
        setattr(row, name, value)
    _tell(work, row, "changed")


def columns(draft: SiteDraft) -> dict[str, object]:
    """Return a draft as the columns of its row."""
    found = {name: getattr(draft, name) for name in SiteDraft.__dataclass_fields__}
    found["opening_hours"] = {day: list(span) for day, span in draft.opening_hours.items()}
    for name in ("contacts", "hardware"):
        found[name] = [dict(each) for each in getattr(draft, name)]
    return found | {name: list(found[name]) for name in ("banks", "busiest_days")}


def put_staff(work: Work, site_id: int, draft: StaffDraft) -> int:
    """Write somebody into the staff of a site, by their code; return the number of the row."""
    site = work.session.get(Site, site_id)
    if site is None or not programmes.may_see(work, [site.market]):
        raise NotFound(f"there is no site {site_id} that you may see")
    work.require(WORKS, site.market)
    refuse(staff_faults(draft))
    row = work.session.scalar(
        select(SiteStaff)
        .where(SiteStaff.site_id == site_id, SiteStaff.code == draft.code)
        .with_for_update()
    )
    row = row or SiteStaff(site_id=site_id, code=draft.code)
    row.name, row.role = draft.name.strip(), draft.role.strip()
    row.joined_on, row.left_on = draft.joined_on, draft.left_on
    work.session.add(row)
    work.session.flush()
    _tell(work, site, f"staff {draft.code} written")
    return row.id


def _tell(work: Work, site: Site, change: str) -> None:
    bump(work.session)
    work.record(
        SiteSheetChanged(site_id=site.id, markets=site.market, site=site.code, change=change)
    )


def book(
    work: Work, site_rollout_id: int, day: date, crew: str, version: int | None = None
) -> None:
    """Book the day of the cut-over and the crew for it; a crew is at one site a day.

    Raises:
        NotFound: there is no such site that the actor may see.
        NotAllowed: the actor may not work at sites of its market.
        BadInput: the day is past, or a crew is not named.
        Conflict: the crew is elsewhere that day, the week is full, or the site is cut over.

    """
    way, site = sites.row_of(work, site_rollout_id, is_locked=True)
    work.require(WORKS, site.market)
    same_version(way.version, version, site.code)
    if way.state not in BOOKED_IN:
        raise Conflict(f"{site.code} is {way.state}; there is nothing to book")
    named = crew.strip()
    if not named or len(named) > 64:
        raise BadInput("crew: give its name, 1 to 64 characters")
    if day < local_date(site.zone or "UTC", work.now):
        raise BadInput(f"slot: {day} is past; choose a day to come")
    wave = work.session.get_one(ProgrammeWave, way.wave_id, with_for_update=True)
    _refuse_full(work, wave, way, day)
    free_crew(work, way)
    _take_crew(work, way, site, day, named)
    way.slot_on, way.crew = day, named
    _tell_booking(work, way, site)


def _refuse_full(work: Work, wave: ProgrammeWave, way: SiteRollout, day: date) -> None:
    if not wave.per_week:
        return
    monday = day - timedelta(days=day.weekday())
    taken = select(func.count()).where(
        SiteRollout.wave_id == wave.id,
        SiteRollout.slot_on.between(monday, monday + timedelta(days=6)),
        SiteRollout.id != way.id,
    )
    if (work.session.scalar(taken) or 0) >= wave.per_week:
        raise Conflict(
            f"the week of {monday} has {wave.per_week} sites of wave {wave.position} already, as "
            "many as it can take; choose another week, or let the wave take more"
        )


def _take_crew(work: Work, way: SiteRollout, site: Site, day: date, crew: str) -> None:
    """Write the booking; its primary key lets no crew be at two sites on one day."""
    _refuse_elsewhere(work, day, crew)
    try:
        with work.session.begin_nested():
            work.session.add(CrewBooking(crew=crew, day=day, site_rollout_id=way.id))
            work.session.flush()
    except IntegrityError:
        _refuse_elsewhere(work, day, crew)
        raise Conflict(
            f"crew {crew} was booked for {day} meanwhile; {site.code} has no slot"
        ) from None


def _refuse_elsewhere(work: Work, day: date, crew: str) -> None:
    elsewhere = work.session.scalar(
        select(Site.code)
        .join(SiteRollout, SiteRollout.site_id == Site.id)
        .join(CrewBooking, CrewBooking.site_rollout_id == SiteRollout.id)
        .where(CrewBooking.crew == crew, CrewBooking.day == day)
    )
    if elsewhere is not None:
        raise Conflict(
            f"crew {crew} is at {elsewhere} on {day}; nothing was booked; choose another day or "
            "crew"
        )


def unbook(work: Work, site_rollout_id: int) -> None:
    """Give the day and the crew of a site back."""
    way, site = sites.row_of(work, site_rollout_id, is_locked=True)
    work.require(WORKS, site.market)
    if way.state not in BOOKED_IN:
        raise Conflict(f"{site.code} is {way.state}; its slot stays on record")
    free_crew(work, way)
    _tell_booking(work, way, site)


def name_champion(work: Work, site_rollout_id: int, champion: str) -> None:
    """Say who champions the new system in a site."""
    way, site = sites.row_of(work, site_rollout_id, is_locked=True)
    work.require(WORKS, site.market)
    if len(champion.strip()) > 128:
        raise BadInput("champion: the name is longer than 128 characters; shorten it")
    way.champion = champion.strip()
    _tell_booking(work, way, site)


def _tell_booking(work: Work, way: SiteRollout, site: Site) -> None:
    bump(work.session)
    work.record(
        SiteBooked(
            programme_id=way.programme_id,
            markets=site.market,
            site_rollout_id=way.id,
            site=site.code,
            day=way.slot_on.isoformat() if way.slot_on else "",
            crew=way.crew,
        )
    )
