"""What is wrong with a feature as somebody wrote it. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any

from changes.features.values import FeatureDraft, FlagKind
from ssoc.core.signs import told

KEY = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
TITLE, REFERENCE, REASON = 255, 255, 500
LARGEST = 4_096  # signs of an object as JSON
FARTHEST = 2**53  # what every JSON reader keeps whole


def faults(draft: FeatureDraft) -> list[str]:
    """Return everything that is wrong, in words."""
    found = []
    if not KEY.fullmatch(draft.key):
        found.append("a key has 1 to 64 of a-z, 0-9, dot, dash, underscore, no sign at its ends")
    if not 0 < len(told(draft.title)) <= TITLE:
        found.append(f"a feature has a title of 1 to {TITLE} signs")
    for name, value in (("on", draft.on), ("off", draft.off)):
        if not fits(draft.kind, value):
            found.append(f"the value for {name} is no {_KINDS[draft.kind]}")
    if not found:
        found += _pair_faults(draft)
    for name, value in (("adoption", draft.adoption), ("errors", draft.errors)):
        if value and not is_reference(value):
            found.append(f"{name} is check/sample, such as api-{{cc}}/http/success_percent")
    return found


def _pair_faults(draft: FeatureDraft) -> list[str]:
    """Return what is wrong with two values that are each of their kind."""
    if draft.on == draft.off:
        return ["the values for on and off are the same, so that nothing would change"]
    if draft.kind is FlagKind.BOOLEAN and draft.on is False:
        return [
            "on is false and off is true, so that Force off would switch it on for everybody; "
            "turn the flag round: on is true where people have the feature"
        ]
    return []


def fits(kind: FlagKind, value: Any) -> bool:  # noqa: ANN401 (any JSON)
    """Tell whether a value is of a kind."""
    match kind:
        case FlagKind.BOOLEAN:
            return isinstance(value, bool)
        case FlagKind.STRING:
            return isinstance(value, str) and len(value) <= LARGEST
        case FlagKind.INTEGER:
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            return is_whole and abs(value) <= FARTHEST
        case FlagKind.OBJECT:
            return isinstance(value, Mapping) and len(json.dumps(value)) <= LARGEST


def read(kind: FlagKind, text: str) -> Any:  # noqa: ANN401 (any JSON)
    """Return a value as somebody typed it into a form; None when it is none of its kind."""
    if kind is FlagKind.STRING:
        return text
    try:
        value = json.loads(text.strip() or "null")
    except ValueError:
        return None
    return value if fits(kind, value) else None


def is_reference(text: str) -> bool:
    """Tell whether a text names a check and its sample."""
    check, _, sample = text.rpartition("/")
    return bool(check.strip() and sample.strip()) and len(text) <= REFERENCE


def in_market(reference: str, market: str) -> tuple[str, str]:
    """Return check and sample of a reference in one market."""
    named = reference.replace("{cc}", market.lower()).replace("{CC}", market.upper())
    check, _, sample = named.rpartition("/")
    return check, sample


_KINDS = {
    FlagKind.BOOLEAN: "true or false",
    FlagKind.STRING: f"text of at most {LARGEST} signs",
    FlagKind.INTEGER: "whole number",
    FlagKind.OBJECT: f"JSON object of at most {LARGEST} signs",
}
