"""Reckon what live incidents cost, market by market, from where the last turn left off."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select

from incidents.correlator.holds import Holds
from incidents.models import Incident, IncidentComponent, IncidentMarket
from incidents.queries.lines import LIVE
from incidents.rules.impact import SUCCESS, TPS, Figures, Point, Tally, UsualAt, measured_by, reckon
from incidents.weighing import apply_weight, weigh
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Component, Estate, Market
from ssoc.monitoring import sample_queries

LATE = timedelta(minutes=2)  # figures of a resolved incident that may still come
STEP = timedelta(minutes=5)  # what is usual changes slowly: asked once for so much time
LEAST_HOLD = timedelta(seconds=30)
Key = tuple[int, str]  # incident and market


@dataclass(frozen=True)
class Turn:
    """One market of one incident, to be reckoned in this turn.

    ``component`` is whose traffic tells; None where nobody's does, or where a worse incident
    counts the same traffic already.
    """

    incident_id: int
    market: str
    since: datetime
    until: datetime
    reckoned_to: datetime | None
    component: Component | None


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
    """Return what is to be reckoned; each market's traffic counts to one incident only.

    To the one that its service stands on, the most urgent first, then the oldest.
    """
    estate = estate_queries.current(work)
    reckoned = work.session.scalars(select(Incident).where(_is_reckoned(work.now)))
    incidents = {row.id: row for row in reckoned}
    failing = _failing(work, incidents.values())
    rows = select(IncidentMarket).where(IncidentMarket.incident_id.in_(incidents))
    ranked = []
    for row in work.session.scalars(rows.where(IncidentMarket.seen_again_at.is_(None))):
        incident = incidents[row.incident_id]
        found = measured_by(estate, row.market, failing[incident.id])
        takes = found is not None and incident.parent_id is None
        rank = (not (found and found.stands_on_it), incident.priority, incident.opened_at)
        ranked.append(((not takes, *rank, incident.id, row.market), row, found))
    taken: set[str] = set()
    turns = []
    for (is_out, *_), row, found in sorted(ranked, key=lambda each: each[0]):
        component = found.component if found and not is_out and row.market not in taken else None
        if component:
            taken.add(row.market)
        turns.append(_turn(incidents[row.incident_id], row, component, work.now))
    return turns


def _is_reckoned(now: datetime) -> ColumnElement[bool]:
    return or_(Incident.state.in_(LIVE), Incident.resolved_at >= now - LATE)


def _turn(
    incident: Incident, row: IncidentMarket, component: Component | None, now: datetime
) -> Turn:
    return Turn(
        incident.id,
        row.market,
        row.reckoned_to or incident.opened_at,
        min(now, incident.resolved_at or now),
        row.reckoned_to,
        component,
    )


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
    return reckon(_figures(work, turn.component, turn.since), turn.since, turn.until)


def _figures(work: Work, component: Component, since: datetime) -> Figures:
    tps = sample_queries.ref_of(component, TPS)
    success = sample_queries.ref_of(component, SUCCESS)
    hold = _hold(estate_queries.current(work), [ref[0] for ref in (tps, success) if ref])
    return Figures(
        _recent(work, tps, since),
        _recent(work, success, since - hold) if success else None,
        _usual(work, tps),
        _usual(work, success),
        hold,
    )


def _hold(estate: Estate, checks: Sequence[str]) -> timedelta:
    """Return how long a point speaks for: three turns of its check, since polls get lost."""
    every = [estate.checks[each].every for each in checks if each in estate.checks]
    return max([LEAST_HOLD, *(3 * each for each in every)])


def _recent(work: Work, ref: sample_queries.Ref | None, since: datetime) -> list[Point]:
    return sample_queries.recent(work, *ref, since) if ref else []


def _usual(work: Work, ref: sample_queries.Ref | None) -> UsualAt:
    known: dict[datetime, float | None] = {}

    def at(instant: datetime) -> float | None:
        step = instant - timedelta(seconds=instant.timestamp() % STEP.total_seconds())
        if ref and step not in known:
            found = sample_queries.usual(work, *ref, step)
            known[step] = found.mean if found else None
        return known.get(step)

    return at


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
            changed |= _add(row, tallies[key], estate.markets.get(turn.market))
    holds = Holds(work, estate)
    for number in ids:
        mine = [row for key, row in rows.items() if key[0] == number]
        _weigh(work, estate, holds, incidents[number], mine)
    if changed:
        bump(work.session)


def _add(row: IncidentMarket, tally: Tally, market: Market | None) -> bool:
    """Add a tally to a market's figures; return whether a screen would show it."""
    before = (row.lost, row.lost_per_minute, row.share_lost, row.success_percent)
    row.reckoned_to = tally.reckoned_to
    row.unknown_seconds += round(tally.unknown.total_seconds())
    row.lost_per_minute, row.share_lost = tally.lost_per_minute, tally.share_lost
    row.success_percent, row.usual_percent = tally.success_percent, tally.usual_percent
    if tally.lost is not None:
        row.lost = (row.lost or Decimal(0)) + tally.lost
        _value(row, row.lost, market)
    return before != (row.lost, row.lost_per_minute, row.share_lost, row.success_percent)


def _value(row: IncidentMarket, lost: Decimal, market: Market | None) -> None:
    """Put the value beside the transactions, in the market's own currency and in US dollars."""
    if market is None or market.average_value is None:
        return
    row.currency = market.currency
    row.value_lost = (lost * market.average_value).quantize(Decimal("0.0001"))
    if market.usd_rate is not None:
        row.usd_lost = (lost * market.average_value * market.usd_rate).quantize(Decimal("0.0001"))


def _weigh(
    work: Work, estate: Estate, holds: Holds, incident: Incident, rows: Sequence[IncidentMarket]
) -> None:
    """Let the priority rise with the share of traffic that is lost in the market hurt most."""
    share = max((row.share_lost for row in rows if row.share_lost is not None), default=None)
    if share is None or not incident.state.is_live or incident.parent_id is not None:
        return
    here = set(_here(work, [incident.id]).get(incident.id, ()))
    components = sorted({incident.component, *here})
    weight = weigh(
        work.settings.priority,
        estate,
        Severity(incident.severity),
        components,
        [row.market for row in rows if row.seen_again_at is None],
        share,
        [row.market for row in rows if row.unseen_since and not row.seen_again_at],
    )
    held = holds.of(incident.component, sorted(here)) if here else ""
    apply_weight(work, incident, weight, held or incident.held_because)
