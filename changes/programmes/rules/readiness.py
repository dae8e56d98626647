"""Is a site ready: each item of the template against what was found last. Pure.

An item is met by a pass that has not expired, or by a waiver that has not; one that does not
apply stops nothing and is not counted among those met. Nothing found is not a pass. Items that are
counted elsewhere, training and interfaces, are met by that count alone, unless somebody waived them
or wrote why they do not apply: a tick cannot stand for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from changes.rules.programme_terms import ReadinessItem

SHOWN = 2  # items that lack are named so far, the rest is counted
COUNTED = ("training", "interfaces")  # items whose result other parts of programmes know


class Result(StrEnum):
    """What was found about one item."""

    PASS = "pass"  # noqa: S105 (a word, not a secret)
    FAIL = "fail"
    WAIVED = "waived"
    NOT_APPLICABLE = "n/a"


class ItemState(StrEnum):
    """How an item stands now."""

    PASS = "pass"  # noqa: S105 (a word, not a secret)
    FAIL = "fail"
    WAIVED = "waived"
    NOT_APPLICABLE = "does not apply"
    EXPIRED = "expired"
    UNKNOWN = "not looked at"


MET = frozenset({ItemState.PASS, ItemState.WAIVED, ItemState.NOT_APPLICABLE})
DECIDED = frozenset({Result.WAIVED, Result.NOT_APPLICABLE})  # by who decides, with a reason
_STATES = {
    Result.PASS: ItemState.PASS,
    Result.WAIVED: ItemState.WAIVED,
    Result.NOT_APPLICABLE: ItemState.NOT_APPLICABLE,
}
_DECIDED = {_STATES[each] for each in DECIDED}
_EXPIRED = {Result.WAIVED: "waiver", Result.NOT_APPLICABLE: 'word "does not apply"'}


class Found(NamedTuple):
    """A result as somebody recorded it; made in thousands for a board, as items are."""

    item: str
    result: Result
    evidence: str
    by: str
    at: datetime
    expires_at: datetime | None = None


class ItemStanding(NamedTuple):
    """One line of the sheet as it stands now; ``why`` is empty once it is met."""

    key: str
    title: str
    is_hard: bool
    state: ItemState
    why: str = ""
    found: Found | None = None
    is_counted: bool = False  # by a part of programmes; people can only waive it

    @property
    def is_met(self) -> bool:
        """Tell whether it is passed, waived or does not apply, and that still counts."""
        return self.state in MET


@dataclass(frozen=True)
class Counted:
    """What another part of programmes knows about an item."""

    is_met: bool
    why: str = ""


@dataclass(frozen=True)
class ReadinessStanding:
    """The whole sheet of one site."""

    items: Sequence[ItemStanding]

    @property
    def lacking(self) -> Sequence[ItemStanding]:
        """Return the hard items that are not met."""
        return tuple(each for each in self.items if each.is_hard and not each.is_met)

    @property
    def is_met(self) -> bool:
        """Tell whether every hard item is met."""
        return not self.lacking

    @property
    def done(self) -> int:
        """Return how many items are met; one that does not apply is none of them."""
        return sum(each.is_met for each in self.items) - len(self.left_out)

    @property
    def left_out(self) -> Sequence[ItemStanding]:
        """Return the items that do not apply, as somebody wrote down with a reason."""
        return tuple(each for each in self.items if each.state is ItemState.NOT_APPLICABLE)

    @property
    def why(self) -> str:
        """Return what lacks, in words; empty when nothing does."""
        shown = [f"{each.title}: {each.why}" for each in self.lacking[:SHOWN]]
        more = len(self.lacking) - SHOWN
        return "; ".join([*shown, f"and {more} more" if more > 0 else ""]).rstrip("; ")


def standing(
    template: Mapping[str, ReadinessItem],
    found: Iterable[Found],
    counted: Mapping[str, Counted],
    now: datetime,
) -> ReadinessStanding:
    """Return how a site's sheet stands at ``now``; of each item the newest result counts."""
    newest = {each.item: each for each in sorted(found, key=lambda each: each.at)}
    return ReadinessStanding(
        tuple(
            _item(key, item, newest.get(key), counted.get(key), now)
            for key, item in template.items()
        )
    )


def _item(
    key: str, item: ReadinessItem, found: Found | None, counted: Counted | None, now: datetime
) -> ItemStanding:
    state, why = _state(found, now)
    if counted is not None and state not in _DECIDED:
        state = ItemState.PASS if counted.is_met else ItemState.FAIL
        why = "" if counted.is_met else counted.why
    return ItemStanding(key, item.title, item.is_hard, state, why, found, counted is not None)


def _state(found: Found | None, now: datetime) -> tuple[ItemState, str]:
    if found is None:
        return ItemState.UNKNOWN, "nobody has looked"
    if found.result is Result.FAIL:
        said = f": {found.evidence}" if found.evidence else ""
        return ItemState.FAIL, f"failed on {found.at:%d %b}{said}; mend it, then record a pass"
    if found.expires_at is not None and found.expires_at <= now:
        word = _EXPIRED.get(found.result, "pass")
        return ItemState.EXPIRED, f"the {word} expired on {found.expires_at:%d %b}; look again"
    return _STATES[found.result], ""
