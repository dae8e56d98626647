"""Everything in the calendar of a time, as items that can collide: in few statements, all markets.

Whoever asks: a collision with a change that one may not open is a collision all the same.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, cast, func, select

from changes.lifecycle import Effect, State
from changes.models import Change, ChangeComponent, ChangeMarket, ChangeStep, Run
from changes.names import called_of, plain
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

FEW = 500  # below every database's most parameters
LIVE = [each for each in State if each.is_live]
ROW = Change.__table__.c  # of the table: ten thousand rows are no objects of the session
SPAN = (
    *(ROW.starts_at, ROW.ends_at),
    *(ROW.preparation_minutes, ROW.rollback_minutes, ROW.soak_minutes),
)


@dataclass
class _Parts:
    markets: dict[int, list[str]] = field(default_factory=dict)
    components: dict[int, dict[str, Effect]] = field(default_factory=dict)
    owners: dict[int, set[str]] = field(default_factory=dict)


def items_between(
    work: Work, since: datetime, until: datetime, people: Collection[str] | None = None
) -> list[Item]:
    """Return changes that are live, works of others and freezes that touch [since, until).

    ``people``: whose steps are asked for; everybody's when left out.
    """
    return [
        *changes_between(work, since, until, people),
        *works_between(work, since, until),
        *map(freeze_item, freeze_spans(work, since, until)),
    ]


def changes_between(
    work: Work, since: datetime, until: datetime, people: Collection[str] | None = None
) -> list[Item]:
    """Return live changes whose whole span touches [since, until)."""
    meant = touching(work, since, until)
    wanted = changes_of(work, meant, lambda it: it.since < until and it.until > since, people)
    return list(wanted)


def changes_of(
    work: Work,
    conditions: Sequence[ColumnElement[bool]],
    is_wanted: Callable[[Span], object],
    people: Collection[str] | None = (),
) -> Iterator[Item]:
    """Yield the changes that meet conditions on the table of changes and whose span is wanted.

    One after the other: who looks at ten thousand needs to keep only what is of use. ``people``:
    whose steps are asked for, nobody's when left out, everybody's with None.
    """
    lists = (cast(each, String) for each in (ROW.people, ROW.gates, ROW.rollback_needs))
    rows = work.session.execute(
        select(
            *(*SPAN, ROW.id, ROW.title, ROW.implementer, ROW.vendor, ROW.vendor_must_attend),
            *lists,
        ).where(*conditions)
    ).all()
    wanted = [(*spans, *each[5:]) for each in rows if is_wanted((spans := spans_of(*each[:5]))[0])]
    if len(wanted) <= FEW:
        conditions = [ROW.id.in_([each[2] for each in wanted])]
    parts = _parts(work, conditions, people) if wanted else _Parts()
    for span, needed, *rest in wanted:
        yield _change_item(parts, span, needed, *rest)


def spans_of(
    starts_at: datetime, ends_at: datetime, before: int, rollback: int, soak: int
) -> tuple[Span, Span]:
    """Return all that a change occupies, and its execution with the roll-back; minutes around."""
    until = ends_at + timedelta(minutes=rollback)
    whole = Span(starts_at - timedelta(minutes=before), until + timedelta(minutes=soak))
    return whole, Span(starts_at, until)


def _change_item(  # noqa: PLR0913 (the columns of one row)
    parts: _Parts,
    span: Span,
    needed: Span,
    number: int,
    title: str,
    implementer: str,
    vendor: str,
    vendor_attends: bool,  # noqa: FBT001
    people: str,
    gates: str,
    rollback_needs: str,
) -> Item:
    at_work = (listed(people) | parts.owners.get(number, _NOBODY) | {implementer}) - {""}
    return Item(
        change_key(number),
        Kind.CHANGE,
        f"CHG-{number} {title}",
        span,
        needed,
        parts.components.get(number, {}),
        frozenset(parts.markets.get(number, ())),
        frozenset(map(plain, at_work)),
        frozenset({vendor} - {""}) if vendor_attends else _NOBODY,
        listed(gates),
        listed(rollback_needs),
        called=called_of(at_work),
    )


def is_one_of(column: SQLColumnExpression[str], people: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column names one of some people, given as names are compared.

    The database lowers what is beyond ASCII as far as it can; accounts' names never are.
    """
    return func.lower(func.trim(column)).in_(sorted(people))


_NOBODY: frozenset[str] = frozenset()


@lru_cache(maxsize=4_096)
def listed(text: str) -> frozenset[str]:
    """Return a stored list as a set; thousands of changes name the same few things."""
    return frozenset(json.loads(text))


def touching(work: Work, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
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
        ROW.state.in_(LIVE),
        ROW.starts_at < until + timedelta(minutes=before or 0),
        ROW.ends_at > since - timedelta(minutes=after or 0),
    ]


def _parts(
    work: Work, conditions: Sequence[ColumnElement[bool]], people: Collection[str] | None
) -> _Parts:
    found = _Parts()
    place, part, step = (each.__table__.c for each in (ChangeMarket, ChangeComponent, ChangeStep))
    for number, market in _of(work, (place.change_id, place.market), conditions):
        found.markets.setdefault(number, []).append(market)
    for number, key, effect in _of(work, (part.change_id, part.component, part.effect), conditions):
        found.components.setdefault(number, {})[key] = effect
    if people is None or people:
        whose = step.owner != "" if people is None else is_one_of(step.owner, people)
        for number, owner in _of(work, (step.change_id, step.owner), [*conditions, whose]):
            found.owners.setdefault(number, set()).add(owner)
    return found


def _of(
    work: Work, columns: Sequence[Any], conditions: Sequence[ColumnElement[bool]]
) -> Iterable[Any]:
    """Return columns, the first of which is the change's number, of all changes that are meant."""
    wanted = select(*columns).join(Change.__table__, ROW.id == columns[0])
    return work.session.execute(wanted.where(*conditions)).all()


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
