"""What the wall shows: live incidents that stand on their own, worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from incidents.correlator.holds import FLAPPING
from incidents.models import Incident, IncidentAlert
from incidents.queries.lines import LIVE, WORST_FIRST, Line, lines, seen
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState

MOST = 60


@dataclass(frozen=True)
class Wall:
    """The open incidents at a glance; ``counts`` are of all, ``lines`` at most the worst 60."""

    at: datetime
    lines: Sequence[Line]
    counts: Mapping[Priority, int]
    worst: Mapping[str, Line]  # by market: the worst incident that hurts it
    unseen: Mapping[str, Line]  # by market: the worst incident that keeps us from seeing it
    resting: frozenset[int] = frozenset()  # nothing fails in them: flapping alone keeps them open

    @property
    def more(self) -> int:
        """Return how many open incidents are not among the lines."""
        return sum(self.counts.values()) - len(self.lines)

    @property
    def lead(self) -> Line | None:
        """Return the worst incident in which something fails now."""
        first = next(iter(self.lines), None)
        return first if first is not None and first.id not in self.resting else None


def wall(work: Work) -> Wall:
    """Return the wall as the actor may see it."""
    alone = (Incident.state.in_(LIVE), Incident.parent_id.is_(None), seen(work))
    rows = work.session.scalars(select(Incident).where(*alone).order_by(*WORST_FIRST).limit(MOST))
    listed = list(rows)
    resting = _resting(work, listed)
    found = lines(work, sorted(listed, key=lambda each: each.id in resting))
    counted = select(Incident.priority, func.count()).where(*alone).group_by(Incident.priority)
    counts = {priority: count for priority, count in work.session.execute(counted)}
    worst: dict[str, Line] = {}
    unseen: dict[str, Line] = {}
    for each in found:
        if each.id in resting:
            continue
        for market in each.hurt:
            worst.setdefault(market, each)
        for market in each.unseen:
            unseen.setdefault(market, each)
    numbers = {each: counts.get(each, 0) for each in Priority}
    return Wall(work.now, found, numbers, worst, unseen, resting)


def _resting(work: Work, rows: Sequence[Incident]) -> frozenset[int]:
    """Return those in which nothing fails now: they end when they have been quiet long enough."""
    ids = [each.id for each in rows if each.held_because == FLAPPING]
    if not ids:
        return frozenset()
    row = IncidentAlert
    firing = select(row.incident_id).where(
        row.incident_id.in_(ids), row.state < AlertState.RESOLVED
    )
    return frozenset(ids) - frozenset(work.session.scalars(firing.distinct()))
