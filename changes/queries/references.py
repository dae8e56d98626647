"""Changes by the numbers that people and tools call them."""

import re
from collections.abc import Sequence

from sqlalchemy import or_, select

from changes.models import Change
from changes.queries import views
from changes.values import ChangeView
from ssoc.core.work import Work

_OURS = re.compile(r"CHG-([1-9]\d{0,17})", re.IGNORECASE)
MOST = 20


def changes_named(work: Work, names: Sequence[str]) -> list[ChangeView]:
    """Return the changes that ``names`` stand for, in their order; unseen ones stay out.

    ``CHG-12`` is ours; anything else is the number that another tool gave to an imported one.
    """
    asked = list(dict.fromkeys(name.strip()[:64] for name in names if name.strip()))[:MOST]
    if not asked:
        return []
    ours = {int(found[1]): name for name in asked if (found := _OURS.fullmatch(name))}
    outside = {name.upper(): name for name in asked}
    wanted = select(Change).where(
        or_(Change.id.in_(ours), Change.external_reference.in_([*outside, *asked])),
        views.is_visible(work),
    )
    rows = [
        row
        for row in work.session.scalars(wanted.order_by(Change.id))
        if not row.is_unauthorised or row.id in ours
    ]
    found_ones = views.changes_of(work, rows)
    places = {name: at for at, name in enumerate(asked)}

    def place(change: ChangeView) -> int:
        other = outside.get(change.external_reference.upper(), change.external_reference)
        return places.get(ours.get(change.id, other), len(places))

    return sorted(found_ones, key=place)
