"""The tag of a live page: a number read from one row, never a hash of what was rendered.

It changes with every change a screen would show, and every ``SLOT`` for what only time changes
(ages, clocks, samples). A screen that shows the newest already costs one statement and a 304.
"""

from hashlib import blake2s

from flask import Response, request
from flask.typing import ResponseReturnValue

from ssoc.core.running import revision
from ssoc.core.work import Work

SLOT = 10  # seconds


def tag_of(work: Work) -> str:
    """Return the tag of this address for this actor at this moment."""
    slot = int(work.now.timestamp()) // SLOT
    what = blake2s(f"{work.actor.name}\n{request.full_path}".encode(), digest_size=6).hexdigest()
    return f'"{revision(work.session)}-{slot}-{what}"'


def is_known(tag: str) -> bool:
    """Tell whether the screen that asks shows this already."""
    return request.headers.get("If-None-Match", "").removeprefix("W/") == tag


def nothing_new(tag: str) -> ResponseReturnValue:
    """Answer without a body."""
    return Response(status=304, headers={"ETag": tag})


def page(tag: str, body: str) -> ResponseReturnValue:
    """Answer with the page and its tag; nothing on the way may keep it."""
    return Response(body, headers={"ETag": tag, "Cache-Control": "no-store"})
