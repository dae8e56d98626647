"""Signs that text from outside may not bring along: they would turn or hide what stands around."""

import re
import unicodedata

_TURNING = "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb"
_UNWANTED = re.compile(f"[{_TURNING}{_CONTROL}]")


def calm(text: str) -> str:
    """Return ``text`` for display, without control signs and without turns of direction.

    Arabic and other letters that run from right to left stay as they are: they carry their
    direction themselves. The two marks of direction stay too, since they turn nothing else.
    """
    return _UNWANTED.sub("", text)


_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters without a shape


def is_blank(text: str) -> bool:
    """Tell whether nothing of ``text`` can be seen: spaces, also those without width.

    A reason or a name of such signs alone would be none. Between letters they stay: some scripts
    are written with them.
    """
    return all(each in _FILLERS or unicodedata.category(each) in _UNSEEN for each in text)


_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}


def told(text: str) -> str:
    """Return ``text`` without spaces at its ends; empty when nothing of it can be seen."""
    return "" if is_blank(text) else text.strip()
