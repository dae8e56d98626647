"""The staff of a programme over the API: the list, and somebody who moves or leaves."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.programmes.actions import staff as acts
from changes.programmes.queries import people as queries
from changes.programmes.queries.people import StaffFilter
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json
from web.api.programmes.plans import day
from web.api.repeating import once
from web.app import request_view

_FILTERS = ("words", "market", "region", "role", "stands")


@api.get("/programmes/<int:number>/staff", endpoint="programme_staff")
def listed(number: int) -> ResponseReturnValue:
    """Return a page of the people of a programme's sites, by site and code."""
    given = asked.parameters(*_FILTERS, "cursor", "limit")
    wanted = StaffFilter(**{name: given.get(name, "") for name in _FILTERS})
    with request_view() as work:
        page = queries.listed(work, number, wanted, given.get("cursor", ""), asked.limit(given))
    return jsonify(
        items=[
            {
                "id": each.id,
                "site_rollout": each.site_rollout_id,
                "site": each.site,
                "market": each.market,
                "region": each.region,
                "code": each.code,
                "name": each.name,
                "role": each.role,
                "joined_on": each.joined_on.isoformat() if each.joined_on else None,
                "left_on": each.left_on.isoformat() if each.left_on else None,
                "is_champion": each.is_champion,
            }
            for each in page.items
        ],
        total=page.total,
        next=page.next or None,
    )


@api.post("/sites/<int:number>/staff/<int:person>/leave", endpoint="site_staff_leave")
def left(number: int, person: int) -> ResponseReturnValue:
    """Let somebody go; ``day`` is the first they are gone."""
    asked.parameters()
    given = asked.body("day")
    when = day(given, "day")
    if when is None:
        raise BadInput("the field day is missing: the first day they are gone")

    def do(work: Work) -> Json:
        acts.leave(work, number, person, when)
        return {"id": person, "left_on": when.isoformat()}

    return once(do)


@api.post("/sites/<int:number>/staff/<int:person>/move", endpoint="site_staff_move")
def moved(number: int, person: int) -> ResponseReturnValue:
    """Move somebody to the site of code ``to``, from ``day`` on, with what they are trained for."""
    asked.parameters()
    given = asked.body("to", "day")
    when = day(given, "day")
    if when is None:
        raise BadInput("the field day is missing: the first day at the other site")

    def do(work: Work) -> Json:
        return {"id": acts.move(work, number, person, given.text("to"), when)}

    return once(do)
