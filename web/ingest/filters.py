"""Filters as amtool and other clients of Alertmanager write them: ``name=value``, quoted or not."""

import re
from collections.abc import Mapping, Sequence

from ssoc.core.errors import BadInput
from ssoc.monitoring.rules.matching import Matcher, compiled

_SHAPE = re.compile(
    r"""\s*(?:([^\s"{},=!~]+)|"((?:[^"\\]|\\.)*)")\s*(=~|!=|!~|=)\s*(.*?)\s*""", re.DOTALL
)
_BARE = re.compile(r'(?:[^"\\]|\\.|\\$)*', re.DOTALL)  # no quote but behind a backslash
FLAGS = ("active", "silenced", "inhibited", "muted", "unprocessed")
_YES = frozenset(
    ["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"]
)  # as Alertmanager has it
_NO = frozenset(["false", "0", "no", "n", "off", "f", "disabled"])
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}
_OPERATORS = {"=": (False, True), "!=": (False, False), "=~": (True, True), "!~": (True, False)}


def matchers_of(filters: Sequence[str]) -> list[Matcher]:
    """Return the matchers that ``filters`` mean; all of them must hold.

    Raises:
        BadInput: one is no matcher; the words are Alertmanager's.

    """
    return [_matcher(each) for each in filters]


def flags_of(query: Mapping[str, Sequence[str]]) -> dict[str, bool]:
    """Return which alerts a request asks for; each kind unless it says otherwise.

    Alertmanager reads every word that it does not know as false. We refuse it: an empty list
    would look like a calm night.

    Raises:
        BadInput: a flag is neither true nor false.

    """
    found = dict.fromkeys(FLAGS, True)
    for name in FLAGS:
        if given := query.get(name):
            word = given[0].strip().lower()
            if word not in _YES | _NO:
                raise BadInput(f"{name} in query must be true or false, found {given[0][:64]!r}")
            found[name] = word in _YES
    return found


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
