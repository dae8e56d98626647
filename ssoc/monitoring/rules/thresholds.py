"""Thresholds as the estate writes them, read once: plain mappings in, rules or faults out.

``{sample: success_percent, below: 95, clear_above: 97, for: {n: 3, of: 5}, severity: critical,
minimum: {sample: tps, at_least: 5}, name: SuccessLow, summary: "..."}``. One way to breach is
named: ``below``, ``above``, ``older_than`` (the sample is an instant), ``deadline`` (the sample
is when the newest file came), ``against: usual`` with ``drop_percent``, ``rise_percent`` or
``times``, or ``health`` and ``reason`` of the poll itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from math import ceil
from typing import Any

from ssoc.core.settings import duration
from ssoc.core.vocabulary import Severity
from ssoc.monitoring.reading import Health, Reason

SEVERITIES = {each.word: each for each in Severity}
WAYS = ("below", "above", "older_than", "deadline", "against", "health", "reason", "never")
AGAINST = ("drop_percent", "rise_percent", "times")
KNOWN = {
    *WAYS,
    *AGAINST,
    "name",
    "severity",
    "sample",
    "labels",
    "clear_above",
    "clear_below",
    "clear_after",
    "for",
    "minimum",
    "plus",
    "summary",
}
EASE = 0.8  # a drop of 50 % against usual clears at a drop of 40 % unless told otherwise


@dataclass(frozen=True)
class Rule:
    """One threshold: ``n`` of the last ``of`` polls raise, ``clear_after`` good ones clear.

    ``limit`` is a number, seconds of age, or the factor on what is usual; ``clear`` the value
    that counts as good. Between the two a poll neither breaches nor is good.
    """

    name: str
    severity: Severity
    way: str
    sample: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    is_below: bool = False
    limit: float = 0.0
    clear: float = 0.0
    n: int = 3
    of: int = 5
    clear_after: int = 3
    minimum_sample: str = ""
    minimum: float | None = None
    minimum_usual: float | None = None
    deadline_minute: int = 0
    healths: frozenset[Health] = frozenset()
    reasons: frozenset[Reason] = frozenset()
    summary: str = ""

    @cached_property
    def key(self) -> str:
        """Return what tells it from the other rules of its check."""
        return f"{self.name}|{self.severity.word}"


def faults(rule: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a rule, in words with the cure; empty when nothing is."""
    found: list[str] = []
    read(rule, timedelta(minutes=1), found)
    return found


def parse(rule: Mapping[str, Any], every: timedelta) -> Rule:
    """Return the rule for a check asked each ``every``, or raise ValueError with its faults."""
    found: list[str] = []
    made = read(rule, every, found)
    if made is None or found:
        raise ValueError("; ".join(found))
    return made


def read(rule: Mapping[str, Any], every: timedelta, found: list[str]) -> Rule | None:
    """Return the rule, noting each fault in ``found``; None when no way to breach is named."""
    name = str(rule.get("name") or rule.get("sample") or "rule")
    note = _noter(name, found)
    _refuse_strangers(rule, note)
    ways = [way for way in WAYS if way in rule]
    if len(ways) != 1:
        note(f"name exactly one of {', '.join(WAYS)}; found {', '.join(ways) or 'none'}")
        return None
    way = ways[0]
    if way not in {"health", "reason", "never"} and not isinstance(rule.get("sample"), str):
        note("sample is missing: name the number that is judged")
    if not isinstance(rule.get("name"), str) or "|" in name:
        note("name is missing: the alert needs one without | in it, such as SuccessLow")
    n, of = _span(rule, way, every, note)
    limits = _LIMITS[way](rule, note)
    return Rule(
        name=name,
        severity=_severity(rule, note),
        way=way,
        sample=str(rule.get("sample", "")),
        labels=_labels(rule, note),
        n=n,
        of=of,
        clear_after=_count(rule, "clear_after", 1 if way == "deadline" else 3, note),
        summary=str(rule.get("summary", "")),
        **limits,
        **_minimum(rule, note),
    )


Note = Callable[[str], None]
Limits = dict[str, Any]


def _noter(name: str, found: list[str]) -> Note:
    return lambda fault: found.append(f"rule {name}: {fault}")


def _refuse_strangers(rule: Mapping[str, Any], note: Note) -> None:
    for word in sorted(set(map(str, rule)) - KNOWN):
        note(f"{word} is not known here; known are {', '.join(sorted(KNOWN))}")


def _severity(rule: Mapping[str, Any], note: Note) -> Severity:
    word = rule.get("severity", "warning")
    if word not in SEVERITIES:
        note(f"severity {word!r} is not one of {', '.join(SEVERITIES)}")
    return SEVERITIES.get(str(word), Severity.WARNING)


def _labels(rule: Mapping[str, Any], note: Note) -> dict[str, str]:
    given = rule.get("labels", {})
    if not isinstance(given, Mapping):
        note("labels must be names with values, such as {type: p2p}")
        return {}
    return {str(name): str(value) for name, value in given.items()}


def _number(rule: Mapping[str, Any], word: str, note: Note) -> float:
    value = rule.get(word)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        note(f"{word} must be a number, not {value!r}")
        return 0.0
    return float(value)


def _count(rule: Mapping[str, Any], word: str, default: int, note: Note) -> int:
    value = rule.get(word, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        note(f"{word} must be a whole number from 1 to 1000, not {value!r}")
        return default
    return value


def _span(rule: Mapping[str, Any], way: str, every: timedelta, note: Note) -> tuple[int, int]:
    given = rule.get("for", 1 if way == "deadline" else {"n": 3, "of": 5})
    if isinstance(given, str):
        try:
            polls = max(1, ceil(duration(given) / every))
        except ValueError as error:
            note(f"for: {error}, {{n: 3, of: 5}} or a number of polls")
            polls = 1
        return polls, polls
    if isinstance(given, Mapping):
        n, of = _count(given, "n", 3, note), _count(given, "of", 5, note)
        if n > of:
            note(f"for: {n} of {of} polls can never be; n is at most of")
        if strangers := sorted(set(map(str, given)) - {"n", "of"}):
            note(f"for: {', '.join(strangers)} is not known; write {{n: 3, of: 5}}")
        return n, of
    polls = _count({"for": given}, "for", 3, note)
    return polls, polls


def _minimum(rule: Mapping[str, Any], note: Note) -> Limits:
    given = rule.get("minimum")
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        note("minimum must be {sample: tps, at_least: 5} or {usual_at_least: 5}")
        return {}
    if strangers := sorted(set(map(str, given)) - {"sample", "at_least", "usual_at_least"}):
        note(f"minimum: {', '.join(strangers)} is not known")
    made: Limits = {}
    if "usual_at_least" in given:
        made["minimum_usual"] = _number(given, "usual_at_least", note)
    if "sample" in given or "at_least" in given:
        made["minimum_sample"] = str(given.get("sample", rule.get("sample", "")))
        made["minimum"] = _number(given, "at_least", note)
    return made


def _below(rule: Mapping[str, Any], note: Note) -> Limits:
    limit = _number(rule, "below", note)
    clear = _number(rule, "clear_above", note) if "clear_above" in rule else limit
    if clear < limit:
        note(f"clear_above {clear:g} lies under below {limit:g}; it would clear while it fails")
    return {"is_below": True, "limit": limit, "clear": clear}


def _above(rule: Mapping[str, Any], note: Note) -> Limits:
    limit = _number(rule, "above", note)
    clear = _number(rule, "clear_below", note) if "clear_below" in rule else limit
    if clear > limit:
        note(f"clear_below {clear:g} lies over above {limit:g}; it would clear while it fails")
    return {"limit": limit, "clear": clear}


def _older(rule: Mapping[str, Any], note: Note) -> Limits:
    limit = _seconds(rule, "older_than", note)
    return {"limit": limit, "clear": limit}


def _seconds(rule: Mapping[str, Any], word: str, note: Note) -> float:
    try:
        return duration(rule[word]).total_seconds()
    except ValueError as error:
        note(f"{word}: {error}")
        return 0.0


def _deadline(rule: Mapping[str, Any], note: Note) -> Limits:
    text = str(rule["deadline"])
    if not (match := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)):
        note(f'deadline {text!r} is no time of day; write it in quotation marks, such as "08:30"')
        return {}
    plus = _seconds(rule, "plus", note) if "plus" in rule else 0.0
    return {"deadline_minute": int(match[1]) * 60 + int(match[2]) + round(plus / 60)}


def _against(rule: Mapping[str, Any], note: Note) -> Limits:
    given = [word for word in AGAINST if word in rule]
    if rule["against"] != "usual" or len(given) != 1:
        note(f"against must be usual, with one of {', '.join(AGAINST)}")
        return {}
    amount = _number(rule, given[0], note)
    if given[0] == "times":
        if amount <= 1:
            note(f"times must be more than 1, not {amount:g}")
        return {"limit": amount, "clear": 1 + (amount - 1) * EASE}
    if amount <= 0 or (given[0] == "drop_percent" and amount >= 100):
        note(f"{given[0]} {amount:g} can never be; give a part of what is usual, such as 30")
    sign = -1 if given[0] == "drop_percent" else 1
    return {
        "is_below": sign < 0,
        "limit": 1 + sign * amount / 100,
        "clear": 1 + sign * amount * EASE / 100,
    }


def _health(rule: Mapping[str, Any], note: Note) -> Limits:
    return {"healths": frozenset(_words(rule, "health", Health, {Health.OK, Health.UNKNOWN}, note))}


def _reason(rule: Mapping[str, Any], note: Note) -> Limits:
    left = {Reason.NONE, Reason.UNREACHABLE}  # the latter is judged with the path it came by
    return {"reasons": frozenset(_words(rule, "reason", Reason, left, note))}


def _words(
    rule: Mapping[str, Any], word: str, kind: type[Any], left: set[Any], note: Note
) -> Sequence[Any]:
    given = rule[word] if isinstance(rule[word], (list, tuple)) else [rule[word]]
    known = {str(each.value): each for each in kind if each not in left}
    for each in given:
        if str(each) not in known:
            note(f"{word} {each!r} is not one of {', '.join(known)}")
    return [known[str(each)] for each in given if str(each) in known]


def _never(rule: Mapping[str, Any], note: Note) -> Limits:
    if rule["never"] is not True:
        note("never must be true: it takes a rule away that every check has")
    return {}


_LIMITS: Mapping[str, Callable[[Mapping[str, Any], Note], Limits]] = {
    "below": _below,
    "above": _above,
    "older_than": _older,
    "deadline": _deadline,
    "against": _against,
    "health": _health,
    "reason": _reason,
    "never": _never,
}
