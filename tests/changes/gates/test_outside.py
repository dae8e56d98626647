"""Gates on PromQL and HTTP: real servers that answer well, badly, slowly, or not at all."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changes.gates import jobs
from changes.gates.lifecycle import Judgement, Phase
from changes.gates.models import GateMeasurement
from changes.gates.queries import planning
from changes.gates.rules.definition import BadDefinition
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.gates import story
from tests.changes.gates.definitions import IV
from tests.monitoring.adapters.servers import Handler, Server, serving

QUERY = "/api/v1/query"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def quick(runtime: Runtime) -> Runtime:
    polling = replace(
        runtime.settings.polling,
        connect_timeout=timedelta(seconds=1),
        read_timeout=timedelta(milliseconds=300),
        allow_hosts=("127.0.0.1",),
    )
    return replace(runtime, settings=replace(runtime.settings, polling=polling))


def silent(server: Server) -> Callable[[Handler], None]:
    """Return what says nothing until the test is over."""

    def answer(_: Handler) -> None:
        server.ending.wait(3)

    return answer


def vector(*values: str, **labels: str) -> str:
    result: list[dict[str, object]] = [
        {"metric": {"path": str(place), **labels}, "value": [1772438400, value]}
        for place, value in enumerate(values)
    ]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})


def measured(runtime: Runtime, provider: dict[str, Any], **given: Any) -> GateMeasurement:
    """Return the one measurement of a metric in Kenya."""
    of = {"name": "m", "provider": provider, "success_condition": "result[0] >= 99", **IV, **given}
    number = story.opened(runtime, of, markets=["KE"])
    jobs.measure_due(runtime)
    (found,) = story.evidence(runtime, number)
    return found


def test_promql_with_its_samples_per_market(quick: Runtime, server: Server) -> None:
    def answer(handler: Handler) -> None:
        handler.give(200, vector("120" if "count" in handler.path else "99.5").encode(), {})

    server.answers[QUERY] = answer
    provider = {
        "promql": {
            "url": server.url,
            "query": 'sum(rate(paid{cc="{cc}"}[5m]))',
            "samples_query": 'count_over_time(paid{cc="{CC}"}[5m])',
        }
    }
    found = measured(quick, provider, min_samples=100)
    assert (found.judgement, found.value, found.samples) == (Judgement.SUCCESSFUL, 99.5, 120)
    assert found.query == (
        'sum(rate(paid{cc="ke"}[5m])); samples: count_over_time(paid{cc="KE"}[5m])'
    )
    assert "cc%3D%22ke%22" in server.asked[0].path


@pytest.mark.parametrize(
    ("status", "body", "judgement", "why"),
    [
        pytest.param(200, vector(), Judgement.NO_DATA, "no result", id="empty"),
        pytest.param(200, vector("NaN"), Judgement.NO_DATA, "NaN", id="NaN"),
        pytest.param(200, vector("98"), Judgement.FAILED, "98 is below 99", id="low"),
        pytest.param(200, vector("99", "1"), Judgement.SUCCESSFUL, "", id="two series, the first"),
        pytest.param(200, "<html>", Judgement.ERROR, "bad answer", id="no JSON"),
        pytest.param(400, '{"error": "parse error"}', Judgement.ERROR, "parse error", id="query"),
        pytest.param(503, "", Judgement.ERROR, "error answer", id="away"),
        pytest.param(401, "", Judgement.ERROR, "auth refused", id="refused"),
    ],
)
def test_what_a_prometheus_may_say(
    quick: Runtime, server: Server, status: int, body: str, judgement: Judgement, why: str
) -> None:
    server.says(QUERY, status, body)
    found = measured(quick, {"promql": {"url": server.url, "query": "up"}})
    assert found.judgement is judgement
    assert why in found.why


def test_infinity_is_judged_and_stored_as_words(quick: Runtime, server: Server) -> None:
    server.says(QUERY, 200, vector("+Inf"))
    found = measured(quick, {"promql": {"url": server.url, "query": "up"}})
    assert (found.judgement, found.value, found.result) == (Judgement.SUCCESSFUL, None, ["inf"])


def test_http_with_json_pointers_and_a_secret_that_is_never_kept(
    quick: Runtime, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_TOKEN", "hunter2hunter2")
    server.says("/ke", 200, json.dumps({"data": [{"rate": 99.7, "n": 64}]}))
    provider = {
        "http": {
            "url": f"{server.url}/{{cc}}?key=1",
            "value": "/data/0/rate",
            "samples": "data[0].n",
            "auth": {"kind": "bearer", "token": "env:TILL_TOKEN"},
        }
    }
    found = measured(quick, provider, min_samples=50)
    assert (found.judgement, found.value, found.samples) == (Judgement.SUCCESSFUL, 99.7, 64)
    assert found.query == f"GET {server.url}/ke /data/0/rate; samples: data[0].n"
    assert server.asked[0].headers["authorization"] == "Bearer hunter2hunter2"


@pytest.mark.parametrize(
    ("body", "judgement"),
    [
        ('{"rate": null}', Judgement.NO_DATA),
        ("{}", Judgement.NO_DATA),
        ('{"rate": "many"}', Judgement.ERROR),
        ("[", Judgement.ERROR),
    ],
)
def test_what_an_answer_may_lack(
    quick: Runtime, server: Server, body: str, judgement: Judgement
) -> None:
    server.says("/", 200, body)
    provider = {"http": {"url": f"{server.url}/", "value": "rate"}}
    assert measured(quick, provider).judgement is judgement


def test_hosts_that_may_not_be_asked_and_silent_ones_are_errors(
    quick: Runtime, server: Server
) -> None:
    found = measured(quick, {"promql": {"url": "http://prometheus.example", "query": "up"}})
    assert found.judgement is Judgement.ERROR
    assert "not allowed: add it to allow_hosts" in found.why
    server.answers[QUERY] = silent(server)
    found = measured(quick, {"promql": {"url": server.url, "query": "up", "timeout": "1s"}})
    assert (found.judgement, "unreachable" in found.why) == (Judgement.ERROR, True)
    server.ending.set()


def test_one_silent_target_holds_up_nobody_else(
    quick: Runtime, server: Server, clock: FrozenClock
) -> None:
    server.answers["/silent/api/v1/query"] = silent(server)
    server.says("/good/api/v1/query", 200, vector("99.9"))
    rows = [
        {
            "name": name,
            "provider": {"promql": {"url": f"{server.url}/{name}", "query": "up", "timeout": "1s"}},
            **IV,
        }
        for name in ("silent", "good")
    ]
    story.load(quick)
    number = story.opened(quick, *rows, story.metric())
    story.turn(quick, clock, 1, KE=99.9, LS=99.9, MZ=99.9)
    server.ending.set()
    said = {(each.metric, each.judgement) for each in story.evidence(quick, number)}
    assert said == {
        ("silent", Judgement.ERROR),
        ("good", Judgement.SUCCESSFUL),
        ("success", Judgement.SUCCESSFUL),
    }
    assert story.gate(quick, number).phase is Phase.RUNNING


@pytest.mark.parametrize(
    ("provider", "fault"),
    [
        pytest.param({"samples": {"kpi": "tps"}}, "in KE: no component of KE alone", id="kpi"),
        pytest.param(
            {"samples": {"check": "core-{cc}/x", "sample": "y"}}, "no check core-ke/x", id="check"
        ),
        pytest.param(
            {"promql": {"url": "http://elsewhere.example", "query": "up"}}, "allow_hosts", id="host"
        ),
        pytest.param(
            {"http": {"url": "http://127.0.0.1", "value": "a", "auth": {"kind": "x"}}},
            "'auth'",
            id="auth",
        ),
        pytest.param(
            {"http": {"url": "http://127.0.0.1", "value": "a", "timeout": "soon"}},
            "provider: timeout: expected a duration",
            id="timeout",
        ),
    ],
)
def test_g13_what_cannot_be_measured_is_refused_at_planning(
    quick: Runtime, provider: dict[str, Any], fault: str
) -> None:
    story.load(quick)
    content = {"metrics": [story.metric(), {"name": "m", "provider": provider, **IV}]}
    with quick.view(SYSTEM) as work:
        with pytest.raises(BadDefinition) as refused:
            planning.refuse_unfit(work, content, ["KE"])
        assert len(refused.value.faults) == 1
        assert fault in refused.value.faults[0]
        assert planning.faults(work, {"metrics": [story.metric()]}, ["KE"]) == ()
