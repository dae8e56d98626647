"""Changes as values, many at once: a fixed number of statements however many there are."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, inspect, select, true

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
    *(
        "plan_digest",
        "waves_digest",
        "risk_points",
        "created_at",
        "submitted_at",
        "approved_at",
        "scheduled_at",
    ),
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
    for number, market in _of(work, _MARKETS, ids):
        markets.setdefault(number, []).append(market)
    for number, *part in _of(work, _COMPONENTS, ids):
        touched.setdefault(number, []).append(Touched(*part))
    for number, *step in _of(work, _STEPS, ids):
        steps.setdefault(number, []).append(_step(*step))
    return markets, touched, steps


def _step(*columns: Any) -> PlanStep:  # noqa: ANN401 (the columns of ``_STEPS`` in their order)
    position, title, owner, minutes, check, undo, is_hold_point, needs = columns
    return PlanStep(position, title, owner, minutes, check, undo, is_hold_point, tuple(needs))


def _rows_of(kind: type[Any], *columns: Any) -> Select[Any]:  # noqa: ANN401 (columns of ``kind``)
    """Select rows of many changes, in the order of their keys; made once, asked all the time."""
    wanted = kind.change_id.in_(bindparam("ids", expanding=True))
    return select(kind.change_id, *columns).where(wanted).order_by(*inspect(kind).primary_key)


_MARKETS = _rows_of(ChangeMarket, ChangeMarket.market)
_COMPONENTS = _rows_of(ChangeComponent, ChangeComponent.component, ChangeComponent.effect)
_STEPS = _rows_of(
    *(ChangeStep, ChangeStep.position, ChangeStep.title, ChangeStep.owner),
    *(ChangeStep.planned_minutes, ChangeStep.check, ChangeStep.undo, ChangeStep.is_hold_point),
    ChangeStep.needs,
)


def _of(work: Work, wanted: Select[Any], ids: Sequence[int]) -> Iterable[Any]:
    for start in range(0, len(ids), 500):  # below every database's most parameters
        yield from work.session.execute(wanted, {"ids": ids[start : start + 500]})


def _view(
    row: Change,
    markets: Sequence[str],
    touched: dict[int, list[Touched]],
    steps: dict[int, list[PlanStep]],
) -> ChangeView:
    loaded = vars(row)  # what is there already needs no descriptor: lists are long
    return ChangeView(
        **{name: loaded[name] if name in loaded else getattr(row, name) for name in _SAME},
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
