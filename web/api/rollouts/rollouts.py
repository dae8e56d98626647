"""Roll-outs over the API: list, read, plan, act."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes import queries as change_queries
from changes.rollouts.actions import planning
from changes.rollouts.lifecycle import RolloutState
from changes.rollouts.queries import rollouts as queries
from changes.rollouts.rules import drafting, reach
from changes.rollouts.rules.ahead import outlook
from changes.rollouts.values import RolloutView, WaveView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.api.repeating import once
from web.api.rollouts.acts import ROLLOUT_ACTIONS
from web.app import request_view

_PLAN = ("waves", "watch_minutes", "watch")
_CHANGE, _VERSION = "change", "version"


@api.get("/roll-outs", endpoint="rollouts")
def listed() -> ResponseReturnValue:
    """Return roll-outs, those that go on first."""
    given = asked.parameters("state", "market", "limit")
    state = asked.one_of(given, "state", [each.value for each in RolloutState])
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        asked.check_market(work, given.get("market", ""), Permission.CHANGE_SEE)
        states = [RolloutState(state)] if state else []
        found = queries.listed(work, states, given.get("market", ""), asked.limit(given))
        return jsonify(items=[_line(each) for each in found])


@api.post("/roll-outs", endpoint="rollout_plan")
def planned() -> ResponseReturnValue:
    """Give a change its waves, and return the roll-out."""
    asked.parameters()
    fields = asked.body(_CHANGE, *_PLAN)

    def do(work: Work) -> Json:
        change = change_queries.change(work, fields.number(_CHANGE))
        return _shape(work, planning.plan(work, change.id, _draft(fields.values)))

    return once(do, 201)


@api.get("/roll-outs/<int:number>", endpoint="rollout")
def one(number: int) -> ResponseReturnValue:
    """Return one roll-out with its waves, why each waits, the forecast and what was decided."""
    asked.parameters()
    with request_view() as work:
        return jsonify(_whole(work, queries.rollout(work, number)))


@api.put("/roll-outs/<int:number>", endpoint="rollout_edit")
def edited(number: int) -> ResponseReturnValue:
    """Write the waves anew over the version that was read, and return the roll-out."""
    asked.parameters()
    fields = asked.body(_VERSION, *_PLAN)

    def do(work: Work) -> Json:
        found = queries.rollout(work, number)
        version = fields.number(_VERSION)
        given = {name: value for name, value in fields.values.items() if name != _VERSION}
        return _shape(work, planning.plan(work, found.change_id, _draft(given), version))

    return once(do)


@api.post("/roll-outs/<int:number>/<action>", endpoint="rollout_act")
def act(number: int, action: str) -> ResponseReturnValue:
    """Do one of ``ROLLOUT_ACTIONS`` to a roll-out, and return how it stands then."""
    if action not in ROLLOUT_ACTIONS:
        there = ", ".join(ROLLOUT_ACTIONS)
        raise NotFound(f"there is no action {action[:64]!r}; there are {there}")
    asked.parameters()
    known = ROLLOUT_ACTIONS[action]
    given = asked.body(*known.fields)

    def do(work: Work) -> Json:
        known.run(work, number, given)
        return {"id": number, "removed": True} if action == "remove" else _shape(work, number)

    return once(do)


def _draft(given: Any) -> drafting.WavesDraft:  # noqa: ANN401 (any JSON)
    return drafting.read({name: value for name, value in given.items() if name in _PLAN})


def _shape(work: Work, number: int) -> Json:
    work.session.flush()
    work.session.expire_all()
    return _whole(work, queries.rollout(work, number))


def _line(rollout: RolloutView) -> Json:
    current = rollout.current
    return {
        "id": rollout.id,
        "reference": rollout.reference,
        "change": rollout.change_id,
        "title": rollout.title,
        "state": rollout.state.value,
        "is_paused": rollout.is_paused,
        "markets": list(rollout.markets),
        "components": list(rollout.components),
        "wave": current.position if current else None,
        "waves": len(rollout.waves),
        "started_at": instant(rollout.started_at),
        "watched_from": instant(rollout.watched_from),
        "ended_at": instant(rollout.ended_at),
        "version": rollout.version,
    }


def _whole(work: Work, rollout: RolloutView) -> Json:
    ahead = outlook(rollout, work.now)
    views = rollout.waves
    return {
        **_line(rollout),
        "rollback_is_tested": rollout.rollback_is_tested,
        "rollback_minutes": rollout.rollback_minutes,
        "window_ends_at": instant(rollout.window.until if rollout.window else None),
        "forecast_end": instant(ahead.end) if ahead else None,
        "forecast_is_least": ahead.is_least if ahead else None,
        "standing": ahead.standing.value if ahead and ahead.standing else None,
        "standing_words": ahead.words if ahead else "",
        "watch_minutes": rollout.watch_minutes,
        "watch": dict(rollout.watch),
        "watch_gate": rollout.gate_id,
        "paused_at": instant(rollout.paused_at),
        "paused_by": rollout.paused_by,
        "paused_because": rollout.paused_because,
        "warnings": _warnings(work, rollout),
        "told": [*reach.overlaps(views, rollout.markets), *reach.gaps(views, rollout.markets)],
        "waves": [_wave(rollout, each) for each in views],
        "decisions": [
            {
                "wave": each.position,
                "move": each.move,
                "state": each.state,
                "reason": each.reason,
                "by": each.by,
                "at": instant(each.at),
                "gate": each.gate_id,
                "through": each.through,
            }
            for each in rollout.decisions
        ],
    }


def _warnings(work: Work, rollout: RolloutView) -> list[str]:
    """Return which figures its gates ask for that nobody ever stored, before it begins."""
    if rollout.state is not RolloutState.PLANNED:
        return []
    return list(planning.warnings(work, drafting.draft_of(rollout), rollout.markets))


def _wave(rollout: RolloutView, wave: WaveView) -> Json:
    return {
        "wave": wave.position,
        "name": wave.name,
        "state": wave.state.value,
        "markets": list(wave.markets),
        "covers": [
            {"market": each.market, "whom": each.words}
            for each in reach.covered(wave, rollout.markets)
        ],
        "cohorts": [{**vars(each), "values": list(each.values)} for each in wave.cohorts],
        "sites": list(wave.sites),
        "percent": wave.percent,
        "people": wave.people,
        "not_before": instant(wave.not_before),
        "automatic": wave.is_automatic,
        "soak_minutes": wave.soak_minutes,
        "held": list(wave.held),
        "gate": wave.gate_id,
        "definition": dict(wave.gate),
        "attempts": wave.attempts,
        "started_at": instant(wave.started_at),
        "at_gate_at": instant(wave.at_gate_at),
        "paused_at": instant(wave.paused_at),
        "paused_by": wave.paused_by,
        "paused_because": wave.paused_because,
        "ended_at": instant(wave.ended_at),
        "tasks": [
            {
                "task": each.position,
                "title": each.title,
                "owner": each.owner,
                "undo": each.undo,
                "done_at": instant(each.done_at),
                "done_by": each.done_by,
                "note": each.note,
                "undone_at": instant(each.undone_at),
                "undone_by": each.undone_by,
            }
            for each in wave.tasks
        ],
    }
