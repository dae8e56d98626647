"""What stands in the store for given keys: asked by doors that hear the same alert twice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import Alert

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
