"""Filters as amtool and other clients of Alertmanager write them: ``name=value``, quoted or not."""

import re
from collections.abc import Sequence

from ssoc.core.errors import BadInput
from ssoc.monitoring.rules.matching import Matcher, compiled

_SHAPE = re.compile(
    r"""\s*(?:([^\s"{},=!~]+)|"((?:[^"\\]|\\.)*)")\s*(=~|!=|!~|=)\s*(.*?)\s*""", re.DOTALL
)
_BARE = re.compile(r'(?:[^"\\]|\\.|\\$)*', re.DOTALL)  # no quote but behind a backslash
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}
_OPERATORS = {"=": (False, True), "!=": (False, False), "=~": (True, True), "!~": (True, False)}


def matchers_of(filters: Sequence[str]) -> list[Matcher]:
    """Return the matchers that ``filters`` mean; all of them must hold.

    Raises:
        BadInput: one is no matcher; the words are Alertmanager's.

    """
    return [_matcher(each) for each in filters]


def _matcher(text: str) -> Matcher:
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise BadInput(f"bad matcher format: {text[:500]}")
    bare, quoted, operator, value = shape.groups()
    is_regex, is_equal = _OPERATORS[operator]
    found = Matcher(bare or _unescaped(quoted), _value(value), is_regex, is_equal)
    if is_regex:
        compiled(found.value)
    return found


def _value(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"' and _BARE.fullmatch(text[1:-1])
    if not is_quoted and not _BARE.fullmatch(text):
        raise BadInput(f"matcher value contains unescaped double quote: {text[:500]}")
    return _unescaped(text[1:-1] if is_quoted else text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text, flags=re.DOTALL)
