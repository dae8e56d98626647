"""Answers of the query API."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest

from ssoc.monitoring.adapters.promql import MOST_POINTS, Options, instant, parsed, windows
from ssoc.monitoring.reading import Health, Reason, Sample
from tests.monitoring.adapters.cases import AT, captured, said

OPTIONS = Options(url="http://h", query="q")


def _vector(*values: tuple[dict[str, str], str]) -> str:
    result = [{"metric": labels, "value": [AT.timestamp(), text]} for labels, text in values]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})


def test_a_series_is_a_sample_with_its_labels() -> None:
    body = _vector(({"__name__": "ratio", "country": "KE"}, "0.71"), ({"country": "TZ"}, "1"))
    outcome = instant(said(200, body), OPTIONS, AT)
    assert list(outcome.samples) == [
        Sample("ratio", 0.71, "", {"country": "KE"}),
        Sample("value", 1.0, "", {"country": "TZ"}),
    ]


def test_the_check_may_name_the_samples() -> None:
    body = _vector(({"__name__": "ratio"}, "0.71"))
    options = Options(url="http://h", query="q", name="success", unit="%")
    assert list(instant(said(200, body), options, AT).samples) == [Sample("success", 0.71, "%")]


@pytest.mark.parametrize("word", ["NaN", "+Inf", "-Inf"])
def test_what_is_no_number_is_kept_as_such(word: str) -> None:
    outcome = instant(said(200, _vector(({}, word))), OPTIONS, AT)
    assert outcome.health is Health.OK
    assert not math.isfinite(outcome.samples[0].value)


def test_a_matrix_gives_the_newest_value() -> None:
    outcome = instant(captured("prometheus/query-matrix.http"), OPTIONS, AT)
    assert [(s.labels["country"], s.value) for s in outcome.samples] == [
        ("KE", 0.71),
        ("TZ", 0.998),
    ]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        pytest.param(422, '{"status":"error","error":"x"}', Reason.CONFIGURATION, id="execution"),
        pytest.param(503, '{"status":"error","error":"x"}', Reason.ERROR_ANSWER, id="timeout"),
        pytest.param(404, "404 page not found", Reason.CONFIGURATION, id="wrong prefix"),
        pytest.param(200, "{", Reason.BAD_ANSWER, id="cut off"),
        pytest.param(200, "null", Reason.BAD_ANSWER, id="null"),
        pytest.param(200, '{"status":"success"}', Reason.BAD_ANSWER, id="no data in it"),
        pytest.param(200, '{"status":"success","data":{"resultType":"vector","result":[]}}',
                     Reason.NO_DATA, id="an empty result is no data"),
        pytest.param(200, '{"status":"success","data":{"resultType":"scalar","result":[1,"x"]}}',
                     Reason.BAD_ANSWER, id="no number"),
        pytest.param(200, '{"status":"success","data":{"resultType":"scalar","result":[1e99,"1"]}}',
                     Reason.BAD_ANSWER, id="no instant"),
    ],
)  # fmt: skip
def test_what_brings_no_answer(status: int, body: str, reason: Reason) -> None:
    outcome = instant(said(status, body), OPTIONS, AT)
    assert (outcome.health, outcome.reason) == (Health.UNKNOWN, reason)


def test_too_many_series_are_our_fault() -> None:
    body = _vector(*(({"n": str(number)}, "1") for number in range(501)))
    outcome = instant(said(200, body), OPTIONS, AT)
    assert outcome.reason is Reason.CONFIGURATION
    assert "501 series" in outcome.message


def test_old_values_are_stale_when_the_check_says_so() -> None:
    options = Options(url="http://h", query="q", fresh_within=timedelta(minutes=5))
    answer = said(200, _vector(({}, "1")))
    assert instant(answer, options, AT + timedelta(minutes=5)).health is Health.OK
    late = instant(answer, options, AT + timedelta(minutes=5, seconds=1))
    assert (late.reason, len(late.samples)) == (Reason.STALE, 1)


def test_a_range_gives_every_point() -> None:
    found = parsed(captured("prometheus/query_range.http"), "ratio")
    assert not isinstance(found, str)
    assert len(found.points) == 10  # type: ignore[union-attr]


def test_a_long_range_is_asked_in_parts_that_prometheus_takes() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    step = timedelta(seconds=1)
    parts = list(windows(start, start + step * 25_000, step))
    counts = [round((until - since) / step) + 1 for since, until in parts]
    assert counts == [MOST_POINTS, MOST_POINTS, 5_001]
    assert parts[1][0] == parts[0][1] + step
