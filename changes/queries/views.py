"""Changes as values, many at once: a fixed number of statements however many there are."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select, true

from changes.models import Change, ChangeComponent, ChangeMarket, ChangeStep
from changes.values import ChangeView, Notice, PlannedTest, PlanStep, Touched, Training
from ssoc.core.errors import NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

_SAME = (
    *("id", "title", "type", "state", "requester", "starts_at", "ends_at", "outcome", "purpose"),
    *("preparation_minutes", "rollback_minutes", "soak_minutes", "template_id", "implementer"),
    *("verifier", "team", "vendor", "vendor_must_attend", "rollback_plan"),
    *("rollback_rehearsed_at", "origin", "external_reference", "is_unauthorised", "round"),
    "is_preapproved",
    *("plan_digest", "risk_points", "created_at", "submitted_at", "approved_at", "scheduled_at"),
    *("started_at", "finished_at", "closed_at", "cancelled_because", "version"),
)


def change(work: Work, change_id: int) -> ChangeView:
    """Return one change, or raise NotFound when there is none that the actor may see."""
    row = work.session.get(Change, change_id)
    found = changes_of(work, [row] if row else [])
    if not found or not _may_see(work, found[0]):
        raise NotFound(f"there is no change CHG-{change_id} that you may see")
    return found[0]


def changes_of(work: Work, rows: Iterable[Change]) -> list[ChangeView]:
    """Return changes as values in the order of ``rows``; whether they may be seen is not asked."""
    known = list(rows)
    ids = [each.id for each in known]
    estate = estate_queries.current(work)
    markets, touched, steps = _grouped(work, ids)
    return [
        _view(each, estate.in_order(markets.get(each.id, ())), touched, steps) for each in known
    ]


def _grouped(
    work: Work, ids: Sequence[int]
) -> tuple[dict[int, list[str]], dict[int, list[Touched]], dict[int, list[PlanStep]]]:
    markets: dict[int, list[str]] = {}
    touched: dict[int, list[Touched]] = {}
    steps: dict[int, list[PlanStep]] = {}
    for place in _of(work, ChangeMarket, ids):
        markets.setdefault(place.change_id, []).append(place.market)
    for part in _of(work, ChangeComponent, ids):
        touched.setdefault(part.change_id, []).append(Touched(part.component, part.effect))
    for step in _of(work, ChangeStep, ids):
        steps.setdefault(step.change_id, []).append(_step(step))
    return markets, touched, steps


def _of(work: Work, kind: type[Any], ids: Sequence[int]) -> Iterable[Any]:
    """Return the rows of ``kind`` of many changes, in the order of their keys."""
    order = list(kind.__table__.primary_key.columns)
    for start in range(0, len(ids), 500):  # below every database's most parameters
        some = ids[start : start + 500]
        yield from work.session.scalars(
            select(kind).where(kind.change_id.in_(some)).order_by(*order)
        )


def _step(row: ChangeStep) -> PlanStep:
    return PlanStep(
        position=row.position,
        title=row.title,
        owner=row.owner,
        planned_minutes=row.planned_minutes,
        check=row.check,
        undo=row.undo,
        is_hold_point=row.is_hold_point,
        needs=tuple(row.needs),
    )


def _view(
    row: Change,
    markets: Sequence[str],
    touched: dict[int, list[Touched]],
    steps: dict[int, list[PlanStep]],
) -> ChangeView:
    return ChangeView(
        **{name: getattr(row, name) for name in _SAME},
        markets=tuple(markets),
        touched=tuple(touched.get(row.id, ())),
        steps=tuple(steps.get(row.id, ())),
        people=tuple(row.people),
        gates=tuple(row.gates),
        rollback_needs=tuple(row.rollback_needs),
        tests=tuple(PlannedTest(**each) for each in row.tests),
        notices=tuple(Notice(**each) for each in row.notices),
        trainings=tuple(Training(**each) for each in row.trainings),
    )


def seen_markets(work: Work) -> frozenset[str]:
    """Return the markets whose changes the actor may see; EVERYWHERE stands for all of them."""
    return work.actor.markets(Permission.CHANGE_SEE)


def is_visible(work: Work) -> ColumnElement[bool]:
    """Return the condition on ``Change`` that keeps changes of other markets out of sight.

    Who may see one of its markets sees the whole change: half a change is a trap.
    """
    held = seen_markets(work)
    if EVERYWHERE in held:
        return true()
    mine = ChangeMarket.market.in_(held)
    return exists().where(ChangeMarket.change_id == Change.id, mine)


def _may_see(work: Work, found: ChangeView) -> bool:
    held = seen_markets(work)
    return EVERYWHERE in held or bool(held & set(found.markets))
