"""C3: who takes members out of the same redundancy group at the same time. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from changes.lifecycle import Effect
from changes.rules.collisions.ground import Ground
from changes.rules.collisions.items import Finding, Item, overlap
from changes.rules.neighbourhood import Group, Held, groups_of, spread
from ssoc.core.calendar import Span
from ssoc.estate.values import Estate

Lost = Mapping[Group, frozenset[str]]
_GONE = {Effect.DOWN, Effect.DEGRADED}


@dataclass(frozen=True)
class Partner:
    """Somebody else who takes members out of a group while the item is at work."""

    item: Item
    lost: frozenset[str]
    shared: Span


def lost_by(estate: Estate, item: Item) -> Lost:
    """Return the members of each group that an item takes out, itself or by what stands on it.

    A member that is touched with any effect is out; one further up when it is down or degraded.
    """
    touched = frozenset(
        (key, effect) for key, effect in item.components.items() if effect is not Effect.NONE
    )
    return _lost(Held(estate), touched)


@lru_cache(maxsize=16_384)
def _lost(held: Held, touched: frozenset[tuple[str, Effect]]) -> Lost:
    of, effects = groups_of(held.estate), dict(touched)
    out = effects.keys() | {
        key for key, effect in spread(held.estate, effects).items() if effect in _GONE
    }
    found: dict[Group, frozenset[str]] = {}
    for component in out:
        for group in of.get(component, ()):
            found[group] = group.members & out
    return found


def same_group(ground: Ground, item: Item, others: Sequence[Item]) -> Iterator[Finding]:
    """Yield C3 for everybody who takes more of a group while ``item`` takes some of it.

    How many are left is counted at the worst moment, with everybody who is at work then: three
    changes that take a node each are worse than any two of them.
    """
    if not ground.is_on("C3"):
        return
    for group, lost in sorted(lost_by(ground.estate, item).items(), key=lambda each: each[0].key):
        partners = partners_in(ground.estate, group, item, others)
        for partner in partners:
            together = lost | partner.lost
            if together in (lost, partner.lost):
                continue
            yield _finding(ground, group, item, lost, partner, partners)


def partners_in(estate: Estate, group: Group, item: Item, others: Sequence[Item]) -> list[Partner]:
    """Return who takes members out of ``group`` while ``item`` lasts."""
    found = []
    for other in others:
        lost = lost_by(estate, other).get(group)
        shared = overlap(item.span, other.span) if lost else None
        if lost and shared:
            found.append(Partner(other, lost, shared))
    return found


def _finding(  # noqa: PLR0913 (each is one word of the sentence)
    ground: Ground,
    group: Group,
    item: Item,
    lost: frozenset[str],
    partner: Partner,
    partners: Sequence[Partner],
) -> Finding:
    gone = _worst(lost, partner, partners)
    left = len(group.members) - len(gone)
    mine, theirs = min(lost - partner.lost), min(partner.lost - lost)
    path = min((mine, group.owner, theirs), (theirs, group.owner, mine))
    is_milder = left >= group.need
    said = (
        f"both take from the same group of {ground.name(group.owner)}: {ground.way(path)}; "
        f"{left} of {len(group.members)} {'is' if left == 1 else 'are'} left, "
        f"{group.need} {'is' if group.need == 1 else 'are'} needed"
    )
    return ground.pair(
        "C3",
        item,
        partner.item,
        group.key,
        said,
        ground.level("C3", is_milder),
        path,
        shared=partner.shared,
    )


def _worst(lost: frozenset[str], partner: Partner, partners: Sequence[Partner]) -> frozenset[str]:
    """Return the members gone at the worst moment while both are at work."""
    moments = {max(each.shared.since, partner.shared.since) for each in partners}
    during = [at for at in moments if partner.shared.since <= at < partner.shared.until]
    return max((_gone_at(lost, partners, at) for at in sorted(during)), key=len)


def _gone_at(lost: frozenset[str], partners: Sequence[Partner], at: datetime) -> frozenset[str]:
    found = set(lost)
    for each in partners:
        if each.shared.since <= at < each.shared.until:
            found |= each.lost
    return frozenset(found)
