"""How extracts are read, over the API."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.reconciliation.actions import planning
from changes.reconciliation.queries import parallels
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.programmes.reconciliation import require_sight
from web.api.repeating import once
from web.app import request_view


@api.get("/extract-definitions", endpoint="extract_definitions")
def definitions() -> ResponseReturnValue:
    """Return how extracts are read, by name."""
    asked.parameters()
    with request_view() as work:
        require_sight(work)
        found = parallels.definitions(work)
    return jsonify(items=[_definition(each) for each in found])


@api.put("/extract-definitions/<name>", endpoint="extract_definition_set")
def defined(name: str) -> ResponseReturnValue:
    """Say how the extract of a system is read, new or over the one of that name."""
    asked.parameters()
    given = asked.body("market", "content")
    content = given.values.get("content")
    if not isinstance(content, dict):
        raise BadInput("the field content must be an object")

    def do(work: Work) -> Json:
        planning.define(work, name, given.text("market"), content)
        return next(_definition(each) for each in parallels.definitions(work) if each.name == name)

    return once(do)


def _definition(row: Any) -> Json:  # noqa: ANN401 (a row)
    return {
        "name": row.name,
        "market": row.market,
        "content": row.content,
        "set_by": row.set_by,
        "set_at": instant(row.set_at),
    }
