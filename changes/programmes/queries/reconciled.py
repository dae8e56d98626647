"""How the parallel runs of sites stand, for their guards; and which site a parallel run is of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from changes.programmes.models import Programme, ProgrammeWave, Site, SiteRollout
from changes.programmes.rules.drafts import DAYS
from changes.reconciliation.queries import exits
from changes.reconciliation.rules.exits import ExitStanding
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

_SITE = "site:"


@dataclass(frozen=True)
class Place:
    """The site that a parallel run is of."""

    site_rollout_id: int
    code: str
    name: str
    wave: str


def subject_of(site_rollout_id: int) -> str:
    """Return what a parallel run of a site is about."""
    return f"{_SITE}{site_rollout_id}"


def week_of(work: Work, subject: str) -> tuple[int, ...]:
    """Return the ISO weekdays on which the site of a subject is open; none when not known."""
    number = subject.removeprefix(_SITE)
    is_site = subject.startswith(_SITE) and number.isascii() and number.isdecimal()
    if not is_site or len(number) > 9:
        return ()
    rows = (
        select(Site.opening_hours)
        .join(SiteRollout, Site.id == SiteRollout.site_id)
        .where(SiteRollout.id == int(number), work.visible(Site.market, Permission.CHANGE_SEE))
    )
    hours = work.session.scalar(rows) or {}
    return tuple(at for at, day in enumerate(DAYS, 1) if day in hours)


def standing(work: Work, ids: Sequence[int]) -> Mapping[int, ExitStanding]:
    """Return of each site whether the exit rule of its parallel run is met."""
    found = exits.standing(work, [subject_of(each) for each in ids])
    return {each: found[subject_of(each)] for each in ids}


def places(work: Work, subjects: Iterable[str]) -> dict[str, Place]:
    """Return the sites that subjects name, as far as there are any; one statement."""
    ids = {
        int(number)
        for each in subjects
        if each.startswith(_SITE)
        and (number := each.removeprefix(_SITE)).isascii()
        and number.isdecimal()
        and len(number) < 10
    }
    rows = (
        select(SiteRollout.id, Site.code, Site.name, ProgrammeWave.name)
        .join(Site, Site.id == SiteRollout.site_id)
        .join(ProgrammeWave, ProgrammeWave.id == SiteRollout.wave_id)
        .where(SiteRollout.id.in_(ids), work.visible(Site.market, Permission.CHANGE_SEE))
    )
    return {
        subject_of(number): Place(number, code, name, wave)
        for number, code, name, wave in work.session.execute(rows)
    }


def waves(work: Work) -> list[tuple[int, str]]:
    """Return the waves whose sites the actor may see, with their names; one statement."""
    rows = (
        select(ProgrammeWave.id, Programme.name, ProgrammeWave.name)
        .join(Programme, Programme.id == ProgrammeWave.programme_id)
        .where(work.visible(ProgrammeWave.market, Permission.CHANGE_SEE))
        .order_by(Programme.id.desc(), ProgrammeWave.position)
        .limit(500)
    )
    return [
        (number, f"{name}, {programme}") for number, programme, name in work.session.execute(rows)
    ]


def of_wave(work: Work, wave_id: int) -> list[str]:
    """Return the subjects of the sites of a wave; one statement."""
    rows = select(SiteRollout.id).where(SiteRollout.wave_id == wave_id)
    return [subject_of(each) for each in work.session.scalars(rows)]
