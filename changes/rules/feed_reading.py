"""Read a calendar of freezes (RFC 5545): every fault of it, or what it says. No input or output.

All-day events are local days of each market the calendar is for; times that name no zone are on
the wall of the calendar's own zone. What repeats is worked out over a horizon, so that a rule
without an end stays small. A calendar with a fault says nothing at all.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

import icalendar
import recurring_ical_events

from ssoc.core.calendar import Span, instant

MOST_EVENTS = 2_000
MOST_REPEATING = 100
MOST_OCCURRENCES = 5_000
MOST_SECONDS = 5.0
BEFORE, AHEAD = timedelta(days=40), timedelta(days=400)
FIRST_YEAR = 1970
_AROUND_THE_WORLD = timedelta(hours=14)
_HARD, _SOFT = "hard", "soft"
_NEEDED = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
_WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_ODD = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError)


@dataclass(frozen=True)
class Occurrence:
    """One freeze of a calendar; with ``first_on`` and ``last_on`` it lasts whole local days."""

    key: str
    name: str
    reason: str
    is_hard: bool
    since: datetime
    until: datetime
    first_on: str = ""
    last_on: str = ""


@dataclass(frozen=True)
class FeedTerms:
    """How a calendar is read: its zone, and whether its events stop work unless they say."""

    zone: str
    is_hard: bool


class BadFeed(ValueError):
    """The calendar cannot be used; ``faults`` are all that is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(_printable(each) for each in faults)
        super().__init__("; ".join(self.faults))


def read(content: bytes, terms: FeedTerms, now: datetime) -> list[Occurrence]:
    """Return what a calendar says from 40 days before ``now`` to 400 after, by when it begins.

    An event of the category ``hard`` or ``soft`` is that; others are as the calendar's terms say.
    Events that were cancelled are left out.

    Raises:
        BadFeed: it is broken, too large, or has nothing in it.

    """
    calendar = _calendar(content)
    events = [each for each in calendar.walk("VEVENT") if str(each.get("STATUS")) != "CANCELLED"]
    if faults := list(_faults(calendar, events)):
        raise BadFeed(faults)
    found: dict[str, Occurrence] = {}
    began = perf_counter()
    for series in _series(calendar, events):
        for each in _occurrences(series, terms, Span(now - BEFORE, now + AHEAD)):
            found[each.key] = each
        if len(found) > MOST_OCCURRENCES:
            raise BadFeed([f"more than {MOST_OCCURRENCES} freezes within 400 days; name fewer"])
        if perf_counter() - began > MOST_SECONDS:
            raise BadFeed(["its repeating events take too long to work out; write them simpler"])
    return sorted(found.values(), key=lambda each: (each.since, each.key))


def _calendar(content: bytes) -> Any:  # noqa: ANN401 (the library's own)
    try:
        found = icalendar.Calendar.from_ical(content.removeprefix(b"\xef\xbb\xbf"))
    except _ODD as error:
        said = " ".join(str(error).split())[:200]
        raise BadFeed([f"this is no calendar: {said}; expected a text/calendar file"]) from None
    if getattr(found, "name", "") != "VCALENDAR":
        raise BadFeed(["this is no calendar: it does not begin with BEGIN:VCALENDAR"])
    return found


def _faults(calendar: Any, events: Sequence[Any]) -> Iterator[str]:  # noqa: ANN401
    if not calendar.walk("VEVENT"):
        yield "it has no event; a calendar without freezes is removed, not emptied"
    if len(events) > MOST_EVENTS:
        yield f"it has {len(events)} events; {MOST_EVENTS} are read at most"
        return
    repeating = sum(1 for each in events if each.get("RRULE"))
    if repeating > MOST_REPEATING:
        yield f"{repeating} of its events repeat; {MOST_REPEATING} are worked out at most"
    for number, event in enumerate(events, 1):
        for fault in _event_faults(event):
            yield f"event {number} ({_text(event, 'SUMMARY', 60) or 'no summary'}): {fault}"


def _event_faults(event: Any) -> Iterator[str]:  # noqa: ANN401
    broken = [name for name, _ in event.errors if name in _NEEDED]
    if broken:
        yield f"{', '.join(sorted(set(broken)))} cannot be read"
        return
    if event.get("DTSTART") is None:
        yield "it has no DTSTART"
        return
    try:
        yield from _time_faults(event)
    except _ODD:
        yield "its times cannot be read; write DTSTART and DTEND as days or as times, both alike"
    yield from _rule_faults(event)


def _time_faults(event: Any) -> Iterator[str]:  # noqa: ANN401
    if zone := _unknown_zone(event):
        yield f"it names the time zone {zone[:64]}, which is none; use an IANA name or UTC"
        return
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if event.get("DTEND") is not None else None
    if not FIRST_YEAR <= start.year < date.max.year - 1:
        yield f"it begins in the year {start.year}"
    is_day = not isinstance(start, datetime)
    if end is not None and is_day == isinstance(end, datetime):
        yield "one of DTSTART and DTEND is a day and the other a time"
        return
    length = event["DURATION"].dt if event.get("DURATION") is not None else None
    if length is None:
        length = timedelta(days=1) if is_day and end is None else timedelta()
    until = end if end is not None else start + length
    naive = (start, until) if is_day else (_bare(start), _bare(until))
    if is_day or _zone_of(start) == _zone_of(until):
        is_backwards = naive[1] <= naive[0]
    else:
        is_backwards = until <= start
    if is_backwards:
        yield "it ends before it starts, or has no length; give a DTEND after DTSTART"


def _unknown_zone(event: Any) -> str:  # noqa: ANN401
    for name in ("DTSTART", "DTEND"):
        said = event.get(name)
        zone = str(said.params.get("TZID", "")) if said is not None else ""
        if zone and isinstance(said.dt, datetime) and said.dt.tzinfo is None:
            return zone
    return ""


def _bare(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def _zone_of(at: datetime) -> object:
    return str(at.tzinfo)


def _rule_faults(event: Any) -> Iterator[str]:  # noqa: ANN401
    rules = event.get("RRULE") or []
    for rule in rules if isinstance(rules, list) else [rules]:
        often = _OFTEN & {str(each).upper() for each in rule.get("FREQ", [])}
        if often or any(each in rule for each in _WITHIN_A_DAY):
            yield "it repeats more than once a day; a freeze repeats daily at most"


def _series(calendar: Any, events: Sequence[Any]) -> Iterator[Any]:  # noqa: ANN401
    """Yield one calendar for each event with its own exceptions, zones included."""
    by_uid: dict[str, list[Any]] = {}
    for number, event in enumerate(events):
        by_uid.setdefault(str(event.get("UID") or f"#{number}"), []).append(event)
    zones = calendar.walk("VTIMEZONE")
    for group in by_uid.values():
        one = icalendar.Calendar()
        for part in (*zones, *group):
            one.add_component(part)
        yield one


def _occurrences(series: Any, terms: FeedTerms, horizon: Span) -> Iterator[Occurrence]:  # noqa: ANN401
    try:
        found = recurring_ical_events.of(series).between(horizon.since, horizon.until)
        for event in found:
            yield _occurrence(event, terms)
    except _ODD as error:
        name = _text(series.walk("VEVENT")[0], "SUMMARY", 60)
        said = " ".join(str(error).split())[:200]
        raise BadFeed([f"{name or 'an event'} cannot be worked out: {said}"]) from None


def _occurrence(event: Any, terms: FeedTerms) -> Occurrence:  # noqa: ANN401
    start, end = event.start, event.end
    if isinstance(start, datetime):
        since, until = _instant(start, terms.zone), _instant(end, terms.zone)
        first = last = ""
    else:
        first, last = start.isoformat(), (end - timedelta(days=1)).isoformat()
        since = datetime(start.year, start.month, start.day, tzinfo=UTC) - _AROUND_THE_WORLD
        until = datetime(end.year, end.month, end.day, tzinfo=UTC) + _AROUND_THE_WORLD
    told = f"{event.get('UID') or _text(event, 'SUMMARY', 60)}|{start.isoformat()}"
    return Occurrence(
        key=hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:24],
        name=_text(event, "SUMMARY", 128) or "Freeze",
        reason=_text(event, "DESCRIPTION", 400),
        is_hard=_is_hard(event, terms.is_hard),
        since=since,
        until=until,
        first_on=first,
        last_on=last,
    )


def _instant(at: datetime, zone: str) -> datetime:
    """Return a time as an instant; one that names no zone is on the wall of ``zone``."""
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    return instant(zone, at.date(), at.hour * 60 + at.minute) + timedelta(seconds=at.second)


def _is_hard(event: Any, otherwise: bool) -> bool:  # noqa: ANN401
    said = event.get("CATEGORIES")
    groups = said if isinstance(said, list) else [said] if said is not None else []
    words = {str(word).casefold() for group in groups for word in getattr(group, "cats", [])}
    if _HARD in words:
        return True
    return False if _SOFT in words else otherwise


def _text(event: Any, name: str, most: int) -> str:  # noqa: ANN401
    """Return a text of an event on one line, without signs that are not to be printed."""
    said = event.get(name)
    text = " ".join(str(said).split()) if said is not None else ""
    return _printable(text)[:most]


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())
