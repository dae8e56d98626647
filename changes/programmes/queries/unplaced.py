"""Sites that are known in a market of a programme, and in no wave of any programme."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select

from changes.programmes.models import Site, SiteRollout
from changes.programmes.queries import programmes
from ssoc.core.work import Work

MOST = 1_000


@dataclass(frozen=True)
class Unplaced:
    """A site that nobody has planned yet."""

    id: int
    code: str
    name: str
    market: str
    region: str


def is_unplaced(markets: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition of a site of some markets that is in no wave."""
    planned = exists().where(SiteRollout.site_id == Site.id)
    return Site.market.in_(sorted(markets)) & ~planned


def unplaced(work: Work, programme_id: int) -> Sequence[Unplaced]:
    """Return sites of a programme's markets in no wave, as far as the actor may see them.

    They come with files of sites without a plan. A site belongs to its market: which programme
    it is for is only said by putting it into a wave.
    """
    row = programmes.found(work, programme_id)
    wanted = (
        select(Site.id, Site.code, Site.name, Site.market, Site.region)
        .where(is_unplaced(row.markets), work.visible(Site.market, programmes.SEES))
        .order_by(Site.market, Site.region, Site.code)
        .limit(MOST)
    )
    return [Unplaced(*each) for each in work.session.execute(wanted)]
