"""Changes over the API: list, read, raise, edit, act."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes import queries
from changes.actions import requests
from changes.draft import draft_of
from changes.plain import FIELDS, Json, read_draft
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes import shapes
from web.api.changes.acting import CHANGE_ACTIONS
from web.api.repeating import once
from web.app import request_view

_VERSION = "version"


@api.post("/changes", endpoint="change_raise")
def raised() -> ResponseReturnValue:
    """Keep a new change as a draft, and return it."""
    asked.parameters()
    given = asked.body(*FIELDS).values

    def do(work: Work) -> Json:
        if not work.actor.markets(Permission.CHANGE_PLAN):
            work.require(Permission.CHANGE_PLAN, EVERYWHERE)
        return _whole(work, requests.raise_change(work, read_draft(given)))

    return once(do, 201)


@api.get("/changes/<int:number>", endpoint="change")
def one(number: int) -> ResponseReturnValue:
    """Return one change with its plan."""
    asked.parameters()
    with request_view() as work:
        return jsonify(shapes.whole(queries.change(work, number)))


@api.put("/changes/<int:number>", endpoint="change_edit")
def edited(number: int) -> ResponseReturnValue:
    """Write a change anew over the version that was read, and return it."""
    asked.parameters()
    fields = asked.body(*FIELDS, _VERSION)
    version = fields.number(_VERSION)
    given: dict[str, Any] = {k: v for k, v in fields.values.items() if k != _VERSION}

    def do(work: Work) -> Json:
        base = draft_of(queries.change(work, number))
        requests.edit(work, number, read_draft(given, base), version)
        return _whole(work, number)

    return once(do)


@api.post("/changes/<int:number>/<action>", endpoint="change_act")
def act(number: int, action: str) -> ResponseReturnValue:
    """Do one of ``CHANGE_ACTIONS`` to a change, and return how it stands then."""
    if action not in CHANGE_ACTIONS:
        there = ", ".join(CHANGE_ACTIONS)
        raise NotFound(f"there is no action {action[:64]!r}; there are {there}")
    asked.parameters()
    known = CHANGE_ACTIONS[action]
    given = asked.body(*known.fields)

    def do(work: Work) -> Json:
        known.run(work, number, given)
        return _whole(work, number)

    return once(do)


def _whole(work: Work, number: int) -> Json:
    work.session.flush()
    work.session.expire_all()
    return shapes.whole(queries.change(work, number))
