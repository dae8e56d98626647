"""One plan for IT and business: accepted sites, forecast, what blocks, what the weeks need."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from changes.gates.lifecycle import Phase
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import (
    CrewBooking,
    Programme,
    ProgrammeForecast,
    ProgrammeWave,
    Site,
    SiteDecision,
    SiteRollout,
)
from changes.programmes.queries import asks, programmes
from changes.programmes.queries.asks import Ask, Blocked
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules import throughput
from changes.programmes.rules.throughput import Cause, Outlook, Week
from changes.programmes.values import ProgrammeView, ProgrammeWaveView
from ssoc.core.work import Work

WEEKS_AHEAD = 4
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Ahead:
    """What one of the next weeks needs: slots booked, crews, meetings, and what is not ready.

    Slots and crews are all of the week, also those of sites cut over already: they were needed.
    """

    monday: date
    slots: int
    not_ready: int
    crews: int
    meetings: int
    capacity: int

    @property
    def is_over(self) -> bool:
        """Tell whether more sites are booked than the waves take in a week."""
        return 0 < self.capacity < self.slots


@dataclass(frozen=True)
class Kept:
    """The forecast as it was on one day."""

    on: date
    accepted: int
    total: int
    p50_on: date | None
    p90_on: date | None


@dataclass(frozen=True)
class Steering:
    """Everything the steering page shows; only accepted sites are done."""

    programme: ProgrammeView
    waves: Sequence[ProgrammeWaveView]
    outlook: Outlook
    weeks: Sequence[Week]
    causes: Sequence[Cause]
    kinds: Mapping[str, str]
    blocked: Mapping[str, Blocked]
    ahead: Sequence[Ahead]
    kept: Sequence[Kept]
    brakes: Mapping[int, tuple[int, Phase]]
    asks: Sequence[Ask]
    as_of: datetime

    @property
    def total(self) -> int:
        """Return how many sites the programme has."""
        return self.outlook.total


def steering(work: Work, programme_id: int) -> Steering:
    """Return the plan of a programme; the number of statements does not depend on its sites."""
    row = programmes.found(work, programme_id)
    today = work.now.date()
    accepted = accepted_on(work, programme_id)
    view = programmes.programme(work, programme_id)
    ahead = outlook_of(view.counts, accepted, row, today)
    plan = baseline_of(row)
    waves = programmes.waves_of(work, programme_id)
    blocked = asks.blocked(work, programme_id)
    kinds = [kind for kind, each in blocked.items() for _, many in each.owners for _ in range(many)]
    return Steering(
        programme=view,
        waves=waves,
        outlook=ahead,
        weeks=throughput.burn_up(plan, accepted, ahead, today),
        causes=throughput.pareto(kinds),
        kinds=terms_of(work, row).blocked_kinds,
        blocked=blocked,
        ahead=_ahead(work, programme_id, waves, today),
        kept=_kept(work, programme_id),
        brakes=asks.brake_phases(work, programme_id),
        asks=asks.of_programme(work, programme_id),
        as_of=work.now,
    )


def outlook_of(
    counts: Mapping[SiteState, int], accepted: Sequence[date], row: Programme, today: date
) -> Outlook:
    """Return when the last site is accepted; sites put off for good count until they are out."""
    weeks = throughput.weekly(accepted, today)
    total = sum(counts.values())
    done = counts.get(SiteState.ACCEPTED, 0)
    plan = baseline_of(row)
    return throughput.outlook(total, done, weeks, today, row.ends_on or max(plan, default=None))


def outlooks(work: Work, found: Sequence[ProgrammeView]) -> dict[int, Outlook]:
    """Return when each of some programmes ends; two statements, however many there are."""
    ids = [each.id for each in found]
    rows = {
        each.id: each
        for each in work.session.scalars(select(Programme).where(Programme.id.in_(ids)))
    }
    days: dict[int, list[date]] = {each: [] for each in ids}
    accepted = select(SiteRollout.programme_id, SiteRollout.accepted_at).where(
        SiteRollout.programme_id.in_(ids),
        SiteRollout.state == SiteState.ACCEPTED,
        SiteRollout.accepted_at.is_not(None),
    )
    for number, at in work.session.execute(accepted):
        if at is not None:
            days[number].append(at.date())
    today = work.now.date()
    return {
        each.id: outlook_of(each.counts, sorted(days[each.id]), rows[each.id], today)
        for each in found
    }


def baseline_of(row: Programme) -> dict[date, int]:
    """Return the plan as agreed: sites accepted by a day; what is no day is left out."""
    found = {}
    for text, number in row.baseline.items():
        try:
            found[date.fromisoformat(text)] = int(number)
        except ValueError:
            continue
    return found


def accepted_on(work: Work, programme_id: int) -> list[date]:
    """Return the day of each acceptance that stands."""
    rows = select(SiteRollout.accepted_at).where(
        SiteRollout.programme_id == programme_id,
        SiteRollout.state == SiteState.ACCEPTED,
        SiteRollout.accepted_at.is_not(None),
    )
    return sorted(each.date() for each in work.session.scalars(rows) if each is not None)


def _ahead(
    work: Work, programme_id: int, waves: Sequence[ProgrammeWaveView], today: date
) -> list[Ahead]:
    first = throughput.monday(today)
    until = first + WEEKS_AHEAD * _WEEK
    slots = work.session.execute(
        select(SiteRollout.slot_on, SiteRollout.state, SiteRollout.wave_id).where(
            SiteRollout.programme_id == programme_id,
            SiteRollout.slot_on >= first,
            SiteRollout.slot_on < until,
        )
    ).all()
    crews = work.session.execute(
        select(CrewBooking.day, CrewBooking.crew)
        .join(SiteRollout, SiteRollout.id == CrewBooking.site_rollout_id)
        .where(
            SiteRollout.programme_id == programme_id,
            CrewBooking.day >= first,
            CrewBooking.day < until,
        )
    ).all()
    meetings = Counter(
        throughput.monday(each.date())
        for each in work.session.scalars(
            select(SiteDecision.meets_at).where(
                SiteDecision.programme_id == programme_id, SiteDecision.verdict.is_(None)
            )
        )
    )
    late = {SiteState.PLANNED, SiteState.SURVEYED, SiteState.BLOCKED}
    found = []
    for monday in (first + at * _WEEK for at in range(WEEKS_AHEAD)):
        mine = [each for each in slots if throughput.monday(each.slot_on) == monday]
        going = [
            each
            for each in waves
            if (each.starts_on is None or each.starts_on <= monday + 6 * _DAY)
            and (each.ends_on is None or each.ends_on >= monday)
        ]
        found.append(
            Ahead(
                monday,
                len(mine),
                sum(each.state in late for each in mine),
                len({crew for day, crew in crews if throughput.monday(day) == monday}),
                meetings[monday],
                sum(each.per_week for each in going) if all(e.per_week for e in going) else 0,
            )
        )
    return found


def _kept(work: Work, programme_id: int) -> list[Kept]:
    rows = work.session.scalars(
        select(ProgrammeForecast)
        .where(ProgrammeForecast.programme_id == programme_id)
        .order_by(ProgrammeForecast.on.desc())
        .limit(12)
    )
    return [Kept(each.on, each.accepted, each.total, each.p50_on, each.p90_on) for each in rows]


def open_sites(work: Work, programme_id: int) -> int:
    """Return how many sites are neither accepted nor put off."""
    counted = select(func.count()).where(
        SiteRollout.programme_id == programme_id,
        SiteRollout.state.not_in([SiteState.ACCEPTED, SiteState.DEFERRED]),
    )
    return work.session.scalar(counted) or 0


def lines(work: Work, programme_id: int) -> list[tuple[str, ...]]:
    """Return the plan as rows for a spreadsheet: wave by wave, site by site."""
    programmes.found(work, programme_id)
    rows = work.session.execute(
        select(SiteRollout, Site, ProgrammeWave)
        .join(Site, Site.id == SiteRollout.site_id)
        .join(ProgrammeWave, ProgrammeWave.id == SiteRollout.wave_id)
        .where(SiteRollout.programme_id == programme_id)
        .where(work.visible(Site.market, programmes.SEES))
        .order_by(ProgrammeWave.position, Site.code)
    )
    return [
        (
            str(wave.position),
            wave.name,
            site.code,
            site.name,
            site.market,
            site.region,
            way.state.value,
            way.slot_on.isoformat() if way.slot_on else "",
            way.crew,
            way.cut_over_at.date().isoformat() if way.cut_over_at else "",
            way.accepted_at.date().isoformat() if way.accepted_at else "",
            way.blocked_kind if way.state is SiteState.BLOCKED else "",
            way.blocked_because if way.state is SiteState.BLOCKED else "",
            way.blocked_owner if way.state is SiteState.BLOCKED else "",
        )
        for way, site, wave in rows
    ]


COLUMNS = (
    *("wave", "wave name", "site", "name", "market", "region", "state", "slot", "crew"),
    *("cut over on", "accepted on", "blocked by", "because", "owner"),
)
