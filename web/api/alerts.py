"""Alerts: list and read. They are sent to the same address by POST, at the machine door."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.vocabulary import Severity
from ssoc.monitoring import queries
from ssoc.monitoring.queries import AlertFilter, Wanted
from web.api import asked, shapes
from web.api.blueprint import api
from web.app import request_view

LISTED = ("state", "market", "severity", "component", "source", "q", "limit", "cursor")
_WORDS = {each.word: each for each in Severity}


@api.get("/alerts", endpoint="alerts")
def listed() -> ResponseReturnValue:
    """Return a page of alerts, worst and newest first."""
    given = asked.parameters(*LISTED)
    severity = asked.one_of(given, "severity", _WORDS)
    wanted = AlertFilter(
        wanted=Wanted(asked.one_of(given, "state", list(Wanted)) or Wanted.OPEN),
        markets=_some(given.get("market")),
        severities=(_WORDS[severity],) if severity else (),
        components=_some(given.get("component")),
        sources=_some(given.get("source")),
        text=given.get("q", ""),
    )
    with request_view() as work:
        if not work.actor.markets(Permission.ALERT_SEE):
            work.require(Permission.ALERT_SEE, EVERYWHERE)
        asked.check_market(work, given.get("market", ""), Permission.ALERT_SEE)
        page = queries.alerts(work, wanted, given.get("cursor", ""), asked.limit(given))
        items = [shapes.alert(each) for each in page.alerts]
    return jsonify(items=items, next=page.next)


def _some(word: str | None) -> tuple[str, ...]:
    return (word,) if word else ()


@api.post("/alerts", endpoint="alerts_sent")
def sent() -> ResponseReturnValue:
    """Stand for the machine door, which takes what is sent here before it comes this far."""
    raise NotFound("alerts are taken by the machine door, which is missing here; use ssoc web")


@api.get("/alerts/<key>", endpoint="alert")
def one(key: str) -> ResponseReturnValue:
    """Return one alert with the ways it came by and its changes."""
    asked.parameters()
    with request_view() as work:
        return jsonify(shapes.alert_page(queries.alert(work, key)))
