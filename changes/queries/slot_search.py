"""Search the stored calendar for a free slot: only what can be in the way is loaded.

First the change hours, which cost no statement; then when somebody is at work who is needed, as
bare spans; then what touches something that matters, and of it only what meets a start that is
still left. ``rules.slots.next_free`` over everything in the calendar gives the same answer.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, or_, select, true, union

from changes.models import ChangeComponent, ChangeStep
from changes.names import plain
from changes.policy import policy
from changes.queries.calendar_items import (
    FEW,
    ROW,
    SPAN,
    changes_of,
    freeze_item,
    is_one_of,
    items_between,
    listed,
    spans_of,
    touching,
    works_between,
)
from changes.queries.collisions import ground_of, item_for
from changes.queries.freezes import freeze_spans
from changes.rules import slots
from changes.rules.collisions import Ground, Item, number_of
from changes.rules.slots import Shape, Slot
from changes.rules.types import earliest_start
from changes.values import ChangeView
from ssoc.core.calendar import Span
from ssoc.core.work import Work

Condition = ColumnElement[bool]
_DAY = timedelta(days=1)
SLICES = (10, 30)  # days after which the search for a slot loads the next piece of the calendar


@dataclass(frozen=True)
class Search:
    """What a slot is looked for: an item by its lengths, and the starts that come into question."""

    ground: Ground
    item: Item
    shape: Shape
    starts: Span

    def reach(self, starts: Span) -> Span:
        """Return all the item could occupy when it begins within ``starts``."""
        return Span(starts.since - self.shape.before, starts.until + self.shape.after)


def next_free_slot(work: Work, change: ChangeView, now: datetime) -> Slot | None:
    """Return when a change could run without being blocked, over all of its markets.

    Its type's lead time counts from now on: who moves a change asks for approval anew. None while
    it has no window (its length is not known), and when the horizon has no slot.
    """
    sought = _search_of(work, ground_of(work), change, now)
    return _calmest(work, sought, first_slot(work, sought)) if sought else None


def _calmest(work: Work, sought: Search, found: Slot | None) -> Slot | None:
    """Return the slot, or one outside the peak hours that follows it within a day."""
    if found is None:
        return None
    free = slots.calmer(sought.ground, sought.item, sought.shape, found, sought.starts)
    return (_first_of(work, sought, free) if free else None) or found


def free_slots(work: Work, changes: Iterable[ChangeView]) -> dict[int, Slot]:
    """Return the next free slot of each of a few changes that has one.

    One look at the coming days serves them all; what has no slot there is looked for alone.
    """
    ground = ground_of(work)
    asked = {each.id: _search_of(work, ground, each, work.now) for each in changes}
    sought = {number: each for number, each in asked.items() if each}
    if not sought:
        return {}
    soon = {number: each.reach(next(_slices(each.starts))) for number, each in sought.items()}
    until = max(each.until for each in soon.values())
    items = items_between(work, min(each.since for each in soon.values()), until)
    found = {
        number: _calmest(work, each, _first_among(each, items) or first_slot(work, each))
        for number, each in sought.items()
    }
    return {number: slot for number, slot in found.items() if slot}


def _first_among(sought: Search, items: Iterable[Item]) -> Slot | None:
    starts = next(_slices(sought.starts))
    return slots.first_in(sought.ground, sought.item, sought.shape, items, starts)


def _search_of(work: Work, ground: Ground, change: ChangeView, now: datetime) -> Search | None:
    if change.window is None or change.span is None:
        return None
    item = item_for(ground, change)
    shape = slots.shape_of(item, change.window.length)
    ahead = earliest_start(policy(work).types.get(change.type), change, now) - shape.before
    starts = slots.horizon_of(ground, shape, max(now, ahead))
    return Search(ground, item, shape, starts) if starts.since <= starts.until else None


def why_no_slot(work: Work, change: ChangeView, now: datetime) -> str:
    """Return in words why the search for a free slot found none."""
    ground = ground_of(work)
    days = ground.terms.slots.horizon_days
    if change.window is None:
        return "it has no window, so that nobody knows how long it takes"
    item = item_for(ground, change)
    common = slots.longest_common(ground, item, now)
    if common is not None and common < item.needed.length:
        return (
            f"with its roll-back it takes {_minutes(item.needed.length)} min, and the change hours "
            f"of its markets have {_minutes(common)} min in common at most"
        )
    return f"something is in the way on each of the next {days} days"


def _minutes(span: timedelta) -> int:
    return int(span / timedelta(minutes=1))


def first_slot(work: Work, sought: Search) -> Slot | None:
    """Return the first free slot of a search, looking piece by piece of the calendar."""
    for starts in _slices(sought.starts):
        free = slots.allowed(sought.ground, sought.item, sought.shape, starts)
        found = _first_of(work, sought, free) if free else None
        if found:
            return found
    return None


def _first_of(work: Work, sought: Search, free: Sequence[Span]) -> Slot | None:
    """Return the first free slot among starts that the change hours allow."""
    ground, item, shape = sought.ground, sought.item, sought.shape
    reach = sought.reach(Span(free[0].since, free[-1].until))
    meant = [*touching(work, *reach), ROW.id != number_of(item.key)]
    using = _using(work, item, meant)
    certain = _certainly_in_the_way(work, ground, item, meant, using)
    free = slots.without(free, (slots.in_the_way(shape, each) for each in certain))
    if not free:
        return None

    def is_wanted(span: Span) -> bool:
        return slots.meets(free, slots.in_the_way(shape, span))

    near = or_(_touching(slots.near_parts(ground, item)), _uses(using))
    near = near if len(using) <= FEW else true()
    others = chain(
        map(freeze_item, freeze_spans(work, *reach)),
        works_between(work, *reach),
        changes_of(work, [*meant, near], is_wanted),
    )
    return slots.first_left(ground, item, shape, others, free)


def _certainly_in_the_way(
    work: Work, ground: Ground, item: Item, meant: list[Condition], using: Sequence[str]
) -> Iterator[Span]:
    """Yield when other changes need a person or a vendor of the item, or touch what it touches."""
    people, step = sorted(item.people), ChangeStep.__table__.c
    certain = or_(
        is_one_of(ROW.implementer, people),
        exists().where(step.change_id == ROW.id, is_one_of(step.owner, people)),
        and_(ROW.vendor_must_attend, ROW.vendor.in_(sorted(item.vendors))),
        _touching(slots.certain_parts(ground, item)),
        _uses(using[:FEW]) if ground.blocks("C6") else false(),
    )
    joining = cast(ROW.people, String)
    rows = work.session.execute(
        select(*SPAN, certain.label("is_certain"), joining).where(
            *meant, or_(certain, joining != "[]")
        )
    )
    for *ends, is_certain, joined in rows.all():
        if is_certain or set(map(plain, listed(joined))) & item.people:
            yield spans_of(*ends)[0]


def _using(work: Work, item: Item, meant: list[Condition]) -> list[str]:
    """Return the stored lists of gates and of what roll-backs need that name what it touches."""
    gates, needs = cast(ROW.gates, String), cast(ROW.rollback_needs, String)
    lists = work.session.scalars(union(select(gates).where(*meant), select(needs).where(*meant)))
    return [each for each in lists if listed(each) & item.components.keys()]


def _uses(lists: Sequence[str]) -> Condition:
    return or_(*(cast(each, String).in_(lists) for each in (ROW.gates, ROW.rollback_needs)))


def _touching(components: Collection[str]) -> Condition:
    part = ChangeComponent.__table__.alias("touched").c  # not that of the statement around it
    return ROW.id.in_(select(part.change_id).where(part.component.in_(sorted(components))))


def _slices(horizon: Span) -> Iterator[Span]:
    """Yield a horizon in pieces: most changes find a slot in the first, and no more is loaded."""
    since = horizon.since
    for days in (*SLICES, (horizon.until - horizon.since).days + 1):
        until = min(horizon.until, horizon.since + days * _DAY)
        if since <= until:
            yield Span(since, until)
            since = until + timedelta(microseconds=1)
