"""What a gate may be: defaults, every refusal, and that each fault is named at once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from changes.gates.rules.definition import BadDefinition, Baseline, OnFailed, OnNoData, read
from changes.gates.rules.expressions import Limit
from changes.gates.rules.providers import ProviderKind, dotted, placed
from tests.changes.gates.definitions import IV, metric, row


def test_what_is_not_said_has_the_defaults_of_the_reference() -> None:
    found = metric()
    assert (found.interval, found.initial_delay, found.count) == (None, timedelta(), 1)
    assert (found.failure_limit, found.inconclusive_limit) == (0, 0)
    assert (found.consecutive_error_limit, found.consecutive_success_limit) == (4, 0)
    assert (found.on_failed, found.on_no_data) == (OnFailed.PAUSE, OnNoData.PAUSE)
    assert (found.no_data_limit, found.min_samples, found.baseline) == (4, 0, None)
    assert not found.is_dry_run


@pytest.mark.parametrize(
    ("given", "count"),
    [
        pytest.param({}, 1, id="neither count nor interval: once"),
        pytest.param(IV, None, id="interval only: no end"),
        pytest.param({"count": 3, **IV}, 3, id="count"),
        pytest.param({"count": 0, **IV}, None, id="a count of 0 is none"),
        pytest.param({"count": 1}, 1, id="one needs no interval"),
    ],
)
def test_effective_count(given: dict[str, Any], count: int | None) -> None:
    assert metric(**given).count == count


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        pytest.param({"failure_limit": -1, **IV}, "could never decide", id="S15"),
        pytest.param({"failure_limit": -2}, "failure_limit: expected", id="failure below -1"),
        pytest.param({"inconclusive_limit": -1}, "inconclusive_limit: expected", id="below 0"),
        pytest.param({"consecutive_error_limit": -1}, "consecutive_error_limit: ", id="errors"),
        pytest.param({"consecutive_success_limit": -1}, "success_limit: ", id="successes"),
        pytest.param({"no_data_limit": -1}, "no_data_limit: expected", id="no data"),
        pytest.param(
            {"count": 4, "failure_limit": 2, "consecutive_success_limit": 3, **IV},
            "count 4 is below failure_limit 2",
            id="count < failures + successes",
        ),
        pytest.param(
            {"count": 2, "failure_limit": -1, "consecutive_success_limit": 3, **IV},
            "count 2 is below consecutive_success_limit 3",
            id="count < successes where failures are off",
        ),
        pytest.param({"count": 2, "inconclusive_limit": 3, **IV}, "inconclusive_limit 3", id="I"),
        pytest.param({"count": 2}, "needs an interval", id="count without interval"),
        pytest.param({"interval": "soon"}, "interval: expected a duration", id="no interval"),
        pytest.param({"interval": 60}, "interval: expected a duration", id="bare number"),
        pytest.param({"interval": "0s"}, "interval: expected 1s or longer", id="no pause"),
        pytest.param({"initial_delay": "5"}, "initial_delay: expected", id="no delay"),
        pytest.param({"provider": None}, "provider is missing", id="no provider"),
        pytest.param({"provider": {}}, "there are 0: none", id="an empty provider"),
        pytest.param(
            {"provider": {"recorded": {}, "manual": "done?"}}, "there are 2", id="two providers"
        ),
        pytest.param({"provider": {"entrails": {}}}, "'entrails' is not known", id="unknown"),
        pytest.param({"provider": {"manual": ""}}, "question is missing", id="no question"),
        pytest.param({"provider": {"samples": {"sample": "x"}}}, "give check and", id="no check"),
        pytest.param(
            {"provider": {"samples": {"kpi": "tps", "check": "a/b"}}}, "not both", id="kpi or check"
        ),
        pytest.param(
            {"provider": {"promql": {"url": "http://p"}}}, "query is missing", id="promql"
        ),
        pytest.param({"provider": {"http": {"url": "http://p"}}}, "value is missing", id="http"),
        pytest.param({"success_condition": "result >="}, "is no condition", id="half a condition"),
        pytest.param({"success_condition": "result + 1"}, "not true or false", id="a sum"),
        pytest.param(
            {"failure_condition": "__import__('os')"}, "cannot be read from", id="no code"
        ),
        pytest.param(
            {"success_condition": "result > baseline"}, "the metric has none", id="no baseline"
        ),
        pytest.param({"on_failed": "explode"}, "on_failed: expected one of", id="on_failed"),
        pytest.param({"on_no_data": "rollback"}, "on_no_data: expected one of", id="on_no_data"),
        pytest.param({"on_error": "rollback"}, "on_error is always pause", id="G3"),
        pytest.param({"baseline": {"lowest": -0.5}}, "baseline needs stored", id="no history"),
        pytest.param({"min_samples": -1}, "min_samples is below 0", id="samples below 0"),
        pytest.param({"min_samples": float("nan")}, "min_samples: expected a number", id="NaN"),
        pytest.param({"min_samples": 10**400}, "min_samples: expected a number", id="huge"),
        pytest.param({"failureLimit": 1, "failure_limit": 1}, "stands twice", id="twice"),
        pytest.param({"limit": 1}, "'limit' is not known", id="strange field"),
        pytest.param({"name": "a/b"}, "name is missing, or", id="strange name"),
        pytest.param({"interval": "999999999999y"}, "at most a year", id="too long"),
    ],
)
def test_refused(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadDefinition) as refused:
        read({"metrics": [{**row(), **given}]})
    assert len(refused.value.faults) == 1, refused.value.faults
    assert fault in refused.value.faults[0]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "metrics",
        {},
        {"metrics": []},
        {"metrics": {}},
        {"metrics": [7]},
        {"metrics": "ab"},
    ],
)
def test_no_gate_at_all(content: Any) -> None:
    with pytest.raises(BadDefinition):
        read(content)


def test_every_fault_is_named_at_once_with_its_metric() -> None:
    rows = [
        row("one", count=2),
        row("two", failure_limit=-3, colour="red"),
        row("three"),
        row("three"),
    ]
    with pytest.raises(BadDefinition) as refused:
        read({"metrics": rows, "verdict": "good"})
    words = "\n".join(refused.value.faults)
    for part in (
        "verdict is not known",
        "'one': count 2",
        "'two': 'colour'",
        "two metrics 'three'",
    ):
        assert part in words
    assert "'two': failure_limit: expected" in words


def test_a_definition_of_argo_is_read_as_it_stands() -> None:
    found = metric(
        initialDelay="2m",
        interval="5m",
        count=10,
        successCondition="len(result) > 0 && result[0] >= 0.95",
        failureCondition="!(result[0] >= 0.9) || false",
        failureLimit=3,
        inconclusiveLimit=2,
        consecutiveErrorLimit=1,
        consecutiveSuccessLimit=4,
        dryRun=True,
    )
    assert (found.initial_delay, found.interval) == (timedelta(minutes=2), timedelta(minutes=5))
    assert (found.failure_limit, found.inconclusive_limit) == (3, 2)
    assert (found.consecutive_error_limit, found.consecutive_success_limit) == (1, 4)
    assert found.is_dry_run
    assert found.limits == (Limit(">=", 0.95), Limit("<", 0.9))


def test_all_of_ours() -> None:
    settings = {"check": "{cc}-core/kpi", "sample": "success_percent", "samples_of": "transactions"}
    found = metric(
        provider={"samples": settings},
        min_samples=50,
        baseline={"lowest": -0.5, "by": "points"},
        on_failed="rollback",
        on_no_data="wait",
        failure_condition="result < 99",
        **IV,
    )
    assert found.provider.kind is ProviderKind.SAMPLES
    assert found.provider.at("KE")["check"] == "ke-core/kpi"
    assert found.provider.settings["over"] == timedelta(minutes=5)
    assert found.baseline == Baseline(lowest=-0.5)
    assert found.limits == (Limit(">=", 99.0),)
    assert (found.on_failed, found.on_no_data) == (OnFailed.ROLL_BACK, OnNoData.WAIT)


def test_the_code_of_the_market_leaves_other_braces_alone() -> None:
    query = 'sum(rate(paid{cc="{cc}",land=~"{CC}|x{2}"}[5m]))'
    assert placed({"q": [query]}, "Ke") == {"q": ['sum(rate(paid{cc="ke",land=~"KE|x{2}"}[5m]))']}


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/data/0/rate", '["data"][0]["rate"]'),
        ("/a~1b/m~0n", '["a/b"]["m~n"]'),
        ("data[0].rate", "data[0].rate"),
    ],
)
def test_a_json_pointer_is_a_place(pointer: str, place: str) -> None:
    assert dotted(pointer) == place


def test_the_example_of_the_docs_is_a_good_definition() -> None:
    page = (Path(__file__).parents[3] / "docs" / "health-gates.md").read_text(encoding="utf-8")
    text = page.partition("<!-- gate -->\n```yaml\n")[2].partition("```")[0]
    found = read(yaml.safe_load(text))
    assert [each.provider.kind.value for each in found.metrics] == [
        "samples",
        "promql",
        "http",
        "manual",
    ]
