"""C5: nobody works on two things at once, neither we nor the engineer of a vendor. Pure."""

from collections.abc import Iterator

from changes.rules.collisions.ground import Ground
from changes.rules.collisions.items import Finding, Item
from ssoc.core.calendar import Span


def same_people(ground: Ground, one: Item, other: Item, shared: Span) -> Iterator[Finding]:
    """Yield C5 for each person and each vendor's engineer needed by both at the same time."""
    if not ground.is_on("C5"):
        return
    for person in sorted(one.people & other.people):
        who = min(each.called.get(person, person) for each in (one, other))
        yield ground.pair("C5", one, other, f"person:{person}", f"both need {who}", shared=shared)
    for vendor in sorted(one.vendors & other.vendors):
        said = f"both need an engineer of {vendor}"
        yield ground.pair("C5", one, other, f"vendor:{vendor}", said, shared=shared)
