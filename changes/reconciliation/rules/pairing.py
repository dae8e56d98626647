"""Pairs of lines that agree: grouped by what must be equal, walked in the order of time. Pure.

Nothing here is tried in combinations: lines are sorted once, and each is looked at a fixed number
of times, so that a million equal amounts cost no more than a million different ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from changes.reconciliation.rules.lines import Ints, Marks

WIDE = 1 << 62  # microseconds: any two instants lie closer


def keys(old: Sequence[Ints], new: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return numbers that are equal where all columns are, for both sides."""
    import numpy as np

    columns = [np.concatenate(pair) for pair in zip(old, new, strict=True)]
    order = np.lexsort(columns)
    change = np.zeros(len(order), bool)
    for column in columns:
        ordered = column[order]
        change[1:] |= ordered[1:] != ordered[:-1]
    numbers = np.empty(len(order), np.int32)
    numbers[order] = np.cumsum(change, dtype=np.int32)
    return numbers[: len(old[0])], numbers[len(old[0]) :]


def paired(
    old_key: Ints, new_key: Ints, old_at: Ints, new_at: Ints, window: int = WIDE
) -> tuple[Ints, Ints]:
    """Return indices of lines that pair: the same key, instants at most ``window`` apart.

    Both sides are walked in the order of time, the earliest with the earliest that is near enough;
    no other choice pairs more. Groups of as many lines on both sides that all lie near are done at
    once; what is left is walked line by line.
    """
    import numpy as np

    size = int(max(old_key.max(initial=-1), new_key.max(initial=-1))) + 1
    old_count, new_count = (
        np.bincount(old_key, minlength=size),
        np.bincount(new_key, minlength=size),
    )
    both = (old_count > 0) & (new_count > 0)
    old, new = _in_order(old_key, old_at, both), _in_order(new_key, new_at, both)
    even = both & (old_count == new_count)
    old_even, new_even = old[even[old_key[old]]], new[even[new_key[new]]]
    far = np.abs(old_at[old_even] - new_at[new_even]) > window
    clean = even.copy()
    clean[old_key[old_even[far]]] = False
    easy = clean[old_key[old_even]]
    left_old, left_new = old[~clean[old_key[old]]], new[~clean[new_key[new]]]
    more_old, more_new = _walked(
        old_key[left_old], new_key[left_new], old_at[left_old], new_at[left_new], window
    )
    return (
        np.concatenate([old_even[easy], left_old[more_old]]),
        np.concatenate([new_even[easy], left_new[more_new]]),
    )


def _in_order(key: Ints, at: Ints, wanted: Marks) -> Ints:
    """Return the lines of the wanted keys by key and time."""
    import numpy as np

    chosen = np.flatnonzero(wanted[key])
    return chosen[np.lexsort((at[chosen], key[chosen]))]


def _walked(
    old_key: Ints, new_key: Ints, old_at: Ints, new_at: Ints, window: int
) -> tuple[Ints, Ints]:
    import numpy as np

    a_key, b_key = old_key.tolist(), new_key.tolist()
    a_at, b_at = old_at.tolist(), new_at.tolist()
    olds, news, a, b = [], [], 0, 0
    while a < len(a_key) and b < len(b_key):
        if a_key[a] != b_key[b]:
            ahead = a_key[a] < b_key[b]
            a, b = a + ahead, b + (not ahead)
        elif abs(a_at[a] - b_at[b]) <= window:
            olds.append(a)
            news.append(b)
            a, b = a + 1, b + 1
        else:
            ahead = a_at[a] < b_at[b]
            a, b = a + ahead, b + (not ahead)
    return np.array(olds, np.int64), np.array(news, np.int64)
