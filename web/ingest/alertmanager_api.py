"""Alertmanager API, versions 2 and 1: alerts as Prometheus and amtool post them."""

from datetime import datetime
from typing import Any

from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report
from web.ingest.instants import instant
from web.ingest.parsed import (
    BadItem,
    Fault,
    Origin,
    Parsed,
    items,
    link_of,
    mapping,
    notes_of,
    report_of,
)
from web.ingest.severities import is_known


def parse(payload: object, origin: Origin) -> Parsed:
    """Read a list of alerts; a bad one is a fault, the others are kept.

    Raises:
        BadItem: the payload is no list.

    """
    parsed = Parsed()
    for index, item in enumerate(items(payload, "the body")):
        try:
            report = _alert(mapping(item, "an alert"), origin)
        except BadItem as error:
            parsed.faults.append(Fault(error.kind, str(error), index))
            continue
        if not is_known(report.severity_word):
            word = f"severity {report.severity_word!r} of {report.name} is read as warning"
            parsed.notes.append(Fault("unknown severity", word, index))
        parsed.reports.append(report)
    return parsed


def _alert(item: dict[str, Any], origin: Origin) -> Report:
    identity = origin.recognise(mapping(item.get("labels"), "labels"), origin.market)
    started_at, ends_at = _span(item, origin)
    over = ends_at <= origin.now
    return report_of(
        origin,
        identity,
        AlertState.RESOLVED if over else AlertState.FIRING,
        started_at,
        notes_of(item.get("annotations"), origin.limits),
        lease_until=None if over else ends_at,
        url=link_of(item.get("generatorURL")),
    )


def _span(item: dict[str, Any], origin: Origin) -> tuple[datetime, datetime]:
    """Return start and end as Alertmanager completes them."""
    started_at, ends_at = (
        instant(item.get("startsAt"), "startsAt"),
        instant(item.get("endsAt"), "endsAt"),
    )
    start = started_at or ends_at or origin.now
    end = ends_at or origin.now + origin.resolve_timeout
    if end < start:
        raise BadItem("start time must be before end time")
    return start, end
