"""Which alerts a reader sees: those of the reader's markets, and those of what they stand on."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

_SEE = Permission.ALERT_SEE


def visible_alerts(
    work: Work,
    market: InstrumentedAttribute[str],
    component: InstrumentedAttribute[str],
    permission: Permission = _SEE,
) -> ColumnElement[bool]:
    """Return the condition that keeps other people's alerts out of sight.

    An alert that names no market is about what several share: it is seen from each of them.
    """
    held = work.actor.markets(permission)
    if EVERYWHERE in held:
        return true()
    return or_(market.in_(held), and_(market == "", component.in_(_shared(work, held))))


def require_alert(work: Work, market: str, component: str) -> None:
    """Refuse who may not see one alert."""
    held = work.actor.markets(_SEE)
    if market or EVERYWHERE in held or component not in _shared(work, held):
        work.require(_SEE, market or EVERYWHERE)


def _shared(work: Work, held: Collection[str]) -> list[str]:
    """Return the components of several markets, one of them the reader's."""
    components = estate_queries.current(work).components.values()
    return [
        each.key
        for each in components
        if len(each.markets) > 1 and any(code in held for code in each.markets)
    ]
