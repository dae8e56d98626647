"""Runs over the API: what runs now, the runs of a change, one run with its forecast."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from changes.queries import runs
from changes.rollouts.queries.running import running_now
from changes.run_values import DecisionView, Presence, RunStepView, RunView
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from web.api import asked
from web.api.blueprint import api
from web.api.changes.shapes import Json, instant
from web.app import request_view


@api.get("/changes/running", endpoint="changes_running")
def running() -> ResponseReturnValue:
    """Return the changes that are executed now, with their forecast."""
    asked.parameters()
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        found = running_now(work)
    items = [
        {
            "id": each.change_id,
            "run": each.run_id or None,
            "rollout": each.rollout_id or None,
            "title": each.title,
            "markets": list(each.markets),
            "components": list(each.components),
            "started_at": instant(each.started_at),
            "window_ends_at": instant(each.window_end),
            "forecast_end": instant(each.forecast_end),
            "standing": each.state.value,
            "is_rolling_back": each.is_rolling_back,
        }
        for each in found
    ]
    return jsonify(items=items)


@api.get("/changes/<int:number>/runs", endpoint="change_runs")
def of_change(number: int) -> ResponseReturnValue:
    """Return every run and rehearsal of a change, the newest first."""
    asked.parameters()
    with request_view() as work:
        return jsonify(items=[_run(each) for each in runs.runs_of(work, number)])


@api.get("/changes/<int:number>/runs/<int:run>", endpoint="change_run")
def one(number: int, run: int) -> ResponseReturnValue:
    """Return one run with its steps, decisions and bridge."""
    asked.parameters()
    with request_view() as work:
        found = runs.run(work, run)
    if found.change.id != number:
        raise NotFound(f"there is no run {run} of CHG-{number} that you may see")
    return jsonify(_run(found))


def _run(run: RunView) -> Json:
    return {
        "id": run.id,
        "change": run.change.id,
        "is_rehearsal": run.is_rehearsal,
        "state": run.state.value,
        "outcome": run.outcome.value if run.outcome else None,
        "started_at": instant(run.started_at),
        "started_by": run.started_by,
        "window_ends_at": instant(run.window_ends_at),
        "checkpoint": instant(run.checkpoint),
        "forecast_end": instant(run.forecast.end) if run.forecast else None,
        "forecast_n": run.forecast.n if run.forecast else None,
        "critical_path": list(run.forecast.path) if run.forecast else [],
        "standing": run.standing.value if run.standing else None,
        "standing_words": run.standing_words,
        "rolled_back_at": instant(run.rolled_back_at),
        "ended_at": instant(run.ended_at),
        "ended_by": run.ended_by,
        "overran": run.overran,
        "note": run.note,
        "suppressed": list(run.suppressed),
        "suppressed_until": instant(run.suppressed_until),
        "steps": [_step(each) for each in run.steps],
        "decisions": [_decision(each) for each in run.decisions],
        "bridge": [_presence(each) for each in run.bridge],
    }


def _step(step: RunStepView) -> Json:
    return {
        "position": step.position,
        "title": step.title,
        "owner": step.owner,
        "state": step.state.value,
        "is_hold_point": step.is_hold_point,
        "waits_for": list(step.waits_for),
        "check": step.check,
        "undo": step.undo,
        "planned_minutes": step.planned_minutes,
        "planned_at": instant(step.planned_at),
        "began_at": instant(step.began_at),
        "began_by": step.began_by,
        "ended_at": instant(step.ended_at),
        "ended_by": step.ended_by,
        "repeats": step.repeats,
        "undone_at": instant(step.undone_at),
        "undone_by": step.undone_by,
        "notes": [
            {"move": each.move, "text": each.text, "by": each.by, "at": instant(each.at)}
            for each in step.notes
        ],
    }


def _decision(decision: DecisionView) -> Json:
    return {
        "decision": decision.kind.value,
        "reason": decision.reason,
        "by": decision.by,
        "at": instant(decision.at),
        "forecast_end": instant(decision.forecast_end),
        "until": instant(decision.until),
    }


def _presence(presence: Presence) -> Json:
    return {
        "person": presence.person,
        "partner": presence.partner,
        "joined_at": instant(presence.joined_at),
        "left_at": instant(presence.left_at),
    }
