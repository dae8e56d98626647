"""The timeline of an incident as lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.queries import Moment
from web import words

NOTED = "noted"  # what people wrote stays as they wrote it


@dataclass(frozen=True)
class Entry:
    """One line: when, what, who."""

    time: str
    iso: str
    full: str
    text: str
    by: str
    kind: str


def entries(moments: Iterable[Moment], now: datetime) -> list[Entry]:
    """Return the moments as lines, in the same order."""
    return [
        Entry(
            words.when(each.at, now),
            each.at.isoformat(),
            words.full(each.at),
            each.text if each.kind == NOTED else each.text[:1].upper() + each.text[1:],
            each.by,
            each.source if each.source != "people" else each.kind,
        )
        for each in moments
    ]
