"""The queue: filters in, a page of incidents out; page 1,000 costs what page 1 does."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select, tuple_

from incidents.lifecycle import State
from incidents.models import Incident, IncidentComponent, IncidentMarket
from incidents.queries.lines import LIVE, WORST_FIRST, Line, lines, seen, title_for
from incidents.queries.sight import Sight
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Permission
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Work

MOST = 200
MOST_READ = 2_000  # incidents of several markets that a search looks through one by one
NOBODY = "-"
_CURSOR = re.compile(r"(P[1-4])~(\d{1,20})~(\d{1,18})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Filters:
    """What the queue is narrowed to; empty means all of it.

    ``state`` is a state, ``live`` (the usual: neither resolved nor closed) or ``all``; ``owner``
    ``-`` means nobody. ``nested`` shows symptoms' incidents too; they hide below their cause,
    unless all are asked for: then no number is missing.
    """

    market: str = ""
    priority: str = ""
    state: str = "live"
    owner: str = ""
    component: str = ""
    text: str = ""
    nested: bool = False
    among: Collection[int] | None = None  # of these numbers only, such as those at risk


@dataclass(frozen=True)
class Triage:
    """One page of the queue; ``next`` is the cursor of the following page, empty at the end."""

    items: Sequence[Line]
    next: str
    counts: Mapping[Priority, int]
    live: Mapping[Priority, int]  # those of them that are neither resolved nor closed

    @property
    def total(self) -> int:
        """Return how many incidents the filters leave, on all pages."""
        return sum(self.counts.values())


def triage(work: Work, filters: Filters = Filters(), cursor: str = "", limit: int = 50) -> Triage:
    """Return a page of the queue, worst and oldest first."""
    where = _conditions(work, filters)
    after = [_after(cursor)] if cursor else []
    size = max(1, min(limit, MOST))
    found = list(
        work.session.scalars(
            select(Incident).where(*where, *after).order_by(*WORST_FIRST).limit(size + 1)
        )
    )
    running = func.sum(case((Incident.state.in_(LIVE), 1), else_=0))
    counted = select(Incident.priority, func.count(), running).where(*where)
    rows = work.session.execute(counted.group_by(Incident.priority)).all()
    counts = {priority: count for priority, count, _ in rows}
    live = {priority: int(count) for priority, _, count in rows}
    more = _cursor(found[size - 1]) if len(found) > size else ""
    return Triage(
        lines(work, found[:size]),
        more,
        {each: counts.get(each, 0) for each in Priority},
        {each: live.get(each, 0) for each in Priority},
    )


def _conditions(work: Work, filters: Filters) -> list[ColumnElement[bool]]:
    where = [seen(work), *_state(filters.state)]
    if not filters.nested and filters.state != "all":
        where.append(Incident.parent_id.is_(None))
    if filters.priority:
        where.append(Incident.priority == _word(Priority, filters.priority, "priority"))
    if filters.owner:
        where.append(Incident.owner == ("" if filters.owner == NOBODY else filters.owner))
    if filters.market:
        mine = work.visible(IncidentMarket.market, Permission.INCIDENT_SEE)
        touched = and_(IncidentMarket.market == filters.market, mine)
        where.append(Incident.id.in_(select(IncidentMarket.incident_id).where(touched)))
    if filters.component:
        where.append(_component(work, filters.component))
    if filters.among is not None:
        where.append(Incident.id.in_(filters.among))
    if filters.text:
        where.append(_text(work, filters.text))
    return where


def _component(work: Work, component: str) -> ColumnElement[bool]:
    """Return the condition; who asks for a component of other markets learns nothing of it."""
    there = IncidentComponent.component == component
    hidden = Sight(work).hides(component)
    return (
        false() if hidden else Incident.id.in_(select(IncidentComponent.incident_id).where(there))
    )


def _state(word: str) -> list[ColumnElement[bool]]:
    if word in {"", "live"}:
        return [Incident.state.in_(LIVE)]
    if word == "all":
        return []
    return [Incident.state == _word(State, word, "state")]


def _text(work: Work, words: str) -> ColumnElement[bool]:
    number = re.fullmatch(r"(?:INC-)?(\d{1,18})", words.strip(), re.IGNORECASE | re.ASCII)
    sight = Sight(work)
    text = _as_written(words.strip()) if sight.is_whole else _as_read(work, words.strip(), sight)
    return or_(Incident.id == int(number[1]), text) if number else text


def _as_written(words: str) -> ColumnElement[bool]:
    return or_(
        Incident.title.icontains(words, autoescape=True),
        Incident.component.icontains(words, autoescape=True),
    )


def _as_read(work: Work, words: str, sight: Sight) -> ColumnElement[bool]:
    """Return the condition for incidents that hold ``words`` as this reader reads them."""
    held = sorted(work.actor.markets(Permission.INCIDENT_SEE))
    row = IncidentMarket
    shared = select(row.incident_id).where(row.market.not_in(held))
    rows = select(Incident).where(seen(work), Incident.id.in_(shared), _as_written(words))
    wanted = words.casefold()
    there = [
        each.id
        for each in work.session.scalars(rows.order_by(Incident.id.desc()).limit(MOST_READ))
        if wanted in title_for(each, sight).casefold()
        or (wanted in each.component.casefold() and not sight.hides(each.component))
    ]
    return or_(and_(Incident.id.not_in(shared), _as_written(words)), Incident.id.in_(there))


def _word(kind: type[State] | type[Priority], word: str, what: str) -> State | Priority:
    try:
        return kind(word)
    except ValueError:
        known = ", ".join(each.value for each in kind)
        raise BadInput(f"no {what} {word!r}; there are {known}") from None


def _cursor(row: Incident) -> str:
    micros = (row.opened_at - _EPOCH) // _MICROSECOND
    return f"{row.priority}~{micros}~{row.id}"


def _after(cursor: str) -> ColumnElement[bool]:
    parts = _CURSOR.fullmatch(cursor)
    if not parts:
        raise BadInput("the cursor is not one of ours; begin again without it")
    try:
        opened_at = _EPOCH + int(parts[2]) * _MICROSECOND
    except OverflowError:
        raise BadInput("the cursor is not one of ours; begin again without it") from None
    columns = WORST_FIRST
    values = (Priority(parts[1]), opened_at, int(parts[3]))
    last = [literal(value, column.type) for value, column in zip(values, columns, strict=True)]
    return tuple_(*columns) > tuple_(*last)
