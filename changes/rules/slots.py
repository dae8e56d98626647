"""The next free slot: when a change may run without being blocked. Pure, by spans not by trying.

A start is good when execution with its roll-back fits into the change hours of every market and
meets no hard freeze, and when all the change occupies meets nothing that would block it and nobody
who is needed twice. Everything becomes forbidden starts; what is left is searched in order.
"""

from bisect import bisect_right
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
from ssoc.estate.local_hours import change_spans, peak_spans
from ssoc.estate.values import Estate, Market

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
    horizon = horizon_of(ground, shape, now)
    found = first_in(ground, item, shape, index.items, horizon)
    calm = calmer(ground, item, shape, found, horizon) if found else []
    return (calm and first_left(ground, item, shape, index.items, calm)) or found


def calmer(ground: Ground, item: Item, shape: Shape, slot: Slot, horizon: Span) -> list[Span]:
    """Return the starts of the day after a slot in peak hours that lie outside them.

    Peak hours do not block, but nobody chooses them who need not: a quieter start within a day is
    taken instead. Empty when the slot meets no peak hours.
    """
    until = min(horizon.until, slot.starts_at + _DAY)
    reach = Span(slot.starts_at, until + shape.needed)
    known = (ground.estate.markets.get(each) for each in sorted(item.held))
    peaks = [span for market in known if market for span in peak_spans(market, *reach)]
    if not any(overlap(each, Span(reach.since, reach.since + shape.needed)) for each in peaks):
        return []
    starts = allowed(ground, item, shape, Span(slot.starts_at, until))
    return without(starts, (Span(each.since - shape.needed, each.until) for each in peaks))


def horizon_of(ground: Ground, shape: Shape, now: datetime) -> Span:
    """Return the starts that are looked at, both ends included."""
    return Span(now + shape.before, now + timedelta(days=ground.terms.slots.horizon_days))


def first_in(
    ground: Ground, item: Item, shape: Shape, others: Iterable[Item], starts: Span
) -> Slot | None:
    """Return the first free slot that begins in a stretch, both of its ends included."""
    return first_left(ground, item, shape, others, allowed(ground, item, shape, starts))


def first_left(
    ground: Ground, item: Item, shape: Shape, others: Iterable[Item], free: Sequence[Span]
) -> Slot | None:
    """Return the first free slot of the starts that are left; each of the others is asked once.

    What forbids no start that is still left is not looked at any further.
    """
    taken, rest = list[Span](), list[Item]()
    for other in others:
        way = _way_of(ground, item, shape, other)
        if other.key == item.key or way is None or not meets(free, way):
            continue
        if other.kind is Kind.FREEZE or blocks(ground, item, other):
            taken.append(way)
        else:
            rest.append(other)
    free = without(free, taken)
    rest = [each for each in rest if meets(free, in_the_way(shape, each.span))]
    free = without(free, (in_the_way(shape, each) for each in _short(ground, item, rest)))
    grid = timedelta(minutes=ground.terms.slots.grid_minutes)
    start = next((at for each in free if (at := _up(each.since, grid)) <= each.until), None)
    return Slot(start, start + shape.window) if start else None


def longest_common(ground: Ground, item: Item, now: datetime) -> timedelta | None:
    """Return the longest stretch that the change hours of all markets of an item share.

    None where no market has such hours: then any time will do.
    """
    horizon = Span(now, now + timedelta(days=ground.terms.slots.horizon_days))
    found, has_hours = [horizon], False
    for code in sorted(item.held):
        market = ground.estate.markets.get(code)
        if market is not None and market.change_hours:
            has_hours = True
            found = _both(found, joined(change_spans(market, *horizon)))
    return max((each.length for each in found), default=timedelta()) if has_hours else None


def allowed(ground: Ground, item: Item, shape: Shape, horizon: Span) -> list[Span]:
    """Return the starts, both ends included, that fit into the change hours of every market."""
    found = [horizon]
    for code in sorted(item.held):
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


def _way_of(ground: Ground, item: Item, shape: Shape, other: Item) -> Span | None:
    """Return the starts, both ends left out, that something else forbids if it is in the way."""
    if other.kind is not Kind.FREEZE:
        return in_the_way(shape, other.span)
    if other.is_hard and ground.is_on("C7") and holds(other, item):
        return Span(other.span.since - shape.needed, other.span.until)
    return None


def in_the_way(shape: Shape, span: Span) -> Span:
    """Return the starts, both ends left out, at which all the change occupies meets ``span``."""
    return Span(span.since - shape.after, span.until + shape.before)


def meets(free: Sequence[Span], way: Span) -> bool:
    """Tell whether a span without its ends meets one of the closed stretches, given in order."""
    at = bisect_right(free, way.since, key=_until)
    return at < len(free) and free[at].since < way.until


def without(free: Sequence[Span], ways: Iterable[Span]) -> list[Span]:
    """Return closed stretches less spans without their ends, which may leave a single instant."""
    taken, found, at = _merged(ways), list[Span](), 0
    for stretch in free:
        since = stretch.since
        while at < len(taken) and taken[at].until <= since:
            at += 1
        beside = at
        while beside < len(taken) and taken[beside].since < stretch.until:
            if since <= taken[beside].since:
                found.append(Span(since, taken[beside].since))
            since = max(since, taken[beside].until)
            beside += 1
        if since <= stretch.until:
            found.append(Span(since, stretch.until))
    return found


def _until(span: Span) -> datetime:
    return span.until


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


def blocks(ground: Ground, item: Item, other: Item) -> bool:
    """Tell whether the two may never overlap: a rule blocks, or somebody would be needed twice."""
    if item.people & other.people or item.vendors & other.vendors:
        return True
    shared = item.components.keys() & other.components.keys()
    rules = {places.rule_of(ground, item, other, each) for each in shared}
    if ground.blocks("C6") and (_uses(item, other) or _uses(other, item)):
        rules.add("C6")
    return any(map(ground.blocks, rules))


def _uses(one: Item, other: Item) -> bool:
    """Tell whether one is judged by something the other touches, or would roll back with it."""
    changed = other.components.keys()
    return not (changed.isdisjoint(one.gates) and changed.isdisjoint(one.rollback_needs))


def certain_parts(ground: Ground, item: Item) -> frozenset[str]:
    """Return the components that nothing else may touch meanwhile, wherever it is for."""
    touched = item.components.keys() if ground.blocks("C1") and ground.blocks("C4") else ()
    uses = item.gates | item.rollback_needs if ground.blocks("C6") else ()
    return frozenset({*touched, *uses})


def near_parts(ground: Ground, item: Item) -> frozenset[str]:
    """Return the components that something must touch to be in the way because of what it touches.

    What is not among them is in the way by its gates, its roll-back, its people or not at all.
    """
    direct = item.components.keys() | item.gates | item.rollback_needs
    return frozenset(direct | _reaching(ground.estate, _losable(ground, item)))


def _losable(ground: Ground, item: Item) -> redundancy.Lost:
    """Return the groups an item takes from and of which others could take more, if C3 blocks."""
    levels = (ground.level("C3"), ground.level("C3", is_milder=True))
    if not ground.is_on("C3") or Level.BLOCK not in levels:
        return {}
    lost = redundancy.lost_by(ground.estate, item)
    return {group: mine for group, mine in lost.items() if mine != group.members}


def _reaching(estate: Estate, groups: Iterable[Group]) -> frozenset[str]:
    members = {each for group in groups for each in group.members}
    return frozenset(members | below(estate, members))


def _short(ground: Ground, item: Item, others: Sequence[Item]) -> Iterator[Span]:
    """Yield when a redundancy group would be below what it needs if ``item`` were at work too."""
    lost = _losable(ground, item)
    milder = ground.level("C3", is_milder=True) is Level.BLOCK
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
    reaching = _reaching(ground.estate, lost)
    found: dict[Group, list[redundancy.Partner]] = {}
    for other in others:
        if reaching.isdisjoint(other.components):
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


def _up(at: datetime, grid: timedelta) -> datetime:
    """Return the next instant on the grid, ``at`` itself when it lies on it."""
    return at + (_EPOCH - at) % grid
