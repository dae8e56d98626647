"""What actions on sites share: the row that is locked, its market, the words of a day."""

from datetime import date

from sqlalchemy import select

from changes.programmes.models import Programme, Site, SiteRollout
from changes.programmes.queries.ways import Way, ways
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from ssoc.monitoring.report import storable

MOST_REASON = 500


def locked(work: Work, rollout_id: int, permission: Permission) -> Way:
    """Return a site's way, held until the end of this work; first of all the permission.

    Raises:
        NotFound: there is none, or none that the actor sees.
        NotAllowed: the actor may not do that in its market.

    """
    found = ways(work, [rollout_id]).get(rollout_id)
    if found is None or not work.actor.may(Permission.CHANGE_SEE, found.market):
        raise NotFound(f"no site rollout {rollout_id}, or none that you see")
    work.require(permission, found.market)
    hold_sites(work, [found.site_id])
    work.session.execute(
        select(SiteRollout.id).where(SiteRollout.id == rollout_id).with_for_update()
    )
    return found


def hold_sites(work: Work, sites: list[int]) -> None:
    """Let nobody else plan for sites until the end of this work; always in the same order."""
    held = select(Site.id).where(Site.id.in_(sites)).order_by(Site.id).with_for_update()
    work.session.execute(held).all()


def programme_of(work: Work, programme_id: int, permission: Permission) -> Programme:
    """Return a programme that the actor may plan for in every market of it, held."""
    row = work.session.scalars(
        select(Programme).where(Programme.id == programme_id).with_for_update()
    ).one_or_none()
    if row is None or not any(
        work.actor.may(Permission.CHANGE_SEE, market) for market in row.markets
    ):
        raise NotFound(f"no programme {programme_id}, or none that you see")
    for market in row.markets:
        work.require(permission, market)
    return row


def said(text: str, what: str, most: int = MOST_REASON) -> str:
    """Return a text that must be there, or raise BadInput; what is too long is refused."""
    found = str(storable(text)).strip()
    if not found:
        raise BadInput(f"{what} is empty; write it down")
    if len(found) > most:
        raise BadInput(f"{what} is longer than {most} signs; shorten it")
    return found


def day_words(day: date) -> str:
    """Return a day as people read it: ``Mon 9 Mar 2026``."""
    return f"{day:%a} {day.day} {day:%b %Y}"
