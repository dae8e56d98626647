"""The smallest set of tests that we find in which every pair of values meets. Pure.

Greedy, as in the family of AETG and IPO: of all combinations that exist, take the one that brings
most pairs not met yet; ties go to the first in the order of the values, so that the answer is
always the same. Greedy does not prove that no smaller set exists. Three values that only fail
together may be missed: the screen says so.

Source: D. M. Cohen, S. R. Dalal, M. L. Fredman, G. C. Patton (1997), IEEE Trans. Softw. Eng.
23(7), 437-444; Y. Lei, K.-C. Tai (1998), Proc. HASE, 254-261.
"""

import heapq
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations, product
from math import prod

MOST_COMBINATIONS = 50_000
Combination = tuple[str, ...]
Pair = tuple[int, str, int, str]


def pairs_of(combination: Combination) -> Iterator[Pair]:
    """Return the pairs in a combination: place and value, twice."""
    for (at, value), (other_at, other) in combinations(enumerate(combination), 2):
        yield at, value, other_at, other


def pairwise(
    factors: Sequence[Sequence[str]],
    exists: Callable[[Combination], bool] = lambda _: True,
    seeds: Collection[Combination] = (),
) -> list[Combination]:
    """Return combinations in which every pair that exists is met at least once.

    Args:
        factors: the values of each factor, in order.
        exists: tells of a combination whether it can be tested at all.
        seeds: combinations that are in the set already, because somebody tested them.

    Raises:
        ValueError: there are too many combinations to look at.

    """
    if prod(len(each) for each in factors) > MOST_COMBINATIONS:
        raise ValueError(f"more than {MOST_COMBINATIONS} combinations; split the matrix")
    possible = [each for each in product(*factors) if exists(each)]
    known = set(seeds)
    chosen = [each for each in possible if each in known]
    open_pairs = {pair for each in possible for pair in pairs_of(each)}
    for each in chosen:
        open_pairs.difference_update(pairs_of(each))
    return chosen + _greedy(possible, open_pairs)


def _greedy(possible: Sequence[Combination], open_pairs: set[Pair]) -> list[Combination]:
    """Take what brings most, again and again; gains only shrink, so old ones are upper bounds."""
    found = []
    heap = [(-_gain(each, open_pairs), at) for at, each in enumerate(possible)]
    heapq.heapify(heap)
    while open_pairs and heap:
        was, at = heapq.heappop(heap)
        now = -_gain(possible[at], open_pairs)
        if now != was:
            if now:
                heapq.heappush(heap, (now, at))
            continue
        found.append(possible[at])
        open_pairs.difference_update(pairs_of(possible[at]))
    return found


def _gain(combination: Combination, open_pairs: set[Pair]) -> int:
    return sum(pair in open_pairs for pair in pairs_of(combination))
