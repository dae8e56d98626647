"""The calendar as text: nights of a week, or one, days of a month, and the same as a list."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from changes.queries.assessment import Finding
from changes.queries.calendar import CalendarView
from changes.rules.nights import night_at
from changes.rules.slots import Slot as FreeSlot
from ssoc.core.calendar import Span
from ssoc.core.errors import BadInput
from ssoc.estate.values import Estate
from web import words
from web.change_managers import nights_view
from web.change_managers.found_view import (
    FoundGroup,
    FreezeRow,
    blocks,
    found_groups,
    freeze_rows,
    heading,
    in_the_way,
)
from web.change_managers.nights_view import Row, by_day
from web.change_managers.things import Thing, things
from web.noc import times

_DAY = timedelta(days=1)
_FIRST, _LAST = date(2000, 1, 1), date(2100, 12, 31)
MOST_LISTED = 40  # things listed under one night of a week or a month; its own page has all
VIEWS = ("month", "week", "night")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Period:
    """What a view shows: its days, and the days that lead to the ones before and after."""

    view: str
    on: date
    days: Sequence[date]
    earlier: date
    later: date

    @property
    def stretch(self) -> tuple[datetime, datetime]:
        """Return the UTC stretch that holds its days and nights on every clock of the world."""
        first, last = self.days[0], self.days[-1]
        since = datetime.combine(first, time(), UTC) - timedelta(hours=14)
        return since, datetime.combine(last, time(), UTC) + timedelta(hours=24 + 6 + 14)

    def holds(self, day: date) -> bool:
        """Tell whether a day is one of its own."""
        return self.days[0] <= day <= self.days[-1]


def day_of(text: str, today: date) -> date:
    """Read the day of an address; today when none is given.

    Raises:
        BadInput: it is no day, or further away than any plan.

    """
    if not text:
        return today
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text[:40]!r} is no day; write it like {today.isoformat()}") from None
    if not _FIRST <= found <= _LAST:
        raise BadInput(f"{text[:40]!r} is beyond the calendar; it shows the years 2000 to 2100")
    return found


def period(view: str, on: date) -> Period:
    """Return what is shown of the calendar around a day: a month, a week, or one night."""
    if view == "night":
        return Period(view, on, [on], on - _DAY, on + _DAY)
    monday = on - timedelta(days=on.weekday())
    if view == "month":
        first = on.replace(day=1)
        begin = first - timedelta(days=first.weekday())
        end = on.replace(day=monthrange(on.year, on.month)[1])
        weeks = -(-((end - begin).days + 1) // 7)
        days = [begin + timedelta(days=each) for each in range(7 * weeks)]
        return Period(view, on, days, first - _DAY, end + _DAY)
    days = [monday + timedelta(days=each) for each in range(7)]
    return Period("week", on, days, on - 7 * _DAY, on + 7 * _DAY)


@dataclass(frozen=True)
class ListRow:
    """One thing in the list."""

    thing: Thing
    utc: str
    local: str


@dataclass(frozen=True)
class DayGroup:
    """The list of one night, with the daytime before it; ``hidden`` are listed on its own page."""

    day: date
    heading: str
    is_tonight: bool
    rows: Sequence[ListRow]
    hidden: int = 0


@dataclass(frozen=True)
class MonthDay:
    """One day of a month with what touches it."""

    day: date
    is_other_month: bool
    is_tonight: bool
    changes: int
    works: int
    tone: str
    collides: str
    frozen: Sequence[str]
    frozen_softly: Sequence[str]


@dataclass(frozen=True)
class Page:
    """Everything the page shows."""

    period: Period
    title: str
    figures: Sequence[tuple[str, str]]
    frozen: Sequence[str]
    blocks: str
    rows: Sequence[Row]
    headings: Sequence[tuple[date, str, bool]]
    weeks: Sequence[Sequence[MonthDay]]
    groups: Sequence[DayGroup]
    found: Sequence[FoundGroup]
    freezes: Sequence[FreezeRow]
    tonight: date


def page(
    view: CalendarView,
    estate: Estate,
    shown: Period,
    now: datetime,
    free: Mapping[int, FreeSlot] | None = None,
) -> Page:
    """Return the calendar for the page."""
    here = _Here(view, estate, shown, now)
    found, met = here.own, own_findings(view, estate, shown)
    begins = {each.id: each.starts_at for each in view.changes}
    return Page(
        period=shown,
        title=title_of(shown, now),
        figures=_figures(found),
        frozen=_frozen(view, found),
        blocks=blocks([each for _, each in met]),
        rows=here.rows(),
        headings=[(each, heading(each, now), each == here.tonight) for each in shown.days],
        weeks=here.weeks(),
        groups=here.groups(),
        found=found_groups(met, free or {}, begins, estate, now),
        freezes=freeze_rows(here.freezes, estate, view.markets, now),
        tonight=here.tonight,
    )


def own_findings(view: CalendarView, estate: Estate, shown: Period) -> list[tuple[date, Finding]]:
    """Return what blocks or warns on the days shown, each with the first of them.

    Days are those of its markets' clocks, as they are of the things themselves.
    """
    wanted, found = set(shown.days), []
    for each in in_the_way(view.findings):
        zones = [estate.markets[code].zones[0] for code in each.markets if code in estate.markets]
        span = Span(each.since, max(each.until, each.since + nights_view.MOMENT))
        days = {day for zone in zones or ["UTC"] for day in nights_view.days_of(zone, span)}
        if days & wanted:
            found.append((min(days & wanted), each))
    return found


class _Here:
    """A calendar being laid out: the things that touch its own days, day by day."""

    def __init__(self, view: CalendarView, estate: Estate, shown: Period, now: datetime) -> None:
        self.view, self.estate, self.shown, self.now = view, estate, shown, now
        self.tonight = night_at("UTC", now)
        everything = things(view, estate, now)
        self.days = by_day(everything, shown.days, self.zones_of)
        kept = {each.key for found in self.days.values() for each in found}
        self.own = [each for each in everything if each.key in kept]
        self.freezes = [each for each in self.own if each.kind == "freeze"]

    def zones_of(self, thing: Thing) -> list[str]:
        """Return the clocks that a thing is read on: those of the rows it stands in."""
        codes = [each for each in self.view.markets if thing.is_in(each)]
        found = [
            self.estate.markets[each].zones[0] for each in codes if each in self.estate.markets
        ]
        return list(dict.fromkeys(found))

    def rows(self) -> list[Row]:
        """Return the rows of nights; a month has none."""
        if self.shown.view == "month":
            return []
        scale = nights_view.ONE if self.shown.view == "night" else nights_view.WEEK
        return nights_view.rows(
            self.estate, self.view.markets, self.shown.days, self.own, self.now, scale
        )

    def weeks(self) -> list[list[MonthDay]]:
        """Return the days of a month by week; other views have none."""
        if self.shown.view != "month":
            return []
        days = [self._month_day(each) for each in self.shown.days]
        return [days[at : at + 7] for at in range(0, len(days), 7)]

    def _month_day(self, day: date) -> MonthDay:
        found = self.days.get(day, [])
        tones = [each.tone for each in found if each.tone]
        frozen = {hard: self._frozen(found, hard) for hard in ("hard", "soft")}
        return MonthDay(
            day=day,
            is_other_month=day.month != self.shown.on.month,
            is_tonight=day == self.tonight,
            changes=sum(each.kind == "change" for each in found),
            works=sum(each.kind == "vendor" for each in found),
            tone=min(tones, default=""),
            collides=f"{len(tones)} collide" if len(tones) > 1 else "1 collides" if tones else "",
            frozen=frozen["hard"],
            frozen_softly=[each for each in frozen["soft"] if each not in frozen["hard"]],
        )

    def _frozen(self, found: Sequence[Thing], state: str) -> list[str]:
        freezes = [each for each in found if each.kind == "freeze" and each.state == state]
        return [code for code in self.view.markets if any(each.is_in(code) for each in freezes)]

    def groups(self) -> list[DayGroup]:
        """Return the list: each thing once, under the first day of its own that is shown."""
        seen, found = set[str](), []
        for day in self.shown.days:
            fresh = [
                each
                for each in self.days.get(day, ())
                if each.kind != "freeze" and each.key not in seen
            ]
            seen |= {each.key for each in fresh}
            fresh.sort(key=lambda each: (each.span.since, each.key))
            if fresh:
                most = len(fresh) if self.shown.view == "night" else MOST_LISTED
                rows = [self._list_row(each) for each in fresh[:most]]
                hidden, is_tonight = max(0, len(fresh) - most), day == self.tonight
                found.append(DayGroup(day, heading(day, self.now), is_tonight, rows, hidden))
        return found

    def _list_row(self, thing: Thing) -> ListRow:
        since, until = thing.span
        begins = "" if since.date() == until.date() else f"{words.day(since, self.now)}{words.HARD}"
        is_short = until - since < _DAY
        ends = words.time(until) if is_short else words.when(until, self.now)
        zones = times.zones_of(self.estate, thing.markets)
        return ListRow(
            thing,
            f"{'' if is_short else begins}{words.time(since)}{words.NONE}{ends}",
            times.local(since, since, zones) if zones else "",
        )


def title_of(shown: Period, now: datetime) -> str:
    """Return what the page is called: ``Changes: nights of 23 to 29 November``."""
    first, last = shown.days[0], shown.days[-1]
    if shown.view == "month":
        return f"Changes: {_MONTHS[shown.on.month - 1]} {shown.on.year}"
    year = "" if last.year == now.year else f" {last.year}"
    ending = f"{last.day} {_MONTHS[last.month - 1]}{year}"
    if shown.view == "night":
        return f"Changes: the night of {ending}"
    month = "" if first.month == last.month else f" {_MONTHS[first.month - 1]}"
    return f"Changes: nights of {first.day}{month} to {ending}"


def _figures(found: Sequence[Thing]) -> list[tuple[str, str]]:
    changes = sum(each.kind == "change" for each in found)
    works = sum(each.kind == "vendor" for each in found)
    return [
        (words.exact(changes), "change" if changes == 1 else "changes"),
        (words.exact(works), "announced work" if works == 1 else "announced works"),
    ]


def _frozen(view: CalendarView, found: Sequence[Thing]) -> list[str]:
    freezes = [each for each in found if each.kind == "freeze"]
    return [code for code in view.markets if any(each.is_in(code) for each in freezes)]
