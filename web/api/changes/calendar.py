"""The calendar over the API: changes, announced works, freezes and collisions of a stretch."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.queries.calendar import CalendarView, Works, calendar
from changes.rules.freezes import FreezeSpan
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes import shapes
from web.api.changes.shapes import Json, instant
from web.app import request_view

FIRST_YEAR, LAST_YEAR = 2000, 2190
USUAL, MOST = timedelta(days=7), timedelta(days=62)


@api.get("/change-calendar", endpoint="change_calendar")
def stretch() -> ResponseReturnValue:
    """Return what touches the next seven days, or ``since`` to ``until`` of at most 62."""
    given = asked.parameters("since", "until", "market", "component")
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        asked.check_market(work, given.get("market", ""), Permission.CHANGE_SEE)
        since, until = _stretch(work, given)
        market, component = given.get("market", ""), given.get("component", "")
        return jsonify(_whole(calendar(work, since, until, market, component)))


def _stretch(work: Work, given: Mapping[str, str]) -> tuple[datetime, datetime]:
    fields = Fields(given)
    since = fields.instant("since", work.now)
    if not FIRST_YEAR <= since.year <= LAST_YEAR:
        raise BadInput(f"since must be in the years {FIRST_YEAR} to {LAST_YEAR}")
    until = fields.instant("until", since + USUAL)
    if not since < until <= since + MOST:
        raise BadInput(f"until must be after since, by {MOST.days} days at most")
    return since, until


def _whole(found: CalendarView) -> Json:
    return {
        "since": instant(found.since),
        "until": instant(found.until),
        "markets": list(found.markets),
        "changes": [shapes.line(each) for each in found.changes],
        "works": [_works(each) for each in found.works],
        "freezes": [_freeze(each) for each in found.freezes],
        "findings": [shapes.finding(each) for each in found.findings],
    }


def _works(each: Works) -> Json:
    return {
        "id": each.window.id,
        "title": each.window.title,
        "reference": each.window.reference,
        "markets": list(each.markets),
        "components": sorted(each.window.components),
        "starts_at": instant(each.window.starts_at),
        "ends_at": instant(each.window.ends_at),
    }


def _freeze(each: FreezeSpan) -> Json:
    return {
        "key": each.key,
        "name": each.name,
        "is_hard": each.is_hard,
        "reason": each.reason,
        "markets": list(each.markets),
        "components": list(each.components),
        "since": instant(each.since),
        "until": instant(each.until),
    }
