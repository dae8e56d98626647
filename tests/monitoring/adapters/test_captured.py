"""Every captured answer, read by the adapter that would meet it, gives what the facts say."""

import pytest

from ssoc.monitoring.adapters import alertmanager, gsma, health, http, metrics, promql
from ssoc.monitoring.adapters.answer import Answer, Failure, Outcome, Pulled
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import AT, CAPTURED, captured, check

OK, DEGRADED, DOWN, UNKNOWN = Health.OK, Health.DEGRADED, Health.DOWN, Health.UNKNOWN


def _gsma(answer: Answer) -> Outcome:
    return gsma.heartbeat(answer, AT)


def _promql(answer: Answer) -> Outcome:
    return promql.instant(answer, promql.Options(url="http://h", query="q"), AT)


def _metrics(answer: Answer) -> Outcome:
    return metrics.page(answer, metrics.Options(url="http://h"), AT)


def _http(answer: Answer) -> Outcome:
    return http.judged(answer, http.Options(url="http://h"), AT)


def _alerts(answer: Answer) -> Outcome:
    found = alertmanager.reports_of(answer, check("alertmanager", {}), AT)
    return found if isinstance(found, Failure) else Outcome(OK, message=str(len(found)))


BALANCE = (gsma.balance, OK, Reason.NONE, "available")
CASES = {
    "gsma-prism/heartbeat-200.http": (_gsma, OK, Reason.NONE, "says available"),
    "gsma-prism/heartbeat-400.http": (_gsma, UNKNOWN, Reason.CONFIGURATION, "400"),
    "gsma-prism/heartbeat-401.http": (_gsma, UNKNOWN, Reason.REFUSED, "401"),
    "gsma-prism/heartbeat-404.http": (_gsma, UNKNOWN, Reason.CONFIGURATION, "404"),
    "gsma-prism/heartbeat-500.http": (_gsma, UNKNOWN, Reason.ERROR_ANSWER, "500"),
    "gsma-prism/heartbeat-503.http": (_gsma, DOWN, Reason.NONE, "503"),
    "gsma-prism/heartbeat-bad-xdate.http": (_gsma, UNKNOWN, Reason.CONFIGURATION, "x-date"),
    "gsma-prism/heartbeat-dynamic-1.http": (_gsma, DOWN, Reason.NONE, "unavailable"),
    "gsma-prism/heartbeat-dynamic-2.http": (_gsma, DOWN, Reason.NONE, "unavailable"),
    "gsma-prism/heartbeat-dynamic-3.http": (_gsma, OK, Reason.NONE, "available"),
    "gsma-prism/heartbeat-dynamic-4.http": (_gsma, DEGRADED, Reason.NONE, "degraded"),
    "gsma-prism/heartbeat-dynamic-5.http": (_gsma, OK, Reason.NONE, "available"),
    "gsma-prism/heartbeat-dynamic-6.http": (_gsma, DOWN, Reason.NONE, "unavailable"),
    "gsma-prism/method-not-allowed.http": (_gsma, UNKNOWN, Reason.CONFIGURATION, "405"),
    "gsma-prism/not-in-spec.http": (_gsma, UNKNOWN, Reason.CONFIGURATION, "404"),
    "gsma-prism/account-status.http": (_gsma, UNKNOWN, Reason.BAD_ANSWER, "no serviceStatus"),
    "gsma-prism/account-transactions.http": (_gsma, UNKNOWN, Reason.BAD_ANSWER, "no JSON object"),
    "gsma-prism/requeststate.http": (_gsma, UNKNOWN, Reason.BAD_ANSWER, "no serviceStatus"),
    "gsma-prism/responses.http": (_gsma, UNKNOWN, Reason.BAD_ANSWER, "no serviceStatus"),
    "gsma-prism/transaction.http": (_gsma, UNKNOWN, Reason.BAD_ANSWER, "no serviceStatus"),
    "gsma-prism/accounts-balance.http": BALANCE,
    "gsma-prism/account-balance-accountid.http": BALANCE,
    "prometheus/query-vector.http": (_promql, OK, Reason.NONE, ""),
    "prometheus/query-post.http": (_promql, OK, Reason.NONE, ""),
    "prometheus/query-matrix.http": (_promql, OK, Reason.NONE, ""),
    "prometheus/query_range.http": (_promql, OK, Reason.NONE, ""),
    "prometheus/query-scalar.http": (_promql, OK, Reason.NONE, ""),
    "prometheus/query-nan.http": (_promql, OK, Reason.NONE, ""),
    "prometheus/query-inf.http": (_promql, OK, Reason.NONE, ""),
    "prometheus/query-string.http": (_promql, UNKNOWN, Reason.CONFIGURATION, "not a number"),
    "prometheus/query-empty.http": (_promql, UNKNOWN, Reason.NO_DATA, "no result"),
    "prometheus/query-bad.http": (
        _promql,
        UNKNOWN,
        Reason.CONFIGURATION,
        "1:5: parse error: unclosed left parenthesis",
    ),
    "prometheus/query-timeout.http": (_promql, UNKNOWN, Reason.CONFIGURATION, "1ns"),
    "prometheus/query_range-toomany.http": (_promql, UNKNOWN, Reason.CONFIGURATION, "11,000"),
    "prometheus/alerts.http": (_promql, UNKNOWN, Reason.BAD_ANSWER, "not an answer"),
    "prometheus/alertmanagers.http": (_promql, UNKNOWN, Reason.BAD_ANSWER, "not an answer"),
    "prometheus/buildinfo.http": (_promql, UNKNOWN, Reason.BAD_ANSWER, "not an answer"),
    "prometheus/rules.http": (_promql, UNKNOWN, Reason.BAD_ANSWER, "not an answer"),
    "prometheus/targets.http": (_promql, UNKNOWN, Reason.BAD_ANSWER, "not an answer"),
    "prometheus/healthy.http": (_http, OK, Reason.NONE, "200"),
    "prometheus/ready.http": (_http, OK, Reason.NONE, "200"),
    "prometheus/metrics-text-0.0.4.http": (_metrics, OK, Reason.NONE, "samples"),
    "prometheus/metrics-openmetrics.http": (_metrics, OK, Reason.NONE, "samples"),
    "prometheus/node-metrics.http": (_metrics, OK, Reason.NONE, "samples"),
    "prometheus/federate.http": (_metrics, OK, Reason.NONE, "samples"),
    "prometheus/python-client-openmetrics.txt": (_metrics, OK, Reason.NONE, "18 samples"),
    "prometheus/python-client-text.txt": (_metrics, OK, Reason.NONE, "18 samples"),
    "prometheus/pushgateway-api-metrics.http": (_metrics, UNKNOWN, Reason.BAD_ANSWER, "no page"),
    "blackbox/http-ok.http": (_metrics, OK, Reason.NONE, "samples"),
    "blackbox/http-refused.http": (_metrics, DOWN, Reason.NONE, "no HTTP answer"),
    "blackbox/tcp-ok.http": (_metrics, OK, Reason.NONE, "samples"),
    "blackbox/tcp-refused.http": (_metrics, DOWN, Reason.NONE, "the probe failed"),
    "blackbox/tcp-tls.txt": (_metrics, OK, Reason.NONE, "samples"),
    "blackbox/unknown-module.http": (
        _metrics,
        UNKNOWN,
        Reason.CONFIGURATION,
        'Unknown module "nope"',
    ),
    "mojaloop/health-ok.http": (health.health_page, OK, Reason.NONE, "OK"),
    "mojaloop/health-broker.http": (health.health_page, DOWN, Reason.NONE, "broker"),
    "nats/healthz.http": (health.health_page, OK, Reason.NONE, "ok"),
    "nats/varz.http": (health.health_page, UNKNOWN, Reason.BAD_ANSWER, "no health page"),
    "nats/connz.http": (health.health_page, UNKNOWN, Reason.BAD_ANSWER, "no health page"),
    "nats/jsz.http": (health.health_page, UNKNOWN, Reason.BAD_ANSWER, "no health page"),
    "alertmanager/get-alerts.http": (_alerts, OK, Reason.NONE, "1"),
    "alertmanager/get-alerts-filter.http": (_alerts, OK, Reason.NONE, "1"),
    "alertmanager/get-alerts-silenced.json": (_alerts, OK, Reason.NONE, "4"),
    "alertmanager/get-alerts-badfilter.http": (
        _alerts,
        UNKNOWN,
        Reason.CONFIGURATION,
        "bad matcher format: oops{",
    ),
    "alertmanager/get-alerts-groups.http": (_alerts, UNKNOWN, Reason.BAD_ANSWER, "alerts"),
    "alertmanager/get-alerts-groups.json": (_alerts, UNKNOWN, Reason.BAD_ANSWER, "alerts"),
    "alertmanager/healthy.http": (_http, OK, Reason.NONE, "200"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_captured_answer_is_read_as_the_facts_say(name: str) -> None:
    read, health_wanted, reason, words = CASES[name]
    outcome = read(captured(name))
    assert (outcome.health, outcome.reason) == (health_wanted, reason), outcome.message
    assert words in outcome.message
    if name.startswith("gsma-prism/heartbeat"):
        assert "delay_ms" not in {sample.name for sample in outcome.samples}, "all are absurd"
        assert "planned" not in outcome.message, "all are in the past"


@pytest.mark.parametrize("folder", ["gsma-prism", "blackbox", "mojaloop", "nats", "prometheus"])
def test_no_captured_answer_is_left_out(folder: str) -> None:
    if not CAPTURED.exists():
        pytest.skip("captured traffic is not beside the repository")
    there = {f"{folder}/{path.name}" for path in (CAPTURED / folder).iterdir()}
    assert there <= set(CASES)


def test_a_reading_with_reports_is_still_a_reading() -> None:
    assert Pulled.__mro__[1].__name__ == "Reading"
