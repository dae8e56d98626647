"""Boxes of nights: one row a market, one box a night, bars where they stand on its clocks. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from changes.rules.nights import Labelled, Night, Place, in_lanes, is_by_day, night_at, place
from ssoc.core.calendar import Span, instant, zone_of
from ssoc.estate.values import Estate, Market
from web import words
from web.change_managers.things import Thing

_SIGN, _EDGE = 7.4, 12.0  # width of a sign and of a bar's edges, in pixels of the desk's type
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Scale:
    """How wide half an hour is drawn at least, and how many lanes a box shows."""

    pixels: float
    most_lanes: int

    def width(self, label: str) -> int:
        """Return how many half hours a label needs."""
        return math.ceil((len(label) * _SIGN + _EDGE) / self.pixels)


WEEK, ONE = Scale(6.2, 6), Scale(33.0, 40)


@dataclass(frozen=True)
class Slot:
    """One bar: where it stands, as classes; ``spoken`` is what its label leaves out."""

    classes: str
    label: str
    spoken: str
    thing: Thing


@dataclass(frozen=True)
class Cell:
    """One night of one market; ``ruler`` is its own where the clocks change in it."""

    day: date
    classes: str
    slots: Sequence[Slot]
    hidden: int
    by_day: Sequence[Thing]
    turn: str = ""
    ruler: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class Row:
    """One market: its code, places with their offsets, its nights."""

    code: str
    places: Sequence[str]
    cells: Sequence[Cell]


def rows(
    estate: Estate,
    markets: Sequence[str],
    days: Sequence[date],
    found: Sequence[Thing],
    now: datetime,
    scale: Scale = WEEK,
) -> list[Row]:
    """Return a row for each market with a box for each day's night."""
    return [
        _row(estate.markets[code], days, [each for each in found if each.is_in(code)], now, scale)
        for code in markets
        if code in estate.markets
    ]


def _row(
    market: Market, days: Sequence[date], found: Sequence[Thing], now: datetime, scale: Scale
) -> Row:
    zone = market.zones[0]
    tonight = night_at(zone, now)
    cells = [cell(Night(zone, day), found, is_now=day == tonight, scale=scale) for day in days]
    return Row(market.code, places_of(market, instant(zone, days[0], 18 * 60)), cells)


def places_of(market: Market, at: datetime) -> list[str]:
    """Return where a market's clocks are and what they show: ``Nairobi``, ``UTC+3``."""
    if len(market.zones) == 1:
        zone = market.zones[0]
        return [words.place(zone), f"UTC{offset(zone, at)}"]
    return [
        f"{words.cut(words.place(zone), 9)} {offset(zone, at) or '+0'}" for zone in market.zones
    ]


def offset(zone: str, at: datetime) -> str:
    """Return how far a zone is from UTC: ``+3``, ``+5:30``, nothing for none."""
    ahead = at.astimezone(zone_of(zone)).utcoffset() or timedelta()
    sign = words.MINUS if ahead < timedelta() else "+"
    hours, rest = divmod(abs(ahead) // timedelta(minutes=1), 60)
    text = f"{sign}{hours}:{rest:02d}" if rest else f"{sign}{hours}"
    return text if ahead else ""


def cell(night: Night, found: Sequence[Thing], *, is_now: bool, scale: Scale = WEEK) -> Cell:
    """Return the box of one night with the bars that touch it."""
    standing = [(each, at) for each in found if (at := place(night, each.span))]
    widths = [scale.width(each.label) for each, _ in standing]
    placed = in_lanes([at for _, at in standing], widths, night.half_hours)
    above = 2 if night.turn else 0  # the note and the ruler of a night in which clocks change
    slots = [
        _slot(night, thing, where, above)
        for (thing, _), where in zip(standing, placed, strict=True)
        if where.lane < scale.most_lanes
    ]
    return Cell(
        day=night.day,
        classes=" ".join(filter(None, ("night", "now" if is_now else "", _columns(night)))),
        slots=slots,
        hidden=len(standing) - len(slots),
        by_day=[each for each in found if each.kind != "freeze" and is_by_day(night, each.span)],
        turn=turn_words(night),
        ruler=night.ruler if night.turn else (),
    )


def _columns(night: Night) -> str:
    return f"halves-{night.half_hours}" if night.turn else ""


def turn_words(night: Night) -> str:
    """Return what the clocks do in a night: ``clock 00:00 → 01:00, 11 h``."""
    if night.turn is None:
        return ""
    zone = zone_of(night.zone)
    was = (night.turn - MOMENT).astimezone(zone) + MOMENT
    became = night.turn.astimezone(zone)
    hours = night.half_hours / 2
    return f"clock {was:%H:%M} → {became:%H:%M}, {hours:g}{words.HARD}h"


def _slot(night: Night, thing: Thing, found: Labelled, above: int) -> Slot:
    at = found.place
    names = ["slot", f"at-{at.at}", f"len-{at.length}", f"lane-{found.lane + above}"]
    names += [thing.kind] if thing.kind in {"vendor", "freeze"} else []
    names += ["hard"] if thing.kind == "freeze" and thing.state == "hard" else []
    names += [thing.tone] if thing.tone else []
    names += ["short"] if found.label else []
    names += ["before"] if found.label == "before" else []
    label = thing.label if found.label else thing.whole_label or thing.label
    return Slot(" ".join(names), label, _spoken(night, thing, at), thing)


def _spoken(night: Night, thing: Thing, at: Place) -> str:
    since, until = (words.local(each, night.zone) for each in thing.span)
    city = words.place(night.zone)
    begins = words.day(since, until) + words.HARD if at.is_cut_before else ""
    ends = words.day(until, since) + words.HARD if at.is_cut_after else ""
    hours = f"{begins}{words.time(since)}{words.NONE}{ends}{words.time(until)} {city}"
    return ", ".join(filter(None, (thing.title, hours, thing.state)))


def days_of(zone: str, span: Span) -> Iterable[date]:
    """Yield the days whose night, or daytime before it, a stretch touches."""
    day, last = night_at(zone, span.since), night_at(zone, span.until - MOMENT)
    while day <= last:
        yield day
        day += timedelta(days=1)


def by_day(
    found: Iterable[Thing],
    days: Sequence[date],
    zone_for: Callable[[Thing], Sequence[str]],
) -> dict[date, list[Thing]]:
    """Return things by each day they touch, on the clocks of any market they are in."""
    wanted, kept = set(days), dict[date, list[Thing]]()
    for thing in found:
        touched = {day for zone in zone_for(thing) for day in days_of(zone, thing.span)}
        for day in sorted(touched & wanted):
            kept.setdefault(day, []).append(thing)
    return kept
