"""Signs of life: ``/ping/{token}``, with ``/start``, ``/fail`` or an exit status behind it."""

import re
from dataclasses import dataclass

from ssoc.monitoring.rules.heartbeats import Ping

PREFIX = "/ping/"
CURE = (
    "this is no address of a heartbeat; ask for /ping/TOKEN, /ping/TOKEN/start, "
    "/ping/TOKEN/fail or /ping/TOKEN/STATUS with an exit status from 0 to 255; "
    "ssoc heartbeat create NAME prints the TOKEN"
)
LONGEST_MESSAGE = 500
_SHAPE = re.compile(r"/ping/([A-Za-z0-9_-]{8,128})(?:/(start|fail|\d{1,3}))?/?", re.ASCII)


@dataclass(frozen=True)
class Heard:
    """One ping, and what the job wrote with it."""

    token: str
    kind: Ping
    message: str = ""


_KINDS = {None: Ping.DONE, "start": Ping.START, "fail": Ping.FAIL}


def parse(path: str, body: bytes) -> Heard | None:
    """Return the ping that ``path`` and ``body`` stand for; None when the path is none."""
    shape = _SHAPE.fullmatch(path)
    if shape is None:
        return None
    token, word = shape.groups()
    message = body[: LONGEST_MESSAGE * 4].decode("utf-8", "replace").replace("\x00", "\ufffd")
    if word in _KINDS:
        return Heard(token, _KINDS[word], message[:LONGEST_MESSAGE])
    status = int(word)
    if status > 255:
        return None
    text = f"exit {status}: {message}" if message else f"exit {status}"
    return Heard(token, Ping.FAIL if status else Ping.DONE, text[:LONGEST_MESSAGE])
