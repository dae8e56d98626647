"""What load balancers and Prometheus ask; without a sign-in it says words, no more."""

from flask import Blueprint, Response, current_app, g, jsonify
from flask.typing import ResponseReturnValue

from ssoc.core.errors import NotSignedIn
from ssoc.core.permissions import ActorKind, Permission
from ssoc.core.writing import WriteProbe
from web.api import figures, state
from web.api.shapes import Json, instant
from web.app import request_runtime
from web.auth import public

health = Blueprint("health", __name__)
_WORST_FIRST = (state.BAD, state.DEGRADED, state.WARNING)


@health.get("/api/health", endpoint="health")
@public
def whole() -> ResponseReturnValue:
    """Say whether everything works: 200, or 503 when a part or a job has failed or stays away."""
    parts = state.look(request_runtime(), _probe())
    found = {each.status for each in parts}
    worst = next((word for word in _WORST_FIRST if word in found), state.OK)
    answer: Json = {"status": worst, "parts": {each.name: each.status for each in parts}}
    since = {each.name: instant(each.since) for each in parts if each.since}
    late = [name for each in parts for name in each.late_jobs]
    answer |= {"since": since} if since else {}
    answer |= {"late_jobs": late} if late else {}
    failing = [name for each in parts for name in each.failing_jobs]
    answer |= {"failing_jobs": failing} if failing else {}
    if g.actor.markets(Permission.JOB_SEE):
        answer["details"] = {each.name: each.text for each in parts if each.text}
    return jsonify(answer), 503 if worst in {state.BAD, state.DEGRADED} else 200


@health.get("/api/ready", endpoint="ready")
@public
def ready() -> ResponseReturnValue:
    """Say whether this process can serve pages: 200 or 503; the scheduler is not asked.

    A database that can be read and not written leaves it ready, and says so: pages still show
    what is open, and the doors tell each sender by themselves to come again.
    """
    parts = state.foundations(request_runtime(), _probe())
    if not state.can_serve(parts):
        return jsonify(status="not ready"), 503
    writes = next(each for each in parts if each.name == "writes")
    if writes.status == state.OK:
        return jsonify(status="ready")
    return jsonify(status="ready, cannot write", since={"writes": instant(writes.since)})


def _probe() -> WriteProbe:
    probe: WriteProbe = current_app.extensions["ssoc.writes"]
    return probe


@health.get("/metrics", endpoint="metrics")
@public
def metrics() -> ResponseReturnValue:
    """Return our own figures in Prometheus' text format; names of people are not among them."""
    runtime = request_runtime()
    if not runtime.settings.web.public_metrics and g.actor.kind is ActorKind.ANONYMOUS:
        raise NotSignedIn("figures need a token with the scope read (web.public_metrics is false)")
    body, content_type = figures.render(runtime, _probe())
    return Response(body, content_type=content_type)
