"""What stands in the store for given keys or places: asked by doors and by the correlator."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select

from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import IS_OPEN, Alert, AlertTransition
from ssoc.monitoring.report import place_of

_AT_ONCE = 500


@dataclass(frozen=True)
class KnownAlert:
    """An alert as it stands, in the few words a door needs."""

    key: int
    state: AlertState
    way: str
    said_at: datetime
    lease_until: datetime | None
    market: str
    name: str
    service: str
    instance: str
    summary: str


def any_waiting(work: Work) -> bool:
    """Tell whether a transition waits to be taken."""
    waiting = select(AlertTransition.id).where(AlertTransition.taken_at.is_(None)).limit(1)
    return work.session.scalar(waiting) is not None


def known_alerts(work: Work, keys: Collection[int]) -> dict[int, KnownAlert]:
    """Return the alerts of ``keys`` that are stored; for machines, so not limited to markets."""
    wanted = sorted(set(keys))
    found: dict[int, KnownAlert] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = work.session.execute(
            select(
                Alert.key,
                Alert.state,
                Alert.way,
                Alert.said_at,
                Alert.lease_until,
                Alert.market,
                Alert.name,
                Alert.service,
                Alert.instance,
                Alert.summary,
            ).where(Alert.key.in_(wanted[start : start + _AT_ONCE]))
        )
        for key, state, *rest in rows:
            found[key] = KnownAlert(key, AlertState(state), *rest)
    return found


class Speaker(NamedTuple):
    """Who tells of alerts in a market."""

    source: str
    market: str


def speakers(work: Work, places: Collection[str]) -> dict[str, set[Speaker]]:
    """Return who brought the open alerts of components or unknown places; for machines."""
    wanted = sorted(set(places))
    found: dict[str, set[Speaker]] = defaultdict(set)
    for start in range(0, len(wanted), _AT_ONCE):
        here = at_places(wanted[start : start + _AT_ONCE])
        rows = work.session.execute(
            select(Alert.component, Alert.market, Alert.name, Alert.lease_by, Alert.source)
            .where(IS_OPEN, here)
            .distinct()
        )
        for component, market, name, lease_by, source in rows:
            owner = lease_by.partition(" ")[2] or source
            found[place_of(component, market, name)].add(Speaker(owner, market))
    return found


def at_places(places: Collection[str]) -> ColumnElement[bool]:
    """Return the condition for alerts at components, or at ``?market/name`` that nobody knows."""
    unknown = [each[1:].partition("/") for each in places if each.startswith("?")]
    lost = [
        and_(Alert.component == "", Alert.market == market.replace("-", ""), Alert.name == name)
        for market, _, name in unknown
    ]
    return or_(Alert.component.in_(sorted(places)), *lost)
