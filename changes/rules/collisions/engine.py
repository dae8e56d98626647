"""One item against very many: sorted spans, what hangs together, and every rule in turn. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from changes.rules.collisions import people, places, redundancy, times
from changes.rules.collisions.ground import Ground
from changes.rules.collisions.items import LEVELS, Finding, Item, Kind, overlap
from ssoc.core.calendar import Span

LONG = timedelta(days=2)  # few last longer: they are kept apart, so that the rest is found by time


@dataclass(frozen=True)
class Index:
    """Items by time: the usual ones in order of their beginning, the few long ones beside them."""

    usual: Sequence[Item]
    long: Sequence[Item]
    starts: Sequence[datetime] = field(default=(), repr=False)

    @property
    def items(self) -> Iterator[Item]:
        """Yield every item."""
        yield from self.usual
        yield from self.long

    def during(self, span: Span) -> list[Item]:
        """Return the items that overlap ``span``."""
        first = bisect_left(self.starts, span.since - LONG)
        last = bisect_left(self.starts, span.until)
        near = [*self.usual[first:last], *self.long]
        return [each for each in near if overlap(each.span, span)]


def index_of(items: Iterable[Item]) -> Index:
    """Return items ready to be asked by time."""
    ordered = sorted(items, key=lambda each: (each.span.since, each.key))
    usual = [each for each in ordered if each.span.length <= LONG]
    long = [each for each in ordered if each.span.length > LONG]
    return Index(usual, long, [each.span.since for each in usual])


def findings(ground: Ground, item: Item, index: Index) -> list[Finding]:
    """Return every collision of one item, the worst first; C9 and C10 are reckoned elsewhere."""
    others = [each for each in index.during(item.span) if each.key != item.key]
    found = [*_together(ground, item, others)]
    if item.kind is Kind.CHANGE:
        freezes = [each for each in others if each.kind is Kind.FREEZE]
        found += [*times.outside_hours(ground, item), *times.busy(ground, item, freezes)]
    return in_order(found)


def pair(ground: Ground, one: Item, other: Item) -> list[Finding]:
    """Return every collision of two items, the worst first."""
    return in_order(_together(ground, one, [other]))


def _together(ground: Ground, item: Item, others: Sequence[Item]) -> Iterator[Finding]:
    workers = [each for each in others if Kind.FREEZE not in (item.kind, each.kind)]
    shortages = list(redundancy.same_group(ground, item, workers))
    short_with = {key for each in shortages for key in each.items}
    yield from shortages
    for other in workers:
        shared = overlap(item.span, other.span)
        if shared is None or item.kind is other.kind is Kind.WORKS:
            continue
        same = list(places.same_component(ground, item, other, shared))
        yield from same
        if not same and other.key not in short_with:
            yield from places.near_each_other(ground, item, other, shared)
        yield from people.same_people(ground, item, other, shared)
        yield from places.gates_and_roll_back(ground, item, other, shared)
    for other in others:
        if item.kind is Kind.CHANGE and other.kind is Kind.FREEZE:
            yield from times.frozen(ground, item, other)
        elif item.kind is Kind.FREEZE and other.kind is Kind.CHANGE:
            yield from times.frozen(ground, other, item)


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """Return findings, the worst first, then by rule; of those with one key the worst."""
    by_key: dict[str, Finding] = {}
    for each in found:
        known = by_key.get(each.key)
        if known is None or LEVELS.index(each.level) > LEVELS.index(known.level):
            by_key[each.key] = each
    return sorted(
        by_key.values(), key=lambda each: (-LEVELS.index(each.level), int(each.rule[1:]), each.key)
    )
