"""The hot doors: one function each, from a request to an answer in its caller's format."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from uuid import uuid4

from ssoc.core.errors import NotFound
from ssoc.core.permissions import Actor, Permission
from ssoc.monitoring import actions
from web.ingest import (
    alertmanager_api,
    alertmanager_webhook,
    answers,
    change_event,
    heartbeat,
    own,
    pagerduty,
)
from web.ingest.answers import Answer
from web.ingest.desk import Desk, Visit
from web.ingest.parsed import BadItem, Fault, Origin, Parsed

OK = HTTPStatus.OK
ACCEPTED = HTTPStatus.ACCEPTED
BAD = HTTPStatus.BAD_REQUEST
EMPTY = Answer(OK, b"")
STORED_V1 = answers.json_of(OK, {"status": "success"})
STORED_HOOK = answers.json_of(OK, {"status": "ok"})


def push(desk: Desk, visit: Visit) -> Answer:
    """Alertmanager API v2: 200 with an empty body, exactly, or 400 with a bare text."""
    parsed = _alerts(desk, visit)
    if parsed.faults:
        return answers.alertmanager_text(BAD, [fault.message for fault in parsed.faults])
    return EMPTY


def push_v1(desk: Desk, visit: Visit) -> Answer:
    """Alertmanager API v1: the same list."""
    parsed = _alerts(desk, visit)
    if parsed.faults:
        return answers.alertmanager_v1_refusal(BAD, [fault.message for fault in parsed.faults])
    return STORED_V1


def _alerts(desk: Desk, visit: Visit, payload: object = None) -> Parsed:
    origin = desk.origin(visit)
    given = desk.payload(visit) if payload is None else payload
    desk.check_size(given)
    parsed = alertmanager_api.parse(given, origin)
    desk.keep(visit, parsed)
    return parsed


def webhook(desk: Desk, visit: Visit) -> Answer:
    """Alertmanager's webhook, Grafana's too."""
    origin = desk.origin(visit)
    payload = desk.payload(visit)
    desk.check_size(payload.get("alerts") if isinstance(payload, dict) else None)
    parsed = alertmanager_webhook.parse(payload, origin)
    desk.keep(visit, parsed)
    if parsed.faults:
        return answers.problem(BAD, [fault.message for fault in parsed.faults])
    return STORED_HOOK


def own_or_v1(desk: Desk, visit: Visit) -> Answer:
    """``POST /api/v1/alerts``: our own object, or the list of Alertmanager's API v1."""
    origin = desk.origin(visit)
    payload = desk.payload(visit)
    if isinstance(payload, list):
        return _own_v1(desk, visit, payload, origin)
    desk.check_size(payload.get("alerts") if isinstance(payload, dict) else None)
    parsed = own.parse(payload, origin)
    desk.keep(visit, parsed)
    errors, warnings = _told(parsed.faults), _told(parsed.notes)
    if errors and not parsed.reports:
        messages = [fault.message for fault in parsed.faults]
        return answers.problem(BAD, messages, accepted=0, errors=errors)
    said = {"accepted": len(parsed.reports), "errors": errors}
    return answers.json_of(ACCEPTED, said | ({"warnings": warnings} if warnings else {}))


def _told(faults: Sequence[Fault]) -> list[dict[str, object]]:
    return [{"index": fault.index, "message": fault.message} for fault in faults]


def _own_v1(desk: Desk, visit: Visit, payload: list[object], origin: Origin) -> Answer:
    visit.way = "push"
    try:
        desk.check_size(payload)
        parsed = alertmanager_api.parse(payload, replace(origin, way=visit.way))
    except BadItem as error:
        visit.faults.append(Fault(error.kind, str(error)))
        return answers.alertmanager_v1_refusal(BAD, [str(error)])
    desk.keep(visit, parsed)
    if parsed.faults:
        return answers.alertmanager_v1_refusal(BAD, [fault.message for fault in parsed.faults])
    return STORED_V1


def enqueue(desk: Desk, visit: Visit) -> Answer:
    """PagerDuty Events v2."""
    payload = _event(desk, visit)
    token = pagerduty.routing_key(payload)
    origin = desk.origin(visit, token)
    event = pagerduty.parse(payload, origin, uuid4().hex)
    if event.parsed.faults:
        visit.faults += event.parsed.faults
        return answers.pagerduty_refusal(BAD, [fault.message for fault in event.parsed.faults])
    if event.is_bare:
        event = replace(event, parsed=Parsed(desk.completed(event.parsed.reports)))
    desk.keep(visit, event.parsed)
    for key in event.acknowledged:
        with desk.runtime.work(desk.actor(visit, token)) as work:
            actions.acknowledge_alert(work, key)  # committed; the correlator takes its incident
    return answers.json_of(ACCEPTED, _processed("Event processed") | {"dedup_key": event.dedup_key})


def _event(desk: Desk, visit: Visit) -> object:
    visit.sender = desk.address(visit)  # until its routing key is read
    return desk.payload(visit)


def _processed(message: str) -> dict[str, str]:
    return {"status": "success", "message": message}


def change(desk: Desk, visit: Visit) -> Answer:
    """PagerDuty change events: into the change log."""
    payload = _event(desk, visit)
    token = pagerduty.routing_key(payload)
    origin = desk.origin(visit, token, Permission.CHANGE_REPORT)
    told = change_event.parse(payload, origin)
    with desk.runtime.work(desk.actor(visit, token)) as work:
        actions.record_change(work, told)
    return answers.json_of(ACCEPTED, _processed("Change event processed"))


def ping(desk: Desk, visit: Visit) -> Answer:
    """Signs of life; the token in the path is the whole credential."""
    visit.sender = desk.address(visit)
    body = desk.body(visit) if visit.environ["REQUEST_METHOD"] == "POST" else b""
    heard = heartbeat.parse(visit.path, body)
    if heard is None:
        raise NotFound(heartbeat.CURE)
    with desk.runtime.work(HEARTBEATS) as work:
        visit.sender = actions.ping(work, heard.token, heard.kind, heard.message)
    return answers.plain(OK, ["OK"])


HEARTBEATS = Actor("heartbeats")
