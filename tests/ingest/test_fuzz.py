"""Whatever is sent: a parser gives reports and faults, the door answers 2xx or 4xx."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ssoc.core.errors import BadInput
from ssoc.core.settings import IngestSettings
from ssoc.monitoring.actions import Change
from ssoc.monitoring.report import Report
from tests.ingest.conftest import Room
from tests.ingest.speaking import origin
from web.ingest import (
    alertmanager_api,
    alertmanager_webhook,
    change_event,
    change_log,
    heartbeat,
    label_text,
    own,
    pagerduty,
    silence_request,
)
from web.ingest.bodies import json_of
from web.ingest.deploys import ansible, argocd, github, gitlab
from web.ingest.deploys.telling import Teller
from web.ingest.filters import matchers_of
from web.ingest.parsed import BadItem
from web.ingest.silence_request import Invalid

SMALL = IngestSettings(most_labels=5, most_label_bytes=64)
TYPICAL = """
labels annotations startsAt endsAt generatorURL status alerts truncatedAlerts groupKey name market
component severity state key started_at ends_at summary routing_key event_action dedup_key payload
custom_details firing resolved source timestamp links href text matchers value isRegex isEqual
createdBy comment id country alertname trigger resolve critical Labels:
2026-03-02T08:00:00Z 0001-01-01T00:00:00Z 9999-12-31T23:59:59-14:00
"""
WORDS = st.sampled_from(TYPICAL.split())
NAMES = WORDS | st.text(max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | WORDS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


def likely(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return objects that are nearly right: each field there or not, good or anything."""
    return st.fixed_dictionaries(
        {}, optional={name: good | VALUES for name, good in fields.items()}
    )


TEXTS = st.dictionaries(NAMES, st.text(max_size=12) | SCALARS, max_size=6)
TIMES = WORDS | st.datetimes().map(lambda at: at.isoformat() + "Z")
ALERT = likely(labels=TEXTS, annotations=TEXTS, startsAt=TIMES, endsAt=TIMES, status=WORDS)
DETAILS = likely(firing=st.text(max_size=80).map(lambda t: f"Labels:\n - a = {t}"), resolved=WORDS)
EVENTS = likely(
    event_action=st.sampled_from(pagerduty.ACTIONS),
    dedup_key=st.text(max_size=10),
    payload=likely(summary=WORDS, source=WORDS, severity=WORDS, custom_details=DETAILS | TEXTS),
    links=st.lists(likely(href=st.just("http://x"), text=WORDS), max_size=3),
)
OWN = likely(name=WORDS, market=WORDS, severity=WORDS, state=WORDS, key=WORDS, labels=TEXTS)
SILENCE = likely(
    matchers=st.lists(likely(name=WORDS, value=WORDS, isRegex=st.booleans()), max_size=3),
    startsAt=TIMES,
    endsAt=TIMES,
    comment=WORDS,
    createdBy=WORDS,
)
LOGGED = likely(summary=WORDS, at=TIMES, ended_at=TIMES, key=WORDS, market=WORDS, details=TEXTS)
PART = likely(
    id=st.integers(0, 9),
    name=WORDS,
    full_name=WORDS,
    state=st.sampled_from(["success", "inactive", "pending"]),
    status=st.sampled_from(["success", "running"]),
    ref=st.just("main"),
    environment=st.sampled_from(["prod-ke", "prod"]),
    created_at=TIMES,
    payload=TEXTS,
    login=WORDS,
    message=WORDS,
)
TOLD = likely(
    object_kind=st.sampled_from(["deployment", "pipeline"]),
    deployment=PART,
    deployment_status=PART,
    deployment_id=st.integers(0, 2**40),
    repository=PART,
    project=PART | WORDS,
    object_attributes=PART,
    commit=PART,
    head_commit=PART,
    ref=st.sampled_from(["refs/heads/main", "main"]),
    after=WORDS,
    status=st.sampled_from(["success", "running", "successful"]),
    status_changed_at=TIMES | st.floats(allow_nan=False, allow_infinity=False),
    app=WORDS,
    phase=st.sampled_from(["Succeeded", "Running"]),
    started_at=TIMES,
    finished_at=TIMES,
    id=st.integers(0, 2**40),
    name=WORDS,
    started=TIMES | st.integers(-(2**60), 2**60),
    finished=TIMES,
    extra_vars=st.text(max_size=9) | TEXTS | st.just('{"ssoc_market": "KE"}'),
    environment=WORDS,
    market=WORDS,
    component=WORDS,
)


def told_by(who: Any) -> Teller:
    return Teller(who, lambda deployed: (deployed.application[:9], "KE"), ("main",))


PARSERS: dict[str, tuple[Callable[[Any, Any], Any], st.SearchStrategy[Any]]] = {
    "push": (alertmanager_api.parse, st.lists(ALERT, max_size=4)),
    "webhook": (alertmanager_webhook.parse, likely(alerts=st.lists(ALERT, max_size=4))),
    "own": (own.parse, likely(alerts=st.lists(OWN, max_size=4))),
    "pagerduty": (lambda body, who: pagerduty.parse(body, who, "made").parsed, EVENTS),
    "change": (change_event.parse, likely(payload=likely(summary=WORDS, custom_details=TEXTS))),
    "change log": (change_log.parse, likely(change_events=st.lists(LOGGED, max_size=4))),
    "deployment": (lambda body, who: github.parse("deployment_status", body, told_by(who)), TOLD),
    "github push": (lambda body, who: github.parse("push", body, told_by(who)), TOLD),
    "gitlab": (lambda body, who: gitlab.parse(body, told_by(who)), TOLD),
    "argocd": (lambda body, who: argocd.parse(body, told_by(who)), TOLD),
    "ansible": (lambda body, who: ansible.parse(body, told_by(who)), TOLD),
    "silence": (lambda body, who: silence_request.parse(body, who.now), SILENCE),
}


def is_storable(report: Report) -> bool:
    orjson.dumps([dict(report.labels), dict(report.annotations), report.summary, report.url])
    assert -(2**63) <= report.key < 2**63
    assert report.started_at.utcoffset() is not None
    assert report.started_at <= report.said_at
    assert len(report.market) <= 8
    return all(isinstance(each, str) for pair in report.labels.items() for each in pair)


@pytest.mark.parametrize("kind", PARSERS)
@settings(max_examples=150, deadline=None)
@given(content=st.data())
def test_parsers_never_raise_but_what_they_say(kind: str, content: st.DataObject) -> None:
    parse, good = PARSERS[kind]
    body = content.draw(good | VALUES)
    try:
        parsed = parse(json_of(orjson.dumps(body)), origin(limits=SMALL, market="KE"))
    except (BadItem, Invalid):
        return
    for report in getattr(parsed, "reports", ()):
        assert is_storable(report)
    for change in getattr(parsed, "changes", [parsed] if isinstance(parsed, Change) else []):
        orjson.dumps([dict(change.details), change.summary, change.key])
        assert change.at.utcoffset() is not None
        assert change.ended_at is None or change.ended_at >= change.at


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200))
@example(text="Labels:\n - a = b\nc\nAnnotations:\n\nSource: x")
def test_any_text_is_read_for_labels(text: str) -> None:
    assert all(each.labels for each in label_text.read(f"Labels:\n - a = b{text}"))


@settings(max_examples=200, deadline=None)
@given(path=st.text(max_size=40), body=st.binary(max_size=40))
def test_any_path_is_read_for_pings(path: str, body: bytes) -> None:
    heartbeat.parse(f"/ping/{path}", body)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=40) | st.from_regex(r"[a-z]{1,3}(=~|!~|=|!=)\S{0,10}"))
def test_any_filter_is_a_matcher_or_a_refusal(text: str) -> None:
    try:
        [found] = matchers_of([text])
    except BadInput:
        return
    assert isinstance(found.matches({"a": "b"}), bool)


PATHS = (
    "/api/v2/alerts",
    "/am/api/v1/alerts",
    "/api/v1/alerts",
    "/hooks/alertmanager",
    "/v2/enqueue",
    "/v2/change/enqueue",
    "/am/api/v2/silences",
    "/ping/abcdefgh",
    "/api/v1/change-events",
    "/hooks/github",
    "/hooks/gitlab",
    "/hooks/argocd",
    "/hooks/ansible",
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(PATHS),
    body=st.one_of(*(good for _, good in PARSERS.values()), VALUES, st.binary(max_size=60)),
)
def test_the_door_answers_2xx_or_4xx_and_stores_what_it_took(
    room: Room, path: str, body: Any
) -> None:
    if isinstance(body, dict) and path.startswith("/v2/"):
        body = body | {"routing_key": room.token}
    answer = room.post(path, body, HTTP_X_GITHUB_EVENT="deployment")
    assert answer.status in {200, 202, 400, 401, 403, 404, 413, 422}
    if answer.headers.get("Content-Type", "").endswith("json"):
        assert answer.json is not None
