"""Sites by their codes, for the waves of roll-outs: which there are, and which go together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from changes.programmes.models import Programme, ProgrammeWave, Site, SiteRollout
from changes.programmes.queries.programmes import SEES, may_see
from ssoc.core.work import Work

_AT_ONCE = 500
MOST_WAVES = 200


@dataclass(frozen=True)
class SitesTogether:
    """Sites that go together in a programme, to choose them at once."""

    wave_id: int
    programme: str
    wave: str
    market: str
    count: int


def known_codes(work: Work, codes: Collection[str]) -> list[str]:
    """Return which of ``codes`` are sites, whoever asks: a code that is taken is no secret."""
    found: list[str] = []
    wanted = sorted(set(codes))
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        found += work.session.scalars(select(Site.code).where(Site.code.in_(some)))
    return found


def together(work: Work, markets: Sequence[str]) -> list[SitesTogether]:
    """Return the waves of programmes that have sites in ``markets`` which the actor may see."""
    counted = (
        select(ProgrammeWave, Programme.name, Programme.markets, func.count(SiteRollout.id))
        .join(Programme, Programme.id == ProgrammeWave.programme_id)
        .join(SiteRollout, SiteRollout.wave_id == ProgrammeWave.id)
        .where(ProgrammeWave.market.in_(markets))
        .group_by(ProgrammeWave.id, Programme.id)
        .order_by(Programme.id.desc(), ProgrammeWave.position)
        .limit(MOST_WAVES)
    )
    return [
        SitesTogether(wave.id, name, wave.name, wave.market, count)
        for wave, name, places, count in work.session.execute(counted)
        if may_see(work, places)
    ]


def codes_of(work: Work, wave_id: int) -> list[str]:
    """Return the codes of the sites in one wave of a programme that the actor may see."""
    chosen = (
        select(Site.code)
        .join(SiteRollout, SiteRollout.site_id == Site.id)
        .where(SiteRollout.wave_id == wave_id, work.visible(Site.market, SEES))
        .order_by(Site.code)
    )
    return list(work.session.scalars(chosen))
