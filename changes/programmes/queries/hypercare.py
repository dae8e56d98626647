"""Hypercare as screens and guards see it: watched days, what they rest on, who stands where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Programme, Site, SiteFigure, SiteRollout, SiteTicket, WatchDay
from changes.programmes.queries import programmes
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.hypercare import DayResult, Hour, has_failed, streak, weekdays_bare
from changes.programmes.rules.terms import ProgrammeTerms
from ssoc.core.calendar import local_date, local_day, zone_of
from ssoc.core.errors import NotFound
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

BACK = timedelta(weeks=5)
_SOME = 400
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class HypercareStanding:
    """Whether a site has had its days inside the limits, in a row, and what lacks."""

    is_met: bool
    why: str
    inside: int = 0
    days: int = 0


@dataclass(frozen=True)
class WatchedDay:
    """One day of a watched site with what it rests on."""

    day: date
    result: DayResult
    why: str
    figures: Mapping[str, Any]
    reckoned_at: datetime


@dataclass(frozen=True)
class Watch:
    """The hypercare of one site."""

    site_rollout_id: int
    programme_id: int
    code: str
    name: str
    market: str
    zone: str
    state: SiteState
    cut_over_at: datetime | None
    standing: HypercareStanding
    days: Sequence[WatchedDay]
    terms: ProgrammeTerms
    has_failed: bool


@dataclass(frozen=True)
class Watched:
    """A site whose days are to be judged."""

    id: int
    site_id: int
    programme_id: int
    wave_id: int
    code: str
    market: str
    zone: str
    cut_over_on: date
    opening: Mapping[str, Sequence[str]]


def standing(work: Work, ids: Sequence[int]) -> dict[int, HypercareStanding]:
    """Return of every site whether it may be accepted; three statements, however many sites."""
    rows = work.session.execute(
        select(SiteRollout.id, SiteRollout.programme_id).where(SiteRollout.id.in_(list(ids)))
    ).all()
    terms = _terms(work, {each.programme_id for each in rows})
    days = results(work, ids)
    return {
        each.id: _stands(days.get(each.id, []), terms[each.programme_id].hypercare_days)
        for each in rows
    }


def _stands(days: Sequence[tuple[date, DayResult, str]], wanted: int) -> HypercareStanding:
    inside = streak((day, result) for day, result, _ in days)
    if inside >= wanted:
        why = f"{inside} days in a row inside the limits"
        return HypercareStanding(True, why, inside, wanted)
    counted = [each for each in days if each[1] is not DayResult.CLOSED]
    last = f"; {counted[-1][0]:%d %b} was {counted[-1][1]}: {counted[-1][2]}" if counted else ""
    return HypercareStanding(
        False,
        f"{inside} of {wanted} days in a row inside the limits{last if inside == 0 else ''}",
        inside,
        wanted,
    )


def _terms(work: Work, ids: Iterable[int]) -> dict[int, ProgrammeTerms]:
    rows = select(Programme.id, Programme.terms).where(Programme.id.in_(list(ids)))
    return {number: terms_of(work, own) for number, own in work.session.execute(rows)}


def results(work: Work, ids: Sequence[int]) -> dict[int, list[tuple[date, DayResult, str]]]:
    """Return the judged days of sites, oldest first."""
    rows = (
        select(WatchDay.site_rollout_id, WatchDay.day, WatchDay.result, WatchDay.why)
        .where(WatchDay.site_rollout_id.in_(list(ids)))
        .order_by(WatchDay.site_rollout_id, WatchDay.day)
    )
    found: dict[int, list[tuple[date, DayResult, str]]] = {}
    for number, day, result, why in work.session.execute(rows):
        found.setdefault(number, []).append((day, result, why))
    return found


def watch(work: Work, site_rollout_id: int) -> Watch:
    """Return the hypercare of one site, newest day first."""
    way = work.session.get(SiteRollout, site_rollout_id)
    site = work.session.get(Site, way.site_id) if way else None
    if way is None or site is None or not programmes.may_see(work, [site.market]):
        raise NotFound(f"there is no site {site_rollout_id} that you may see")
    programme = work.session.get_one(Programme, way.programme_id)
    terms = terms_of(work, programme)
    rows = work.session.scalars(
        select(WatchDay)
        .where(WatchDay.site_rollout_id == site_rollout_id)
        .order_by(WatchDay.day.desc())
    ).all()
    days = [(each.day, each.result, each.why) for each in reversed(rows)]
    was_back = way.state is SiteState.ROLLED_BACK
    return Watch(
        way.id,
        way.programme_id,
        site.code,
        site.name,
        site.market,
        site.zone,
        way.state,
        way.cut_over_at,
        _stands(days, terms.hypercare_days),
        [WatchedDay(e.day, e.result, e.why, e.figures, e.reckoned_at) for e in rows],
        terms,
        has_failed((each.result for each in rows), was_back, terms.watch),
    )


def figures_lacking(work: Work, site_rollout_id: int) -> str:
    """Return what days of a site cannot be compared with, in words; empty when nothing lacks.

    It is told from the first hour on: days without a baseline are no data, and never count.
    """
    way = work.session.get_one(SiteRollout, site_rollout_id)
    place = work.session.get_one(Site, way.site_id)
    at = way.cut_over_at or work.now
    zone = place.zone or "UTC"
    hours = work.session.scalars(
        select(SiteFigure.hour).where(
            SiteFigure.site_id == place.id, SiteFigure.hour >= at - BACK, SiteFigure.hour < at
        )
    )
    sold = {_local(zone, each).date() for each in hours}
    hint = "such days are no data and never count; send its hourly figures"
    if not sold:
        return f"no figures from before its cut-over: {hint}"
    is_open = {
        n for n, word in enumerate(_WEEK) if not place.opening_hours or word in place.opening_hours
    }
    bare = weekdays_bare(sold, local_date(zone, at), is_open)
    named = ", ".join(_WEEK[each].capitalize() for each in bare)
    return f"too few days from before its cut-over to compare {named} with: {hint}" if bare else ""


# ---- what the judging of days rests on


def watched(work: Work) -> list[Watched]:
    """Return every site that is watched now."""
    rows = work.session.execute(
        select(SiteRollout, Site)
        .join(Site, Site.id == SiteRollout.site_id)
        .where(
            (SiteRollout.state == SiteState.HYPERCARE)
            | ((SiteRollout.state == SiteState.BLOCKED) & (SiteRollout.was == SiteState.HYPERCARE)),
            SiteRollout.cut_over_at.is_not(None),
        )
        .order_by(SiteRollout.id)
    )
    markets = estate_queries.current(work).markets
    found = []
    for way, site in rows:
        market = markets.get(site.market)
        zone = site.zone or (market.zones[0] if market and market.zones else "UTC")
        found.append(
            Watched(
                way.id,
                way.site_id,
                way.programme_id,
                way.wave_id,
                site.code,
                site.market,
                zone,
                local_date(zone, way.cut_over_at or work.now),
                site.opening_hours,
            )
        )
    return found


def hours_of(work: Work, sites: Sequence[Watched]) -> dict[int, list[Hour]]:
    """Return the hours of sites on their own clocks, from five weeks before the cut-over."""
    zones = {each.site_id: each.zone for each in sites}
    since = {each.site_id: local_day(each.zone, each.cut_over_on).since - BACK for each in sites}
    found: dict[int, list[Hour]] = {each.site_id: [] for each in sites}
    numbers = list(zones)
    row = SiteFigure
    for start in range(0, len(numbers), _SOME):
        some = numbers[start : start + _SOME]
        wanted = select(
            row.site_id, row.hour, row.currency, row.sales, row.amount, row.failed
        ).where(row.site_id.in_(some), row.hour >= min(since[each] for each in some))
        for site, hour, currency, sales, amount, failed in work.session.execute(wanted):
            if hour < since[site]:
                continue
            there = _local(zones[site], hour)
            found[site].append(Hour(there.date(), there.hour, currency, sales, amount, failed))
    return found


def _local(zone: str, at: datetime) -> datetime:
    return at.astimezone(zone_of(zone))


def controls(work: Work, programme_ids: Iterable[int]) -> dict[tuple[int, str], list[int]]:
    """Return the sites not yet migrated, by programme and market."""
    rows = work.session.execute(
        select(SiteRollout.programme_id, Site.market, SiteRollout.site_id)
        .join(Site, Site.id == SiteRollout.site_id)
        .where(SiteRollout.programme_id.in_(list(programme_ids)), SiteRollout.cut_over_at.is_(None))
    )
    found: dict[tuple[int, str], list[int]] = {}
    for programme, market, site in rows:
        found.setdefault((programme, market), []).append(site)
    return found


def tickets_since(work: Work, since: datetime) -> list[tuple[int, datetime]]:
    """Return the tickets of all sites from an instant on, as site and moment."""
    rows = select(SiteTicket.site_id, SiteTicket.opened_at).where(SiteTicket.opened_at >= since)
    return [(site, at) for site, at in work.session.execute(rows)]
