"""The parallel run of a site on the page of the site."""

from dataclasses import dataclass

from flask import url_for

from changes.programmes.lifecycle import SiteState
from changes.programmes.queries.reconciled import subject_of
from changes.programmes.values import SiteView
from changes.reconciliation.queries import parallels
from changes.reconciliation.queries.overview import line_of
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.programmes.recon_list_view import Today, today
from web.programmes.recon_view import Card, card

_STATES = frozenset({SiteState.MIGRATING, SiteState.PARALLEL, SiteState.GO_NO_GO})


@dataclass(frozen=True)
class ParallelPanel:
    """The newest parallel run, or where one is planned; empty for who may not."""

    card: Card | None
    plan: str
    today: Today | None = None


def panel(work: Work, site: SiteView) -> ParallelPanel | None:
    """Return the parallel run of a site, None where there is none and none is needed yet."""
    found = parallels.listed(work, subject_of(site.id))
    if not found and site.state not in _STATES:
        return None
    may_plan = not found and work.actor.may(Permission.PROGRAMME_PLAN, site.market)
    subject = subject_of(site.id)
    plan = url_for("programmes.recon_new", subject=subject, market=site.market, title=site.code)
    return ParallelPanel(
        card(found[0], 10) if found else None,
        plan if may_plan else "",
        today(line_of(work, found[0])) if found else None,
    )
