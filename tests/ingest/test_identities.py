from typing import Any

import pytest

from ssoc.core.settings import IngestSettings
from ssoc.core.vocabulary import Severity
from ssoc.monitoring.report import fingerprint, hex_of, key_of
from tests.ingest.speaking import place
from web.ingest.identities import Identities
from web.ingest.parsed import BadItem
from web.ingest.severities import is_known, severity_of

DOWN = {
    "alertname": "InstanceDown",
    "code": "200",
    "instance": "127.0.0.1:9090",
    "job": "prometheus",
    "monitor": "codelab-monitor",
    "severity": "critical",
}
LOW = {
    "alertname": "MobileMoneySuccessLow",
    "country": "KE",
    "job": "mobile_money",
    "lab": "ssoc",
    "service": "mobile-money",
    "severity": "critical",
}
ERRORS = {
    "alertname": "PaymentErrors",
    "country": "KE",
    "dc": "nbo1",
    "service": "mpesa-c2b",
    "severity": "critical",
}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param(DOWN, "791cec13fcba0368", id="published"),
        pytest.param(DOWN | {"instance": "localhost:9090"}, "8df98227bdd81384", id="published too"),
        pytest.param(LOW, "2dd6c1686ae2239a", id="a real webhook's, KE"),
        pytest.param(LOW | {"country": "MZ"}, "cbee612fe84ef605", id="a real webhook's, MZ"),
        pytest.param(LOW | {"country": "TZ"}, "c55155ab84000a98", id="a real answer's, TZ"),
        pytest.param(ERRORS, "3694cacd5eb705bb", id="another set-up's"),
        pytest.param({"alertname": "Mix", "country": "KE"}, "9fe0a513b1cb5d24", id="Mix KE"),
        pytest.param({"alertname": "Mix", "country": "TZ"}, "de62c413d5bb6ce2", id="Mix TZ"),
        pytest.param({"alertname": "Mix", "country": "GH"}, "3814b913770bf865", id="Mix GH"),
        pytest.param({"alertname": "Mix", "country": "MZ"}, "8e405313a7ba5529", id="Mix MZ"),
        pytest.param({}, "cbf29ce484222325", id="no labels: the offset basis"),
    ],
)
def test_fingerprints_are_those_of_prometheus(labels: dict[str, str], expected: str) -> None:
    assert hex_of(key_of(fingerprint(labels))) == expected


def recognise(labels: Any, market: str = "", **limits: int) -> Any:
    return Identities(place, IngestSettings(**limits))(labels, market)  # type: ignore[arg-type]


def test_an_identity_says_what_labels_mean() -> None:
    found = recognise(LOW)
    assert hex_of(found.key) == "2dd6c1686ae2239a"
    assert (found.market, found.component, found.name) == ("KE", "mobile-money", LOW["alertname"])
    assert (found.severity, found.severity_word) == (Severity.CRITICAL, "critical")


def test_labels_without_a_value_are_no_part_of_it() -> None:
    assert recognise(LOW | {"empty": "", "absent": None}).key == recognise(LOW).key


def test_a_sender_of_one_market_adds_the_label_that_nobody_wrote() -> None:
    bare = {"alertname": "DiskFull", "instance": "localhost:9090"}
    kenya, tanzania = recognise(bare, "KE"), recognise(bare, "TZ")
    assert kenya.labels == bare | {"market": "KE"}
    assert kenya.key != tanzania.key, "the same labels of two countries are two alerts"
    assert recognise(LOW, "KE").labels == LOW, "a label that names the market is enough"


def test_the_same_labels_are_reckoned_once() -> None:
    asked = []

    def counting(labels: Any, market: str) -> tuple[str, str]:
        asked.append(labels)
        return place(labels, market)

    known = Identities(counting, IngestSettings(), most=2)
    assert known(LOW, "") is known(dict(reversed(LOW.items())), "")
    assert len(asked) == 1
    for number in range(5):
        known({"alertname": str(number)}, "")
    assert known(LOW, "").key == recognise(LOW).key, "a full memory is emptied, not wrong"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        pytest.param({}, "at least one label pair required", id="none"),
        pytest.param({"a": ""}, "at least one label pair required", id="only an empty one"),
        pytest.param({"": "x"}, 'invalid label set: invalid name ""', id="a name that is empty"),
        pytest.param({"a": 1}, "label a must be a text, found a number", id="a number"),
        pytest.param({"a": True}, "label a must be a text, found true or false", id="a boolean"),
        pytest.param({"a": ["x"]}, "label a must be a text, found a list", id="a list"),
        pytest.param({"a": "x" * 17}, "label a is longer than 16 bytes", id="too long"),
        pytest.param({"a": "é" * 8}, "label a is longer than 16 bytes", id="too long in bytes"),
        pytest.param(
            {str(n): "x" for n in range(4)}, "4 labels are more than 3 (most_labels)", id="too many"
        ),
        pytest.param([], "labels must be an object, found a list", id="no object"),
    ],
)
def test_what_is_no_label_set_is_refused_with_the_reason(labels: Any, message: str) -> None:
    with pytest.raises(BadItem) as caught:
        recognise(labels, most_labels=3, most_label_bytes=16)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("critical", Severity.CRITICAL),
        ("security", Severity.CRITICAL),
        ("Critical ", Severity.CRITICAL),
        ("P1", Severity.CRITICAL),
        ("error", Severity.ERROR),
        ("major", Severity.ERROR),
        ("P2", Severity.ERROR),
        ("warning", Severity.WARNING),
        ("minor", Severity.WARNING),
        ("P3", Severity.WARNING),
        ("info", Severity.INFO),
        ("informational", Severity.INFO),
        ("indeterminate", Severity.INFO),
        ("debug", Severity.INFO),
        ("trace", Severity.INFO),
        ("P4", Severity.INFO),
        ("P5", Severity.INFO),
        ("catastrophe", Severity.WARNING),
        ("", Severity.WARNING),
    ],
)
def test_severity_words_of_other_tools(word: str, expected: Severity) -> None:
    assert severity_of(word) is expected
    assert is_known(word) is (word != "catastrophe")


def test_grafana_that_cannot_ask_is_blind_monitoring_not_a_failing_service() -> None:
    found = recognise({"alertname": "DatasourceError", "service": "ussd", "severity": "critical"})
    assert (found.severity, found.component) == (Severity.WARNING, "")
