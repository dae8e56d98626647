"""One incident as a line of a list, with the markets it hurts: three statements for any number."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select, true

from incidents.lifecycle import INCIDENT, Move, State
from incidents.models import Incident, IncidentAlert, IncidentComponent, IncidentMarket
from incidents.queries.sight import Sight
from incidents.rules.impact import Uncounted
from incidents.rules.words import without_comment
from incidents.story import mark
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, ActorKind, Permission
from ssoc.core.vocabulary import Priority, Severity
from ssoc.core.work import Work
from ssoc.monitoring.queries import visible_alerts

WORST_FIRST = (Incident.priority, Incident.opened_at, Incident.id)  # the one order of every list
LIVE = [state for state in State if state.is_live]
_WHY: Mapping[str, str] = {
    Uncounted.NO_PAYMENTS: "it carries no payments",
    Uncounted.ONLY_SUCCESS: "only success is measured, not how many payments there are",
    Uncounted.NO_FIGURES: "no figures come in",
}
PEOPLE_MOVES = (Move.ACKNOWLEDGE, Move.MITIGATE, Move.RESOLVE, Move.REOPEN, Move.CLOSE)


@dataclass(frozen=True)
class MarketHarm:
    """What one incident has cost in one market so far; None means that nobody can know."""

    market: str
    lost: Decimal | None = None
    value_lost: Decimal | None = None
    currency: str = ""
    usd_lost: Decimal | None = None
    lost_per_minute: Decimal | None = None
    success_percent: Decimal | None = None
    usual_percent: Decimal | None = None
    share_lost: Decimal | None = None
    reckoned_to: datetime | None = None
    unseen_since: datetime | None = None
    seen_again_at: datetime | None = None
    uncounted: str = ""
    counted_at_id: int | None = None

    @property
    def why_unknown(self) -> str:
        """Return in a clause why nothing is counted here now; empty when it is."""
        if self.is_unseen:
            return "the market is not seen"
        if self.uncounted == Uncounted.ELSEWHERE and self.counted_at_id:
            return f"counted at {mark(self.counted_at_id)}"
        return _WHY.get(self.uncounted, "")

    @property
    def is_unseen(self) -> bool:
        """Tell whether the incident keeps us from seeing it; it is not down for all we know."""
        return self.unseen_since is not None and self.seen_again_at is None


@dataclass(frozen=True)
class Line:
    """One incident in a list. Sums are over visible markets, None when nobody can know.

    ``component`` is empty when it belongs to markets the reader does not see; title and reason
    are put into words for the reader.
    """

    id: int
    component: str
    title: str
    reason: str
    state: State
    severity: Severity
    priority: Priority
    priority_reason: str
    declared_by: str
    offered_id: int | None
    impact: int
    urgency: int
    is_suspected: bool
    is_forced: bool
    held_because: str
    owner: str
    parent_id: int | None
    previous_id: int | None
    merged_into_id: int | None
    alerts: int
    symptoms: int  # components above the cause that fail with it now, as far as they are seen
    nested: int  # live incidents that turned out to be symptoms of this one
    opened_at: datetime
    acknowledged_at: datetime | None
    mitigated_at: datetime | None
    cause_cleared_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    changed_at: datetime
    harm: Sequence[MarketHarm] = ()
    hidden: int = 0  # markets it touches that the reader does not see
    elsewhere: int = 0  # components that fail with it in those markets
    may_work: bool = True  # the reader may act in every market it touches

    @property
    def mark(self) -> str:
        """Return the name people call it by."""
        return mark(self.id)

    @property
    def markets(self) -> tuple[str, ...]:
        """Return the visible markets it touches."""
        return tuple(each.market for each in self.harm)

    @property
    def unseen(self) -> tuple[str, ...]:
        """Return the visible markets that are not seen now because of it."""
        return tuple(each.market for each in self.harm if each.is_unseen and self.state.is_live)

    @property
    def hurt(self) -> tuple[str, ...]:
        """Return the visible markets in which something of it fails, those not seen left out."""
        if not self.state.is_live:
            return self.markets
        return tuple(each.market for each in self.harm if each.unseen_since is None)

    @property
    def seen_again(self) -> tuple[str, ...]:
        """Return the visible markets that were not seen and are seen again."""
        return tuple(each.market for each in self.harm if each.seen_again_at is not None)

    @property
    def moves(self) -> list[Move]:
        """Return what the reader may do with it from here."""
        if not self.may_work:
            return []
        return [move for move in INCIDENT.moves_from(self.state) if move in PEOPLE_MOVES]

    @property
    def lost(self) -> Decimal | None:
        """Return the transactions lost so far."""
        return _sum(each.lost for each in self.harm)

    @property
    def usd_lost(self) -> Decimal | None:
        """Return the value lost so far in US dollars."""
        return _sum(each.usd_lost for each in self.harm)

    @property
    def lost_per_minute(self) -> Decimal | None:
        """Return what is being lost now."""
        return _sum(each.lost_per_minute for each in self.harm)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def seen(work: Work) -> ColumnElement[bool]:
    """Return the condition that keeps incidents of other people's markets out of sight.

    An incident that touches several markets is seen from each; one that touches none only by
    those who see everything.
    """
    if EVERYWHERE in work.actor.markets(Permission.INCIDENT_SEE):
        return true()
    mine = work.visible(IncidentMarket.market, Permission.INCIDENT_SEE)
    touched = select(IncidentMarket.incident_id).where(mine)
    return Incident.id.in_(touched)


def lines(work: Work, incidents: Sequence[Incident]) -> list[Line]:
    """Return a line for each row, in the same order; a kiosk sees no names of people."""
    ids = [row.id for row in incidents]
    sight = Sight(work)
    harm, hidden = _harm(work, ids, sight)
    symptoms, elsewhere = _symptoms(work, ids, sight)
    nested, alerts = _nested(work, ids), {} if sight.is_whole else _alerts(work, ids)
    found = []
    for row in incidents:
        one = replace(
            _line(row, harm.get(row.id, ()), symptoms[row.id], nested.get(row.id, 0)),
            hidden=hidden[row.id],
            elsewhere=elsewhere[row.id],
            alerts=row.alerts if sight.is_whole else alerts.get(row.id, 0),
        )
        one = replace(one, may_work=_may_work(work, one))
        found.append(_for_reader(one, row, sight))
    if work.actor.kind is ActorKind.KIOSK:
        return [_nameless(each) for each in found]
    return found


def _nameless(line: Line) -> Line:
    some = "somebody"
    return replace(line, owner=some * bool(line.owner), declared_by=some * bool(line.declared_by))


def _for_reader(line: Line, row: Incident, sight: Sight) -> Line:
    """Return the line without what belongs to markets the reader does not see."""
    if sight.is_whole:
        return line
    return replace(
        line,
        component="" if sight.hides(row.component) else row.component,
        title=title_for(row, sight),
        reason=sight.text(row.reason, row.reason_told),
        held_because=without_comment(line.held_because) if line.hidden else line.held_because,
    )


def title_for(row: Incident, sight: Sight) -> str:
    """Return the title as one reader may read it."""
    return sight.text(row.title, row.title_told)


def line_of(work: Work, incident_id: int) -> Line:
    """Return one incident; who may not see it hears that there is none."""
    work_on = select(Incident).where(Incident.id == incident_id, seen(work))
    found = work.session.scalar(work_on)
    if found is None:
        raise NotFound(f"no incident {mark(incident_id)}")
    return lines(work, [found])[0]


def _harm(
    work: Work, ids: Sequence[int], sight: Sight
) -> tuple[Mapping[int, list[MarketHarm]], Counter[int]]:
    """Return what each visible market suffers, and how many markets stay out of sight."""
    rows = select(IncidentMarket).where(IncidentMarket.incident_id.in_(ids))
    found: dict[int, list[MarketHarm]] = {}
    hidden: Counter[int] = Counter()
    for row in work.session.scalars(rows.order_by(IncidentMarket.market)):
        if not work.actor.may(Permission.INCIDENT_SEE, row.market):
            hidden[row.incident_id] += 1
            continue
        one = MarketHarm(
            row.market,
            row.lost,
            row.value_lost,
            row.currency,
            row.usd_lost,
            row.lost_per_minute,
            row.success_percent,
            row.usual_percent,
            row.share_lost,
            row.reckoned_to,
            row.unseen_since,
            row.seen_again_at,
            row.uncounted,
            row.counted_at_id,
        )
        found.setdefault(row.incident_id, []).append(one)
    several = [each for each in found.values() if len(each) > 1]
    order = sight.estate.in_order(_codes(found)) if several else ()
    places = {code: at for at, code in enumerate(order)}
    for each in several:
        each.sort(key=lambda one: places[one.market])
    return found, hidden


def _codes(harm: Mapping[int, Sequence[MarketHarm]]) -> set[str]:
    return {one.market for each in harm.values() for one in each}


def _may_work(work: Work, line: Line) -> bool:
    """Tell whether the reader may act: in all markets it touches, the unseen ones too."""
    mine = (
        work.actor.may(Permission.INCIDENT_WORK, each) for each in line.markets or (EVERYWHERE,)
    )
    return not line.hidden and all(mine)


def _symptoms(work: Work, ids: Sequence[int], sight: Sight) -> tuple[Counter[int], Counter[int]]:
    """Count what fails beside the cause: what the reader may see of it, and what not."""
    row = IncidentComponent
    over = select(Incident.id).where(Incident.id.in_(ids), Incident.state.not_in(LIVE))
    counts = or_(row.left_at.is_(None), row.incident_id.in_(over))  # of one that is over: all
    here = row.incident_id.in_(ids), row.is_cause.is_(False), counts
    seen_here: Counter[int] = Counter()
    elsewhere: Counter[int] = Counter()
    if sight.is_whole:
        counted = select(row.incident_id, func.count()).where(*here).group_by(row.incident_id)
        return Counter({number: n for number, n in work.session.execute(counted)}), elsewhere
    for number, component in work.session.execute(
        select(row.incident_id, row.component).where(*here)
    ):
        (elsewhere if sight.hides(component) else seen_here)[number] += 1
    return seen_here, elsewhere


def _alerts(work: Work, ids: Sequence[int]) -> Mapping[int, int]:
    """Count the alerts ever attached to each, as far as the reader sees them."""
    row = IncidentAlert
    counted = (
        select(row.incident_id, func.count(row.key.distinct()))
        .where(
            row.incident_id.in_(ids),
            visible_alerts(work, row.market, row.component, Permission.INCIDENT_SEE),
        )
        .group_by(row.incident_id)
    )
    return {number: count for number, count in work.session.execute(counted) if number is not None}


def _nested(work: Work, ids: Sequence[int]) -> Mapping[int, int]:
    counted = (
        select(Incident.parent_id, func.count())
        .where(Incident.parent_id.in_(ids), Incident.state.in_(LIVE), seen(work))
        .group_by(Incident.parent_id)
    )
    return {number: count for number, count in work.session.execute(counted) if number is not None}


def _line(row: Incident, harm: Sequence[MarketHarm], symptoms: int, nested: int) -> Line:
    return Line(
        id=row.id,
        component=row.component,
        title=row.title,
        reason=row.reason,
        state=row.state,
        severity=Severity(row.severity),
        priority=row.priority,
        priority_reason=row.priority_reason,
        declared_by=row.declared_by,
        offered_id=row.offered_id,
        impact=row.impact,
        urgency=row.urgency,
        is_suspected=row.is_suspected,
        is_forced=row.is_forced,
        held_because=row.held_because,
        owner=row.owner,
        parent_id=row.parent_id,
        previous_id=row.previous_id,
        merged_into_id=row.merged_into_id,
        alerts=row.alerts,
        symptoms=symptoms,
        nested=nested,
        opened_at=row.opened_at,
        acknowledged_at=row.acknowledged_at,
        mitigated_at=row.mitigated_at,
        cause_cleared_at=row.cause_cleared_at,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        changed_at=row.changed_at,
        harm=tuple(harm),
    )
