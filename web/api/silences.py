"""Silences: list, make, end."""

from datetime import timedelta
from typing import Any

from flask import g, jsonify
from flask.typing import ResponseReturnValue

from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.monitoring import actions, queries
from ssoc.monitoring.actions.silences import SilenceDraft
from ssoc.monitoring.rules.matching import Matcher
from web.api import asked, shapes
from web.api.blueprint import api
from web.api.repeating import once
from web.api.shapes import Json
from web.app import request_view

MATCHER = {"name": str, "value": str, "isRegex": bool, "isEqual": bool}


@api.get("/silences", endpoint="silences")
def listed() -> ResponseReturnValue:
    """Return the silences, the one that ends last first; expired ones for five days after."""
    asked.parameters()
    with request_view() as work:
        if not work.actor.markets(Permission.ALERT_SEE):
            work.require(Permission.ALERT_SEE, EVERYWHERE)
        found = [shapes.silence(each, work.now, g.actor.kind) for each in queries.silences(work)]
    return jsonify(items=found, next=None)


@api.post("/silences", endpoint="silence_set")
def make() -> ResponseReturnValue:
    """Make a silence, from now for an hour unless told otherwise."""
    asked.parameters()
    given = asked.body("matchers", "starts_at", "ends_at", "comment")
    matchers = tuple(_matcher(each) for each in _list(given.values.get("matchers")))

    def do(work: Work) -> Json:
        begins = given.instant("starts_at", work.now)
        ends = given.instant("ends_at", begins + timedelta(hours=1))
        draft = SilenceDraft(matchers, begins, ends, given.text("comment", ""))
        made = actions.set_silence(work, draft)
        work.session.flush()
        return shapes.silence(queries.silence(work, made), work.now, g.actor.kind)

    return once(do, 201)


def _list(found: Any) -> list[Any]:  # noqa: ANN401 (any JSON)
    if not isinstance(found, list) or not found or len(found) > asked.MOST:
        raise BadInput("the field matchers must be a list with at least one matcher")
    return found


def _matcher(found: Any) -> Matcher:  # noqa: ANN401 (any JSON)
    right = isinstance(found, dict) and all(
        name in MATCHER and isinstance(value, MATCHER[name]) for name, value in found.items()
    )
    if not right or "name" not in found or "value" not in found:
        raise BadInput(
            'a matcher is {"name": text, "value": text, "isRegex": false, "isEqual": true}'
        )
    return Matcher(
        found["name"], found["value"], found.get("isRegex", False), found.get("isEqual", True)
    )


@api.delete("/silences/<silence_id>", endpoint="silence_end")
def end(silence_id: str) -> ResponseReturnValue:
    """End a silence now."""
    asked.parameters()

    def do(work: Work) -> Json:
        actions.expire_silence(work, silence_id[:36])
        work.session.flush()
        return shapes.silence(queries.silence(work, silence_id[:36]), work.now, g.actor.kind)

    return once(do)
