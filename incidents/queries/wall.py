"""What the wall shows: live incidents that stand on their own, worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from incidents.models import Incident
from incidents.queries.lines import LIVE, WORST_FIRST, Line, lines, seen
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work

MOST = 60


@dataclass(frozen=True)
class Wall:
    """The open incidents at a glance; ``counts`` are of all, ``lines`` at most the worst 60."""

    at: datetime
    lines: Sequence[Line]
    counts: Mapping[Priority, int]
    worst: Mapping[str, Line]  # by market: the worst incident that hurts it
    unseen: Mapping[str, Line]  # by market: the worst incident that keeps us from seeing it

    @property
    def more(self) -> int:
        """Return how many open incidents are not among the lines."""
        return sum(self.counts.values()) - len(self.lines)


def wall(work: Work) -> Wall:
    """Return the wall as the actor may see it."""
    alone = (Incident.state.in_(LIVE), Incident.parent_id.is_(None), seen(work))
    rows = work.session.scalars(select(Incident).where(*alone).order_by(*WORST_FIRST).limit(MOST))
    found = lines(work, list(rows))
    counted = select(Incident.priority, func.count()).where(*alone).group_by(Incident.priority)
    counts = {priority: count for priority, count in work.session.execute(counted)}
    worst: dict[str, Line] = {}
    unseen: dict[str, Line] = {}
    for each in found:
        for market in each.hurt:
            worst.setdefault(market, each)
        for market in each.unseen:
            unseen.setdefault(market, each)
    numbers = {each: counts.get(each, 0) for each in Priority}
    return Wall(work.now, found, numbers, worst, unseen)
