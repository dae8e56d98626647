"""Lists of changes: filters in, a page of changes out; page 1,000 costs what page 1 does."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, tuple_

from changes.lifecycle import State
from changes.models import Change, ChangeComponent, ChangeMarket, ChangeStep
from changes.names import plain
from changes.queries.calendar_items import is_one_of
from changes.queries.views import changes_of, is_visible
from changes.values import ChangeView
from ssoc.core.errors import BadInput
from ssoc.core.work import Work

MOST = 200
LONGEST = timedelta(days=62)  # what a calendar is asked for at most
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = re.compile(r"([a-z]{1,16})~(-?\d{1,20}(?:\.\d{1,20})?|-)~(\d{1,18})", re.ASCII)

LIVE = tuple(each for each in State if each.is_live)
OVER = (State.ENDED, State.REVIEWED, State.CLOSED)
GROUPS: Mapping[str, Collection[State]] = {
    "live": LIVE,
    "open": (State.DRAFT, *LIVE, State.REFUSED, State.ENDED, State.REVIEWED),
    "planned": (State.APPROVED, State.SCHEDULED),
    "review": (State.ENDED,),
    "over": OVER,
    "stopped": (State.REFUSED, State.CANCELLED),
    "all": tuple(State),
}
ON_CALENDAR = (*LIVE, *OVER)


@dataclass(frozen=True)
class _Order:
    """One order: the column that comes first, and its direction; the number decides between equals.

    Rows without a value come last, newest first, whatever the direction.
    """

    column: Any
    is_falling: bool


_ORDERS: Mapping[str, _Order] = {
    "start": _Order(Change.starts_at, False),
    "ended": _Order(Change.finished_at, True),
    "newest": _Order(Change.id, True),
    "risk": _Order(Change.risk_points, True),
}
ORDERS = tuple(_ORDERS)


@dataclass(frozen=True)
class ChangeFilter:
    """What the list is narrowed to; empty means all of it.

    ``state`` is a state or a group: ``live`` (submitted to running, the usual), ``open``
    (neither closed nor cancelled), ``planned``, ``review`` (ended, not reviewed), ``over``,
    ``stopped`` (refused, cancelled) or ``all``.
    ``person`` has a part in it: asked for it, runs it, verifies it, owns a step. ``since`` to
    ``until`` is a stretch its window shares time with. ``order`` is ``start`` (next to begin
    first), ``ended`` (last ended first), ``newest`` or ``risk``; empty is what fits the state.
    """

    state: str = "live"
    market: str = ""
    type: str = ""
    component: str = ""
    vendor: str = ""
    person: str = ""
    risk_at_least: float | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    is_unauthorised: bool | None = None
    among: Collection[int] | None = None  # of these numbers only, such as those one may answer
    order: str = ""


@dataclass(frozen=True)
class ChangePage:
    """One page; ``next`` is the cursor of the following one, empty at the end.

    ``counts`` are by state under the same filters, whatever state was asked for.
    """

    items: Sequence[ChangeView]
    next: str
    counts: Mapping[State, int]
    total: int


def listed(
    work: Work, wanted: ChangeFilter = ChangeFilter(), cursor: str = "", limit: int = 50
) -> ChangePage:
    """Return a page of the changes that the actor may see, in the order asked for."""
    states, size = states_of(wanted.state), max(1, min(limit, MOST))
    name = order_of(wanted)
    narrowed = _conditions(work, wanted)
    where = [*narrowed, *_in_states(states)]
    found = _rows(work, where, name, cursor, size + 1)
    counts = _counts(work, narrowed)
    return ChangePage(
        items=changes_of(work, found[:size]),
        next=_cursor(name, found[size - 1]) if len(found) > size else "",
        counts=counts,
        total=sum(counts[each] for each in states),
    )


def between(
    work: Work, since: datetime, until: datetime, wanted: ChangeFilter = ChangeFilter(state="")
) -> list[ChangeView]:
    """Return the changes whose window, or real run, shares time with [since, until), by start.

    With no state in ``wanted``: all but drafts and those that were refused or cancelled. One
    without an end, because it is running, lasts until now. Preparation and soak lie outside.

    Raises:
        BadInput: the stretch is empty, or longer than 62 days.

    """
    if not since < until <= since + LONGEST:
        raise BadInput("a calendar shows at least an instant and at most 62 days; ask for fewer")
    states = states_of(wanted.state) if wanted.state else ON_CALENDAR
    planned = and_(Change.starts_at < until, Change.ends_at > since)
    went_on = func.coalesce(Change.finished_at, work.now)
    really = and_(Change.started_at < until, went_on > since)
    where = [*_conditions(work, replace(wanted, since=None, until=None)), *_in_states(states)]
    rows = select(Change).where(*where, or_(planned, really))
    return changes_of(work, work.session.scalars(rows.order_by(Change.starts_at, Change.id)))


def states_of(word: str) -> Collection[State]:
    """Return the states that a word of a filter stands for, or raise BadInput."""
    if word in GROUPS:
        return GROUPS[word]
    try:
        return (State(word or "live"),) if word else LIVE
    except ValueError:
        known = ", ".join([*GROUPS, *(each.value for each in State)])
        raise BadInput(f"no state {word[:40]!r} of changes; there are {known}") from None


def order_of(wanted: ChangeFilter) -> str:
    """Return the order: as asked for, or what fits the state."""
    if not wanted.order:
        states = states_of(wanted.state)
        if all(each in OVER for each in states):
            return "ended"
        return "start" if all(each.is_live for each in states) else "newest"
    if wanted.order not in _ORDERS:
        raise BadInput(f"no order {wanted.order[:40]!r} of changes; there are {', '.join(ORDERS)}")
    return wanted.order


def _in_states(states: Collection[State]) -> list[ColumnElement[bool]]:
    return [] if len(states) == len(State) else [Change.state.in_(states)]


def _counts(work: Work, where: Iterable[ColumnElement[bool]]) -> dict[State, int]:
    counted = select(Change.state, func.count()).where(*where).group_by(Change.state)
    found = {state: number for state, number in work.session.execute(counted)}
    return {each: found.get(each, 0) for each in State}


def _conditions(work: Work, wanted: ChangeFilter) -> list[ColumnElement[bool]]:
    return [is_visible(work), *_places(wanted), *_own(wanted), *_window(wanted)]


def _places(wanted: ChangeFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.market:
        there = select(ChangeMarket.change_id).where(ChangeMarket.market == wanted.market)
        yield Change.id.in_(there)
    if wanted.component:
        touched = ChangeComponent.component == wanted.component
        yield Change.id.in_(select(ChangeComponent.change_id).where(touched))


def _own(wanted: ChangeFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.type:
        yield Change.type == wanted.type
    if wanted.vendor:
        yield Change.vendor == wanted.vendor
    if wanted.person:
        yield _part_of(wanted.person)
    if wanted.risk_at_least is not None:
        yield Change.risk_points >= wanted.risk_at_least
    if wanted.is_unauthorised is not None:
        yield Change.is_unauthorised == wanted.is_unauthorised
    if wanted.among is not None:
        yield Change.id.in_(sorted(wanted.among)[:MOST_AMONG])
    if wanted.text.strip():
        yield _text(wanted.text.strip())


MOST_AMONG = 5_000  # below every database's most parameters


def _part_of(person: str) -> ColumnElement[bool]:
    """Return the condition for changes in which somebody has a part."""
    who = [plain(person)]
    steps = select(ChangeStep.change_id).where(is_one_of(ChangeStep.owner, who))
    columns = (Change.requester, Change.implementer, Change.verifier)
    return or_(*(is_one_of(each, who) for each in columns), Change.id.in_(steps))


def _text(words: str) -> ColumnElement[bool]:
    number = re.fullmatch(r"(?:CHG-)?(\d{1,18})", words, re.IGNORECASE | re.ASCII)
    touched = ChangeComponent.component.icontains(words, autoescape=True)
    found = [
        Change.title.icontains(words, autoescape=True),
        Change.external_reference.icontains(words, autoescape=True),
        Change.team.icontains(words, autoescape=True),
        Change.vendor.icontains(words, autoescape=True),
        Change.id.in_(select(ChangeComponent.change_id).where(touched)),
    ]
    return or_(Change.id == int(number[1]), *found) if number else or_(*found)


def _window(wanted: ChangeFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.until is not None:
        yield Change.starts_at < wanted.until
    if wanted.since is not None:
        yield Change.ends_at > wanted.since


def _rows(
    work: Work, where: Sequence[ColumnElement[bool]], name: str, cursor: str, size: int
) -> list[Change]:
    """Return rows after the cursor: those with a value in the order first, then those without."""
    order, after = _ORDERS[name], _read(name, cursor)
    found: list[Change] = []
    if after is None or after[0] is not None:
        found += work.session.scalars(_valued(order, where, after, size))
        after = None
    if order.column is Change.id or len(found) >= size:
        return found
    rest = [*where, order.column.is_(None), Change.id < after[1] if after else true()]
    missing = select(Change).where(*rest).order_by(Change.id.desc()).limit(size - len(found))
    return [*found, *work.session.scalars(missing)]


def _valued(
    order: _Order,
    where: Sequence[ColumnElement[bool]],
    after: tuple[Any, int] | None,
    size: int,
) -> Select[Any]:
    columns = (order.column, Change.id) if order.column is not Change.id else (Change.id,)
    rows = select(Change).where(*where, order.column.is_not(None))
    if after is not None:
        given = zip(after[-len(columns) :], columns, strict=True)
        last = tuple_(*(literal(value, column.type) for value, column in given))
        here = tuple_(*columns)
        rows = rows.where(here < last if order.is_falling else here > last)
    ordered = [each.desc() if order.is_falling else each.asc() for each in columns]
    return rows.order_by(*ordered).limit(size)


def _cursor(name: str, row: Change) -> str:
    order = _ORDERS[name]
    value = getattr(row, order.column.key)
    if isinstance(value, datetime):
        value = (value - _EPOCH) // _MICROSECOND
    elif isinstance(value, float):
        value = f"{value:.17f}"
    return f"{name}~{'-' if value is None else value}~{row.id}"


def _read(name: str, cursor: str) -> tuple[Any, int] | None:
    """Return where the last page ended, as values of the order; None at the beginning."""
    if not cursor:
        return None
    parts = _CURSOR.fullmatch(cursor)
    if parts is None or parts[1] != name:
        raise BadInput("the cursor is not one of this list; begin again without it")
    number = int(parts[3])
    if parts[2] == "-":
        return None, number
    try:
        return _value(name, parts[2]), number
    except (OverflowError, ValueError):
        raise BadInput("the cursor is not one of this list; begin again without it") from None


def _value(name: str, given: str) -> datetime | float | int:
    if name in {"start", "ended"}:
        return _EPOCH + int(given) * _MICROSECOND
    return float(given) if name == "risk" else int(given)
