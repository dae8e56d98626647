"""C1 same component, C2 near each other, C4 shared across markets, C6 gates and roll-back. Pure."""

from collections.abc import Iterator

from changes.rules.collisions.ground import Ground, order
from changes.rules.collisions.items import Finding, Item
from changes.rules.neighbourhood import Hop, near
from ssoc.core.calendar import Span


def same_component(ground: Ground, one: Item, other: Item, shared: Span) -> Iterator[Finding]:
    """Yield C1 for each component both touch; C4 where it is shared and the markets differ."""
    for component in sorted(one.components.keys() & other.components.keys()):
        rule = rule_of(ground, one, other, component)
        if not ground.is_on(rule):
            continue
        known = ground.estate.components.get(component)
        said = f"both touch {ground.name(component)}"
        if rule == "C4":
            said += (
                f", which {ground.markets(known.markets if known else ())} share, "
                f"though one is for {ground.markets(min(one, other, key=order).markets)} and the "
                f"other for {ground.markets(max(one, other, key=order).markets)}"
            )
        yield ground.pair(rule, one, other, component, said, path=(component,), shared=shared)


def rule_of(ground: Ground, one: Item, other: Item, component: str) -> str:
    """Return which rule says that both touch a component."""
    known = ground.estate.components.get(component)
    is_shared = known is not None and known.is_shared
    return "C4" if is_shared and not one.markets & other.markets else "C1"


def near_each_other(ground: Ground, one: Item, other: Item, shared: Span) -> Iterator[Finding]:
    """Yield C2 once for a pair, over the shortest way between what they touch."""
    if not ground.is_on("C2"):
        return
    first, second = sorted((one, other), key=order)  # the same way whoever asks
    best = min(_ways(ground, first, second), default=None)
    if best is None:
        return
    said = (
        f"are near each other: {ground.way(best.path)}, {best.hops} "
        f"{'hop' if best.hops == 1 else 'hops'}"
    )
    # without a subject: another way between the same two is the same finding
    yield ground.pair("C2", one, other, "", said, path=best.path, shared=shared)


def _ways(ground: Ground, one: Item, other: Item) -> Iterator[Hop]:
    for component in sorted(one.components):
        around = near(ground.estate, component, ground.terms.hops)
        for reached in other.components:
            if reached in around and around[reached].hops > 0:
                yield around[reached]


def gates_and_roll_back(ground: Ground, one: Item, other: Item, shared: Span) -> Iterator[Finding]:
    """Yield C6 where one changes what the other is judged by or would roll back with."""
    if not ground.is_on("C6"):
        return
    for user, changer in ((one, other), (other, one)):
        for use, components in (("gate", user.gates), ("roll-back", user.rollback_needs)):
            for component in sorted(components & changer.components.keys()):
                needs = "is judged by" if use == "gate" else "would roll back with"
                said = (
                    f"do not go together: {_short(changer)} changes {ground.name(component)}, "
                    f"which {_short(user)} {needs}"
                )
                subject = f"{use}:{component}:{user.key}"
                yield ground.pair("C6", one, other, subject, said, path=(component,), shared=shared)


def _short(item: Item) -> str:
    return item.name.partition(" ")[0] if item.kind == "change" else item.name
