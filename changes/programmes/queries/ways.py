"""The ways of sites with what proving them needs: place, day, versions and terms."""

from collections.abc import Collection, Mapping
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

_COLUMNS = (
    *(SiteRollout.id, SiteRollout.state, SiteRollout.slot_on, SiteRollout.programme_id),
    *(SiteRollout.wave_id, SiteRollout.site_id, Site.code, Site.name, Site.market, Site.region),
    *(Site.zone, Site.banks, Site.minimum_staff, Site.opening_hours, Release.versions),
    Site.type,
    Release.id.label("release_id"),
    ProgrammeWave.position,
    Programme.name.label("programme"),
    Programme.terms,
)


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
    """Return the ways of many sites by number."""
    return _read(work, _select().where(SiteRollout.id.in_(ids))) if ids else {}


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
        .join(Release, Release.id == SiteRollout.release_id)
        .join(ProgrammeWave, ProgrammeWave.id == SiteRollout.wave_id)
        .join(Programme, Programme.id == SiteRollout.programme_id)
        .order_by(Site.code, SiteRollout.id)
    )


def _read(work: Work, asked: Select[Any]) -> dict[int, Way]:
    markets = estate_queries.current(work).markets
    usual = {code: next(iter(each.zones), "UTC") for code, each in markets.items()}
    terms: dict[int, ProgrammeTerms] = {}
    found = {}
    for row in work.session.execute(asked):
        if row.programme_id not in terms:
            terms[row.programme_id] = terms_of(work, row.terms)
        found[row.id] = _way(work, row, usual, terms[row.programme_id])
    return found


def _way(work: Work, row: Row[Any], usual: Mapping[str, str], terms: ProgrammeTerms) -> Way:
    zone = row.zone or usual.get(row.market, "UTC")
    return Way(
        id=row.id,
        state=row.state,
        slot_on=row.slot_on,
        programme_id=row.programme_id,
        programme=row.programme,
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
        versions=row.versions,
        terms=terms,
        today=local_date(zone, work.now),
        is_cohort=row.type == "cohort",
    )
