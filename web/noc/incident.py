"""The page of one incident, and its whole story."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from incidents import queries
from web import words
from web.app import request_view
from web.noc import incident_view, live
from web.noc.blueprint import noc
from web.noc.story_view import entries

MOST = 500


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
    wanted = request.args.get("kind", "")
    with request_view() as work:
        line = queries.line_of(work, incident_id)
        moments, now = queries.timeline(work, incident_id, MOST), work.now
    kinds = sorted({each.source for each in moments})
    shown = [each for each in moments if wanted in {"", each.source}]
    here = url_for("noc.timeline", incident_id=incident_id)
    page = {
        "reference": line.mark,
        "title": line.title,
        "incident": url_for("noc.incident", incident_id=incident_id),
        "total": words.exact(len(moments)),
        "kinds": [
            {
                "label": kind or "all",
                "href": f"{here}?kind={kind}" if kind else here,
                "is_here": kind == wanted,
            }
            for kind in ["", *kinds]
        ],
        "entries": entries(shown, now),
        "first": "",
        "older": "",
    }
    return render_template("noc/timeline.html", page=page)
