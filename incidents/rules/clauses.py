"""What is said of several components that may not be named: once, with how many they are."""

import re
from itertools import groupby

from incidents.rules.wording import ELSEWHERE

_VERBS = {"goes": "go", "is": "are", "has": "have", "needs": "need", "fails": "fail"}
_UNNAMED = re.compile(rf"{ELSEWHERE} (\w+)\b", re.IGNORECASE)


def counted_once(text: str) -> str:
    """Return ``text`` with equal clauses about unnamed components told as one, with a count."""
    if text.lower().count(ELSEWHERE) < 2:
        return text
    runs = [(clause, len(list(same))) for clause, same in groupby(text.split("; "))]
    return "; ".join(_many(clause, count) for clause, count in runs)


def _many(clause: str, count: int) -> str:
    if count == 1:
        return clause
    found = _UNNAMED.match(clause)
    if not found or found[1] not in _VERBS:
        return f"{clause} ({count} times)"
    return f"{count} components in other markets {_VERBS[found[1]]}{clause[found.end() :]}"
