"""The next free slot: when a change may run without being blocked. Pure, by spans not by trying.

A start is good when execution with its roll-back fits into the change hours of every market and
meets no hard freeze, and when all the change occupies meets nothing that would block it and nobody
who is needed twice. Everything becomes forbidden starts; what is left is searched in order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from changes.rules.collisions import places, redundancy
from changes.rules.collisions.engine import Index
from changes.rules.collisions.ground import Ground
from changes.rules.collisions.items import Item, Kind, Level, overlap
from changes.rules.collisions.times import holds, joined
from changes.rules.neighbourhood import Group, below
from ssoc.core.calendar import Span
from ssoc.estate.local_hours import change_spans
from ssoc.estate.values import Market

_DAY = timedelta(days=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Slot:
    """When a change could begin, and the end of its window then."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Shape:
    """How an item lies around its start: preparation before, execution, roll-back, soak after."""

    before: timedelta  # preparation
    window: timedelta  # execution
    needed: timedelta  # execution and roll-back
    after: timedelta  # all of it from the start on, with soak


def shape_of(item: Item, window: timedelta) -> Shape:
    """Return the shape of an item whose execution takes ``window``."""
    since = item.needed.since
    return Shape(since - item.span.since, window, item.needed.length, item.span.until - since)


def next_free(
    ground: Ground, item: Item, window: timedelta, index: Index, now: datetime
) -> Slot | None:
    """Return the first free slot from ``now`` on; None when the horizon has none.

    Args:
        ground: estate and terms; ``terms.slots`` say how far to look and on which grid.
        item: the change; only its lengths count, not where it lies now.
        window: how long its execution takes.
        index: everything else in the calendar of that time.
        now: preparation does not begin before.

    """
    shape = shape_of(item, window)
    return first_in(ground, item, shape, index, horizon_of(ground, shape, now))


def horizon_of(ground: Ground, shape: Shape, now: datetime) -> Span:
    """Return the starts that are looked at, both ends included."""
    return Span(now + shape.before, now + timedelta(days=ground.terms.slots.horizon_days))


def first_in(ground: Ground, item: Item, shape: Shape, index: Index, starts: Span) -> Slot | None:
    """Return the first free slot that begins in a stretch, both of its ends included."""
    allowed = _allowed(ground, item, shape, starts)
    taken = _merged(_taken(ground, item, shape, index, starts))
    grid = timedelta(minutes=ground.terms.slots.grid_minutes)
    for start in _starts(allowed, taken, grid):
        return Slot(start, start + shape.window)
    return None


def longest_common(ground: Ground, item: Item, now: datetime) -> timedelta | None:
    """Return the longest stretch that the change hours of all markets of an item share.

    None where no market has such hours: then any time will do.
    """
    horizon = Span(now, now + timedelta(days=ground.terms.slots.horizon_days))
    found, has_hours = [horizon], False
    for code in sorted(item.markets):
        market = ground.estate.markets.get(code)
        if market is not None and market.change_hours:
            has_hours = True
            found = _both(found, joined(change_spans(market, *horizon)))
    return max((each.length for each in found), default=timedelta()) if has_hours else None


def _allowed(ground: Ground, item: Item, shape: Shape, horizon: Span) -> list[Span]:
    """Return the starts, both ends included, that fit into the change hours of every market."""
    found = [horizon]
    for code in sorted(item.markets):
        market = ground.estate.markets.get(code)
        if market is not None and market.change_hours:
            found = _both(found, _fitting(market, shape, horizon))
    return found


def _fitting(market: Market, shape: Shape, horizon: Span) -> list[Span]:
    hours = joined(change_spans(market, horizon.since - _DAY, horizon.until + _DAY))
    return [
        Span(each.since, each.until - shape.needed) for each in hours if each.length >= shape.needed
    ]


def _both(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return what two lists of closed spans, each in order, share."""
    found, at, beside = [], 0, 0
    while at < len(one) and beside < len(other):
        since = max(one[at].since, other[beside].since)
        until = min(one[at].until, other[beside].until)
        if since <= until:
            found.append(Span(since, until))
        if one[at].until <= other[beside].until:
            at += 1
        else:
            beside += 1
    return found


def _taken(ground: Ground, item: Item, shape: Shape, index: Index, horizon: Span) -> Iterator[Span]:
    """Yield the starts, both ends left out, at which something else is in the way."""
    reach = Span(horizon.since - shape.before, horizon.until + shape.after)
    others = [each for each in index.items if each.key != item.key and overlap(each.span, reach)]
    for other in others:
        if other.kind is Kind.FREEZE:
            if other.is_hard and ground.is_on("C7") and holds(other, item):
                yield Span(other.span.since - shape.needed, other.span.until)
        elif blocks(ground, item, other):
            yield _in_the_way(shape, other.span)
    for span in _short(ground, item, others):
        yield _in_the_way(shape, span)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans without their ends, in order, those that overlap as one.

    Two that only touch stay two: what just fits between them may begin there.
    """
    found: list[Span] = []
    for each in sorted(spans):
        if found and each.since < found[-1].until:
            found[-1] = Span(found[-1].since, max(found[-1].until, each.until))
        else:
            found.append(each)
    return found


def _in_the_way(shape: Shape, span: Span) -> Span:
    return Span(span.since - shape.after, span.until + shape.before)


def blocks(ground: Ground, item: Item, other: Item) -> bool:
    """Tell whether the two may never overlap: a rule blocks, or somebody would be needed twice."""
    if item.people & other.people or item.vendors & other.vendors:
        return True
    touched = item.components.keys()
    uses = item.gates | item.rollback_needs
    others = other.gates | other.rollback_needs
    if not (
        touched & other.components.keys() or uses & other.components.keys() or touched & others
    ):
        return False
    found = [
        *places.same_component(ground, item, other, other.span),
        *places.gates_and_roll_back(ground, item, other, other.span),
    ]
    return any(each.level is Level.BLOCK for each in found)


def _short(ground: Ground, item: Item, others: Sequence[Item]) -> Iterator[Span]:
    """Yield when a redundancy group would be below what it needs if ``item`` were at work too."""
    if not ground.is_on("C3"):
        return
    milder = ground.level("C3", is_milder=True) is Level.BLOCK
    if not milder and ground.level("C3") is not Level.BLOCK:
        return
    lost = redundancy.lost_by(ground.estate, item)
    for group, partners in _partners(ground, lost, others).items():
        mine = lost[group]
        for stretch, here in _sweep(partners):
            gone = mine.union(*(each.lost for each in here))
            adds = any(_adds(mine, each.lost) for each in here)
            if adds and (milder or len(group.members) - len(gone) < group.need):
                yield stretch


def _partners(
    ground: Ground, lost: redundancy.Lost, others: Sequence[Item]
) -> dict[Group, list[redundancy.Partner]]:
    """Return by group who takes members out of it, whenever; each of the others is asked once."""
    members = {each for group in lost for each in group.members}
    reaching = members | below(ground.estate, members)
    found: dict[Group, list[redundancy.Partner]] = {}
    for other in others:
        if other.kind is Kind.FREEZE or reaching.isdisjoint(other.components):
            continue
        for group, theirs in redundancy.lost_by(ground.estate, other).items():
            if group in lost:
                found.setdefault(group, []).append(redundancy.Partner(other, theirs, other.span))
    return found


def _adds(lost: frozenset[str], theirs: frozenset[str]) -> bool:
    return lost | theirs not in (lost, theirs)


def _sweep(
    partners: Sequence[redundancy.Partner],
) -> Iterator[tuple[Span, list[redundancy.Partner]]]:
    """Yield the stretches between everything that begins or ends, with who is at work then."""
    edges = sorted(
        (at, begins, number)
        for number, each in enumerate(partners)
        for at, begins in ((each.shared.since, True), (each.shared.until, False))
    )
    active: set[int] = set()
    before: datetime | None = None
    for at, begins, number in edges:
        if active and before is not None and at > before:
            yield Span(before, at), [partners[each] for each in sorted(active)]
        (active.add if begins else active.discard)(number)
        before = at


def _starts(allowed: Sequence[Span], taken: Sequence[Span], grid: timedelta) -> Iterator[datetime]:
    """Yield the first start of each stretch that is allowed and not taken, on the grid."""
    at = 0
    for stretch in allowed:
        start = _up(stretch.since, grid)
        while at < len(taken) and taken[at].until <= start:
            at += 1
        beside = at
        while beside < len(taken) and taken[beside].since < start:
            start = _up(max(start, taken[beside].until), grid)
            beside += 1
        if start <= stretch.until:
            yield start


def _up(at: datetime, grid: timedelta) -> datetime:
    """Return the next instant on the grid, ``at`` itself when it lies on it."""
    return at + (_EPOCH - at) % grid
