"""The facts that guards look at, of many sites in a constant number of statements.

``FACTS`` is the hook table: each part of programmes adds one line, a function from sites to their
standings. What nobody answers for is not asked; a site that an answer leaves out is not met.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import select

from changes.lifecycle import State
from changes.models import Change, ChangeComponent, TroubledIncident
from changes.programmes.lifecycle import SITE, SiteMove, SiteState
from changes.programmes.models import (
    CrewBooking,
    ProgrammeWave,
    Release,
    Site,
    SiteRollout,
    SiteStaff,
)
from changes.programmes.queries import (
    acceptance,
    cutover,
    decisions,
    hypercare,
    interfaces,
    migration,
    readiness,
    reconciled,
    training,
)
from changes.programmes.rules.guards import (
    SiteFacts,
    Standing,
    guards_of,
    survey_lacks,
)
from changes.programmes.rules.readiness import COUNTED, ReadinessStanding
from changes.queries.freezes import MOMENT, freeze_spans, overridden_now
from changes.rules.freezes import FreezeSpan, frozen_markets
from ssoc.core.calendar import local_date, local_day
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

Fact = Callable[[Work, Sequence[int]], Mapping[int, Standing]]

FACTS: dict[str, Fact] = {  # beside "readiness", which is made of two of them and its own sheet
    "training": training.standing,
    "interfaces": interfaces.standing,
    "migration": migration.standing,
    "acceptance": acceptance.standing,
    "parallel": reconciled.standing,
    "decision": decisions.standing,
    "runbook": cutover.verified,
    "undone": cutover.undone,
    "rehearsal": cutover.rehearsed,
    "hypercare": hypercare.standing,
}

APPROVED = frozenset(
    {State.APPROVED, State.SCHEDULED, State.RUNNING, State.ENDED, State.REVIEWED, State.CLOSED}
)
COHORT = "cohort"
Asked = Mapping[int, Collection[SiteMove]]


@dataclass(frozen=True)
class _Release:
    """What guards ask of a release, with the change that was approved for it."""

    name: str
    is_frozen: bool
    change_id: int | None
    change_state: State | None
    components: tuple[str, ...] = ()
    leave: frozenset[str] = field(default=frozenset())


def gathered(work: Work, ids: Sequence[int], asked: Asked | None = None) -> dict[int, SiteFacts]:
    """Return the facts of sites, by the number of their way.

    Args:
        work: who asks is not asked: the facts are for guards.
        ids: of the ways of sites.
        asked: the moves each is asked about; None: every move its state has.

    """
    return facts_of(work, _rows(work, ids), asked)


def _rows(work: Work, ids: Sequence[int]) -> Sequence[Any]:
    way = SiteRollout
    columns = (way.id, way.state, way.slot_on, way.crew, way.release_id, way.site_id)
    rows = (
        select(*columns, Site.market, Site.zone, Site.type, ProgrammeWave.paused_because)
        .join(Site, Site.id == way.site_id)
        .join(ProgrammeWave, ProgrammeWave.id == way.wave_id)
    )
    return work.session.execute(rows.where(way.id.in_(list(ids)))).all()


def facts_of(work: Work, rows: Sequence[Any], asked: Asked | None) -> dict[int, SiteFacts]:
    """Return facts of rows that have the columns ``_rows`` selects."""
    moves = {
        row.id: SITE.moves_from(row.state) if asked is None else asked.get(row.id, ())
        for row in rows
    }
    guards = {row.id: _guards(row.state, tuple(moves[row.id])) for row in rows}
    releases = _releases(work, {row.release_id for row in rows})
    lacks = _survey(work, [row for row in rows if "survey" in guards[row.id]])
    booked = _booked(work, rows)
    freezes = _Freezes(work, rows, [row for row in rows if "slot freeze" in guards[row.id]])
    sev1 = _sev1(work)
    told = standings(
        work,
        {
            name: [each for each, known in guards.items() if name in known]
            for name in {"readiness", *FACTS}
        },
    )
    of_site: dict[int, dict[str, Standing]] = {}
    for name, found in told.items():
        for number, standing in found.items():
            of_site.setdefault(number, {})[name] = standing
    facts = {}
    for row in rows:
        release = releases[row.release_id]
        there = freezes.calendar_of(row)
        facts[row.id] = SiteFacts(
            state=row.state,
            market=row.market,
            today=there.today,
            survey_lacks=lacks.get(row.id, ()),
            slot_on=row.slot_on,
            crew=row.crew,
            is_booked=booked.get((row.crew, row.slot_on)) == row.id,
            release=release.name,
            is_frozen=release.is_frozen,
            change=f"CHG-{release.change_id}" if release.change_id else "",
            change_state=release.change_state.value if release.change_state else "",
            is_approved=release.change_state in APPROVED,
            frozen_now=freezes.now(row.market, release),
            frozen_slot=freezes.slot(row.market, there, row.slot_on, release),
            sev1=sev1.get(row.market, ()),
            wave_paused_because=row.paused_because,
            standings=of_site.get(row.id, {}),
            asked=frozenset(told),
        )
    return facts


@cache
def _guards(state: SiteState, moves: tuple[SiteMove, ...]) -> frozenset[str]:
    return frozenset(
        guard.key for move in moves for guard in guards_of(move, SITE.after(state, move))
    )


def standings(work: Work, wanted: Mapping[str, Sequence[int]]) -> dict[str, Mapping[int, Standing]]:
    """Return by fact and site how each stands; each hook is asked at most once."""
    sheets = wanted.get("readiness", ())
    counted: dict[str, Mapping[int, Standing]] = {}
    found: dict[str, Mapping[int, Standing]] = {}
    for name, hook in FACTS.items():
        ids = sheets if name in COUNTED else wanted.get(name, ())
        told = hook(work, ids) if ids else {}
        if name in COUNTED:
            counted[name] = told
        found[name] = told
    if "readiness" in wanted:
        found["readiness"] = readiness.sheets(work, sheets, counted) if sheets else {}
    return found


def sheets(work: Work, ids: Sequence[int]) -> Mapping[int, ReadinessStanding]:
    """Return the readiness sheets of sites, with what training and interfaces count."""
    counted = {name: FACTS[name](work, ids) for name in COUNTED if name in FACTS}
    return readiness.sheets(work, ids, counted)


def _releases(work: Work, ids: Collection[int]) -> dict[int, _Release]:
    rows = work.session.execute(
        select(Release.id, Release.name, Release.frozen_at, Release.change_id, Change.state)
        .outerjoin(Change, Change.id == Release.change_id)
        .where(Release.id.in_(ids))
    ).all()
    changes = [row.change_id for row in rows if row.change_id]
    components: dict[int, list[str]] = {}
    leave: dict[int, frozenset[str]] = {}
    if changes:
        touched = select(ChangeComponent.change_id, ChangeComponent.component)
        for number, key in work.session.execute(
            touched.where(ChangeComponent.change_id.in_(changes))
        ):
            components.setdefault(number, []).append(key)
        leave = overridden_now(work, changes)
    return {
        row.id: _Release(
            row.name,
            row.frozen_at is not None,
            row.change_id,
            row.state,
            tuple(components.get(row.change_id, ())),
            leave.get(row.change_id, frozenset()),
        )
        for row in rows
    }


def _survey(work: Work, rows: Sequence[Any]) -> dict[int, tuple[str, ...]]:
    """Return what the sheets of sites lack, by the number of their way."""
    if not rows:
        return {}
    lacks = lacking(work, [row.site_id for row in rows])
    return {row.id: lacks[row.site_id] for row in rows}


def lacking(work: Work, site_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return what the sheets of sites lack, by site."""
    columns = (Site.id, Site.type, Site.connectivity, Site.hardware, Site.banks)
    sheets = work.session.execute(select(*columns).where(Site.id.in_(list(site_ids)))).all()
    staffed = set(
        work.session.scalars(
            select(SiteStaff.site_id)
            .where(SiteStaff.site_id.in_(list(site_ids)), SiteStaff.left_on.is_(None))
            .distinct()
        )
    )
    return {
        each.id: survey_lacks(
            each.type != COHORT,
            {
                "connectivity": bool(each.connectivity.strip()),
                "hardware": bool(each.hardware),
                "staff": each.id in staffed,
                "banks": bool(each.banks),
            },
        )
        for each in sheets
    }


def _booked(work: Work, rows: Sequence[Any]) -> dict[tuple[str, date], int]:
    wanted = {(row.crew, row.slot_on) for row in rows if row.crew and row.slot_on}
    if not wanted:
        return {}
    days = [day for _, day in wanted]
    found = select(CrewBooking.crew, CrewBooking.day, CrewBooking.site_rollout_id).where(
        CrewBooking.day.between(min(days), max(days))
    )
    return {(crew, day): number for crew, day, number in work.session.execute(found)}


def _sev1(work: Work) -> dict[str, list[str]]:
    rows = work.session.scalars(
        select(TroubledIncident)
        .where(
            TroubledIncident.ended_at.is_(None),
            TroubledIncident.priority == Priority.P1.value,
            TroubledIncident.is_nested.is_(False),
        )
        .order_by(TroubledIncident.incident_id)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        for market in row.markets:
            words = f"incident {row.incident_id} (P1, {row.title or row.component})"
            found.setdefault(market, []).append(words)
    return found


@dataclass(frozen=True)
class _There:
    """The zone of a site and what day it is there."""

    zone: str
    today: date


class _Freezes:
    """Hard freezes now and on the days of slots, reckoned once for each market and day."""

    def __init__(self, work: Work, rows: Iterable[Any], slotted: Sequence[Any]) -> None:
        self._work, self._now = work, work.now
        self._estate = estate_queries.current(work)
        self._there: dict[tuple[str, str], _There] = {}
        self._kept: dict[Any, tuple[str, ...]] = {}
        self._spans = self._of({row.market for row in rows}, slotted)

    def calendar_of(self, row: Any) -> _There:  # noqa: ANN401 (a row)
        """Return the zone of a site, its market's where it names none."""
        key = row.zone, row.market
        if key not in self._there:
            market = self._estate.markets.get(row.market)
            zone = row.zone or (market.zones[0] if market and market.zones else "UTC")
            self._there[key] = _There(zone, local_date(zone, self._now))
        return self._there[key]

    def _of(self, markets: Collection[str], slotted: Iterable[Any]) -> list[FreezeSpan]:
        """Return the freezes from now to the last slot, and those of a day that runs."""
        days = {
            (there.zone, row.slot_on)
            for row in slotted
            for there in (self.calendar_of(row),)
            if row.slot_on and row.slot_on >= there.today
        }
        spans = [local_day(zone, day) for zone, day in days]
        since = min([self._now, *(each.since for each in spans)])
        until = max([self._now + MOMENT, *(each.until for each in spans)])
        return freeze_spans(self._work, since, until, markets)

    def now(self, market: str, release: _Release) -> tuple[str, ...]:
        """Return the hard freezes that hold in a market now, in words."""
        key = market, release
        if key not in self._kept:
            self._kept[key] = _words(self._spans, market, release, self._now, None)
        return self._kept[key]

    def slot(
        self, market: str, there: _There, day: date | None, release: _Release
    ) -> tuple[str, ...]:
        """Return the hard freezes that touch the day of a slot, in words."""
        if day is None or not self._spans or day < there.today:
            return ()
        key = market, there.zone, day, release
        if key not in self._kept:
            since, until = local_day(there.zone, day)
            self._kept[key] = _words(self._spans, market, release, since, until)
        return self._kept[key]


def _words(
    spans: Iterable[FreezeSpan],
    market: str,
    release: _Release,
    since: datetime,
    until: datetime | None,
) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            f"{each.name}, until {each.until:%d %b %Y %H:%M} UTC"
            for each in spans
            if each.is_hard
            and each.key not in release.leave
            and frozen_markets(each, (market,), release.components)
            and (each.since < until and since < each.until if until else each.holds_at(since))
        )
    )
