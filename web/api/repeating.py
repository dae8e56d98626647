"""Do something at most once, however often its sender repeats the request."""

import hashlib
from collections.abc import Callable

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from ssoc.core.repeats import Repeatable, answered, keep
from ssoc.core.work import Work
from web.api.shapes import Json
from web.app import request_work

HEADER = "Idempotency-Key"


def once(act: Callable[[Work], Json], status: int = 200) -> ResponseReturnValue:
    """Run ``act`` in one unit of work and answer with what it returns.

    With an Idempotency-Key the answer is kept in the same transaction: the same request sent
    again gets the same answer, and nothing happens twice.
    """
    key = request.headers.get(HEADER)
    with request_work() as work:
        if key is None:
            return jsonify(act(work)), status
        asked = Repeatable(key, _fingerprint())
        before = answered(work, asked)
        if before is None:
            before = act(work)
            work.session.flush()
            keep(work, asked, before)
        return jsonify(before), status


def _fingerprint() -> str:
    what = f"{request.method} {request.full_path}\n".encode() + request.get_data(cache=True)
    return hashlib.sha256(what).hexdigest()
