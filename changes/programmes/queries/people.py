"""The staff of a whole programme: filtered, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from changes.programmes.models import Site, SiteRollout, SiteStaff
from changes.programmes.queries import programmes, sites
from changes.programmes.rules.drafts import staff_seen
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.work import Work

HERE, GONE, TO_COME, CHAMPION = "here", "left", "to come", "champion"
STANDS = (HERE, TO_COME, GONE, CHAMPION)


@dataclass(frozen=True)
class StaffFilter:
    """What a list is narrowed to; empty means all."""

    words: str = ""
    market: str = ""
    region: str = ""
    role: str = ""
    stands: str = ""


@dataclass(frozen=True)
class StaffRow:
    """Somebody with their site."""

    id: int
    site_rollout_id: int
    site: str
    site_name: str
    market: str
    region: str
    code: str
    name: str
    role: str
    joined_on: date | None
    left_on: date | None
    is_champion: bool


@dataclass(frozen=True)
class StaffPage:
    """One page of a staff list; ``next`` is where the following one begins."""

    items: Sequence[StaffRow]
    total: int
    next: str
    roles: Sequence[str]
    regions: Sequence[str]


def listed(
    work: Work, programme_id: int, wanted: StaffFilter, cursor: str = "", limit: int = 100
) -> StaffPage:
    """Return a page of the people of a programme's sites, by site and code; four statements."""
    programmes.found(work, programme_id)
    all_of = (
        select(SiteStaff, SiteRollout, Site)
        .join(Site, Site.id == SiteStaff.site_id)
        .join(SiteRollout, SiteRollout.site_id == Site.id)
        .where(SiteRollout.programme_id == programme_id)
        .where(work.visible(Site.market, programmes.SEES))
    )
    chosen = all_of.where(*_filters(wanted, work.now.date()))
    total = work.session.scalar(select(func.count()).select_from(chosen.subquery(name="p")))
    if cursor:
        site, _, code = cursor.partition("|")
        chosen = chosen.where(or_(Site.code > site, and_(Site.code == site, SiteStaff.code > code)))
    rows = work.session.execute(
        chosen.order_by(Site.code, SiteStaff.code, SiteStaff.id).limit(limit + 1)
    ).all()
    found = [_row(person, way, site) for person, way, site in rows[:limit]]
    last = found[-1] if len(rows) > limit else None
    within = all_of.with_only_columns
    return StaffPage(
        found,
        total or 0,
        f"{last.site}|{last.code}" if last else "",
        sorted(set(work.session.scalars(within(SiteStaff.role).distinct()))),
        sorted(set(work.session.scalars(within(Site.region).distinct())) - {""}),
    )


def person(work: Work, site_rollout_id: int, staff_id: int) -> tuple[StaffRow, str]:
    """Return somebody of a site, and how they stand for a form to send back."""
    way, site = sites.row_of(work, site_rollout_id)
    row = work.session.get(SiteStaff, staff_id)
    if row is None or row.site_id != site.id:
        raise NotFound(f"nobody with the number {staff_id} works at {site.code}")
    return _row(row, way, site), staff_seen(row.name, row.role, row.joined_on, row.left_on)


def _row(person: SiteStaff, way: SiteRollout, site: Site) -> StaffRow:
    return StaffRow(
        person.id,
        way.id,
        site.code,
        site.name,
        site.market,
        site.region,
        person.code,
        person.name,
        person.role,
        person.joined_on,
        person.left_on,
        bool(way.champion) and way.champion == person.name,
    )


def _filters(wanted: StaffFilter, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (Site.market, wanted.market),
        (Site.region, wanted.region),
        (SiteStaff.role, wanted.role),
    ):
        if value:
            found.append(column == value)
    for word in wanted.words.lower().split()[:8]:
        text = (SiteStaff.name, SiteStaff.code, Site.code, Site.name)
        found.append(or_(*(func.lower(each).contains(word, autoescape=True) for each in text)))
    return [*found, *_stands(wanted.stands, today)]


def _stands(word: str, today: date) -> list[ColumnElement[bool]]:
    match word:
        case "":
            return []
        case "here":
            return [
                or_(SiteStaff.left_on.is_(None), SiteStaff.left_on > today),
                or_(SiteStaff.joined_on.is_(None), SiteStaff.joined_on <= today),
            ]
        case "left":
            return [SiteStaff.left_on <= today]
        case "to come":
            return [SiteStaff.joined_on > today]
        case "champion":
            return [SiteRollout.champion != "", SiteRollout.champion == SiteStaff.name]
        case _:
            raise BadInput(f"stands: {word[:20]!r} is none of {', '.join(STANDS)}")
