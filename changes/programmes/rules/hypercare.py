"""Hypercare: a site against its own baseline, its tickets against sites not yet migrated. Pure.

Baseline of an hour = the median of the same hour of the last four same weekdays before the
cut-over, of which three must be there; public holidays and days with a serious incident are left
out and named (as for health gates). A public holiday itself is not compared: it counts as no day,
unless sales fail or tickets come beyond the limits. A day is compared over all hours
that have a baseline, count and value of each currency by itself; currencies are never added. A
day is *outside* when count or value lies further from the usual than the limits allow, more sales
fail than allowed, or the site has more tickets than so many times the control sites. It has *no
data* when hours that usually sell are missing. No data is never inside.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median

from changes.rules.programme_terms import WatchTerms

DAYS_BACK = 4
LEAST_BACK = 3


class DayResult(StrEnum):
    """What a watched day was."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    NO_DATA = "no data"
    CLOSED = "closed"


@dataclass(frozen=True)
class Hour:
    """What was sold in one local hour of one day in one currency."""

    day: date
    hour: int
    currency: str
    sales: int
    amount: Decimal
    failed: int = 0


@dataclass(frozen=True)
class Usual:
    """What one hour of a weekday usually sells."""

    sales: float
    amount: Decimal


Baseline = Mapping[tuple[str, int], Usual]


@dataclass(frozen=True)
class Tickets:
    """Tickets of the site that day, and of the control sites on the mean; None without any."""

    here: int = 0
    per_control: float | None = None
    controls: int = 0


@dataclass(frozen=True)
class Compared:
    """One currency of one day beside what is usual."""

    currency: str
    sales: int
    usual_sales: float
    amount: Decimal
    usual_amount: Decimal
    failed: int = 0


@dataclass(frozen=True)
class Day:
    """What a day was and why, in words."""

    day: date
    result: DayResult
    why: str
    compared: Sequence[Compared] = ()
    tickets: Tickets = field(default_factory=Tickets)
    left_out: Mapping[date, str] = field(default_factory=dict)


def days_back(day: date, cut_over: date, number: int = DAYS_BACK) -> list[date]:
    """Return the last same weekdays before the cut-over, newest first."""
    last = cut_over - timedelta(days=1)
    last -= timedelta(days=(last.weekday() - day.weekday()) % 7)
    return [last - timedelta(weeks=at) for at in range(number)]


def baseline(
    hours: Iterable[Hour], day: date, cut_over: date, left_out: Collection[date] = ()
) -> dict[tuple[str, int], Usual]:
    """Return what each currency and hour of the weekday of ``day`` usually sells.

    A day on which a site sent anything counts: an hour without a row sold nothing that day.
    ``left_out`` are days that are not as others.
    """
    wanted = set(days_back(day, cut_over)).difference(left_out)
    known = [each for each in hours if each.day in wanted]
    seen = {each.day for each in known}
    if len(seen) < LEAST_BACK:
        return {}
    found: dict[tuple[str, int], dict[date, Hour]] = {}
    for each in known:
        found.setdefault((each.currency, each.hour), {})[each.day] = each
    return {
        key: Usual(
            median([by_day[on].sales if on in by_day else 0 for on in seen]),
            median([by_day[on].amount if on in by_day else Decimal(0) for on in seen]),
        )
        for key, by_day in found.items()
    }


def weekdays_bare(sold: Collection[date], cut_over: date, open_on: Collection[int]) -> list[int]:
    """Return the weekdays of the week to come that have too few days to be compared with.

    Args:
        sold: days of which the site sent figures.
        cut_over: the day on which it was.
        open_on: weekdays on which the site is open, Monday is 0.

    """
    known = set(sold)
    week = [cut_over + timedelta(days=at) for at in range(1, 8)]
    return sorted(
        day.weekday()
        for day in week
        if day.weekday() in open_on
        and len(known.intersection(days_back(day, cut_over))) < LEAST_BACK
    )


def judge(
    day: date,
    hours: Sequence[Hour],
    usual: Baseline,
    tickets: Tickets,
    terms: WatchTerms,
    *,
    is_open: bool = True,
    holiday: str = "",
    left_out: Mapping[date, str] | None = None,
) -> Day:
    """Return what a day of a watched site was.

    ``holiday`` is the name of a public holiday on it; ``left_out`` are the days before the
    cut-over that do not count for ``usual``, with the reason.
    """
    compared = _compared(hours, usual)
    apart = dict(left_out or {})

    def said(result: DayResult, why: str) -> Day:
        return Day(day, result, why, compared, tickets, apart)

    if not is_open and not hours:
        return said(DayResult.CLOSED, "the site is closed on this weekday")
    if holiday:
        faults = [fault for each in compared for fault in _failed_faults(each, terms)]
        faults += _ticket_faults(tickets, terms)
        calm = f"{holiday}, a public holiday: sales are not compared, it counts as no day"
        return said(DayResult.OUTSIDE if faults else DayResult.CLOSED, "; ".join(faults) or calm)
    if not usual:
        return said(
            DayResult.NO_DATA,
            f"fewer than {LEAST_BACK} of the last {DAYS_BACK} such weekdays before the cut-over "
            f"have figures{_apart(apart)}, so there is no baseline",
        )
    missing = _missing(hours, usual, terms)
    if missing:
        return said(DayResult.NO_DATA, missing)
    faults = [fault for each in compared for fault in _faults(each, terms)]
    faults += _ticket_faults(tickets, terms)
    if faults:
        return said(DayResult.OUTSIDE, "; ".join(faults))
    return said(DayResult.INSIDE, "; ".join(_calm(each) for each in compared))


def _apart(left_out: Mapping[date, str]) -> str:
    said = ", ".join(f"{day:%d %b} ({why})" for day, why in sorted(left_out.items()))
    return f" and count; left out: {said}" if said else ""


def _compared(hours: Sequence[Hour], usual: Baseline) -> list[Compared]:
    found = []
    for currency in sorted({key[0] for key in usual} | {each.currency for each in hours}):
        mine = [each for each in hours if each.currency == currency]
        known = [each for key, each in usual.items() if key[0] == currency]
        found.append(
            Compared(
                currency,
                sum(each.sales for each in mine),
                float(sum(each.sales for each in known)),
                sum((each.amount for each in mine), Decimal(0)),
                sum((each.amount for each in known), Decimal(0)),
                sum(each.failed for each in mine),
            )
        )
    return found


def _missing(hours: Sequence[Hour], usual: Baseline, terms: WatchTerms) -> str:
    wanted = {key for key, each in usual.items() if each.sales >= 1}
    there = {(each.currency, each.hour) for each in hours}
    lost = wanted - there
    if not wanted or 100 * len(lost) <= terms.missing_percent * len(wanted):
        return ""
    if not there:
        return f"no figures of this day; {len(wanted)} hours usually sell: send them"
    first = min(lost, key=lambda key: (key[1], key[0]))
    return (
        f"{len(lost)} of {len(wanted)} hours that usually sell have no figures, the first "
        f"{first[1]:02d}:00 {first[0]}: send them, with 0 where nothing was sold"
    )


def _faults(each: Compared, terms: WatchTerms) -> list[str]:
    pairs = (
        ("sales", float(each.sales), each.usual_sales, f"{each.sales}", f"{each.usual_sales:g}"),
        (
            "value",
            float(each.amount),
            float(each.usual_amount),
            f"{each.amount:.2f}",
            f"{each.usual_amount:.2f}",
        ),
    )
    found = []
    for name, now, usually, shown, usual in pairs:
        if usually <= 0:
            continue
        share = 100 * now / usually - 100
        if share < -terms.below_percent or share > terms.above_percent:
            way = "below" if share < 0 else "above"
            limit = terms.below_percent if share < 0 else terms.above_percent
            found.append(
                f"{name} {shown} {each.currency} is {abs(share):.1f} % {way} the usual {usual}; "
                f"{limit:g} % are allowed"
            )
    return found + _failed_faults(each, terms)


def _failed_faults(each: Compared, terms: WatchTerms) -> list[str]:
    tried = each.sales + each.failed
    if not tried or 100 * each.failed <= terms.failed_percent * tried:
        return []
    return [
        f"{each.failed} of {tried} {each.currency} sales failed, "
        f"{100 * each.failed / tried:.1f} %; {terms.failed_percent:g} % are allowed"
    ]


def _ticket_faults(tickets: Tickets, terms: WatchTerms) -> list[str]:
    if tickets.per_control is None or tickets.here < terms.least_tickets:
        return []
    if tickets.here <= terms.ticket_ratio * tickets.per_control:
        return []
    return [
        f"{tickets.here} tickets, {tickets.controls} sites not yet migrated had "
        f"{tickets.per_control:.2f} each; {terms.ticket_ratio:g} times that is allowed"
    ]


def _calm(each: Compared) -> str:
    return f"{each.sales} {each.currency} sales, usual {each.usual_sales:g}"


def streak(days: Iterable[Day | tuple[date, DayResult]]) -> int:
    """Return how many days in a row, up to the last one, were inside; closed days do not count."""
    ordered = [(each.day, each.result) if isinstance(each, Day) else each for each in days]
    found = 0
    for _, result in sorted(ordered, reverse=True):
        if result is DayResult.CLOSED:
            continue
        if result is not DayResult.INSIDE:
            break
        found += 1
    return found


def has_failed(results: Iterable[DayResult], was_rolled_back: bool, terms: WatchTerms) -> bool:
    """Tell whether a site failed hypercare: rolled back, or outside on more days than allowed."""
    outside = sum(each is DayResult.OUTSIDE for each in results)
    return was_rolled_back or outside > terms.outside_days
