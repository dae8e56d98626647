"""Reckon what live incidents cost, market by market, from where the last turn left off."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from incidents.correlator.holds import Holds
from incidents.correlator.softening import is_guess, states
from incidents.measured import figures
from incidents.models import ComponentState, Incident, IncidentComponent, IncidentMarket
from incidents.queries.lines import LIVE
from incidents.rules.impact import (
    TPS,
    Tally,
    Uncounted,
    measured_by,
    reckon,
)
from incidents.rules.redundancy import carried
from incidents.weighing import apply_weight, weigh
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Component, Estate, Market
from ssoc.monitoring import sample_queries

LATE = timedelta(minutes=2)  # figures of a resolved incident that may still come
Key = tuple[int, str]  # incident and market


@dataclass(frozen=True)
class Turn:
    """One market of one incident, to be reckoned in this turn.

    ``component`` is whose traffic tells; None where nobody's does, or where a worse incident,
    ``counted_at_id``, counts the same traffic already.
    """

    incident_id: int
    market: str
    since: datetime
    until: datetime
    reckoned_to: datetime | None
    component: Component | None
    counted_at_id: int | None = None


@dataclass(frozen=True)
class _Claim:
    """What one incident could count in one market; the least rank counts first."""

    rank: tuple[bool, bool, str, datetime, int]
    incident: Incident
    row: IncidentMarket
    component: Component | None

    @property
    def may_count(self) -> bool:
        """Tell whether it counts if nobody else does; what is nested counts to its cause."""
        return self.component is not None and self.incident.parent_id is None


class _Now(NamedTuple):
    """What all incidents are weighed with: what fails, and what is good."""

    estate: Estate
    holds: Holds
    failing: Mapping[str, ComponentState]
    good: Mapping[str, datetime]


def reckon_impact(runtime: Runtime) -> None:
    """Reckon transactions and value lost; a priority rises when they say so, and never falls.

    Reads without a lock, then writes what nobody has reckoned meanwhile.
    """
    with runtime.view(SYSTEM) as work:
        turns = _turns(work)
        tallies = {(each.incident_id, each.market): _tally(work, each) for each in turns}
    if turns:
        with runtime.work(SYSTEM) as work:
            _store(work, turns, tallies)


def _turns(work: Work) -> list[Turn]:
    """Return what is to be reckoned; each market's traffic counts to one incident at a time.

    To the one that its service stands on, the most urgent first, then the oldest. What has ended
    counts up to its end, and hands over to the next there: no minute is lost between two.
    """
    claims: dict[str, list[_Claim]] = {}
    for each in _claims(work):
        claims.setdefault(each.row.market, []).append(each)
    return [turn for mine in claims.values() for turn in _share_out(mine, work.now)]


def _claims(work: Work) -> list[_Claim]:
    estate = estate_queries.current(work)
    reckoned = work.session.scalars(select(Incident).where(_is_reckoned(work.now)))
    incidents = {row.id: row for row in reckoned}
    failing = _failing(work, incidents.values())
    rows = select(IncidentMarket).where(IncidentMarket.incident_id.in_(incidents))
    found = []
    for row in work.session.scalars(rows.where(IncidentMarket.seen_again_at.is_(None))):
        incident = incidents[row.incident_id]
        tells = measured_by(estate, row.market, failing[incident.id])
        is_near = tells is not None and tells.stands_on_it
        rank = (tells is None, not is_near, incident.priority, incident.opened_at, incident.id)
        found.append(_Claim(rank, incident, row, tells.component if tells else None))
    return sorted(found, key=lambda each: each.rank)


def _share_out(claims: Sequence[_Claim], now: datetime) -> list[Turn]:
    """Return the turns of one market: who counts its traffic, and from when on."""
    free_from: datetime | None = None
    holder: Incident | None = None
    turns = []
    for each in claims:
        since = each.row.reckoned_to or each.incident.opened_at
        until = min(now, each.incident.resolved_at or now)
        counts = each.may_count and (holder is None or not holder.state.is_live)
        other = None if counts or not each.component else each.incident.parent_id
        if counts:
            since = max(since, min(until, free_from or since))
            free_from, holder = max(until, free_from or until), each.incident
        elif holder is not None and each.component:
            other = other or holder.id
        turns.append(
            Turn(
                each.incident.id,
                each.row.market,
                since,
                until,
                each.row.reckoned_to,
                each.component if counts else None,
                other,
            )
        )
    return turns


def _is_reckoned(now: datetime) -> ColumnElement[bool]:
    return or_(Incident.state.in_(LIVE), Incident.resolved_at >= now - LATE)


def _failing(work: Work, incidents: Collection[Incident]) -> dict[int, set[str]]:
    here = _here(work, [incident.id for incident in incidents])
    return {each.id: {each.component, *here.get(each.id, ())} for each in incidents}


def _here(work: Work, numbers: Collection[int]) -> dict[int, set[str]]:
    """Return which components fail in each incident now; its cause may have cleared."""
    found: dict[int, set[str]] = {}
    rows = work.session.execute(
        select(IncidentComponent.incident_id, IncidentComponent.component).where(
            IncidentComponent.incident_id.in_(numbers), IncidentComponent.left_at.is_(None)
        )
    )
    for number, component in rows:
        found.setdefault(number, set()).add(component)
    return found


def _tally(work: Work, turn: Turn) -> Tally:
    if turn.component is None:
        return Tally(None, turn.until)
    return reckon(figures(work, turn.component, turn.since), turn.since, turn.until)


def _store(work: Work, turns: Sequence[Turn], tallies: Mapping[Key, Tally]) -> None:
    ids = sorted({each.incident_id for each in turns})
    locked = select(Incident).where(Incident.id.in_(ids)).order_by(Incident.id).with_for_update()
    incidents = {row.id: row for row in work.session.scalars(locked)}
    stored = select(IncidentMarket).where(IncidentMarket.incident_id.in_(ids))
    rows = {(row.incident_id, row.market): row for row in work.session.scalars(stored)}
    estate = estate_queries.current(work)
    changed = False
    for turn in turns:
        key = (turn.incident_id, turn.market)
        row = rows.get(key)
        if row is not None and row.reckoned_to == turn.reckoned_to:
            changed |= _add(row, turn, tallies[key], estate.markets.get(turn.market))
    good = sample_queries.good_since_poll(work, work.now)
    here_and_now = _Now(estate, Holds(work, estate), states(work), good)
    for number in ids:
        mine = [row for key, row in rows.items() if key[0] == number]
        _weigh(work, here_and_now, incidents[number], mine)
    if changed:
        bump(work.session)


def _add(row: IncidentMarket, turn: Turn, tally: Tally, market: Market | None) -> bool:
    """Add a tally to a market's figures; return whether a screen would show it."""
    before = _shown(row)
    row.reckoned_to = tally.reckoned_to
    row.uncounted, row.counted_at_id = _uncounted(turn, tally), turn.counted_at_id
    row.unknown_seconds += round(tally.unknown.total_seconds())
    row.lost_per_minute, row.share_lost = tally.lost_per_minute, tally.share_lost
    row.success_percent, row.usual_percent = tally.success_percent, tally.usual_percent
    if tally.lost is not None:
        row.lost = (row.lost or Decimal(0)) + tally.lost
        _value(row, row.lost, market)
    return before != _shown(row)


def _shown(row: IncidentMarket) -> tuple[object, ...]:
    figures = (row.lost, row.lost_per_minute, row.share_lost, row.success_percent)
    return (*figures, row.uncounted, row.counted_at_id)


def _uncounted(turn: Turn, tally: Tally) -> str:
    """Return why there is no number of what is lost; nothing when there is one."""
    if turn.component is None:
        return Uncounted.ELSEWHERE if turn.counted_at_id else Uncounted.NO_PAYMENTS
    if tally.lost is not None:
        return ""
    only = TPS not in turn.component.kpis and tally.share_lost is not None
    return Uncounted.ONLY_SUCCESS if only else Uncounted.NO_FIGURES


def _value(row: IncidentMarket, lost: Decimal, market: Market | None) -> None:
    """Put the value beside the transactions, in the market's own currency and in US dollars."""
    if market is None or market.average_value is None:
        return
    row.currency = market.currency
    row.value_lost = (lost * market.average_value).quantize(Decimal("0.0001"))
    if market.usd_rate is not None:
        row.usd_lost = (lost * market.average_value * market.usd_rate).quantize(Decimal("0.0001"))


def _weigh(
    work: Work, here_and_now: _Now, incident: Incident, rows: Sequence[IncidentMarket]
) -> None:
    """Let the priority rise with what is lost in the market hurt most, or is carried no longer."""
    if not incident.state.is_live or incident.parent_id is not None:
        return
    share = max((row.share_lost for row in rows if row.share_lost is not None), default=None)
    here = set(_here(work, [incident.id]).get(incident.id, ()))
    if share is None and not here:
        return
    components = sorted({incident.component, *here})
    estate, holds, known, good = here_and_now
    weight = weigh(
        work.settings.priority,
        estate,
        Severity(incident.severity),
        components,
        [row.market for row in rows if row.seen_again_at is None],
        share,
        [row.market for row in rows if row.unseen_since and not row.seen_again_at],
        carried(estate, components, lambda each: each in good and each not in known),
        incident.is_suspected
        or is_guess(known.get(incident.component), [known[each] for each in here if each in known]),
    )
    held = holds.of(incident.component, sorted(here)) if here else ""
    apply_weight(work, incident, weight, held or incident.held_because)
