"""What stands on the page of a site below what is to be done next: one line a panel.

A panel's ``build`` returns what its template shows as ``panel`` (the site is ``site``), or None
when there is nothing to show. Its root element bears the anchor that ``cures.CURES`` names.
"""

from collections.abc import Mapping, Sequence

from changes.programmes.lifecycle import SiteState
from changes.programmes.values import SiteView
from ssoc.core.work import Work
from web.programmes import (
    cutover_page,
    decision_page,
    hypercare_panel,
    proving_view,
    recon_panel,
    sheet_view,
    site_view,
)
from web.programmes.page_parts import Filled as Filled
from web.programmes.page_parts import SitePanel as SitePanel

# In the order they stand in.
PANELS: Sequence[SitePanel] = (
    SitePanel("main", "programmes/panels/readiness.html", sheet_view.panel),
    SitePanel("main", "programmes/panels/proving.html", proving_view.panel),
    SitePanel("main", "programmes/panels/parallel.html", recon_panel.panel),
    SitePanel("main", "programmes/panels/decision.html", decision_page.panel),
    SitePanel("main", "programmes/panels/cut_over.html", cutover_page.panel),
    SitePanel("main", "programmes/panels/hypercare.html", hypercare_panel.panel),
    SitePanel("side", "programmes/panels/about.html", site_view.about),
    SitePanel("side", "programmes/panels/staff.html", site_view.staff),
    SitePanel("side", "programmes/panels/history.html", site_view.history),
)
# What is looked at most while a site is there stands above the others.
_FIRST: Mapping[SiteState, str] = {SiteState.HYPERCARE: "programmes/panels/hypercare.html"}


def filled(work: Work, site: SiteView, slot: str) -> list[Filled]:
    """Return the panels of one slot that have something to show."""
    first = _FIRST.get(site.state, "")
    ordered = sorted(PANELS, key=lambda each: each.template != first)
    built = [(each, each.build(work, site)) for each in ordered if each.slot == slot]
    return [Filled(each.template, shown) for each, shown in built if shown is not None]
