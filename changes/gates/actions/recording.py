"""Write figures that the house has reckoned itself, as the brake does; judged as any others."""

from dataclasses import dataclass

from sqlalchemy import select

from changes.gates.actions.opening import locked
from changes.gates.actions.writing import Asked, Turn, write
from changes.gates.models import Gate, GateSeries
from changes.gates.rules.definition import Metric
from changes.gates.rules.judging import Found, Usual
from changes.gates.rules.providers import ProviderKind
from changes.gates.stored import definition_of
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.work import Work


@dataclass(frozen=True)
class MeasurementDraft:
    """A figure: None is no data, ``error`` says why it could not be reckoned."""

    value: float | None
    samples: float | None = None
    query: str = ""  # what was asked, or how it was reckoned
    nothing: str = ""  # why there is no figure
    error: str = ""
    usual: Usual | None = None


def record(work: Work, gate_id: int, metric: str, market: str, draft: MeasurementDraft) -> bool:
    """Write a figure; tell whether it counted: what is decided is never judged again.

    Raises:
        NotFound: the gate has no such metric there.
        BadInput: the metric is not one that is recorded.

    """
    gate, series, known = place(work, gate_id, metric, market)
    if known.provider.kind is not ProviderKind.RECORDED:
        raise BadInput(f"{metric} is given by {known.provider.kind}; only recorded is written so")
    result = () if draft.value is None else (draft.value,)
    found = Found(result, draft.samples, draft.usual, draft.error, draft.nothing)
    turn = Turn(gate.id, series.id, series.number + 1, gate.turn)
    return write(work, turn, Asked(found, draft.query, work.now, work.actor.name))


def place(work: Work, gate_id: int, metric: str, market: str) -> tuple[Gate, GateSeries, Metric]:
    """Return a locked gate, the series of a metric in a market, and the metric."""
    gate = locked(work, gate_id)
    series = work.session.scalars(
        select(GateSeries).where(
            GateSeries.gate_id == gate_id,
            GateSeries.metric == metric,
            GateSeries.market == market,
        )
    ).one_or_none()
    if series is None:
        where = f" in {market[:16]}" if market else ""
        raise NotFound(f"gate {gate_id} has no metric {metric[:64]!r}{where}")
    return gate, series, definition_of(gate).metric(metric)
