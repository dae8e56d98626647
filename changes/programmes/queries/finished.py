"""What the brake measures: sites past their cut-over, how their hypercare went, and their days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from changes.gates.queries.days import zone_of
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Programme, Site, SiteFigure, SiteRollout, SiteTicket
from changes.programmes.queries import hypercare
from changes.programmes.queries.reconciled import subject_of
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.hypercare import DayResult, has_failed
from changes.reconciliation.queries import exits
from changes.reconciliation.rules.exits import DayFact
from ssoc.core.calendar import local_date, local_day
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

_DAY = timedelta(days=1)
_PAST = (SiteState.HYPERCARE, SiteState.ACCEPTED, SiteState.ROLLED_BACK)


@dataclass(frozen=True)
class Finished:
    """A site past its cut-over; it is finished once accepted, rolled back, or failed."""

    id: int
    site_id: int
    wave_id: int
    code: str
    state: SiteState
    has_failed: bool
    words: str
    silent_days: Sequence[date] = ()
    cut_over_at: datetime | None = None

    @property
    def is_finished(self) -> bool:
        """Tell whether its hypercare has come to an end, good or bad."""
        return self.has_failed or self.state is SiteState.ACCEPTED


@dataclass(frozen=True)
class DayFigures:
    """One day of the sites of a wave beside those not yet migrated."""

    watched: int
    controls: int
    tickets: int
    control_tickets: int
    sales: int
    failed: int


@dataclass(frozen=True)
class DayBreaks:
    """What reconciliation says of one day of sites past their cut-over.

    ``compared`` are the sites with a result, ``silent`` those that should have one.
    """

    day: date
    compared: Sequence[str]
    silent: Sequence[str]
    unexplained: int


def waves_begun(work: Work) -> list[int]:
    """Return the waves that have a site past its cut-over."""
    rows = select(SiteRollout.wave_id).where(SiteRollout.state.in_(_PAST)).distinct()
    return list(work.session.scalars(rows.order_by(SiteRollout.wave_id)))


def sites(work: Work) -> list[Finished]:
    """Return every site past its cut-over, in the order of waves; three statements in all."""
    rows = work.session.execute(
        select(SiteRollout, Site.code)
        .join(Site, Site.id == SiteRollout.site_id)
        .where(SiteRollout.state.in_(_PAST))
        .order_by(SiteRollout.wave_id, SiteRollout.id)
    ).all()
    own = select(Programme.id, Programme.terms).where(
        Programme.id.in_({way.programme_id for way, _ in rows})
    )
    terms = {number: terms_of(work, given).watch for number, given in work.session.execute(own)}
    days = hypercare.results(work, [way.id for way, _ in rows])
    found = []
    for way, code in rows:
        mine = days.get(way.id, [])
        was_back = way.state is SiteState.ROLLED_BACK
        outside = sum(result is DayResult.OUTSIDE for _, result, _ in mine)
        found.append(
            Finished(
                way.id,
                way.site_id,
                way.wave_id,
                code,
                way.state,
                has_failed((result for _, result, _ in mine), was_back, terms[way.programme_id]),
                f"{way.state}, {outside} days outside its limits",
                [
                    day
                    for day, result, _ in mine
                    if result is DayResult.NO_DATA and way.state is SiteState.HYPERCARE
                ],
                way.cut_over_at,
            )
        )
    return found


def day_of(
    work: Work, programme_id: int, market: str, watched: Sequence[Finished], day: date
) -> DayFigures:
    """Return one day of a wave, on the clock of its market."""
    zone = zone_of(estate_queries.current(work).markets, market)
    since, until = local_day(zone, day)
    mine = [each.site_id for each in watched if each.state is not SiteState.ROLLED_BACK]
    others = hypercare.controls(work, [programme_id]).get((programme_id, market), [])
    sold, failed = work.session.execute(
        select(func.sum(SiteFigure.sales), func.sum(SiteFigure.failed)).where(
            SiteFigure.site_id.in_(mine), SiteFigure.hour >= since, SiteFigure.hour < until
        )
    ).one()
    return DayFigures(
        len(mine),
        len(others),
        _tickets(work, mine, since, until),
        _tickets(work, others, since, until),
        int(sold or 0),
        int(failed or 0),
    )


def _tickets(work: Work, some: Sequence[int], since: datetime, until: datetime) -> int:
    counted = select(func.count()).where(
        SiteTicket.site_id.in_(list(some)),
        SiteTicket.opened_at >= since,
        SiteTicket.opened_at < until,
    )
    return work.session.scalar(counted) or 0


def breaks(work: Work, market: str, watched: Sequence[Finished], since: date) -> list[DayBreaks]:
    """Return the days from ``since`` on that reconciliation has had its time for, oldest first.

    A site counts on business days after its cut-over, for as long as its parallel run goes on. A
    day is told once the runs of all those sites are due: until then people explain.
    """
    mine = {
        subject_of(each.id): each for each in watched if each.state is not SiteState.ROLLED_BACK
    }
    zone = zone_of(estate_queries.current(work).markets, market)
    by_day: dict[date, list[tuple[str, DayFact]]] = {}
    for subject, facts in exits.days(work, list(mine)).items():
        site = mine[subject]
        if site.cut_over_at is None:
            continue
        first = max(since, local_date(zone, site.cut_over_at) + _DAY)
        for fact in facts:
            if fact.day >= first and fact.is_business:
                by_day.setdefault(fact.day, []).append((site.code, fact))
    return [
        DayBreaks(
            day,
            [code for code, fact in some if fact.has_run],
            [code for code, fact in some if not fact.has_run],
            sum(fact.unexplained for _, fact in some if fact.has_run),
        )
        for day, some in sorted(by_day.items())
        if not any(fact.is_due for _, fact in some)
    ]
