"""Check 3: pages of metrics of real exporters, and the blackbox exporter's probes."""

import math
from collections.abc import Iterator
from dataclasses import replace
from urllib.request import urlopen

import prometheus_client
import pytest
from prometheus_client.openmetrics import exposition, parser
from prometheus_client.parser import text_string_to_metric_families

from ssoc.monitoring.adapters import metrics
from ssoc.monitoring.adapters.answer import Answer, Failure
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import CAPTURED, QUICK
from tests.monitoring.adapters.servers import Server, serving
from tests.peers.asking import ask
from tests.peers.launch import Peers


@pytest.mark.parametrize("name", ["pushgateway", "node", "prometheus"])
def test_as_many_samples_as_the_librarys_own_parser_finds(lab: Peers, name: str) -> None:
    url = lab.url(name, "/metrics")
    reading = ask("metrics", {"url": url, "most": 20_000})
    assert (reading.health, reading.reason) == (Health.OK, Reason.NONE), reading.message
    with urlopen(url, timeout=5) as page:  # noqa: S310 (loopback)
        body, kind = page.read(), page.headers["Content-Type"]
    expected = [s for each in text_string_to_metric_families(body.decode()) for s in each.samples]
    found = metrics.parsed(Answer(200, body, {"content-type": kind}))
    assert not isinstance(found, Failure)
    assert len(found) == len(expected)
    names = {sample.name for sample in reading.samples}
    assert names >= {sample.name for sample in expected}, "the poll has seen the same page"


@pytest.fixture
def files() -> Iterator[Server]:
    """Serve what a static server would, which does not know of OpenMetrics."""
    with serving() as server:
        yield server


def _families(page: bytes) -> list[prometheus_client.Metric]:
    return list(parser.text_string_to_metric_families(page.decode()))  # type: ignore[no-untyped-call]


def _registry() -> prometheus_client.CollectorRegistry:
    registry = prometheus_client.CollectorRegistry()
    done = prometheus_client.Counter("mm_done", "Done", ["kind"], registry=registry)
    done.labels("p2p").inc(5, exemplar={"trace_id": "abc"})
    odd = prometheus_client.Gauge("mm_odd", "Odd", ["q"], registry=registry)
    odd.labels("nan").set(math.nan)
    odd.labels("inf").set(math.inf)
    odd.labels('a"b\\c\nd').set(-0.0)
    prometheus_client.Histogram("mm_s", "Latency", registry=registry).observe(0.3)
    prometheus_client.Enum("mm_state", "State", states=["up", "down"], registry=registry)
    return registry


def test_the_python_clients_own_pages(files: Server) -> None:
    registry = _registry()
    text = prometheus_client.generate_latest(registry)
    open_ = exposition.generate_latest(registry)  # type: ignore[no-untyped-call]
    files.says("/text", 200, text, Content_Type=prometheus_client.CONTENT_TYPE_LATEST)
    files.says("/plain", 200, open_, Content_Type="text/plain")
    files.says("/open", 200, open_, Content_Type=exposition.CONTENT_TYPE_LATEST)
    expected = {
        "/text": list(text_string_to_metric_families(text.decode())),
        "/plain": _families(open_),
        "/open": _families(open_),
    }
    for path, families in expected.items():
        reading = ask("metrics", {"url": f"{files.url}{path}"})
        assert reading.health is Health.OK, reading.message
        assert len(reading.samples) == sum(len(family.samples) for family in families)
        odd = {s.labels["q"]: s.value for s in reading.samples if s.name == "mm_odd"}
        assert math.isnan(odd["nan"])
        assert odd["inf"] == math.inf
        assert 'a"b\\c\nd' in odd


@pytest.mark.parametrize("name", ["python-client-openmetrics.txt", "python-client-text.txt"])
def test_captured_pages_from_a_static_server(files: Server, name: str) -> None:
    path = CAPTURED / "prometheus" / name
    if not path.exists():
        pytest.skip("captured traffic is not beside the repository")
    files.says("/", 200, path.read_bytes(), Content_Type="text/plain")
    reading = ask("metrics", {"url": f"{files.url}/"})
    assert (reading.health, len(reading.samples)) == (Health.OK, 18), reading.message


def test_version_1_0_0_of_text_is_accepted(files: Server) -> None:
    files.says("/", 200, "up 1\n", Content_Type="text/plain; version=1.0.0; charset=utf-8")
    assert ask("metrics", {"url": f"{files.url}/"}).health is Health.OK


def test_a_probe_answers_200_whatever_it_found(lab: Peers) -> None:
    def probe(target: str, module: str = "http_2xx") -> str:
        return lab.url("blackbox", f"/probe?module={module}&target={target}")

    patient = replace(
        QUICK, read_timeout=QUICK.total_timeout * 3, total_timeout=QUICK.total_timeout * 3
    )
    fine = ask("metrics", {"url": probe(lab.url("alertmanager", "/-/healthy"))}, polling=patient)
    refused = ask("metrics", {"url": probe("http://127.0.0.1:1/")}, polling=patient)
    missing = ask("metrics", {"url": probe(lab.url("alertmanager", "/nope"))}, polling=patient)
    module = ask("metrics", {"url": probe("127.0.0.1:1", "nope")}, polling=patient)
    assert fine.health is Health.OK
    assert (refused.health, refused.message) == (Health.DOWN, "the probe failed: no HTTP answer")
    assert (missing.health, missing.message) == (Health.DOWN, "the probe failed: HTTP 404")
    assert (module.health, module.reason) == (Health.UNKNOWN, Reason.CONFIGURATION)
    assert 'Unknown module "nope"' in module.message
