"""Put alerts where they belong by hand: merge, split, move. The correlator respects it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from incidents.actions.holding import held, together
from incidents.clock_actions import on_resolve, start_clocks
from incidents.counting import count_alerts
from incidents.lifecycle import INCIDENT, Move, State
from incidents.models import Incident, IncidentAlert, IncidentComponent, IncidentMarket
from incidents.story import line, mark, markets_of, tell
from ssoc.core.errors import BadInput, Conflict
from ssoc.core.signs import calm
from ssoc.core.vocabulary import IncidentAlertsMoved, IncidentOpened, IncidentResolved
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring.lifecycle import AlertState


def merge(work: Work, incident_id: int, into_id: int) -> Incident:
    """Put everything of one incident into another; the first ends, and says where it went."""
    gone, target = together(work, incident_id, into_id)
    _refuse_ended(gone, "merge")
    _refuse_ended(target, "merge into")
    components = _here(work, gone.id)
    count = _carry(work, gone, target, IncidentAlert.incident_id == gone.id)
    _touch(work, target, set(markets_of(work, gone.id)))
    for row in components:
        row.left_at = work.now
        _place(work, target, row.component, f"merged from {mark(gone.id)}: {row.reason}")
    for child in work.session.scalars(select(Incident).where(Incident.parent_id == gone.id)):
        child.parent_id = target.id
    gone.state = INCIDENT.after(gone.state, Move.RESOLVE)
    gone.resolved_at, gone.merged_into_id, gone.parent_id = work.now, target.id, None
    on_resolve(work, gone)
    _moved(work, gone, target, count, "merge")
    tell(work, gone, IncidentResolved, f"merged into {mark(target.id)}", reason="merged")
    return target


def split(
    work: Work,
    incident_id: int,
    components: Sequence[str] = (),
    keys: Sequence[int] = (),
    title: str = "",
) -> Incident:
    """Take symptoms (``components``) or single alerts (``keys``) out into an incident of their own.

    What was taken out stays out for as long as it fails.
    """
    source = held(work, incident_id)
    _refuse_ended(source, "split")
    rows = {row.component: row for row in _here(work, source.id)}
    _refuse_unknown(source, components, rows)
    if not components and not keys:
        raise BadInput("nothing was chosen; name the components or alerts to take out")
    new = _sibling(work, source, components, title)
    estate = estate_queries.current(work)
    for name in components:
        _touch(work, new, set(estate.markets_of(name)))
        rows[name].left_at = work.now
        _place(work, new, name, f"taken out of {mark(source.id)} by {work.actor.name}")
    chosen = (IncidentAlert.component.in_(components)) | (IncidentAlert.key.in_(keys))
    count = _carry(work, source, new, IncidentAlert.incident_id == source.id, chosen)
    if not count:
        raise BadInput(
            f"none of the chosen alerts counts to {mark(source.id)}; nothing was changed"
        )
    _moved(work, source, new, count, "split")
    start_clocks(work, new)
    text = f"taken out of {mark(source.id)} by {work.actor.name}"
    tell(work, new, IncidentOpened, text, title=new.title)
    return new


def move_alerts(work: Work, keys: Sequence[int], to_id: int) -> int:
    """Count the newest episodes of these alerts to another incident; return how many moved."""
    open_now = (IncidentAlert.key.in_(keys)) & (IncidentAlert.state < AlertState.RESOLVED)
    sources = select(IncidentAlert.incident_id).where(open_now).distinct()
    ids = {found for found in work.session.scalars(sources) if found is not None}
    incidents = {number: held(work, number) for number in sorted(ids | {to_id})}
    target = incidents[to_id]
    _refuse_ended(target, "move alerts to")
    moved = 0
    for number in sorted(ids - {to_id}):
        mine = IncidentAlert.incident_id == number
        count = _carry(work, incidents[number], target, mine, open_now)
        _moved(work, incidents[number], target, count, "move")
        moved += count
    if not moved:
        raise BadInput("none of these alerts is open in another incident; nothing was changed")
    return moved


def refuse_others(work: Work, incident_id: int, keys: Sequence[int]) -> None:
    """Refuse alerts that do not count to the incident now."""
    held(work, incident_id)
    mine = (IncidentAlert.incident_id == incident_id, IncidentAlert.state < AlertState.RESOLVED)
    known = set(work.session.scalars(select(IncidentAlert.key).where(*mine)))
    strange = len(set(keys) - known)
    if strange:
        which = "one of the alerts is" if strange == 1 else f"{strange} of the alerts are"
        raise BadInput(f"{which} not open in {mark(incident_id)}; nothing was changed")


def _here(work: Work, incident_id: int) -> list[IncidentComponent]:
    rows = select(IncidentComponent).where(
        IncidentComponent.incident_id == incident_id, IncidentComponent.left_at.is_(None)
    )
    return list(work.session.scalars(rows))


def _place(work: Work, target: Incident, component: str, reason: str) -> None:
    """Make ``component`` belong to ``target`` because a person said so."""
    row = work.session.get(IncidentComponent, (target.id, component))
    if row is None:
        row = IncidentComponent(
            incident_id=target.id,
            component=component,
            is_cause=component == target.component,
            joined_at=work.now,
        )
        work.session.add(row)
    row.is_moved, row.reason, row.left_at, row.loose_since = True, reason, None, None


def _carry(work: Work, source: Incident, target: Incident, *which: object) -> int:
    """Let the episodes count to ``target``; return how many."""
    markets = select(IncidentAlert.market).where(*which).distinct()  # type: ignore[arg-type]
    _touch(work, target, {market for market in work.session.scalars(markets) if market})
    carried = (
        update(IncidentAlert)
        .where(*which)  # type: ignore[arg-type]
        .values(incident_id=target.id, is_moved=True)
        .execution_options(synchronize_session=False)
    )
    count: int = work.session.execute(carried).rowcount  # type: ignore[attr-defined]
    count_alerts(work.session, (source, target))
    return count


def _touch(work: Work, target: Incident, markets: set[str]) -> None:
    known = _column(work, IncidentMarket.market, IncidentMarket.incident_id == target.id)
    for market in sorted(markets - known):
        work.session.add(IncidentMarket(incident_id=target.id, market=market))
    work.session.flush()


def _column(work: Work, column: InstrumentedAttribute[str], where: object) -> set[str]:
    return set(work.session.scalars(select(column).where(where)))  # type: ignore[arg-type]


def _moved(work: Work, source: Incident, target: Incident, count: int, how: str) -> None:
    text = f"{_alerts(count)} to {mark(target.id)} ({how}) by {work.actor.name}"
    tell(work, source, IncidentAlertsMoved, text, to_incident_id=target.id, alerts=count, how=how)
    line(work, target, "alertsmoved", f"{_alerts(count)} from {mark(source.id)} ({how})")


def _alerts(count: int) -> str:
    return f"{count} alert{'' if count == 1 else 's'}"


def _sibling(work: Work, source: Incident, components: Sequence[str], title: str) -> Incident:
    """Return a new incident beside ``source``, at a place that no other live one holds."""
    part = f"?-/part {source.told + 1} of {mark(source.id)}"
    first = components[0] if components else part
    live = [state for state in State if state.is_live]
    taken = select(Incident.id).where(Incident.component == first, Incident.state.in_(live))
    found = work.session.scalar(taken)
    if found is not None:
        raise Conflict(f"{mark(found)} is already open at {first}; move the alerts there instead")
    new = Incident(
        component=first,
        title=(calm(title).strip() or f"Taken out of {source.title}")[:255],
        title_told=[] if title.strip() else _taken_out(source),
        reason=f"Taken out of {mark(source.id)} by {work.actor.name}.",
        severity=source.severity,
        worst_severity=source.worst_severity,
        impact=source.impact,
        urgency=source.urgency,
        priority=source.priority,
        previous_id=source.id,
        opened_at=work.now,
        changed_at=work.now,
    )
    work.session.add(new)
    work.session.flush()
    return new


def _taken_out(source: Incident) -> list[Any]:
    """Return the parts of the title: of the source's, if it has any."""
    told = source.title_told or [source.title]
    return ["Taken out of ", *told]


def _refuse_ended(incident: Incident, what: str) -> None:
    if not incident.state.is_live:
        raise Conflict(f"cannot {what} {mark(incident.id)}: it is {incident.state}")


def _refuse_unknown(
    source: Incident, components: Sequence[str], rows: dict[str, IncidentComponent]
) -> None:
    for name in components:
        if name not in rows:
            raise BadInput(f"{name} is no failing component of {mark(source.id)}")
        if name == source.component:
            raise BadInput(
                f"{name} is the cause of {mark(source.id)}; take its symptoms out instead"
            )
