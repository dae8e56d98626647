"""PagerDuty Events API v2: one event a request; Alertmanager's are read as the alerts they hold."""

from dataclasses import dataclass, replace
from typing import Any

from ssoc.core.errors import NotSignedIn
from ssoc.core.permissions import EVERYWHERE
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import Report, identity, key_of
from web.ingest.identities import clean
from web.ingest.instants import instant
from web.ingest.label_text import WrittenAlert, read
from web.ingest.parsed import (
    BadItem,
    Fault,
    Identity,
    Origin,
    Parsed,
    kind_of,
    link_of,
    mapping,
    notes_of,
    report_of,
    text_of,
)
from web.ingest.severities import is_known, severity_of

ACTIONS = ("trigger", "acknowledge", "resolve")
LONGEST_KEY = 255
MADE_LENGTH = 32
_SEVERITIES = ("critical", "error", "warning", "info")


@dataclass(frozen=True)
class Event:
    """What one request means: reports, the key to answer with, and alerts to acknowledge.

    ``is_bare`` says that its only report is a resolve that names no more than the key.
    """

    dedup_key: str
    parsed: Parsed
    acknowledged: tuple[int, ...] = ()
    is_bare: bool = False


def routing_key(payload: object) -> str:
    """Return the key that says who sends.

    Raises:
        BadItem: the payload is no event.
        NotSignedIn: the event has no key.

    """
    if not isinstance(payload, dict):
        raise BadItem(f"the event must be an object, found {kind_of(payload)}", "bad payload")
    found = payload.get("routing_key")
    if not isinstance(found, str) or not found.strip():
        raise NotSignedIn(
            "'routing_key' is missing or blank: put an API token of scope ingest there, as "
            "ssoc token create prints it"
        )
    return found.strip()


def parse(payload: object, origin: Origin, made_key: str) -> Event:
    """Read one event.

    Args:
        payload: the body.
        origin: who sends.
        made_key: the deduplication key of a trigger that brings none.

    Returns:
        The event; its faults are not empty when it must be refused as a whole.

    """
    try:
        body = mapping(payload, "the event")
        action = body.get("event_action")
        if action not in ACTIONS:
            raise BadItem("'event_action' must be one of trigger, acknowledge, resolve")
        key = _dedup_key(body, str(action), made_key)
        content = mapping(body.get("payload"), "'payload'")
        if action == "trigger":
            faults = _faults(body, content)
            if faults:
                return Event(key, Parsed(faults=faults))
        return _event(str(action), key, body, content, origin)
    except BadItem as error:
        return Event("", Parsed(faults=[Fault(error.kind, str(error))]))


def _dedup_key(body: dict[str, Any], action: str, made_key: str) -> str:
    given = body.get("dedup_key")
    if given in (None, ""):
        if action != "trigger":
            raise BadItem(f"'dedup_key' is missing or blank: {action} needs it")
        return made_key
    if not isinstance(given, str):
        raise BadItem(f"'dedup_key' must be a text, found {kind_of(given)}")
    if len(given) > LONGEST_KEY:
        raise BadItem(f"'dedup_key' is longer than {LONGEST_KEY} characters")
    return given


def _faults(body: dict[str, Any], content: dict[str, Any]) -> list[Fault]:
    """Return what a trigger lacks, all at once."""
    if not isinstance(body.get("payload"), dict):
        return [Fault("bad alert", "'payload' is missing or no object")]
    found = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source")
        if not text_of(content.get(name)).strip()
    ]
    if str(content.get("severity")).lower() not in _SEVERITIES and not _written(content, "firing"):
        found.append("'payload.severity' must be one of critical, error, warning, info")
    try:
        instant(content.get("timestamp"), "'payload.timestamp'")
    except BadItem as error:
        found.append(str(error))
    return [Fault("bad alert", message) for message in found]


def _event(
    action: str, key: str, body: dict[str, Any], content: dict[str, Any], origin: Origin
) -> Event:
    own = key_of(identity("pagerduty", origin.source, key))
    if action == "acknowledge":
        return Event(key, Parsed(), (own,))
    reports = _alertmanager_reports(body, content, origin)
    if not reports:
        state = AlertState.FIRING if action == "trigger" else AlertState.RESOLVED
        report = _report(own, state, key, body, content, origin)
        return Event(key, Parsed([report]), is_bare=state is AlertState.RESOLVED)
    notes = [
        Fault("unknown severity", f"severity {each.severity_word!r} is read as warning")
        for each in reports
        if not is_known(each.severity_word)
    ]
    return Event(key, Parsed(reports, notes=notes))


def _written(content: dict[str, Any], which: str) -> list[WrittenAlert]:
    details = content.get("custom_details")
    text = details.get(which) if isinstance(details, dict) else None
    return read(text) if isinstance(text, str) else []


def _alertmanager_reports(
    body: dict[str, Any], content: dict[str, Any], origin: Origin
) -> list[Report]:
    """Return the alerts that Alertmanager wrote out; by their labels they are the webhook's."""
    found = []
    for which, state in (("firing", AlertState.FIRING), ("resolved", AlertState.RESOLVED)):
        for alert in _written(content, which):
            annotations = notes_of(alert.annotations, origin.limits) | _links(body)
            known = origin.recognise(alert.labels, origin.market)
            url = link_of(alert.source)
            found.append(report_of(origin, known, state, origin.now, annotations, url=url))
    return found


def _report(
    key: int,
    state: AlertState,
    dedup_key: str,
    body: dict[str, Any],
    content: dict[str, Any],
    origin: Origin,
) -> Report:
    """Return the report of an event that is no Alertmanager's.

    Its episode starts when it comes: a trigger after a resolve is a new one, whatever
    ``timestamp`` says (that stands among the annotations).
    """
    known = _identity(key, dedup_key, content, origin)
    summary = text_of(content.get("summary"))
    stamp = text_of(content.get("timestamp"), 64)
    annotations = {"summary": summary, "timestamp": stamp} | _links(body)
    given = {name: value for name, value in annotations.items() if value}
    url = link_of(body.get("client_url"))
    if state is AlertState.RESOLVED:  # by its own key: whose alert it is was asked at its trigger
        origin = replace(origin, markets=frozenset({EVERYWHERE}))
    return report_of(origin, known, state, origin.now, given, url=url)


def _identity(key: int, dedup_key: str, content: dict[str, Any], origin: Origin) -> Identity:
    labels = _labels(dedup_key, content, origin)
    known = origin.recognise(labels, origin.market)
    word = text_of(content.get("severity"), 64)
    return replace(known, key=key, severity=severity_of(word), severity_word=word)


def _labels(dedup_key: str, content: dict[str, Any], origin: Origin) -> dict[str, str]:
    """Return labels to place the event by; they are no part of its identity."""
    details = content.get("custom_details")
    known = details.items() if isinstance(details, dict) else ()
    room = max(1, origin.limits.most_labels - 8)
    labels = {str(name)[:64]: text_of(value, 255) for name, value in list(known)[:room] if name} | {
        name: text_of(content.get(name), 255)
        for name in ("source", "component", "group", "class")
        if content.get(name)
    }
    named = (labels.get(name) for name in ("alertname", "class"))
    labels["alertname"] = next(filter(None, named), "") or _title(dedup_key, content)
    return clean(labels, origin.limits)


def _title(dedup_key: str, content: dict[str, Any]) -> str:
    """Return a name for an event: the key its client chose, unless it is a mere number of ours."""
    is_made = len(dedup_key) >= MADE_LENGTH and all(
        each in "0123456789abcdef" for each in dedup_key
    )
    return text_of(content.get("summary"), 255) or dedup_key if is_made else dedup_key


def _links(body: dict[str, Any]) -> dict[str, str]:
    """Return the links of an event as annotations; the first text that says so is the runbook."""
    found: dict[str, str] = {}
    links = body.get("links")
    for number, each in enumerate(links[:20] if isinstance(links, list) else (), 1):
        if isinstance(each, dict) and (address := link_of(each.get("href"))):
            text = text_of(each.get("text"), 64).strip()
            is_runbook = "runbook" in text.lower() and "runbook_url" not in found
            found["runbook_url" if is_runbook else f"link {text or number}"] = address
    return found
