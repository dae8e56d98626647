"""Incidents: list, read, act."""

from collections.abc import Callable
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from incidents import actions, queries
from incidents.clock_queries import clocks_of
from incidents.lifecycle import State
from incidents.queries import Filters
from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from web.api import asked, shapes
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.repeating import once
from web.api.shapes import Json
from web.app import request_view
from web.noc.assigning import assign_known

LISTED = ("state", "market", "priority", "owner", "component", "q", "nested", "limit", "cursor")
Act = Callable[[Work, int, Fields], Any]


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
        return jsonify(shapes.incident_page(page, clocks))


def _priority(fields: Fields) -> Priority:
    word = fields.text("priority")
    if word not in set(Priority):
        raise BadInput(f"the field priority must be one of {', '.join(Priority)}")
    return Priority(word)


def _resolve(work: Work, number: int, given: Fields) -> object:
    return actions.resolve(work, number, given.text("reason", ""), given.switch("force"))


def _note(work: Work, number: int, given: Fields) -> object:
    act = actions.update if given.switch("is_update") else actions.note
    return act(work, number, given.text("text"))


def _dispute_pause(work: Work, number: int, given: Fields) -> object:
    return actions.dispute_pause(work, number, given.number("pause"), given.text("reason"))


def _prioritise(work: Work, number: int, given: Fields) -> object:
    if work.actor.kind is ActorKind.TOKEN:
        raise NotAllowed(
            "no token may set priorities (incidents:prioritise): a person with the role "
            "incident_manager does it, on the incident's page"
        )
    return actions.prioritise(work, number, _priority(given), given.text("reason"))


ACTIONS: dict[str, tuple[tuple[str, ...], Act]] = {
    "acknowledge": ((), lambda work, number, _: actions.acknowledge(work, number)),
    "assign": (("owner",), lambda work, n, given: assign_known(work, n, given.text("owner"))),
    "mitigate": (
        ("text",),
        lambda work, n, given: actions.mitigate(work, n, given.text("text", "")),
    ),
    "resolve": (("reason", "force"), _resolve),
    "reopen": (("reason",), lambda work, n, given: actions.reopen(work, n, given.text("reason"))),
    "close": ((), lambda work, number, _: actions.close(work, number)),
    "note": (("text", "is_update"), _note),
    "prioritise": (("priority", "reason"), _prioritise),
    "dispute_pause": (("pause", "reason"), _dispute_pause),
    "merge": (("into",), lambda work, n, given: actions.merge(work, n, given.number("into"))),
}


@api.post("/incidents/<int:number>/<action>", endpoint="incident_act")
def act(number: int, action: str) -> ResponseReturnValue:
    """Do one of ``ACTIONS`` to an incident, and return how it stands then."""
    if action not in ACTIONS:
        raise NotFound(f"there is no action {action[:64]!r}; there are {', '.join(ACTIONS)}")
    asked.parameters()
    known, run = ACTIONS[action]
    given = asked.body(*known)

    def do(work: Work) -> Json:
        run(work, number, given)
        work.session.flush()
        return shapes.incident(queries.line_of(work, number))

    return once(do)
