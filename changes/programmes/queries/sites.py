"""One site on its way: its sheet, its readiness, what can be done and what is in the way."""

from dataclasses import fields

from sqlalchemy import func, select

from changes.programmes.lifecycle import SITE
from changes.programmes.models import (
    Programme,
    ProgrammeWave,
    Release,
    Site,
    SiteMoved,
    SiteRollout,
    SiteStaff,
)
from changes.programmes.queries import programmes, readiness, site_facts
from changes.programmes.queries.lines import SiteFilter as SiteFilter
from changes.programmes.queries.lines import board as board
from changes.programmes.queries.lines import listed as listed
from changes.programmes.rules.guards import SiteFacts, next_move, obstacles, offered
from changes.programmes.rules.moves import asks_of, permission_of
from changes.programmes.rules.readiness import Found
from changes.programmes.values import MoveOffer, Person, SiteView, Step
from ssoc.core.errors import NotFound
from ssoc.core.work import Work

_OF_WAY = (
    *("state", "was", "slot_on", "crew", "champion", "blocked_because", "blocked_kind"),
    *("blocked_owner", "blocked_at", "deferred_to", "deferred_by", "moved_at", "cut_over_at"),
    *("accepted_at", "version"),
)
_OF_SITE = (
    *("code", "name", "market", "region", "type", "zone", "opening_hours", "busiest_days"),
    *("connectivity", "latitude", "longitude", "minimum_staff", "contacts", "hardware", "banks"),
)


def row_of(work: Work, site_rollout_id: int, is_locked: bool = False) -> tuple[SiteRollout, Site]:
    """Return a site's way and the site, or raise NotFound when the actor may not see it."""
    way = work.session.get(SiteRollout, site_rollout_id, with_for_update=is_locked)
    site = work.session.get(Site, way.site_id) if way else None
    if way is None or site is None or not programmes.may_see(work, [site.market]):
        raise NotFound(f"there is no site {site_rollout_id} that you may see")
    return way, site


def site(work: Work, site_rollout_id: int) -> SiteView:
    """Return one site, or raise NotFound when there is none that the actor may see."""
    way, place = row_of(work, site_rollout_id)
    programme = work.session.get_one(Programme, way.programme_id)
    wave = work.session.get_one(ProgrammeWave, way.wave_id)
    release = work.session.get_one(Release, way.release_id)
    facts = site_facts.gathered(work, [way.id])[way.id]
    return SiteView(
        id=way.id,
        programme_id=programme.id,
        programme=programme.name,
        wave_id=wave.id,
        wave=wave.position,
        wave_name=wave.name,
        wave_paused_because=wave.paused_because,
        release_id=release.id,
        release=release.name,
        versions=release.versions,
        site_id=place.id,
        staff=_staffed(work, place.id),
        survey_lacks=site_facts.lacking(work, [place.id])[place.id],
        readiness=site_facts.sheets(work, [way.id])[way.id],
        readiness_lost=readiness.lost(work, [way.id]).get(way.id, ""),
        moves=offers(work, way, facts),
        site_version=place.version,
        **{name: getattr(place, name) for name in _OF_SITE},
        **{name: getattr(way, name) for name in _OF_WAY},
    )


def offers(work: Work, way: SiteRollout, facts: SiteFacts) -> list[MoveOffer]:
    """Return the moves that can be chosen, with everything in the way of each."""
    ahead = next_move(way.state, way.was)
    return [
        MoveOffer(
            move=move,
            to=SITE.after(way.state, move),
            obstacles=tuple(obstacles(facts, move)),
            asks=asks_of(move),
            is_next=move is ahead,
            is_allowed=work.actor.may(permission_of(move), facts.market),
        )
        for move in offered(way.state, way.was)
    ]


def _staffed(work: Work, site_id: int) -> int:
    counted = select(func.count()).where(SiteStaff.site_id == site_id, SiteStaff.left_on.is_(None))
    return work.session.scalar(counted) or 0


def staff(work: Work, site_rollout_id: int) -> list[Person]:
    """Return who works at a site, by code; those who left are there with the day."""
    way, _ = row_of(work, site_rollout_id)
    rows = select(SiteStaff).where(SiteStaff.site_id == way.site_id).order_by(SiteStaff.code)
    return [
        Person(*(getattr(each, part.name) for part in fields(Person)))
        for each in work.session.scalars(rows)
    ]


def history(work: Work, site_rollout_id: int) -> list[Step]:
    """Return the moves of a site, newest first."""
    row_of(work, site_rollout_id)
    rows = (
        select(SiteMoved)
        .where(SiteMoved.site_rollout_id == site_rollout_id)
        .order_by(SiteMoved.id.desc())
    )
    return [
        Step(each.move, each.state, each.at, each.by, each.reason)
        for each in work.session.scalars(rows)
    ]


def readiness_history(work: Work, site_rollout_id: int) -> list[Found]:
    """Return everything that was found about the readiness of a site, newest first."""
    row_of(work, site_rollout_id)
    return readiness.results(work, site_rollout_id)
