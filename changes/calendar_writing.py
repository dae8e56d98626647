"""Write a calendar of changes and freezes (RFC 5545), the same bytes for the same content.

A change keeps its UID for ever; SEQUENCE rises with each version of it and DTSTAMP is when it was
last touched, so that a calendar takes what is newer. A change that was cancelled or refused stays
with that status until it leaves the calendar. Folding and escaping are the library's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from changes.lifecycle import State
from changes.queries.calendar_feeds import Told
from changes.rules.freeze_words import wall
from changes.rules.freezes import FreezeSpan, Source
from changes.values import ChangeView
from ssoc.estate.values import Estate

PRODUCT = "-//ssoc//changes//EN"
EVERY = timedelta(hours=1)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # what SEQUENCE of freezes counts seconds from
_DEAD = {State.CANCELLED, State.REFUSED}
_WAITING = {State.DRAFT, State.SUBMITTED, State.APPROVED}


@dataclass(frozen=True)
class Writer:
    """What every entry needs: who reads, the estate, and the address of the installation."""

    person: str
    estate: Estate
    address: str = ""  # https://ssoc.example, without a slash at its end; empty when not known

    @property
    def host(self) -> str:
        """Return what makes UIDs ours."""
        return self.address.partition("://")[2].partition("/")[0].partition(":")[0] or "ssoc"

    def write(self, name: str, told: Told) -> bytes:
        """Return the calendar ``name`` with everything ``told``."""
        calendar = Calendar()
        calendar.add("version", "2.0")
        calendar.add("prodid", PRODUCT)
        calendar.add("calscale", "GREGORIAN")
        calendar.add("x-wr-calname", _printable(name))
        calendar.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        stamps = told.told_at or {}
        entries: list[Event] = [
            *(self._change(each, stamps.get(each.id, EPOCH)) for each in told.changes),
            *(self._freeze(each) for each in told.freezes),
            *(self._freeze(each, is_dropped=True) for each in told.lifted),
        ]
        for entry in entries:
            calendar.add_component(entry)
        return bytes(calendar.to_ical())

    def _change(self, change: ChangeView, told_at: datetime) -> Event:
        window, event = change.window, Event()
        if window is None:
            raise ValueError(f"{change.reference} has no window")
        event.add("uid", f"change-{change.id}@{self.host}")
        event.add("sequence", change.version)
        _times(event, told_at, window.since, window.until)
        event.add("summary", _printable(f"{change.reference} {change.title}"))
        event.add("description", self._about(change))
        event.add("status", _status(change))
        is_mine = change.is_at_work(self.person)
        event.add("transp", "OPAQUE" if is_mine and change.state not in _DEAD else "TRANSPARENT")
        event.add("categories", [*change.markets, change.type])
        if self.address:
            event.add("url", f"{self.address}/changes/{change.id}")
        return event

    def _about(self, change: ChangeView) -> str:
        lines = [f"{change.type} change, {change.state}", f"Markets: {', '.join(change.markets)}"]
        named = [self.estate.name_of(each) for each in change.components]
        lines.append(f"Components: {', '.join(named) or 'none'}")
        if change.implementer:
            lines.append(f"Implementer: {change.implementer}")
        if change.preparation_minutes:
            lines.append(f"Preparation: {change.preparation_minutes} min before")
        if change.checkpoint and change.rollback_minutes:
            lines.append(f"Last moment to roll back in time: {change.checkpoint:%H:%M} UTC")
        if change.window:
            lines += self._walls(change.markets, change.window.since, change.window.until)
        return "\n".join(_printable(each) for each in lines)

    def _walls(self, markets: Iterable[str], since: datetime, until: datetime) -> list[str]:
        zones = dict.fromkeys(
            (code, zone)
            for code in markets
            if code in self.estate.markets
            for zone in self.estate.markets[code].zones
        )
        return [
            f"{code}: {wall(since, zone)} to {wall(until, zone)} {zone}" for code, zone in zones
        ]

    def _freeze(self, freeze: FreezeSpan, is_dropped: bool = False) -> Event:
        event = Event()
        event.add("uid", self._freeze_uid(freeze))
        told_at = max(filter(None, (freeze.known_at, freeze.lifted_at)), default=None)
        stamp = told_at or EPOCH
        event.add("sequence", int((told_at - EPOCH).total_seconds()) if told_at else 0)
        _times(event, stamp, freeze.since, freeze.until)
        where = ", ".join(freeze.markets) or "all markets"
        event.add(
            "summary", _printable(f"{freeze.word.capitalize()} freeze: {freeze.name} ({where})")
        )
        named = [self.estate.name_of(each) for each in freeze.components] or ["everything"]
        lines = [freeze.reason, f"Holds for {', '.join(named)}"]
        lines += self._walls(freeze.markets, freeze.since, freeze.until)
        event.add("description", "\n".join(_printable(each) for each in lines if each))
        event.add("status", "CANCELLED" if is_dropped else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        event.add("categories", ["freeze", freeze.word, *freeze.markets])
        return event

    def _freeze_uid(self, freeze: FreezeSpan) -> str:
        where = "-".join(freeze.markets) or "all"
        key = freeze.key.replace("/", "-")
        if freeze.source is Source.COMPUTED:  # one rule may hold for hours of many days
            key = f"{key}-{freeze.since:%Y%m%dT%H%MZ}"
        return f"freeze-{key}-{where}@{self.host}"


def _times(event: Event, stamp: datetime, since: datetime, until: datetime) -> None:
    event.add("dtstamp", stamp.replace(microsecond=0))
    event.add("dtstart", since.replace(microsecond=0))
    event.add("dtend", until.replace(microsecond=0))


def _status(change: ChangeView) -> str:
    if change.state in _DEAD:
        return "CANCELLED"
    return "TENTATIVE" if change.state in _WAITING else "CONFIRMED"


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())
