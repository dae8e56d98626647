"""Incidents: list, read, act."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from incidents import actions, queries
from incidents.clock_queries import clocks_of
from incidents.lifecycle import State
from incidents.queries import Filters
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from web.api import asked, shapes, suspects
from web.api.acting import ACTIONS
from web.api.blueprint import api
from web.api.repeating import once
from web.api.shapes import Json
from web.app import request_view

LISTED = ("state", "market", "priority", "owner", "component", "q", "nested", "limit", "cursor")


@api.get("/incidents", endpoint="incidents")
def listed() -> ResponseReturnValue:
    """Return a page of incidents, worst and oldest first."""
    given = asked.parameters(*LISTED)
    states = ("live", "all", *(each.value for each in State))
    filters = Filters(
        market=given.get("market", ""),
        priority=asked.one_of(given, "priority", [each.value for each in Priority]),
        state=asked.one_of(given, "state", states) or "live",
        owner=given.get("owner", ""),
        component=given.get("component", ""),
        text=given.get("q", ""),
        nested=asked.switch(given, "nested"),
    )
    with request_view() as work:
        if not work.actor.markets(Permission.INCIDENT_SEE):
            work.require(Permission.INCIDENT_SEE, EVERYWHERE)
        asked.check_market(work, filters.market, Permission.INCIDENT_SEE)
        found = queries.triage(work, filters, given.get("cursor", ""), asked.limit(given))
        items = [shapes.incident(each) for each in found.items]
    return jsonify(items=items, next=found.next or None)


@api.post("/incidents", endpoint="incident_declare")
def declared() -> ResponseReturnValue:
    """Open an incident by hand, and return it."""
    asked.parameters()
    given = asked.body("component", "title", "impact", "urgency", "markets", "note")

    def do(work: Work) -> Json:
        made = actions.declare(
            work,
            given.text("component"),
            given.text("title"),
            given.number("impact"),
            given.number("urgency"),
            given.texts("markets"),
            given.text("note", ""),
        )
        work.session.flush()
        return shapes.incident(queries.line_of(work, made.id))

    return once(do, 201)


@api.get("/incidents/<int:number>", endpoint="incident")
def one(number: int) -> ResponseReturnValue:
    """Return one incident with its timeline, clocks and impact."""
    asked.parameters()
    with request_view() as work:
        page = queries.page(work, number)
        clocks = clocks_of(work, [number]).get(number, [])
        suspected = suspects.shown(work, page.line)
        return jsonify(shapes.incident_page(page, clocks) | {"suspects": suspected})


@api.post("/incidents/<int:number>/<action>", endpoint="incident_act")
def act(number: int, action: str) -> ResponseReturnValue:
    """Do one of ``ACTIONS`` to an incident, and return how it stands then."""
    if action not in ACTIONS:
        raise NotFound(f"there is no action {action[:64]!r}; there are {', '.join(ACTIONS)}")
    asked.parameters()
    known = ACTIONS[action]
    given = asked.body(*known.fields)

    def do(work: Work) -> Json:
        made = known.run(work, number, given)
        work.session.flush()
        return shapes.incident(queries.line_of(work, made.id if known.answers_new else number))

    return once(do)
