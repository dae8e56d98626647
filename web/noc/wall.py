"""The wall: every market at a glance from five metres; also for wall screens by kiosk link."""

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue

from ssoc.core.permissions import ActorKind
from web.app import request_view
from web.auth import for_kiosks
from web.noc import live, wall_view
from web.noc.blueprint import noc


@noc.get("/wall")
@for_kiosks
def wall() -> ResponseReturnValue:
    """Show what is open, what it costs, which clocks run out, and how every market is."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        view, now = wall_view.wall(work), work.now
    home = "" if g.actor.kind is ActorKind.KIOSK else url_for("home")
    return live.page(tag, render_template("noc/wall.html", wall=view, now=now, tag=tag, home=home))
