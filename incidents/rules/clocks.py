"""Which clocks an incident has, by priority and market, and their events as plain JSON. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ssoc.core.calendar import Hours, Week, WorkingCalendar, always
from ssoc.core.clocks import Target
from ssoc.core.vocabulary import Priority

RESPONSE, UPDATE, RESOLVE = "response", "update", "resolve"
CLOCKS = (RESPONSE, UPDATE, RESOLVE)
ALL = "*"
ALWAYS = "24x7"


@dataclass(frozen=True)
class Office:
    """A market's part of a calendar: hours of single weekdays, half days, days closed."""

    days: Week = field(default_factory=dict)
    half_days: Mapping[date, Sequence[Hours]] = field(default_factory=dict)
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True)
class OfficeHours:
    """A calendar of the terms, before a market gives it zone, working days and holidays."""

    name: str
    hours: Sequence[Hours]
    markets: Mapping[str, Office] = field(default_factory=dict)


@dataclass(frozen=True)
class Term:
    """How much time of which calendar one clock of one priority has."""

    clock: str
    duration: timedelta
    calendar: str = ALWAYS
    at_risk_percent: int = 75


@dataclass(frozen=True)
class Terms:
    """All that is agreed; ``clocks`` by priority and clock, ``markets`` where one differs.

    ``own`` are those of what ssoc tells of its own work, such as a late run; without any, it has
    the usual ones.
    """

    version: str
    clocks: Mapping[tuple[Priority, str], Term]
    calendars: Mapping[str, OfficeHours] = field(default_factory=dict)
    markets: Mapping[str, Mapping[tuple[Priority, str], Term]] = field(default_factory=dict)
    own: Mapping[tuple[Priority, str], Term] = field(default_factory=dict)

    def of(self, priority: Priority, market: str, *, is_own: bool = False) -> list[Term]:
        """Return the terms of a priority in a market, in the order of CLOCKS."""
        if is_own and self.own:
            return [self.own[priority, clock] for clock in CLOCKS if (priority, clock) in self.own]
        own = self.markets.get(market, {})
        keys = [(priority, clock) for clock in CLOCKS]
        return [
            own.get(key) or self.clocks[key] for key in keys if key in own or key in self.clocks
        ]


@dataclass(frozen=True)
class Agreed:
    """A target, and the market whose agreement it is."""

    clock: str
    market: str
    target: Target


def office_calendar(
    hours: OfficeHours,
    market: str,
    zone: str,
    working_days: Collection[int],
    holidays: Iterable[date],
    version: str = "",
) -> WorkingCalendar:
    """Return when a market works by ``hours``: on its working days, less its holidays."""
    own = hours.markets.get(market, Office())
    week = {day: tuple(hours.hours) for day in sorted(working_days)}
    return WorkingCalendar(
        f"{hours.name} {market}".strip(),
        zone,
        {**week, **own.days},
        frozenset(holidays) | own.closed,
        own.half_days,
        version=version,
    )


def strictest(offers: Iterable[Agreed], at: datetime) -> list[Agreed]:
    """Return for each clock the target that falls due first if it starts at ``at``.

    An incident that touches several markets keeps the promise to each when it keeps this one.
    """
    best: dict[str, tuple[datetime, str, Agreed]] = {}
    for offer in offers:
        due = offer.target.calendar.add_working(at, offer.target.duration)
        rank = (due, offer.market, offer)
        if offer.clock not in best or rank[:2] < best[offer.clock][:2]:
            best[offer.clock] = rank
    return [best[clock][2] for clock in CLOCKS if clock in best]


def body_of(agreed: Agreed, priority: Priority) -> dict[str, Any]:
    """Return a target as plain JSON: an event keeps all that reading it takes, for ever."""
    target, calendar = agreed.target, agreed.target.calendar
    body: dict[str, Any] = {
        "priority": priority.value,
        "market": agreed.market,
        "seconds": target.duration.total_seconds(),
        "at_risk_percent": target.at_risk_percent,
        "repeats": target.repeats,
        "calendar": {"name": calendar.name, "zone": calendar.zone, "version": calendar.version},
    }
    if not calendar.is_always:
        body["calendar"] |= {
            "week": {
                str(day): [list(each) for each in found] for day, found in calendar.week.items()
            },
            "holidays": sorted(each.isoformat() for each in calendar.holidays),
            "half_days": {
                day.isoformat(): [list(each) for each in found]
                for day, found in calendar.half_days.items()
            },
        }
    return body


def target_of(body: Mapping[str, Any]) -> Target | None:
    """Return the target that ``body_of`` wrote; None if the body holds none."""
    if "seconds" not in body:
        return None
    return Target(
        timedelta(seconds=body["seconds"]),
        _calendar(body["calendar"]),
        body.get("at_risk_percent", 75),
        body.get("repeats", False),
    )


def _calendar(body: Mapping[str, Any]) -> WorkingCalendar:
    if "week" not in body:
        return always(body["zone"])
    return WorkingCalendar(
        body["name"],
        body["zone"],
        {int(day): _hours(found) for day, found in body["week"].items()},
        frozenset(date.fromisoformat(each) for each in body.get("holidays", ())),
        {date.fromisoformat(day): _hours(found) for day, found in body["half_days"].items()},
        version=body.get("version", ""),
    )


def _hours(found: Iterable[Sequence[int]]) -> tuple[Hours, ...]:
    return tuple(Hours(*each) for each in found)


def length_in_words(length: timedelta) -> str:
    """Return ``1 h 30 min``, ``45 s`` or ``0 s``, with a sign in front when it is negative."""
    seconds = round(length.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if seconds < 60:
        return f"{sign}{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return sign + " ".join(parts)
