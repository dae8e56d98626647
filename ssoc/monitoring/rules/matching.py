"""Matchers over labels, as Alertmanager has them: ``= != =~ !~``, anchored at both ends.

Regular expressions are RE2's, whose time grows with the length of the text only: no pattern an
operator may write can hold up the room.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from ssoc.core.errors import BadInput

LONGEST_PATTERN = 1_000
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 20
_FOREIGN = ("(?=", "(?!", "(?<=", "(?<!")
_NONSENSE = ("Qzxvwkjqpzhtrw", "w7/Xq-93 kv:0.zz")  # no label of any source has these values
Condition = Callable[[Mapping[str, str]], bool]
_WORDS = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}


@lru_cache(4_096)
def compiled(pattern: str) -> Any:  # noqa: ANN401 (re2 has no types)
    """Return ``pattern`` ready for ``fullmatch``, or raise BadInput that says what is wrong."""
    if len(pattern) > LONGEST_PATTERN:
        raise BadInput(
            f"the regular expression has {len(pattern)} characters; at most {LONGEST_PATTERN} "
            "are taken: use several matchers"
        )
    try:
        return re2.compile(pattern, _OPTIONS)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        hint = "; look-around is not part of it" if any(x in pattern for x in _FOREIGN) else ""
        raise BadInput(
            f"the regular expression {pattern!r} is not valid RE2 syntax: {reason}{hint}"
        ) from None


@dataclass(frozen=True)
class Matcher:
    """One condition on one label; a label that is missing counts as empty."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether ``labels`` meet the condition."""
        found = labels.get(self.name, "")
        if self.is_regex:
            return (compiled(self.value).fullmatch(found) is not None) == self.is_equal
        return (found == self.value) == self.is_equal

    @property
    def operator(self) -> str:
        """Return ``=``, ``!=``, ``=~`` or ``!~``."""
        return _WORDS[self.is_regex, self.is_equal]

    def __str__(self) -> str:
        """Return the matcher as Alertmanager writes it."""
        return f'{self.name}{self.operator}"{self.value}"'


def matches_all(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Tell whether ``labels`` meet every condition."""
    return all(each.matches(labels) for each in matchers)


def checked(matchers: Iterable[Matcher]) -> tuple[Matcher, ...]:
    """Return matchers fit for a silence, sorted, or raise BadInput with the cure.

    Sorted, so that the same conditions in another order are the same silence.
    """
    found = tuple(sorted(set(matchers), key=lambda each: (each.name, each.operator, each.value)))
    for each in found:
        if not each.name:
            raise BadInput(f"the matcher {each} names no label; name one, such as alertname")
        if each.is_regex:
            compiled(each.value)
    if not found:
        raise BadInput("a silence needs at least one matcher, such as alertname=InstanceDown")
    if all(each.matches({}) for each in found):
        raise BadInput(
            "these matchers also match an alert without labels, so they would silence everything; "
            "add one that a missing label does not meet"
        )
    if any(_all_take(found, value) for value in _NONSENSE):
        raise BadInput(
            "these matchers fit whatever their labels say, so they would silence everything; "
            "add one that names a value, such as alertname=InstanceDown"
        )
    return found


def _all_take(matchers: Iterable[Matcher], value: str) -> bool:
    """Tell whether every condition is met by a value that nobody could have meant."""
    return all(each.matches({each.name: value}) for each in matchers)


def to_plain(matchers: Iterable[Matcher]) -> list[dict[str, object]]:
    """Return matchers in the form of Alertmanager's API, which is also how they are kept."""
    return [
        {
            "name": each.name,
            "value": each.value,
            "isRegex": each.is_regex,
            "isEqual": each.is_equal,
        }
        for each in matchers
    ]


def from_plain(rows: Iterable[Mapping[str, object]]) -> tuple[Matcher, ...]:
    """Return the matchers that ``to_plain`` made."""
    return tuple(
        Matcher(
            name=str(row["name"]),
            value=str(row["value"]),
            is_regex=bool(row.get("isRegex", False)),
            is_equal=bool(row.get("isEqual", True)),
        )
        for row in rows
    )


def value_fault(value: str) -> str:
    """Return what is wrong with a value as ``condition`` takes it; empty when nothing is."""
    try:
        condition({"": value})
    except BadInput as error:
        return str(error)
    return ""


def condition(match: Mapping[str, str]) -> Condition:
    """Return the test of one label set of the estate; a value with ``~`` is an expression."""
    exact = {name: value for name, value in match.items() if not value.startswith("~")}
    patterns = {name: compiled(value[1:]) for name, value in match.items() if value[:1] == "~"}

    def holds(labels: Mapping[str, str]) -> bool:
        return all(labels.get(name, "") == value for name, value in exact.items()) and all(
            pattern.fullmatch(labels.get(name, "")) is not None
            for name, pattern in patterns.items()
        )

    return holds
