"""Several lines of one reference that add up to one of the other side. Pure, and bounded.

Tried, in this order, for each line that is left over, against what is left over across within the
time window: all of them together; equal ones, as many as it takes; any of at most twelve, by sums
of two halves (two times 64 sums). More is not searched: what then stays is a break, and the page
says why. Where both sides have more than fifty lines left under one reference, only equal amounts
are added, by one walk in the order of time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MOST_SEARCHED = 12  # lines that are tried in every combination
MOST_TARGETS = 50  # lines across that are looked at one by one, when there are as many here


class Part(NamedTuple):
    """One line that is left over; ordered by time, then by amount."""

    at: int
    amount: int
    line: int


@dataclass(frozen=True)
class Bundle:
    """What is left of one reference on one side, in the order of time and amount."""

    at: Sequence[int]
    amount: Sequence[int]
    index: Sequence[int]

    def __len__(self) -> int:
        """Return how many lines it has."""
        return len(self.index)

    @property
    def parts(self) -> list[Part]:
        """Return its lines one by one."""
        return list(map(Part, self.at, self.amount, self.index))


Sum = tuple[int, list[int]]  # the one line, and the several that add up to it


def are_many(one: Bundle, other: Bundle) -> bool:
    """Tell whether both have too many lines to look at each against each."""
    return min(len(one), len(other)) > MOST_TARGETS


def adding_up(targets: Bundle, parts: Bundle, window: int) -> list[Sum]:
    """Return which parts make up which target; no part is used twice."""
    if are_many(targets, parts):
        return list(_walked(targets, parts, window))
    found, free = [], parts.parts
    for target in targets.parts:
        first = bisect_left(free, target.at - window, key=lambda each: each.at)
        last = bisect_right(free, target.at + window, key=lambda each: each.at)
        near = free[first:last]
        chosen = _chosen(target.amount, near) if len(near) > 1 else []
        if chosen:
            used = set(chosen)
            found.append((target.line, [near[each].line for each in chosen]))
            kept = [each for at, each in enumerate(near) if at not in used]
            free[first:last] = kept
    return found


def _chosen(wanted: int, parts: Sequence[Part]) -> Sequence[int]:
    """Return places of parts that add up to ``wanted``; empty when none were found."""
    if sum(each.amount for each in parts) == wanted:
        return range(len(parts))
    if len({each.amount for each in parts}) == 1:
        return range(_times(wanted, parts[0].amount, len(parts)))
    if len(parts) <= MOST_SEARCHED:
        return _searched(wanted, parts)
    return ()


def _times(wanted: int, amount: int, most: int) -> int:
    """Return how often ``amount`` makes up ``wanted``; 0 when it does not, or not by several."""
    if amount == 0 or wanted % amount:
        return 0
    times = wanted // amount
    return times if 2 <= times <= most else 0


def _searched(wanted: int, parts: Sequence[Part]) -> Sequence[int]:
    """Return the fewest parts that add up, the earliest of them; sums of two halves meet."""
    amounts = [each.amount for each in parts]
    half = len(amounts) // 2
    right: dict[int, list[int]] = {}
    for places, total in _sums(amounts, half, len(amounts)):
        if total not in right or (len(places), places) < (len(right[total]), right[total]):
            right[total] = places
    best: list[int] = []
    for places, total in _sums(amounts, 0, half):
        rest = right.get(wanted - total)
        if rest is not None and len(places) + len(rest) > 1:
            both = places + rest
            if not best or (len(both), both) < (len(best), best):
                best = both
    return best


def _sums(amounts: Sequence[int], first: int, last: int) -> Iterator[tuple[list[int], int]]:
    """Yield every choice of the places from ``first`` to ``last`` with its sum."""
    known: list[tuple[list[int], int]] = [([], 0)]
    for at in range(first, last):
        known += [([*places, at], total + amounts[at]) for places, total in known]
    yield from known


def _walked(targets: Bundle, parts: Bundle, window: int) -> Iterator[Sum]:
    """Yield sums of equal amounts, by one walk along both."""
    if not parts.amount or parts.amount.count(parts.amount[0]) != len(parts):
        return
    amount, start, size = parts.amount[0], 0, len(parts)
    for at, wanted, index in zip(targets.at, targets.amount, targets.index, strict=True):
        while start < size and parts.at[start] < at - window:
            start += 1
        times = _times(wanted, amount, size - start)
        if times and parts.at[start + times - 1] <= at + window:
            yield index, list(parts.index[start : start + times])
            start += times
