"""What planning again rests on: sites without a day to come, booked crews, freezes, full weeks."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import CrewBooking, ProgrammeWave, Site, SiteRollout
from changes.programmes.queries import programmes
from changes.programmes.rules.replanning import Crew, Ground, Plan, Stop, solve
from changes.programmes.rules.throughput import monday
from changes.queries.freezes import freeze_spans
from ssoc.core.calendar import local_day
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

WAITING = (SiteState.PLANNED, SiteState.SURVEYED, SiteState.READY)
AHEAD = 200  # days that are looked at
_DAY = timedelta(days=1)


def propose(
    work: Work,
    programme_id: int,
    crews: Sequence[Crew],
    since: date,
    trained_per_week: int = 0,
    stock: Sequence[tuple[date, int]] = (),
) -> tuple[Plan, dict[int, str]]:
    """Return days and crews for the sites that have none to come, and the codes of all of them.

    Slots to come that are booked stay as they are: their crews are busy and their weeks fuller.
    """
    programmes.found(work, programme_id)
    stops, codes = waiting(work, programme_id)
    ground = ground_of(work, programme_id, crews, since, trained_per_week, stock)
    return solve(stops, ground, since, AHEAD), codes


def waiting(work: Work, programme_id: int) -> tuple[list[Stop], dict[int, str]]:
    """Return the sites to be given a day, by wave."""
    rows = work.session.execute(
        select(
            SiteRollout.id, Site.code, Site.market, ProgrammeWave.position, Site.latitude,
            Site.longitude, ProgrammeWave.starts_on, Site.region,
        )
        .join(Site, Site.id == SiteRollout.site_id)
        .join(ProgrammeWave, ProgrammeWave.id == SiteRollout.wave_id)
        .where(
            SiteRollout.programme_id == programme_id,
            SiteRollout.state.in_(WAITING),
            or_(SiteRollout.slot_on.is_(None), SiteRollout.slot_on < work.now.date()),
            ProgrammeWave.paused_because == "",
            work.visible(Site.market, programmes.SEES),
        )
        .order_by(ProgrammeWave.position, Site.code)
    ).all()  # fmt: skip
    stops = [
        Stop(number, market, wave, latitude, longitude, starts, region)
        for number, _, market, wave, latitude, longitude, starts, region in rows
    ]
    return stops, {row.id: row.code for row in rows}


def ground_of(
    work: Work,
    programme_id: int,
    crews: Sequence[Crew],
    since: date,
    trained_per_week: int,
    stock: Sequence[tuple[date, int]],
) -> Ground:
    """Return what limits the plan: all bookings of crews, hard freezes, weeks that fill up."""
    until = since + AHEAD * _DAY
    booked = work.session.execute(
        select(CrewBooking.crew, CrewBooking.day).where(CrewBooking.day >= since)
    )
    rows = work.session.execute(
        select(ProgrammeWave.position, SiteRollout.slot_on)
        .join(ProgrammeWave, ProgrammeWave.id == SiteRollout.wave_id)
        .where(SiteRollout.programme_id == programme_id, SiteRollout.slot_on >= monday(since))
    )
    slots = [(position, day) for position, day in rows if day is not None]
    waves = select(ProgrammeWave.position, ProgrammeWave.per_week).where(
        ProgrammeWave.programme_id == programme_id
    )
    used = sum(1 for _, day in slots if day >= since)
    return Ground(
        crews,
        {position: number for position, number in work.session.execute(waves)},
        trained_per_week,
        [(day, max(0, number - used)) for day, number in stock],
        frozen_days(work, {code for each in crews for code in each.markets}, since, until),
        frozenset((crew, day) for crew, day in booked),
        Counter((position, monday(day)) for position, day in slots),
    )


def frozen_days(
    work: Work, markets: set[str], since: date, until: date
) -> frozenset[tuple[str, date]]:
    """Return the days of markets that a hard freeze touches, on the clock of each market."""
    known = estate_queries.current(work).markets
    zones = {each: known[each].zones[0] for each in markets if each in known}
    first = [local_day(zone, since).since for zone in zones.values()]
    if not first:
        return frozenset()
    last = max(local_day(zone, until).until for zone in zones.values())
    spans = [each for each in freeze_spans(work, min(first), last) if each.is_hard]
    found = set()
    for market, zone in zones.items():
        mine = [each for each in spans if not each.markets or market in each.markets]
        for day in (since + at * _DAY for at in range((until - since).days)):
            begins, ends = local_day(zone, day)
            if any(each.since < ends and begins < each.until for each in mine):
                found.add((market, day))
    return frozenset(found)
