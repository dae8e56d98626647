"""What load balancers and Prometheus ask; without a sign-in it says words, no more."""

from flask import Blueprint, Response, g, jsonify
from flask.typing import ResponseReturnValue

from ssoc.core.errors import NotSignedIn
from ssoc.core.permissions import ActorKind, Permission
from web.api import figures, state
from web.app import request_runtime
from web.auth import public

health = Blueprint("health", __name__)


@health.get("/api/health", endpoint="health")
@public
def whole() -> ResponseReturnValue:
    """Say whether everything works: 200, or 503 when a part has failed."""
    parts = state.look(request_runtime())
    failed = any(each.status == state.BAD for each in parts)
    warned = any(each.status == state.WARNING for each in parts)
    word = state.BAD if failed else state.WARNING if warned else state.OK
    answer = {"status": word, "parts": {each.name: each.status for each in parts}}
    if g.actor.markets(Permission.JOB_SEE):
        answer["details"] = {each.name: each.text for each in parts if each.text}
    return jsonify(answer), 503 if failed else 200


@health.get("/api/ready", endpoint="ready")
@public
def ready() -> ResponseReturnValue:
    """Say whether this process can serve pages: 200 or 503; the scheduler is not asked."""
    parts = state.foundations(request_runtime())
    is_ready = all(each.status == state.OK for each in parts)
    return jsonify(status="ready" if is_ready else "not ready"), 200 if is_ready else 503


@health.get("/metrics", endpoint="metrics")
@public
def metrics() -> ResponseReturnValue:
    """Return our own figures in Prometheus' text format; names of people are not among them."""
    runtime = request_runtime()
    if not runtime.settings.web.public_metrics and g.actor.kind is ActorKind.ANONYMOUS:
        raise NotSignedIn("figures need a token with the scope read (web.public_metrics is false)")
    body, content_type = figures.render(runtime)
    return Response(body, content_type=content_type)
