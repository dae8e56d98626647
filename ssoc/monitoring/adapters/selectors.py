"""Series selectors such as ``name{label="value",type=~"a|b"}``. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_HEAD = re.compile(
    r"\s*(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(?:\{(?P<labels>.*)\})?\s*", re.DOTALL
)
_MATCHER = re.compile(
    r'\s*(?P<label>[a-zA-Z_][a-zA-Z0-9_]*)\s*(?P<sign>=~|!~|!=|=)\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*'
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t"}


@dataclass(frozen=True)
class Matcher:
    """One condition on a label; a missing label is an empty one."""

    label: str
    sign: str
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels meet it."""
        found = labels.get(self.label, "")
        is_equal = (
            re.fullmatch(self.value, found) is not None
            if self.sign.endswith("~")
            else found == self.value
        )
        return is_equal != self.sign.startswith("!")


@dataclass(frozen=True)
class Selector:
    """A metric name, empty for any, and conditions on labels."""

    text: str
    name: str
    matchers: tuple[Matcher, ...]

    def selects(self, name: str, labels: Mapping[str, str]) -> bool:
        """Tell whether a series is meant."""
        return self.name in {"", name} and all(each.holds(labels) for each in self.matchers)


def selector(value: object) -> Selector:
    """Read a selector, or raise ValueError."""
    text = str(value)
    head = _HEAD.fullmatch(text)
    if not isinstance(value, str) or head is None or not (head["name"] or head["labels"]):
        raise ValueError(f'{text!r} is no selector such as name{{label="value"}}')
    return Selector(text, head["name"] or "", tuple(_matchers(head["labels"] or "", text)))


def _matchers(labels: str, text: str) -> list[Matcher]:
    found: list[Matcher] = []
    at = 0
    while at < len(labels.rstrip(", ")):
        each = _MATCHER.match(labels, at)
        if each is None:
            raise ValueError(f'{text!r} is no selector such as name{{label="value"}}')
        value = _ESCAPE.sub(lambda sign: _ESCAPED.get(sign[1], sign[1]), each["value"])
        if each["sign"].endswith("~"):
            value = each["value"].replace('\\"', '"').replace("\\\\", "\\")
            _check(value)
        found.append(Matcher(each["label"], each["sign"], value))
        at = each.end() + (1 if labels[each.end() : each.end() + 1] == "," else 0)
        if at == each.end() and labels[at:].strip():
            raise ValueError(f"{text!r} lacks a comma between its conditions")
    return found


def _check(value: str) -> None:
    try:
        re.compile(value)
    except re.error as fault:
        raise ValueError(f"{value!r} is no regular expression: {fault}") from None
