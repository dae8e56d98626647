"""Open alerts with their labels, as other tools list them: whole, not page by page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ssoc.core.permissions import Permission
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import Alert, AlertDetail

_AT_ONCE = 1_000


@dataclass(frozen=True)
class WholeAlert:
    """An open alert with everything its source said of it."""

    key: int
    state: AlertState
    severity: Severity
    started_at: datetime
    said_at: datetime
    lease_until: datetime | None
    market: str
    component: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    url: str


def open_alerts(work: Work) -> Iterator[WholeAlert]:
    """Yield open alerts of the actor's markets, worst first and oldest first among equals."""
    held = sorted(work.actor.markets(Permission.ALERT_SEE))
    work.require(Permission.ALERT_SEE, held[0] if held else "")
    rows = work.session.execute(
        select(
            Alert.key,
            Alert.state,
            Alert.severity,
            Alert.started_at,
            Alert.said_at,
            Alert.lease_until,
            Alert.market,
            Alert.component,
            AlertDetail.labels,
            AlertDetail.annotations,
            AlertDetail.url,
        )
        .join(AlertDetail, AlertDetail.key == Alert.key)
        .where(Alert.state < AlertState.RESOLVED)
        .where(work.visible(Alert.market, Permission.ALERT_SEE))
        .order_by(Alert.severity.desc(), Alert.started_at, Alert.key)
        .execution_options(yield_per=_AT_ONCE)
    )
    for key, state, severity, *rest in rows:
        yield WholeAlert(key, AlertState(state), Severity(severity), *rest)
