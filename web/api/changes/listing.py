"""The list of changes over the API: filters, order, keyset pages."""

from collections.abc import Mapping

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.queries.lists import ORDERS, ChangeFilter, listed
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from web.api import asked
from web.api.blueprint import api
from web.api.changes import shapes
from web.app import request_view

KNOWN = (
    *("state", "market", "type", "component", "vendor", "person", "risk_at_least", "q", "since"),
    *("until", "unauthorised", "order", "limit", "cursor"),
)


@api.get("/changes", endpoint="changes")
def listing() -> ResponseReturnValue:
    """Return a page of changes, the next to begin first."""
    given = asked.parameters(*KNOWN)
    wanted = _filter(given)
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        asked.check_market(work, wanted.market, Permission.CHANGE_SEE)
        found = listed(work, wanted, given.get("cursor", ""), asked.limit(given))
        items = [shapes.line(each) for each in found.items]
    return jsonify(items=items, next=found.next or None, total=found.total)


def _filter(given: Mapping[str, str]) -> ChangeFilter:
    fields = asked.Fields(given)
    return ChangeFilter(
        state=given.get("state", "live"),
        market=given.get("market", ""),
        type=given.get("type", ""),
        component=given.get("component", ""),
        vendor=given.get("vendor", ""),
        person=given.get("person", ""),
        risk_at_least=_points(given.get("risk_at_least", "")),
        text=given.get("q", ""),
        since=fields.instant("since") if given.get("since") else None,
        until=fields.instant("until") if given.get("until") else None,
        is_unauthorised=asked.switch(given, "unauthorised") if given.get("unauthorised") else None,
        order=asked.one_of(given, "order", ORDERS),
    )


def _points(text: str) -> float | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:9]) <= 100):
        raise BadInput("risk_at_least must be a whole number from 0 to 100")
    return float(text)
