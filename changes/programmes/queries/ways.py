"""The ways of sites with what proving them needs: place, day, versions and terms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import Row, Select, select

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Programme, ProgrammeWave, Release, Site, SiteRollout
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.terms import ProgrammeTerms
from ssoc.core.calendar import local_date
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

_COLUMNS: Sequence[Any] = (
    *(SiteRollout.id, SiteRollout.state, SiteRollout.slot_on, SiteRollout.programme_id),
    *(SiteRollout.wave_id, SiteRollout.site_id, Site.code, Site.name, Site.market, Site.region),
    *(Site.zone, Site.banks, Site.minimum_staff, Site.opening_hours, Site.type),
    *(SiteRollout.release_id, ProgrammeWave.position),
)
_KEPT = "programmes.ways"


@dataclass(frozen=True)
class Way:
    """One site on its way in one release; ``zone`` falls back to its market's."""

    id: int
    state: SiteState
    slot_on: date | None
    programme_id: int
    programme: str
    wave_id: int
    wave: int
    release_id: int
    site_id: int
    code: str
    name: str
    market: str
    region: str
    zone: str
    banks: tuple[str, ...]
    minimum_staff: int
    opening_hours: Mapping[str, Any]
    versions: Mapping[str, str]
    terms: ProgrammeTerms
    today: date
    is_cohort: bool = False  # no place: customers or agents

    @cached_property
    def label(self) -> str:
        """Return what people call the site."""
        return f"{self.code} {self.name}"


def way(work: Work, rollout_id: int) -> Way:
    """Return one site's way, or raise NotFound; it is seen by who sees its market."""
    found = ways(work, [rollout_id])
    if rollout_id not in found or not work.actor.may(
        Permission.CHANGE_SEE, found[rollout_id].market
    ):
        raise NotFound(f"no site rollout {rollout_id}, or none that you see")
    return found[rollout_id]


def ways(work: Work, ids: Collection[int]) -> dict[int, Way]:
    """Return the ways of many sites by number.

    A view reads each of them once: guards ask for the same ones fact by fact. What writes reads
    them anew each time, for it may have changed them.
    """
    if not work.is_view:
        return _read(work, _select().where(SiteRollout.id.in_(ids))) if ids else {}
    kept: dict[int, Way] = work.session.info.setdefault(_KEPT, {})
    new = [each for each in ids if each not in kept]
    if new:
        kept |= _read(work, _select().where(SiteRollout.id.in_(new)))
    return {each: kept[each] for each in ids if each in kept}


def of_programme(work: Work, programme_id: int, wave_id: int | None = None) -> dict[int, Way]:
    """Return the ways of a programme, or of one of its waves, that the actor sees."""
    asked = _select().where(SiteRollout.programme_id == programme_id)
    if wave_id is not None:
        asked = asked.where(SiteRollout.wave_id == wave_id)
    return _read(work, asked.where(work.visible(Site.market, Permission.CHANGE_SEE)))


def require_programme(work: Work, programme_id: int) -> str:
    """Return the name of a programme, or raise NotFound when the actor sees none of its markets."""
    row = work.session.get(Programme, programme_id)
    if row is None or not any(
        work.actor.may(Permission.CHANGE_SEE, market) for market in row.markets
    ):
        raise NotFound(f"no programme {programme_id}, or none that you see")
    return row.name


def _select() -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Site, Site.id == SiteRollout.site_id)
        .join(ProgrammeWave, ProgrammeWave.id == SiteRollout.wave_id)
        .order_by(Site.code, SiteRollout.id)
    )


def _read(work: Work, asked: Select[Any]) -> dict[int, Way]:
    markets = estate_queries.current(work).markets
    usual = {code: next(iter(each.zones), "UTC") for code, each in markets.items()}
    rows = work.session.execute(asked).all()
    plans = _plans(work, {each.programme_id for each in rows})
    releases = {each.release_id for each in rows}
    named = select(Release.id, Release.versions).where(Release.id.in_(releases))
    versions = {number: each for number, each in work.session.execute(named)} if rows else {}
    return {
        row.id: _way(work, row, usual, plans[row.programme_id], versions[row.release_id])
        for row in rows
    }


def _plans(work: Work, ids: Collection[int]) -> dict[int, tuple[str, ProgrammeTerms]]:
    """Return the names and terms of programmes: once for each, not with each of its sites."""
    if not ids:
        return {}
    asked = select(Programme.id, Programme.name, Programme.terms).where(Programme.id.in_(ids))
    return {
        number: (name, terms_of(work, own)) for number, name, own in work.session.execute(asked)
    }


def _way(
    work: Work,
    row: Row[Any],
    usual: Mapping[str, str],
    plan: tuple[str, ProgrammeTerms],
    versions: Mapping[str, str],
) -> Way:
    zone = row.zone or usual.get(row.market, "UTC")
    return Way(
        id=row.id,
        state=row.state,
        slot_on=row.slot_on,
        programme_id=row.programme_id,
        programme=plan[0],
        wave_id=row.wave_id,
        wave=row.position,
        release_id=row.release_id,
        site_id=row.site_id,
        code=row.code,
        name=row.name,
        market=row.market,
        region=row.region,
        zone=zone,
        banks=tuple(row.banks),
        minimum_staff=row.minimum_staff,
        opening_hours=row.opening_hours,
        versions=versions,
        terms=plan[1],
        today=local_date(zone, work.now),
        is_cohort=row.type == "cohort",
    )
