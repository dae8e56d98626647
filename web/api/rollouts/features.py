"""Features over the API: list, one, make; force off, let go on, end."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.features.actions import keeping
from changes.features.queries import curves, features
from changes.features.rules import standing
from changes.features.values import FeatureDraft, FeatureView, FlagKind, KillView
from ssoc.core.errors import BadInput
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.asked import Fields
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.repeating import once
from web.app import request_view

FIELDS = ("key", "title", "rollout", "kind", "on", "off", "owner", "adoption", "errors")
Run = Callable[[Work, str, Fields], None]


@api.get("/features", endpoint="features")
def listed() -> ResponseReturnValue:
    """Return the features with who has each where; those that have ended last."""
    given = asked.parameters("market")
    market = given.get("market", "")
    with request_view() as work:
        _require_see(work)
        asked.check_market(work, market, Permission.CHANGE_SEE)
        found = [
            _feature(each) for each in features.listed(work) if not market or market in each.markets
        ]
    return jsonify(items=found, next=None)


def _require_see(work: Work) -> None:
    if not work.actor.markets(Permission.CHANGE_SEE):
        work.require(Permission.CHANGE_SEE, EVERYWHERE)


@api.get("/features/<key>", endpoint="feature")
def one(key: str) -> ResponseReturnValue:
    """Return one feature with its waves, kills, curves and who asked."""
    asked.parameters()
    with request_view() as work:
        _require_see(work)
        view = features.feature(work, key)
        found = curves.of_feature(work, view)
    drawn = [
        {"kind": kind, "market": market, "points": [[instant(at), value] for at, value in points]}
        for (kind, market), points in found.found.items()
    ]
    counts = [
        {"market": each.market, "hour": instant(each.hour), "asked": each.asked, "on": each.on}
        for each in found.asked
    ]
    return jsonify(_feature(view) | {"curves": drawn, "asked": counts})


@api.post("/features", endpoint="feature_make")
def make() -> ResponseReturnValue:
    """Tie a feature to a roll-out: its flag can be read from now on."""
    asked.parameters()
    given = asked.body(*FIELDS)
    draft = _draft(given)

    def do(work: Work) -> Json:
        keeping.make(work, draft)
        return _feature(features.feature(work, draft.key))

    return once(do, 201)


def _draft(given: Fields) -> FeatureDraft:
    kind = given.text("kind", "boolean")
    if kind not in set(FlagKind):
        raise BadInput(f"the field kind must be one of {', '.join(FlagKind)}")
    is_boolean = kind == FlagKind.BOOLEAN
    for name in ("on", "off"):
        if not is_boolean and name not in given.values:
            raise BadInput(f"the field {name} is missing")
    return FeatureDraft(
        key=given.text("key"),
        title=given.text("title"),
        rollout_id=given.number("rollout"),
        kind=FlagKind(kind),
        on=given.values.get("on", True),
        off=given.values.get("off", False),
        owner=given.text("owner", ""),
        adoption=given.text("adoption", ""),
        errors=given.text("errors", ""),
    )


def _kill(work: Work, key: str, given: Fields) -> None:
    keeping.kill(work, key, given.texts("markets"), given.text("reason"))


def _lift(work: Work, key: str, given: Fields) -> None:
    keeping.lift(work, key, given.texts("markets"), given.text("reason"))


def _end(work: Work, key: str, given: Fields) -> None:
    keeping.end(work, key, given.text("reason"))


ACTS: Mapping[str, tuple[Run, tuple[str, ...]]] = {
    "kill": (_kill, ("markets", "reason")),
    "lift": (_lift, ("markets", "reason")),
    "end": (_end, ("reason",)),
}


@api.post("/features/<key>/<any(kill, lift, end):action>", endpoint="feature_act")
def act(key: str, action: str) -> ResponseReturnValue:
    """Force a feature off in ``markets``, let it go on there, or end it; with the ``reason``."""
    asked.parameters()
    run, known = ACTS[action]
    given = asked.body(*known)

    def do(work: Work) -> Json:
        run(work, key, given)
        return _feature(features.feature(work, key))

    return once(do)


def _feature(view: FeatureView) -> dict[str, Any]:
    return {
        "key": view.key,
        "title": view.title,
        "kind": view.kind.value,
        "on": view.on,
        "off": view.off,
        "owner": view.owner,
        "adoption": view.adoption or None,
        "errors": view.errors or None,
        "rollout": view.rollout_id,
        "change": view.change_id,
        "state": view.state.value,
        "markets": [
            {
                "market": each,
                "who": standing.now_in(view, each),
                "is_forced_off": each in view.killed,
            }
            for each in view.markets
        ],
        "waves": [
            {
                "position": each.position,
                "name": each.name,
                "state": each.state.value,
                "is_on": each.state.is_in_force,
                "markets": list(each.markets or view.markets),
                "percent": each.percent,
                "started_at": instant(each.started_at),
                "ended_at": instant(each.ended_at),
            }
            for each in view.waves
        ],
        "kills": [_killed(each) for each in view.kills],
        "created_at": instant(view.created_at),
        "created_by": view.created_by,
        "ended_at": instant(view.ended_at),
        "ended_by": view.ended_by or None,
        "ended_because": view.ended_because or None,
    }


def _killed(each: KillView) -> dict[str, Any]:
    return {
        "market": each.market,
        "reason": each.reason,
        "by": each.by,
        "at": instant(each.at),
        "lifted_at": instant(each.lifted_at),
        "lifted_by": each.lifted_by or None,
        "lifted_because": each.lifted_because or None,
    }
