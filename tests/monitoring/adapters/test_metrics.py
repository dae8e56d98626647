"""Pages of metrics."""

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ssoc.monitoring.adapters.answer import Failure
from ssoc.monitoring.adapters.metrics import Options, page, parsed, selection
from ssoc.monitoring.adapters.selectors import selector
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import AT, captured, said

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PAGE = """\
# TYPE queue gauge
queue{country="KE",kind="sms"} 12
queue{country="KE",kind="push"} NaN
queue{country="TZ",kind="a\\"b\\\\c\\nd"} +Inf
# TYPE done_total counter
done_total 5
"""


def _options(**given: object) -> Options:
    if "select" in given:
        given["select"] = selection(given["select"])
    return Options(url="http://h", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [TEXT, "text/plain; version=1.0.0", "text/plain", ""])
def test_the_content_type_never_decides_alone(kind: str) -> None:
    assert len(page(said(200, PAGE, kind), _options(), AT).samples) == 4


def test_odd_values_and_labels_are_kept() -> None:
    values = [sample.value for sample in page(said(200, PAGE, TEXT), _options(), AT).samples]
    assert values[0] == 12
    assert math.isnan(values[1])
    assert math.isinf(values[2])
    labels = [sample.labels for sample in page(said(200, PAGE, TEXT), _options(), AT).samples]
    assert labels[2]["kind"] == 'a"b\\c\nd'


def test_openmetrics_is_known_by_its_end_mark_too() -> None:
    body = '# TYPE done counter\ndone_total 5.0 # {trace_id="abc"} 1.0 1795296025.9\n# EOF\n'
    for kind in (OPEN, "text/plain"):
        outcome = page(said(200, body, kind), _options(), AT)
        assert [(s.name, s.value) for s in outcome.samples] == [("done_total", 5.0)]


def test_selected_samples_may_be_renamed() -> None:
    options = _options(select={"sms_queue": 'queue{kind="sms"}', "done": "done_total"})
    samples = page(said(200, PAGE, TEXT), options, AT).samples
    assert [(s.name, s.value) for s in samples] == [("sms_queue", 12), ("done", 5)]


def test_a_metric_that_is_missing_is_no_data() -> None:
    outcome = page(said(200, PAGE, TEXT), _options(select=["done_total", "nope{a='b'}"[:4]]), AT)
    assert (outcome.health, outcome.reason) == (Health.UNKNOWN, Reason.NO_DATA)
    assert "nope" in outcome.message
    assert [s.name for s in outcome.samples] == ["done_total"], "what is there is kept"
    assert page(said(200, "", TEXT), _options(), AT).reason is Reason.NO_DATA


def test_time_stamps_are_milliseconds_in_text_and_seconds_in_openmetrics() -> None:
    text = parsed(said(200, "up 1 1795295209158\n", TEXT))
    open_ = parsed(said(200, "# TYPE up gauge\nup 1 1795295209.158\n# EOF\n", OPEN))
    assert not isinstance(text, Failure)
    assert not isinstance(open_, Failure)
    assert text[0].at == open_[0].at
    options = _options(fresh_within=timedelta(minutes=1))
    body = said(200, "up 1 1795295209158\n", TEXT)
    assert page(body, options, AT).health is Health.OK
    assert page(body, options, AT + timedelta(minutes=1)).reason is Reason.STALE


@pytest.mark.parametrize(
    "body",
    ["{}", "<html>", "up one", 'up{a="b} 1', "up{a=b} 1", "\x00\x01"],
)
def test_what_is_no_page_of_metrics_is_a_bad_answer(body: str) -> None:
    assert page(said(200, body, TEXT), _options(), AT).reason is Reason.BAD_ANSWER


@settings(max_examples=300, deadline=None)
@given(some.text(alphabet='up{}=",\\# \n1.eE+-NaTYPEOF_:', max_size=60), some.booleans())
def test_no_page_makes_the_reader_fall(body: str, is_open: bool) -> None:
    page(said(200, body, OPEN if is_open else TEXT), _options(), AT)


def test_a_probe_that_failed_says_so_with_200() -> None:
    body = "probe_success 0\nprobe_http_status_code 502\n"
    outcome = page(said(200, body, TEXT), _options(select=["probe_duration_seconds"]), AT)
    assert (outcome.health, outcome.message) == (Health.DOWN, "the probe failed: HTTP 502")


def test_the_days_left_ignore_what_an_unverified_chain_says() -> None:
    outcome = page(captured("blackbox/tcp-tls.txt"), _options(), AT)
    days = [s.value for s in outcome.samples if s.name == "days_left"]
    assert days == [pytest.approx(30.0, abs=0.1)]
    nonsense = page(said(200, "probe_success 1\nprobe_ssl_earliest_cert_expiry -6.2e10\n", TEXT),
                    _options(), AT)  # fmt: skip
    assert "days_left" not in {s.name for s in nonsense.samples}


@pytest.mark.parametrize(
    ("text", "labels", "is_meant"),
    [
        pytest.param("queue", {}, True, id="name alone"),
        pytest.param("other", {}, False, id="other name"),
        pytest.param('queue{a="1"}', {"a": "1"}, True, id="equal"),
        pytest.param('queue{a="1"}', {}, False, id="a missing label is empty"),
        pytest.param('queue{a=""}', {}, True, id="empty means missing"),
        pytest.param('queue{a!="1"}', {"a": "1"}, False, id="not equal"),
        pytest.param('queue{a=~"1|2"}', {"a": "2"}, True, id="pattern over the whole value"),
        pytest.param('queue{a=~"1|2"}', {"a": "22"}, False, id="not a part of it"),
        pytest.param('queue{a!~"1.*", b="x",}', {"a": "2", "b": "x"}, True, id="several"),
        pytest.param('{a="1"}', {"a": "1"}, True, id="any name"),
        pytest.param('queue{a="x\\"y}"}', {"a": 'x"y}'}, True, id="escaped"),
    ],
)
def test_selectors(text: str, labels: dict[str, str], is_meant: bool) -> None:
    assert selector(text).selects("queue", labels) is is_meant


@pytest.mark.parametrize("text", ["", "{}", "a b", 'q{a="1"', 'q{a=~"("}', 'q{a="1" b="2"}', 5])
def test_a_bad_selector_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="selector|expression|comma"):
        selector(text)
