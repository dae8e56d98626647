"""Signs that text from outside may not bring along: they would turn or hide what stands around."""

import re

_TURNING = "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb"
_UNWANTED = re.compile(f"[{_TURNING}{_CONTROL}]")


def calm(text: str) -> str:
    """Return ``text`` for display, without control signs and without turns of direction.

    Arabic and other letters that run from right to left stay as they are: they carry their
    direction themselves. The two marks of direction stay too, since they turn nothing else.
    """
    return _UNWANTED.sub("", text)
