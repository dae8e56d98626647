"""Templates over the API: list, read, write, and what becomes of them."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.actions import templates as actions
from changes.actions.templates import TemplateDraft
from changes.plain import FIELDS, plain, read_draft, without
from changes.queries import templates as queries
from changes.queries.templates import Template
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.repeating import once
from web.app import request_view

_NOT_OURS = ("title", "starts_at", "ends_at", "markets", "template_id", "rollback_rehearsed_at")
_OWN = ("name", "does", "includes", "window_minutes")
_PLAN = tuple(each for each in FIELDS if each not in _NOT_OURS)
ACTIONS: Mapping[str, Callable[[Work, int, Fields], object]] = {
    "propose": lambda work, n, given: actions.propose_template(work, n, given.text("reason")),
    "accept": lambda work, n, _: actions.accept_template(work, n),
    "decline": lambda work, n, given: actions.decline_template(work, n, given.text("reason")),
    "withdraw": lambda work, n, given: actions.withdraw_standard(work, n, given.text("reason")),
    "retire": lambda work, n, _: actions.retire_template(work, n),
}


@api.get("/change-templates", endpoint="change_templates")
def listed() -> ResponseReturnValue:
    """Return every template with its standing."""
    asked.parameters()
    with request_view() as work:
        return jsonify(items=[_line(each) for each in queries.templates(work, retired=True)])


@api.get("/change-templates/<int:number>", endpoint="change_template")
def one(number: int) -> ResponseReturnValue:
    """Return one template with its plan."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_whole(work, number))


@api.post("/change-templates", endpoint="change_template_new")
def made() -> ResponseReturnValue:
    """Keep a new template."""
    asked.parameters()
    given = asked.body(*_OWN, *_PLAN).values
    return once(lambda work: _whole(work, actions.save_template(work, _draft(work, given))), 201)


@api.put("/change-templates/<int:number>", endpoint="change_template_edit")
def written(number: int) -> ResponseReturnValue:
    """Write a template anew over the version that was read."""
    asked.parameters()
    fields = asked.body(*_OWN, *_PLAN, "version")
    version, given = fields.number("version"), without(fields.values, ["version"])

    def do(work: Work) -> Json:
        before = queries.template(work, number)
        actions.save_template(work, _draft(work, given, before), number, version)
        return _whole(work, number)

    return once(do)


@api.post("/change-templates/<int:number>/<action>", endpoint="change_template_act")
def act(number: int, action: str) -> ResponseReturnValue:
    """Do one of ``ACTIONS`` to a template."""
    if action not in ACTIONS:
        raise NotFound(f"there is no action {action[:64]!r}; there are {', '.join(ACTIONS)}")
    asked.parameters()
    given = asked.body("reason")

    def do(work: Work) -> Json:
        ACTIONS[action](work, number, given)
        return _whole(work, number)

    return once(do)


def _draft(work: Work, given: Mapping[str, Any], before: Template | None = None) -> TemplateDraft:
    if not work.actor.markets(Permission.CHANGE_PLAN):
        work.require(Permission.CHANGE_PLAN, EVERYWHERE)
    base = before.own if before else None
    name = Fields(given).text("name", before.name if before else None)
    plan = read_draft({"title": name, **without(given, _OWN)}, base)
    includes = given.get("includes", list(before.includes) if before else [])
    minutes = given.get("window_minutes", before.window_minutes if before else 0)
    if not isinstance(includes, list) or not all(type(each) is int for each in includes):
        raise BadInput("the field includes must be a list of numbers of templates")
    if type(minutes) is not int:
        raise BadInput("the field window_minutes must be a whole number")
    does = Fields(given).text("does", before.does if before else "")
    return TemplateDraft(name, plan, does, tuple(includes), minutes)


def _line(found: Template) -> Json:
    standing = found.standing
    return {
        "id": found.id,
        "name": found.name,
        "does": found.does,
        "state": found.state.value,
        "record": {
            "n": standing.n,
            "failed": standing.failed.hits,
            "low": standing.failed.low,
            "high": standing.failed.high,
            "score": standing.score,
            "against_standard": list(standing.against),
        },
        "standing_because": found.standing_because,
        "standing_since": instant(found.standing_since),
        "plan_since": instant(found.plan_since),
        "version": found.version,
    }


def _whole(work: Work, number: int) -> Json:
    work.session.flush()
    found = queries.template(work, number)
    return {
        **_line(found),
        **without(plain(found.own), _NOT_OURS),
        "includes": list(found.includes),
        "window_minutes": found.window_minutes,
        "all_steps": plain(found.whole)["steps"],
    }
