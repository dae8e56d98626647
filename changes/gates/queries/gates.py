"""One gate as it stands, its evidence page by page, and its points for a chart."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, select

from changes.gates.lifecycle import Phase
from changes.gates.models import Gate, GateMeasurement, GateSeries
from changes.gates.rules.combining import GOOD, Standing, by_market
from changes.gates.rules.counting import Counters
from changes.gates.rules.definition import BadDefinition, GateDefinition
from changes.gates.rules.effects import consequence, counts
from changes.gates.stored import counters_of, definition_of
from changes.gates.values import EvidencePage as EvidencePage
from changes.gates.values import GateView as GateView
from changes.gates.values import Measurement as Measurement
from changes.gates.values import Point as Point
from changes.gates.values import SeriesView as SeriesView
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work

MOST_POINTS = 5_000  # of a chart; the evidence itself is read to its end
MOST_ROWS = 500
MOST_WHOLE = 50_000  # of one file
_LARGEST = 2**31 - 1


def gate(work: Work, gate_id: int) -> GateView:
    """Return a gate with every series and its newest measurement; three statements.

    Who sees one of its markets sees all of it.

    Raises:
        NotFound: there is none that the actor may see.

    """
    row = _seen(work, gate_id)
    pairs = work.session.execute(
        select(GateSeries, GateMeasurement)
        .outerjoin(GateMeasurement, _is_newest())
        .where(GateSeries.gate_id == gate_id)
        .order_by(GateSeries.position)
    )
    definition = _definition(row)
    series = [
        _series(row, definition, each, newest) for each, newest in pairs if definition is not None
    ]
    newest = select(func.max(GateMeasurement.id)).where(GateMeasurement.gate_id == gate_id)
    standings = [Standing(e.metric.name, e.market, e.phase, e.counts) for e in series]
    return GateView(
        id=row.id,
        about=row.about,
        phase=row.phase,
        effect=row.effect,
        why=row.why,
        markets=by_market(standings),
        series=tuple(series),
        components=tuple(row.components),
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        decided_at=row.decided_at,
        through=work.session.scalar(newest) or 0,
        consumed=row.consumed,
        is_rollback_tested=row.is_rollback_tested,
    )


def bad_markets(work: Work, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return for each gate the markets that were decided badly; none where it asks no market."""
    rows = work.session.execute(
        select(GateSeries.gate_id, GateSeries.market)
        .where(GateSeries.gate_id.in_(ids), GateSeries.phase.in_(set(Phase) - GOOD))
        .order_by(GateSeries.gate_id, GateSeries.position)
    )
    found: dict[int, dict[str, None]] = {}
    for number, market in rows:
        found.setdefault(number, {})[market] = None
    return {number: () if "" in names else tuple(names) for number, names in found.items()}


def gates_of(work: Work, about: str) -> list[int]:
    """Return the numbers of the gates of one thing, the newest first, that the actor may see."""
    rows = work.session.scalars(select(Gate).where(Gate.about == about).order_by(Gate.id.desc()))
    return [row.id for row in rows if _sees(work, row.markets)]


def verdicts(work: Work, ids: Collection[int]) -> dict[int, tuple[Phase, str]]:
    """Return where gates stand and why, by their numbers; one statement for all of them.

    Who shows them has asked already whether the actor may see what they decide about.
    """
    rows = work.session.execute(select(Gate.id, Gate.phase, Gate.why).where(Gate.id.in_(ids)))
    return {number: (phase, why) for number, phase, why in rows}


def evidence(
    work: Work, gate_id: int, metric: str, market: str, cursor: str = "", limit: int = 50
) -> EvidencePage:
    """Return measurements of one series, the newest first, from where ``cursor`` says.

    Raises:
        NotFound: there is no such gate that the actor may see, or it has no such series.
        BadInput: the cursor or the limit is none.

    """
    row = _seen(work, gate_id)
    consumed = _consumed(work, gate_id, metric, market)
    if not 1 <= limit <= MOST_ROWS:
        raise BadInput(f"limit is from 1 to {MOST_ROWS}, and {limit} was asked for")
    wanted = evidence_rows(row.id, metric, market, _before(cursor)).limit(limit + 1)
    rows = list(work.session.scalars(wanted))
    items = tuple(measurement(each, consumed) for each in rows[:limit])
    return EvidencePage(items, str(items[-1].number) if len(rows) > limit else "")


def whole_evidence(work: Work, gate_id: int) -> list[tuple[str, str, Measurement]]:
    """Return every measurement of a gate with its metric and market, as they were measured.

    The newest ``MOST_WHOLE`` of them; what is older is read series by series.
    """
    row = _seen(work, gate_id)
    lines = work.session.scalars(select(GateSeries).where(GateSeries.gate_id == row.id))
    consumed = {(each.metric, each.market): each.consumed for each in lines}
    found = work.session.scalars(
        select(GateMeasurement)
        .where(GateMeasurement.gate_id == row.id)
        .order_by(GateMeasurement.id.desc())
        .limit(MOST_WHOLE)
    )
    return [
        (e.metric, e.market, measurement(e, consumed.get((e.metric, e.market), 0))) for e in found
    ][::-1]


def evidence_rows(
    gate_id: int, metric: str, market: str, before: int = _LARGEST
) -> Select[GateMeasurement]:
    """Return the statement that reads a series from the newest measurement back."""
    return (
        select(GateMeasurement)
        .where(
            GateMeasurement.gate_id == gate_id,
            GateMeasurement.metric == metric,
            GateMeasurement.market == market,
            GateMeasurement.number < before,
        )
        .order_by(GateMeasurement.number.desc())
    )


def points(work: Work, gate_id: int, metric: str, market: str) -> list[Point]:
    """Return the newest measurements of one series for a chart, the oldest first."""
    row = _seen(work, gate_id)
    _consumed(work, gate_id, metric, market)
    rows = work.session.scalars(evidence_rows(row.id, metric, market).limit(MOST_POINTS))
    found = [Point(e.at, e.value, e.baseline, e.judgement, e.number) for e in rows]
    return found[::-1]


def measurement(row: GateMeasurement, consumed: int = 0) -> Measurement:
    """Return a stored measurement as value."""
    usual: Mapping[str, object] = row.usual
    used, left_out = usual.get("used"), usual.get("left_out")
    return Measurement(
        id=row.id,
        number=row.number,
        at=row.at,
        query=row.query,
        value=row.value,
        result=tuple(row.result),
        samples=row.samples,
        baseline=row.baseline,
        baseline_judgement=row.baseline_judgement,
        used=tuple(used) if isinstance(used, list) else (),
        left_out=dict(left_out) if isinstance(left_out, Mapping) else {},
        judgement=row.judgement,
        why=row.why,
        phase=row.phase,
        counters=Counters(**row.counters),
        by=row.by,
        planned_at=row.planned_at,
        is_consumed=row.number <= consumed,
    )


def _is_newest() -> ColumnElement[bool]:
    return and_(
        GateMeasurement.gate_id == GateSeries.gate_id,
        GateMeasurement.metric == GateSeries.metric,
        GateMeasurement.market == GateSeries.market,
        GateMeasurement.number == GateSeries.number,
    )


def _series(
    row: Gate, definition: GateDefinition, each: GateSeries, newest: GateMeasurement | None
) -> SeriesView:
    metric = definition.metric(each.metric)
    found = consequence(metric, each.phase, is_rollback_tested=row.is_rollback_tested)
    return SeriesView(
        metric=metric,
        market=each.market,
        phase=each.phase,
        why=each.why,
        counters=counters_of(each),
        number=each.number,
        effect=found.effect,
        counts=counts(metric, found.effect),
        newest=measurement(newest, each.consumed) if newest else None,
        next_at=each.next_at,
        decided_at=each.decided_at,
        is_stopped=each.is_stopped,
    )


def _definition(row: Gate) -> GateDefinition | None:
    """Return the definition; None where this release refuses it, which ``why`` says then."""
    try:
        return definition_of(row)
    except BadDefinition:
        return None


def _seen(work: Work, gate_id: int) -> Gate:
    row = work.session.get(Gate, gate_id) if 0 < gate_id <= _LARGEST else None
    if row is None or not _sees(work, row.markets):
        raise NotFound(f"there is no gate {gate_id} that you may see")
    return row


def _sees(work: Work, markets: Sequence[str]) -> bool:
    held = work.actor.markets(Permission.CHANGE_SEE)
    return EVERYWHERE in held or bool(held & set(markets) if markets else held)


def _consumed(work: Work, gate_id: int, metric: str, market: str) -> int:
    consumed = work.session.scalar(
        select(GateSeries.consumed).where(
            GateSeries.gate_id == gate_id,
            GateSeries.metric == metric,
            GateSeries.market == market,
        )
    )
    if consumed is None:
        where = f" in {market[:16]}" if market else ""
        raise NotFound(f"gate {gate_id} has no metric {metric[:64]!r}{where}")
    return consumed


def _before(cursor: str) -> int:
    if not cursor:
        return _LARGEST
    if not (cursor.isascii() and cursor.isdecimal() and int(cursor[:12]) <= _LARGEST):
        raise BadInput("the cursor of this page is damaged; begin again at the first")
    return int(cursor[:12])
