"""Everything in the calendar of a time, as items that can collide: in few statements, all markets.

Whoever asks: a collision with a change that one may not open is a collision all the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from changes.lifecycle import Effect, State
from changes.models import Change, ChangeComponent, ChangeMarket, ChangeStep, Run
from changes.queries.freezes import freeze_spans
from changes.rules.collisions import Item, Kind, change_key
from changes.rules.collisions.budgets import Night
from changes.rules.freezes import FreezeSpan
from ssoc.core.calendar import Span
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Estate
from ssoc.monitoring.queries.suppression import windows_between
from ssoc.monitoring.rules.windows import Window

LIVE = [each for each in State if each.is_live]


@dataclass
class _Parts:
    markets: dict[int, set[str]] = field(default_factory=dict)
    components: dict[int, dict[str, Effect]] = field(default_factory=dict)
    owners: dict[int, set[str]] = field(default_factory=dict)


def items_between(work: Work, since: datetime, until: datetime) -> list[Item]:
    """Return changes that are live, works of others and freezes that touch [since, until)."""
    return [
        *changes_between(work, since, until),
        *works_between(work, since, until),
        *map(freeze_item, freeze_spans(work, since, until)),
    ]


def changes_between(work: Work, since: datetime, until: datetime) -> list[Item]:
    """Return live changes whose whole span touches [since, until)."""
    touching = _touching(work, since, until)
    columns = (
        *(Change.id, Change.title, Change.starts_at, Change.ends_at, Change.preparation_minutes),
        *(Change.rollback_minutes, Change.soak_minutes, Change.implementer, Change.people),
        *(Change.vendor, Change.vendor_must_attend, Change.gates, Change.rollback_needs),
    )
    rows = work.session.execute(select(*columns).where(*touching)).all()
    parts = _parts(work, touching)
    found = []
    for row in rows:
        span = Span(
            row.starts_at - timedelta(minutes=row.preparation_minutes),
            row.ends_at + timedelta(minutes=row.rollback_minutes + row.soak_minutes),
        )
        if span.since >= until or span.until <= since:
            continue
        people = {row.implementer, *row.people, *parts.owners.get(row.id, ())}
        found.append(
            Item(
                key=change_key(row.id),
                kind=Kind.CHANGE,
                name=f"CHG-{row.id} {row.title}",
                span=span,
                needed=Span(row.starts_at, row.ends_at + timedelta(minutes=row.rollback_minutes)),
                components=parts.components.get(row.id, {}),
                markets=frozenset(parts.markets.get(row.id, ())),
                people=frozenset(people - {""}),
                vendors=frozenset({row.vendor} - {""} if row.vendor_must_attend else ()),
                gates=frozenset(row.gates),
                rollback_needs=frozenset(row.rollback_needs),
            )
        )
    return found


def _touching(work: Work, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """Return conditions on ``Change`` that its index on times can use: no longer than the longest.

    Preparation and soak are not in the index; nothing is left out when their longest is added.
    """
    before, after = work.session.execute(
        select(
            func.max(Change.preparation_minutes),
            func.max(Change.rollback_minutes + Change.soak_minutes),
        ).where(Change.state.in_(LIVE))
    ).one()
    return [
        Change.state.in_(LIVE),
        Change.starts_at < until + timedelta(minutes=before or 0),
        Change.ends_at > since - timedelta(minutes=after or 0),
    ]


def _parts(work: Work, touching: list[ColumnElement[bool]]) -> _Parts:
    found = _Parts()
    for number, market in work.session.execute(
        _joined(select(ChangeMarket.change_id, ChangeMarket.market), ChangeMarket, touching)
    ):
        found.markets.setdefault(number, set()).add(market)
    wanted = select(ChangeComponent.change_id, ChangeComponent.component, ChangeComponent.effect)
    for number, component, effect in work.session.execute(
        _joined(wanted, ChangeComponent, touching)
    ):
        found.components.setdefault(number, {})[component] = effect
    owners = select(ChangeStep.change_id, ChangeStep.owner).where(ChangeStep.owner != "")
    for number, owner in work.session.execute(_joined(owners, ChangeStep, touching).distinct()):
        found.owners.setdefault(number, set()).add(owner)
    return found


def _joined(
    wanted: Any,  # noqa: ANN401 (a select of a part's columns)
    part: type[ChangeMarket | ChangeComponent | ChangeStep],
    touching: list[ColumnElement[bool]],
) -> Any:  # noqa: ANN401
    return wanted.join(Change, Change.id == part.change_id).where(*touching)


def works_between(work: Work, since: datetime, until: datetime) -> list[Item]:
    """Return announced works that belong to no run of ours."""
    found = windows_between(work, since, until)
    ours = set(
        work.session.scalars(
            select(Run.suppression_id).where(Run.suppression_id.in_([each.id for each in found]))
        )
        if found
        else ()
    )
    estate = estate_queries.current(work)
    return [works_item(estate, each) for each in found if each.id not in ours]


def works_item(estate: Estate, window: Window) -> Item:
    """Return announced works as an item; without components they are on all of their markets."""
    keys = window.components or [
        key for key, known in estate.components.items() if set(known.markets) & set(window.markets)
    ]
    markets = window.markets or {code for key in keys for code in estate.markets_of(key)}
    vendors = {estate.components[key].vendor for key in keys if key in estate.components}
    span = Span(window.starts_at, min(window.ends_at, window.ended_at or window.ends_at))
    reference = f" ({window.reference})" if window.reference else ""
    return Item(
        key=f"works:{window.id}",
        kind=Kind.WORKS,
        name=f"Works {window.title}{reference}",
        span=span,
        needed=span,
        components=dict.fromkeys(sorted(keys), Effect.DOWN),
        markets=frozenset(markets),
        vendors=frozenset(vendors - {""}) if window.components else frozenset(),
    )


def freeze_item(freeze: FreezeSpan) -> Item:
    """Return a freeze as an item; its key begins with that of the freeze."""
    return Item(
        key=f"{freeze_key(freeze.key)}{'+'.join(sorted(freeze.markets))}",
        kind=Kind.FREEZE,
        name=f"Freeze {freeze.name}",
        span=freeze.span,
        needed=freeze.span,
        components=dict.fromkeys(freeze.components, Effect.NONE),
        markets=frozenset(freeze.markets),
        is_hard=freeze.is_hard,
    )


def freeze_key(key: str) -> str:
    """Return how the keys of all items of one freeze begin."""
    return f"freeze:{key}:"


def nights_between(
    work: Work, since: datetime, until: datetime, leave_out: Iterable[int] = ()
) -> list[Night]:
    """Return live changes that begin in [since, until), with their points and markets."""
    rows = work.session.execute(
        select(
            *(Change.id, Change.title, Change.starts_at, Change.ends_at, Change.risk_points),
            ChangeMarket.market,
        )
        .join(ChangeMarket, ChangeMarket.change_id == Change.id)
        .where(Change.state.in_(LIVE), Change.starts_at >= since, Change.starts_at < until)
        .where(Change.id.not_in(list(leave_out)))
        .order_by(Change.id)
    ).all()
    markets: dict[int, set[str]] = {}
    for row in rows:
        markets.setdefault(row.id, set()).add(row.market)
    once = {row.id: row for row in rows}
    return [
        Night(
            f"CHG-{number} {row.title}",
            Span(row.starts_at, row.ends_at),
            frozenset(markets[number]),
            row.risk_points,
        )
        for number, row in once.items()
    ]
