"""Keep what sites sold and what their desks were told: sent again it stays as it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from changes.programmes.models import Site, SiteFigure, SiteTicket
from changes.programmes.rules.figures import codes, read_figures, read_tickets
from ssoc.core.bulk import insert_new, upsert_newer
from ssoc.core.permissions import Permission
from ssoc.core.work import Work

_SOME = 500


def store_figures(work: Work, rows: Sequence[Mapping[str, Any]]) -> int:
    """Keep hourly figures of sites and return how many were sent; all of them, or none.

    An hour that is sent again is overwritten: the newer sending counts.

    Raises:
        BadInput: every fault by row; a site there is none of is one.

    """
    sites = _sites(work, codes(rows))
    figures = read_figures(rows, work.now, sites)
    upsert_newer(
        work.session,
        SiteFigure,
        [
            {
                "site_id": sites[each.site],
                "hour": each.hour,
                "currency": each.currency,
                "sales": each.sales,
                "amount": each.amount,
                "failed": each.failed,
                "sent_at": work.now,
            }
            for each in figures
        ],
        ("site_id", "hour", "currency"),
        "sent_at",
    )
    return len(figures)


def store_tickets(work: Work, rows: Sequence[Mapping[str, Any]]) -> int:
    """Keep tickets of sites and return how many were new."""
    sites = _sites(work, codes(rows))
    tickets = read_tickets(rows, work.now, sites)
    once = {(sites[each.site], each.reference): each for each in tickets}
    return insert_new(
        work.session,
        SiteTicket,
        [
            {
                "site_id": site,
                "reference": reference,
                "title": each.title,
                "opened_at": each.opened_at,
                "sent_at": work.now,
                "sent_by": work.actor.name,
            }
            for (site, reference), each in once.items()
        ],
        ("site_id", "reference"),
    )


def _sites(work: Work, named: Iterable[str]) -> dict[str, int]:
    """Return sites by code; a foreign market and a site there is none of are left out alike."""
    wanted = sorted(set(named))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _SOME):
        rows = select(Site.code, Site.id, Site.market).where(
            Site.code.in_(wanted[start : start + _SOME])
        )
        for code, number, market in work.session.execute(rows):
            if work.actor.may(Permission.CHANGE_SEE, market) or work.actor.may(
                Permission.PROGRAMME_WORK, market
            ):
                work.require(Permission.PROGRAMME_WORK, market)
                found[code] = number
    return found
