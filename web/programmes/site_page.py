"""The page of one site: for a telephone in the shop, the next thing to do on top."""

from flask import render_template
from flask.typing import ResponseReturnValue

from changes.programmes.lifecycle import SiteState
from changes.programmes.queries import sites as site_queries
from web.app import request_view
from web.noc import live
from web.programmes import panels, site_view
from web.programmes.blueprint import programmes

_TONES = {SiteState.BLOCKED: "p1", SiteState.ROLLED_BACK: "p2"}


@programmes.get("/sites/<int:site_rollout_id>")
def site(site_rollout_id: int) -> ResponseReturnValue:
    """Show one site with everything that is known of it."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        found = site_queries.site(work, site_rollout_id)
        shown = render_template(
            "programmes/site.html",
            site=found,
            tone=_TONES.get(found.state, ""),
            next=site_view.next_of(found),
            life=site_view.life(found),
            wide=panels.filled(work, found, "wide"),
            main=panels.filled(work, found, "main"),
            side=panels.filled(work, found, "side"),
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)
