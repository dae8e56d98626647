"""Judge the days of watched sites: each once it is over, again while figures still come late."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from changes.gates.queries.days import holiday_name, unusual
from changes.programmes.models import Programme, WatchDay
from changes.programmes.queries import hypercare
from changes.programmes.queries.hypercare import Watched
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.hypercare import (
    Day,
    DayResult,
    Hour,
    Tickets,
    baseline,
    days_back,
    judge,
)
from changes.programmes.rules.terms import ProgrammeTerms
from ssoc.core.bulk import insert_new
from ssoc.core.calendar import local_date, local_day
from ssoc.core.running import bump
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

GRACE = timedelta(hours=6)  # figures may come so long after midnight before a day is "no data"
AGAIN = timedelta(days=3)  # a day is judged anew for so long
LONGEST = timedelta(days=90)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


class _TicketCounts:
    """Tickets by site in order of time, so that a day of many sites is counted quickly."""

    def __init__(self, found: Sequence[tuple[int, datetime]]) -> None:
        self._by_site: dict[int, list[datetime]] = {}
        for site, at in found:
            self._by_site.setdefault(site, []).append(at)
        for times in self._by_site.values():
            times.sort()

    def of(self, sites: Sequence[int], since: datetime, until: datetime) -> int:
        """Return how many tickets some sites have in a span."""
        number = 0
        for site in sites:
            times = self._by_site.get(site)
            if times:
                number += bisect_left(times, until) - bisect_left(times, since)
        return number


def due_days(work: Work) -> list[tuple[int, Day]]:
    """Return what became of every day of every watched site that is due, and is news.

    It reads alone, so that nobody waits for it who wants to write.
    """
    sites = hypercare.watched(work)
    if not sites:
        return []
    terms = _terms(work, sites)
    hours = hypercare.hours_of(work, sites)
    controls = hypercare.controls(work, terms)
    first = min(local_day(each.zone, each.cut_over_on).since for each in sites)
    counts = _TicketCounts(hypercare.tickets_since(work, max(first, work.now - LONGEST)))
    kept = _kept(work, [each.id for each in sites])
    due = {site.id: _due(work, site, kept) for site in sites}
    apart = _unusual(work, sites, due)
    found = []
    for site in sites:
        others = controls.get((site.programme_id, site.market), [])
        for day in due[site.id]:
            since, until = local_day(site.zone, day)
            told = Tickets(
                counts.of([site.site_id], since, until),
                counts.of(others, since, until) / len(others) if others else None,
                len(others),
            )
            own = terms[site.programme_id]
            judged = _judged(site, day, hours[site.site_id], told, own, apart[site.market])
            if judged.result is DayResult.NO_DATA and work.now < until + GRACE:
                continue
            if _is_news(judged, kept.get((site.id, day))):
                found.append((site.id, judged))
    return found


def keep_days(work: Work, found: Sequence[tuple[int, Day]]) -> None:
    """Write what became of days; of two who judged the same day at once the later one counts."""
    if not found:
        return
    judged = {(site_rollout_id, day.day): _columns(work, day) for site_rollout_id, day in found}
    rows = [{"site_rollout_id": site, "day": day, **judged[site, day]} for site, day in judged]
    insert_new(work.session, WatchDay, rows, ("site_rollout_id", "day"))
    kept = _kept(work, [site for site, _ in judged])
    for key, columns in judged.items():
        for name, value in columns.items():
            setattr(kept[key], name, value)
    bump(work.session)


def _columns(work: Work, day: Day) -> dict[str, Any]:
    return {
        "result": day.result,
        "why": day.why,
        "figures": _figures(day),
        "reckoned_at": work.now,
    }


def _terms(work: Work, sites: Sequence[Watched]) -> dict[int, ProgrammeTerms]:
    ids = {each.programme_id for each in sites}
    rows = select(Programme.id, Programme.terms).where(Programme.id.in_(ids))
    return {number: terms_of(work, own) for number, own in work.session.execute(rows)}


def _kept(work: Work, ids: Sequence[int]) -> dict[tuple[int, date], WatchDay]:
    rows = work.session.scalars(select(WatchDay).where(WatchDay.site_rollout_id.in_(set(ids))))
    return {(each.site_rollout_id, each.day): each for each in rows}


def _due(work: Work, site: Watched, kept: dict[tuple[int, date], WatchDay]) -> list[date]:
    """Return the days after the cut-over that are over and new, or may still change."""
    today = local_date(site.zone, work.now)
    first = max(site.cut_over_on + _DAY, today - LONGEST)
    days = [first + at * _DAY for at in range((today - first).days)]
    return [each for each in days if (site.id, each) not in kept or today - each <= AGAIN]


def _unusual(
    work: Work, sites: Sequence[Watched], due: Mapping[int, Sequence[date]]
) -> Mapping[str, Mapping[date, str]]:
    """Return by market which days are not as others, and why; one statement for all."""
    wanted: dict[str, set[date]] = {}
    for site in sites:
        some = wanted.setdefault(site.market, set())
        for day in due[site.id]:
            some.update((day, *days_back(day, site.cut_over_on)))
    return unusual(work, wanted, estate_queries.current(work).markets)


def _judged(
    site: Watched,
    day: date,
    hours: Sequence[Hour],
    tickets: Tickets,
    terms: ProgrammeTerms,
    apart: Mapping[date, str],
) -> Day:
    is_open = not site.opening or _DAYS[day.weekday()] in site.opening
    left_out = {at: apart[at] for at in days_back(day, site.cut_over_on) if at in apart}
    usual = baseline(hours, day, site.cut_over_on, left_out)
    mine = [each for each in hours if each.day == day]
    return judge(
        day,
        mine,
        usual,
        tickets,
        terms.watch,
        is_open=is_open,
        holiday=holiday_name(apart.get(day, "")),
        left_out=left_out,
    )


def _is_news(found: Day, row: WatchDay | None) -> bool:
    if row is None:
        return True
    return (row.result, row.why, row.figures) != (found.result, found.why, _figures(found))


def _figures(found: Day) -> dict[str, Any]:
    return {
        "currencies": [
            {**asdict(each), "amount": str(each.amount), "usual_amount": str(each.usual_amount)}
            for each in found.compared
        ],
        "tickets": asdict(found.tickets),
        **({"left_out": _plain(found.left_out)} if found.left_out else {}),
    }


def _plain(left_out: Mapping[date, str]) -> dict[str, str]:
    return {day.isoformat(): why for day, why in sorted(left_out.items())}
