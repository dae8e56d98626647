"""The demo's parallel runs: sites that still run both tills, a week of days compared."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random

from changes.programmes.demo.sites import Laid, LaidSite
from changes.programmes.lifecycle import SiteState
from changes.programmes.queries.reconciled import subject_of
from changes.reconciliation.actions import breaks, planning, storing
from changes.reconciliation.actions.planning import ParallelDraft
from changes.reconciliation.queries import days
from changes.reconciliation.reading import Extract
from changes.reconciliation.rules.lines import Line, Side, book_of, fresh_texts, lines_of
from changes.reconciliation.rules.matching import match
from changes.reconciliation.rules.outcome import BreakClass
from changes.reconciliation.rules.summary import summarised
from changes.reconciliation.values import Mode, Source
from ssoc.core.calendar import instant, local_date
from ssoc.core.work import Work

MARKET, ZONE = "GH", "Africa/Accra"
WEEK = (1, 2, 3, 4, 5, 6)
BACK = 6  # days
SALES = 24  # lines of a day
_COLUMNS = {"reference": "receipt", "amount": "amount", "at": "sold_at"}


def run_parallel(work: Work, laid: Laid) -> None:
    """Write parallel runs of the sites that have both tills, and of those that wait for a word."""
    for name, mark in (("old till", ","), ("new till", ".")):
        content = {"columns": _COLUMNS, "currency": "GHS", "zone": ZONE, "mark": mark}
        planning.define(work, name, MARKET, content)
    for number, site in enumerate(laid.at(SiteState.PARALLEL, SiteState.GO_NO_GO)):
        _site(work, site, 0 if site.state is SiteState.GO_NO_GO else number)


def _site(work: Work, site: LaidSite, number: int) -> None:
    today = local_date(ZONE, work.now)
    draft = ParallelDraft(
        subject=subject_of(site.id),
        title=f"{site.code}: both tills",
        market=MARKET,
        starts_on=today - timedelta(days=BACK),
        mode=Mode.SHADOW,
        tolerance=Decimal("1.00"),
        weekdays=WEEK,
        old=Source(definition="old till"),
        new=Source(definition="new till"),
    )
    parallel = planning.plan(work, draft)
    for back in range(BACK, 0, -1):
        day = today - timedelta(days=back)
        if day.isoweekday() in WEEK:
            _day(work, parallel, day, _twist(number, back))


def _twist(number: int, back: int) -> str:
    """Return what went wrong that day; most sites are clean by now."""
    stories = ({6: "rounding"}, {5: "late", 2: "missing"}, {3: "unknown"}, {4: "duplicate"})
    return stories[number % len(stories)].get(back, "")


def _day(work: Work, parallel: int, day: date, twist: str) -> None:
    texts = fresh_texts()
    old = list(_sales(parallel, day))
    new = list(_twisted([replace(each, at=each.at + timedelta(seconds=4)) for each in old], twist))
    sides = {Side.OLD: lines_of(old, texts), Side.NEW: lines_of(new, texts)}
    book = book_of(texts, sides[Side.OLD], sides[Side.NEW])
    extracts = {
        side: Extract(lines, book.old_near, _digest(parallel, day, side), len(lines))
        for side, lines in sides.items()
    }
    names = {side: f"{side}-till-{day}.csv" for side in Side}
    summary = summarised(book, match(book))
    result = storing.Result(parallel, day, 0, [], names, extracts, summary)
    run = storing.store(work, result)
    found = days.breaks(work, run).items
    if found and twist in {"rounding", "duplicate"}:
        numbers = [each.id for each in found]
        breaks.explain(work, parallel, numbers, "seen at the till, booked back", "kofi")
        if found[0].kind is BreakClass.DUPLICATE:
            breaks.close(work, parallel, numbers, "the second receipt was cancelled")
    elif found and twist == "late":
        breaks.carry(work, parallel, [each.id for each in found], "kofi", "in the night's batch")


def _sales(parallel: int, day: date) -> Iterator[Line]:
    chance = Random(f"{parallel} {day}")  # noqa: S311 (no secrets)
    opens: datetime = instant(ZONE, day, 8 * 60)
    for number in range(SALES):
        amount = Decimal(chance.randrange(200, 90_000)).scaleb(-2)
        at = opens + timedelta(minutes=number * 24, seconds=chance.randrange(60))
        yield Line(f"R{day:%m%d}{number:04d}", amount, "GHS", at)


def _twisted(lines: list[Line], twist: str) -> list[Line]:
    first = lines[0]
    match twist:
        case "rounding":
            return [replace(first, amount=first.amount + Decimal("0.01")), *lines[1:]]
        case "late" | "missing":
            return lines[1:]
        case "unknown":
            return [replace(first, amount=first.amount + 3), *lines[1:]]
        case "duplicate":
            return [first, *lines]
    return lines


def _digest(parallel: int, day: date, side: Side) -> str:
    return sha256(f"{parallel} {day} {side}".encode()).hexdigest()
