"""The page of one incident, and its whole story."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from incidents import queries
from web.app import request_view
from web.noc import incident_view, live
from web.noc.blueprint import noc
from web.noc.story_view import entries

PAGE = 100


@noc.get("/incidents/<int:incident_id>")
def incident(incident_id: int) -> ResponseReturnValue:
    """Show the cause, the harm, what changed, who does what until when, and the story."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        page, now = incident_view.incident(work, incident_id), work.now
    return live.page(tag, render_template("noc/incident.html", page=page, now=now, tag=tag))


@noc.get("/incidents/<int:incident_id>/timeline")
def timeline(incident_id: int) -> ResponseReturnValue:
    """Show everything that happened to an incident, newest first, or one kind of it."""
    asked, cursor = request.args.get("kind", ""), request.args.get("cursor", "")[:64]
    wanted = asked if asked in queries.SOURCES else ""
    with request_view() as work:
        line = queries.line_of(work, incident_id)
        found = queries.story(work, incident_id, wanted, cursor, PAGE)
        now = work.now
    here = url_for("noc.timeline", incident_id=incident_id)
    page = {
        "reference": line.mark,
        "title": line.title,
        "incident": url_for("noc.incident", incident_id=incident_id),
        "kinds": [
            {
                "label": kind or "all",
                "href": f"{here}?kind={kind}" if kind else here,
                "is_here": kind == wanted,
            }
            for kind in ["", *queries.SOURCES]
        ],
        "entries": entries(found.moments, now),
        "newest": url_for("noc.timeline", incident_id=incident_id, kind=wanted or None)
        if cursor
        else "",
        "older": url_for(
            "noc.timeline", incident_id=incident_id, kind=wanted or None, cursor=found.next
        )
        if found.next
        else "",
    }
    return render_template("noc/timeline.html", page=page)
