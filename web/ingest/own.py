"""Our own format: ``POST /api/v1/alerts`` with ``{"alerts": [...]}``, for scripts and tools."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report, identity, key_of
from web.ingest.instants import instant
from web.ingest.parsed import (
    BadItem,
    Fault,
    Origin,
    Parsed,
    items,
    kind_of,
    link_of,
    mapping,
    notes_of,
    report_of,
    text_of,
)
from web.ingest.severities import RESOLVING, is_known, severity_of

_STATES = {"firing": AlertState.FIRING, "resolved": AlertState.RESOLVED}
LONGEST_KEY = 255
SKEW = timedelta(minutes=1)  # of clocks that are right enough
SENSIBLE = timedelta(days=366)
FIELDS = (
    "name",
    "market",
    "component",
    "severity",
    "state",
    "key",
    "summary",
    "started_at",
    "ends_at",
    "labels",
    "annotations",
    "url",
)


def parse(payload: object, origin: Origin) -> Parsed:
    """Read a list of alerts; a bad one is a fault, the others are kept.

    Raises:
        BadItem: the payload is no object with a list of alerts.

    """
    body = mapping(payload, "the body")
    if "alerts" not in body:
        raise BadItem('the body must be an object with "alerts", a list', "bad payload")
    parsed = Parsed()
    for index, item in enumerate(items(body["alerts"], "alerts")):
        try:
            fields = mapping(item, "an alert")
            report = _alert(fields, origin)
        except BadItem as error:
            parsed.faults.append(Fault(error.kind, str(error), index))
            continue
        parsed.reports.append(report)
        odd = [*_odd_start(fields, origin.now), *_odd_end(fields, report)]
        parsed.notes.extend(Fault("odd time", each, index) for each in odd)
        if not is_known(report.severity_word):
            word = f"severity {report.severity_word!r} of {report.name} is read as warning"
            parsed.notes.append(Fault("unknown severity", word, index))
    return parsed


def _alert(item: dict[str, Any], origin: Origin) -> Report:
    _check_fields(item)
    word = _text(item, "severity", 64)
    known = origin.recognise(_labels(item, origin), origin.market)
    severity = severity_of(word) if word else known.severity
    known = replace(known, severity=severity, severity_word=word or known.severity_word)
    if given := _text(item, "key", LONGEST_KEY):
        known = replace(known, key=key_of(identity("own", origin.source, given)))
    state = _state(item, word)
    ends_at = instant(item.get("ends_at"), "ends_at")
    started_at = instant(item.get("started_at"), "started_at")
    if started_at and ends_at and ends_at < started_at:
        raise BadItem("ends_at is before started_at")
    over = state is AlertState.RESOLVED
    annotations = notes_of(item.get("annotations"), origin.limits)
    if summary := _text(item, "summary", 1_024):
        annotations["summary"] = summary
    return report_of(
        origin,
        known,
        state,
        started_at or origin.now,
        annotations,
        lease_until=None if over else ends_at,
        url=link_of(item.get("url")),
    )


def _odd_start(item: dict[str, Any], now: datetime) -> Iterator[str]:
    """Yield what is odd about a start; the alert is taken all the same."""
    if not item.get("started_at"):
        return
    started_at = instant(item["started_at"], "started_at")
    if started_at is None:
        yield "started_at is in year 1, which stands for none; the alert starts now"
    elif started_at > now + SKEW:
        yield "started_at lies ahead; the alert starts now: correct it, or the sender's clock"
    elif started_at < now - SENSIBLE:
        yield f"started_at is more than {SENSIBLE.days} days ago; it was taken so: is it right?"


def _odd_end(item: dict[str, Any], report: Report) -> Iterator[str]:
    """Yield what is odd about an end, which is a lease: the alert is stale from then on."""
    if not item.get("ends_at") or report.state is AlertState.RESOLVED:
        return
    ends_at, now = report.lease_until, report.said_at
    if ends_at is None:
        yield "ends_at is in year 1, which stands for none; the alert has no lease"
    elif ends_at <= max(now, report.started_at):
        yield (
            "ends_at is over already, so the alert is stale at once; leave it out, or send "
            '"state": "resolved" if it is over'
        )
    elif ends_at > now + SENSIBLE:
        yield f"ends_at is more than {SENSIBLE.days} days ahead; until then silence goes unnoticed"


def _check_fields(item: dict[str, Any]) -> None:
    """Refuse what is misspelt: an alert without its market or its end is worse than none."""
    strangers = [name for name in item if name not in FIELDS]
    if strangers:
        raise BadItem("; ".join(map(_stranger, strangers[:5])), "unknown field")


def _stranger(name: str) -> str:
    near = get_close_matches(name.lower(), FIELDS, 1)
    cure = f"did you mean {near[0]}?" if near else f"an alert has {', '.join(FIELDS)}"
    return f"no field is called {name[:64]}; {cure}"


def _state(item: dict[str, Any], word: str) -> AlertState:
    given = item.get("state") or ("resolved" if word.lower() in RESOLVING else "firing")
    found = _STATES.get(str(given))
    if found is None:
        raise BadItem('state must be "firing" or "resolved"')
    return found


def _labels(item: dict[str, Any], origin: Origin) -> dict[str, Any]:
    """Return the labels, with name, market and component under the names that we look for."""
    labels = dict(mapping(item.get("labels"), "labels"))
    name = _text(item, "name", 255) or labels.get("alertname")
    if not name:
        raise BadItem("name is missing: say what the alert is called")
    labels["alertname"] = name
    limits = origin.limits
    for field, names in (("market", limits.market_labels), ("component", limits.component_labels)):
        if value := _text(item, field, 255):
            labels = {key: each for key, each in labels.items() if key not in names}
            labels[names[0] if names else field] = value
    return labels


def _text(item: dict[str, Any], name: str, longest: int) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadItem(f"{name} must be a text, found {kind_of(value)}")
    return text_of(value, longest)
