"""Alerts that were resolved long ago, read back from the archive."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ssoc.core.errors import NotFound
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import AlertArchive
from ssoc.monitoring.queries.scope import require_alert
from ssoc.monitoring.queries.shapes import AlertPage, AlertRow, ChangeOfAlert, SourceOfAlert
from ssoc.monitoring.report import hex_of

_PLAIN = ("market", "component", "name", "service", "instance", "summary", "source", "way")
_DETAIL = ("labels", "annotations", "url", "severity_word")


def archived(work: Work, key: int) -> AlertPage:
    """Return the alert as it went into the archive last, or raise NotFound or NotAllowed."""
    row = work.session.scalar(
        select(AlertArchive)
        .where(AlertArchive.key == key)
        .order_by(AlertArchive.resolved_at.desc(), AlertArchive.id.desc())
        .limit(1)
    )
    if row is None:
        raise NotFound(f"no alert {hex_of(key)}; it may be older than the archive is kept")
    require_alert(work, row.market, str(row.body["alert"]["component"]))
    body = row.body
    changes = sorted(map(_change, body["changes"]), key=lambda each: -each.number)
    return AlertPage(_row(body["alert"], body["detail"]), _sources(body), changes)


def _row(alert: Mapping[str, Any], detail: Mapping[str, Any]) -> AlertRow:
    return AlertRow(
        key=alert["key"],
        state=AlertState(alert["state"]),
        severity=Severity(alert["severity"]),
        started_at=datetime.fromisoformat(alert["started_at"]),
        said_at=datetime.fromisoformat(alert["said_at"]),
        lease_until=None,
        resolved_at=datetime.fromisoformat(alert["resolved_at"]),
        changes=alert["changes"],
        repeats=alert["repeats"],
        **{name: alert[name] for name in _PLAIN},
        **{name: detail[name] for name in _DETAIL if name in detail},
    )


def _sources(body: Mapping[str, Any]) -> list[SourceOfAlert]:
    return [
        SourceOfAlert(each["source"], each["way"], datetime.fromisoformat(each["first_at"]))
        for each in body["sources"]
    ]


def _change(row: Mapping[str, Any]) -> ChangeOfAlert:
    return ChangeOfAlert(
        row["number"],
        AlertState(row["state"]),
        Severity(row["severity"]),
        None if row["was_state"] is None else AlertState(row["was_state"]),
        None if row["was_severity"] is None else Severity(row["was_severity"]),
        datetime.fromisoformat(row["started_at"]),
        datetime.fromisoformat(row["at"]),
    )
