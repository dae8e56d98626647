"""Check 4: plain HTTP, from well to black hole, and TLS with a CA of our own."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from ssoc.core.clock import SystemClock
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.conftest import authority as authority
from tests.monitoring.adapters.servers import Authority, Server, hang, serving
from tests.peers.asking import ask
from tests.peers.launch import Peers


def test_a_healthy_tool_is_ok_and_timed(lab: Peers) -> None:
    reading = ask("http", {"url": lab.url("alertmanager", "/-/healthy")})
    assert (reading.health, reading.reason) == (Health.OK, Reason.NONE)
    assert [sample.name for sample in reading.samples] == ["latency_ms"]
    assert reading.samples[0].value > 0


def test_a_wrong_path_is_our_own_fault(lab: Peers) -> None:
    reading = ask("http", {"url": lab.url("alertmanager", "/nope")})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.CONFIGURATION)


def test_nobody_there_is_unreachable() -> None:
    reading = ask("http", {"url": "http://127.0.0.1:1/"})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)


def test_a_black_hole_ends_within_the_budget_and_delays_nobody(lab: Peers) -> None:
    client = Client()
    with serving() as hole:
        hole.answers["/"] = hang  # would answer after 600 s
        for _ in range(2):
            began = monotonic()
            reading = ask("http", {"url": f"{hole.url}/"}, client)
            assert monotonic() - began < 2.5
            assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)
            assert "timed out" in reading.message
        began = monotonic()
        assert ask("http", {"url": lab.url("alertmanager", "/-/healthy")}).health is Health.OK
        assert monotonic() - began < 0.5
    client.close()


@pytest.fixture
def bank(authority: Authority) -> Iterator[Server]:
    with serving(authority.context()) as server:
        server.says("/", 200, '{"status":"ok"}')
        yield server


def test_days_left_are_what_openssl_says(bank: Server, authority: Authority) -> None:
    ends = _openssl_end(authority.folder / "server.pem")
    reading = ask("http", {"url": f"{bank.url}/", "ca": authority.ca})
    assert reading.health is Health.OK, reading.message
    days = next(sample.value for sample in reading.samples if sample.name == "days_left")
    left = (ends - SystemClock().now()) / timedelta(days=1)
    assert days == pytest.approx(left, abs=0.01)


def test_without_the_ca_it_is_unreachable_never_ok(bank: Server) -> None:
    reading = ask("http", {"url": f"{bank.url}/"})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)
    assert "TLS" in reading.message


def _openssl_end(certificate: Path) -> datetime:
    command = ["openssl", "x509", "-enddate", "-noout", "-in", str(certificate)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout
    text = said.strip().removeprefix("notAfter=")
    return datetime.strptime(text, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
