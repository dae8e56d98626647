"""The clocks of many incidents at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from incidents import clock_queries
from incidents.clock_queries import ClockView
from incidents.clock_stories import Pause
from ssoc.core.work import Work
from web import words
from web.noc.clock_view import TONES, ClockPart, part_of, short_words

Readings = Sequence[ClockView]


def readings(work: Work, ids: Sequence[int]) -> dict[int, list[ClockView]]:
    """Return the clocks of each incident."""
    return clock_queries.clocks_of(work, ids)


def next_words(clocks: Readings) -> tuple[str, str]:
    """Return the next clock for a row and its tone; a dash when nothing runs."""
    found = clock_queries.next_clock(clocks)
    if found is None:
        return words.NONE, ""
    return short_words(found.name, found.clock), TONES.get(found.status, "")


def nearest_first(clocks: Readings) -> list[ClockView]:
    """Return running clocks first, the one that falls due first on top."""
    return sorted(clocks, key=lambda each: (not each.is_running, each.due_at))


def parts(clocks: Readings, now: datetime) -> list[ClockPart]:
    """Return the clocks as they are drawn."""
    return [_part(each, now) for each in clocks]


def _part(view: ClockView, now: datetime) -> ClockPart:
    """Return a clock, and beside it how it would stand without its disputed pauses."""
    part = part_of(view.name, view.clock, now, _whose(view))
    if view.without_disputed is None:
        return part
    other = part_of(view.name, view.without_disputed, now)
    disputed = tuple(pause_words(each, now) for each in view.pauses if each.is_disputed)
    otherwise = f"{other.left}, {other.due}, {other.word}"
    return replace(part, otherwise=otherwise, disputed=disputed)


def pause_words(pause: Pause, now: datetime) -> str:
    """Return a pause in a line: ``from 10:05 UTC, vendor: asked for logs (by amina)``."""
    what = words.cut(pause.reason, 80)
    return f"from {words.when(pause.at, now)} UTC, {pause.party.value}: {what} (by {pause.by})"


def _whose(view: ClockView) -> str:
    calendar = view.clock.target.calendar
    if view.is_elsewhere:
        return calendar.name
    return " · ".join(filter(None, (view.market, calendar.name, words.place(calendar.zone))))
