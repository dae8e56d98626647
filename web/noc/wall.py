"""The wall: every market at a glance from five metres; also for wall screens by kiosk link."""

from flask import current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ssoc.core.permissions import ActorKind
from ssoc.core.work import Work
from web.app import request_view
from web.auth import for_kiosks
from web.noc import live, wall_view
from web.noc.blueprint import noc
from web.noc.pictures import Picture, pictures


@noc.get("/wall")
@for_kiosks
def wall() -> ResponseReturnValue:
    """Show what is open, what it costs, which clocks run out, and how every market is."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        picture = pictures().of(work, "If-None-Match" in request.headers, _picture)
        now = work.now
    tag = live.tag_at(picture.moment, g.actor.name)
    if live.is_known(tag):  # a second behind, and shown already
        return live.nothing_new(tag)
    home = "" if g.actor.kind is ActorKind.KIOSK else url_for("home")
    page = render_template(
        "noc/wall.html", wall=picture.view, panels=picture.html, now=now, tag=tag, home=home
    )
    return live.page(tag, page)


def _picture(work: Work) -> Picture:
    """Return the wall drawn; its template knows nothing of who asks, since others see it too."""
    view = wall_view.wall(work, pictures().memory)
    panels = current_app.jinja_env.get_template("noc/wall_panels.html")
    return Picture(live.moment(work), work.now, view, panels.render(wall=view))
