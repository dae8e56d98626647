"""Presses with a key: done at most once, however often a telephone with a bad line sends them."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import flash, jsonify, request
from flask.typing import ResponseReturnValue

from ssoc.core.errors import BadInput, Conflict, IllegalMove
from ssoc.core.repeats import Repeatable, answered, keep
from ssoc.core.work import Work
from web.app import request_view, request_work

HEADER, PRESSED_AT = "Idempotency-Key", "X-Pressed-At"
_LATE = timedelta(minutes=1)


def is_keyed() -> bool:
    """Tell whether the form was sent by ``presses.js``, with its own key."""
    return HEADER in request.headers


def once(act: Callable[[Work], object], said: str) -> ResponseReturnValue:
    """Act and answer with what is said; sent again, it is answered again and nothing happens.

    A refusal is raised as ever, unless the same press got through meanwhile.
    """
    asked = Repeatable(request.headers[HEADER], _fingerprint())
    try:
        with request_work() as work:
            before = answered(work, asked)
            if before is None:
                act(work)
                work.session.flush()
                keep(work, asked, {"said": said})
    except (BadInput, Conflict, IllegalMove):
        with request_view() as work:
            before = answered(work, asked)
        if before is None:
            raise
    if before is None:
        flash(said)
    return jsonify(before or {"said": said})


def late_words(now: datetime) -> str:
    """Return when a press was made, if it came late; the clock of the telephone is not believed."""
    try:
        at = datetime.fromisoformat(request.headers.get(PRESSED_AT, ""))
    except ValueError:
        return ""
    if at.tzinfo is None or not _LATE <= now - at <= timedelta(days=1):
        return ""
    return f"pressed {at.astimezone(UTC):%H:%M} UTC by the telephone's clock, sent {now:%H:%M}"


def _fingerprint() -> str:
    pairs = sorted((k, v) for k, v in request.form.items(multi=True) if k != "csrf_token")
    return hashlib.sha256(f"{request.method} {request.path}\n{pairs}".encode()).hexdigest()
