"""What is to be measured now: one look into the index of series that are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from changes.gates.actions.writing import Turn
from changes.gates.models import Gate, GateSeries
from changes.gates.rules.definition import BadDefinition, Metric
from changes.gates.stored import definition_of
from ssoc.core.work import Work

MOST = 400  # measurements in one turn of the job; the rest follow in the next


@dataclass(frozen=True)
class Due:
    """One question to ask: what was expected, the metric, where; ``since`` clips its samples."""

    turn: Turn
    metric: Metric
    market: str
    since: datetime | None = None  # evidence from before was consumed


@dataclass(frozen=True)
class DueNow:
    """What is due, and gates whose definition this release refuses, with the reason."""

    items: Sequence[Due]
    broken: dict[int, str]


def due_rows(now: datetime) -> Select[GateSeries, Gate]:
    """Return the statement that finds what is due, the longest waiting first."""
    return (
        select(GateSeries, Gate)
        .join(Gate, Gate.id == GateSeries.gate_id)
        .where(GateSeries.next_at.is_not(None), GateSeries.next_at <= now)
        .order_by(GateSeries.next_at, GateSeries.id)
        .limit(MOST)
    )


def due(work: Work) -> DueNow:
    """Return what is to be measured now."""
    items: list[Due] = []
    broken: dict[int, str] = {}
    for series, gate in work.session.execute(due_rows(work.now)):
        try:
            metric = definition_of(gate).metric(series.metric)
        except BadDefinition as fault:
            broken[gate.id] = str(fault)
            continue
        turn = Turn(gate.id, series.id, series.number + 1, gate.turn, series.next_at)
        items.append(Due(turn, metric, series.market, gate.consumed_at))
    return DueNow(items, broken)
