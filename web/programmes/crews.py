"""A week of crews: who is where on which day, and which days are free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.queries import sites as site_queries
from changes.programmes.values import SiteLine
from ssoc.core.errors import BadInput
from web import words
from web.app import request_view
from web.programmes.blueprint import programmes
from web.programmes.entries import day_of
from web.programmes.list_view import seen_words
from web.programmes.listed import require_sight

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CrewRow:
    """One crew: the sites of each day of the week, and how many they are."""

    name: str
    days: Sequence[Sequence[SiteLine]]
    total: int


@programmes.get("/<int:programme_id>/crews")
def crews(programme_id: int) -> ResponseReturnValue:
    """Show one week of the crews of a programme."""
    with request_view() as work:
        require_sight(work)
        today = work.now.date()
        monday = _monday(request.args.get("on", ""), today)
        found = site_queries.board(work, programme_id)
        week = [monday + each * _DAY for each in range(7)]
        return render_template(
            "programmes/crews.html",
            one=found.programme,
            seen=seen_words(work, found.programme),
            days=[(words.day(each, today), each == today) for each in week],
            rows=rows_of(found.sites, week),
            before=_place(programme_id, monday - 7 * _DAY),
            after=_place(programme_id, monday + 7 * _DAY),
            this=_place(programme_id, today),
            on=monday.isoformat(),
        )


def _place(programme_id: int, day: date) -> str:
    return url_for("programmes.crews", programme_id=programme_id, on=day.isoformat())


def _monday(text: str, today: date) -> date:
    day = day_of(text, "week") or today
    if not date(2000, 1, 1) <= day <= date(2100, 1, 1):
        raise BadInput(f"week: the year {day.year} is not to be believed")
    return day - day.weekday() * _DAY


def rows_of(sites: Sequence[SiteLine], week: Sequence[date]) -> list[CrewRow]:
    """Return every crew that has a site in the programme, by name, with its days."""
    booked: dict[tuple[str, date], list[SiteLine]] = {}
    for each in sites:
        if each.crew and each.slot_on:
            booked.setdefault((each.crew, each.slot_on), []).append(each)
    rows = []
    for name in sorted({each.crew for each in sites if each.crew}):
        days = [booked.get((name, day), []) for day in week]
        rows.append(CrewRow(name, days, sum(map(len, days))))
    return rows
