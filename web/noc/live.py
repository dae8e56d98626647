"""The tag of a live page: a number read from one row, never a hash of what was rendered.

It changes with every change a screen would show, and every ``SLOT`` for what only time changes
(ages, clocks, samples). A screen that shows the newest already costs one statement and a 304.
"""

from hashlib import blake2s

from flask import Response, request
from flask.typing import ResponseReturnValue

from ssoc.core.running import revision
from ssoc.core.work import Work
from web import assets

SLOT = 10  # seconds


def moment(work: Work) -> tuple[int, int]:
    """Return the revision and the slot of time: what is shown is the same while both are."""
    return revision(work.session), int(work.now.timestamp()) // SLOT


def tag_of(work: Work) -> str:
    """Return the tag of this address for this actor at this moment."""
    return tag_at(moment(work), work.actor.name)


def tag_at(when: tuple[int, int], name: str) -> str:
    """Return the tag of this address for who bears a name; an upgrade changes every tag."""
    own = f"{name}\n{request.full_path}\n{assets.together()}"
    what = blake2s(own.encode(), digest_size=6).hexdigest()
    return f'"{when[0]}-{when[1]}-{what}"'


def is_known(tag: str) -> bool:
    """Tell whether the screen that asks shows this already."""
    return request.headers.get("If-None-Match", "").removeprefix("W/") == tag


def nothing_new(tag: str) -> ResponseReturnValue:
    """Answer without a body."""
    return Response(status=304, headers={"ETag": tag})


def page(tag: str, body: str) -> ResponseReturnValue:
    """Answer with the page and its tag; nothing on the way may keep it."""
    return Response(body, headers={"ETag": tag, "Cache-Control": "no-store"})
