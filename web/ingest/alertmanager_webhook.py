"""Alertmanager's webhook, version 4, and Grafana's superset of it."""

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

_STATES = {"firing": AlertState.FIRING, "resolved": AlertState.RESOLVED}


def parse(payload: object, origin: Origin) -> Parsed:
    """Read one notification: each alert by its own status, never by the group's.

    An alert that ``max_alerts`` left out is not resolved; that some were left out is noted.

    Raises:
        BadItem: the payload is no webhook at all.

    """
    body = mapping(payload, "the body")
    if "alerts" not in body:
        raise BadItem("alerts is missing: this is no Alertmanager webhook", "bad payload")
    parsed = Parsed()
    for index, item in enumerate(items(body["alerts"], "alerts")):
        try:
            report = _alert(mapping(item, "an alert"), origin)
        except BadItem as error:
            parsed.faults.append(Fault(error.kind, str(error), index))
            continue
        parsed.reports.append(report)
        if not is_known(report.severity_word):
            word = f"severity {report.severity_word!r} of {report.name} is read as warning"
            parsed.notes.append(Fault("unknown severity", word, index))
    _note_truncation(body, parsed)
    return parsed


def _alert(item: dict[str, Any], origin: Origin) -> Report:
    state = _STATES.get(str(item.get("status") or ""))
    if state is None:
        raise BadItem('status must be "firing" or "resolved"')
    identity = origin.recognise(mapping(item.get("labels"), "labels"), origin.market)
    ends_at = instant(item.get("endsAt"), "endsAt")
    return report_of(
        origin,
        identity,
        state,
        instant(item.get("startsAt"), "startsAt") or origin.now,
        notes_of(item.get("annotations"), origin.limits),
        # a resolve that ends with our lease is Alertmanager's lease running out, see relays.py
        lease_until=ends_at if state is AlertState.RESOLVED else None,
        url=_link(item),
    )


def _link(item: dict[str, Any]) -> str:
    """Return the page behind the alert; Grafana names several."""
    names = ("generatorURL", "panelURL", "dashboardURL")
    return next((link for name in names if (link := link_of(item.get(name)))), "")


def _note_truncation(body: dict[str, Any], parsed: Parsed) -> None:
    left_out = body.get("truncatedAlerts")
    if isinstance(left_out, int) and left_out > 0:
        group = str(body.get("groupKey") or "")[:200]
        parsed.notes.append(
            Fault("truncated", f"{left_out} alerts of group {group} were left out by max_alerts")
        )
