"""TCP, TLS and names, against real sockets."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from ssoc.core.clock import SystemClock
from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.adapters.net import name_service
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import QUICK, ask
from tests.monitoring.adapters.servers import Authority, serving

HERE = {"host": "127.0.0.1"}


@pytest.fixture
def listener() -> Iterator[int]:
    """Give the port of somebody who accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield int(made.getsockname()[1])


def test_a_connection_is_timed(listener: int) -> None:
    reading = ask("net", {"kind": "tcp", "port": listener, **HERE})
    assert (reading.health, [s.name for s in reading.samples]) == (Health.OK, ["connect_ms"])


def test_nobody_listens() -> None:
    reading = ask("net", {"kind": "tcp", "port": 1, **HERE})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)
    assert reading.message == "127.0.0.1:1: connection refused"


def test_a_handshake_that_hangs_ends_with_the_budget(listener: int) -> None:
    began = monotonic()
    settings = {"kind": "tls", "port": listener, "timeout": "400ms", **HERE}
    reading = ask("net", settings, polling=replace(QUICK, read_timeout=timedelta(seconds=30)))
    assert reading.reason is Reason.UNREACHABLE
    assert monotonic() - began < 2


@pytest.mark.parametrize(
    ("days_from_now", "health", "word"),
    [
        pytest.param(-5, Health.OK, "in 35 days", id="more than 30 days"),
        pytest.param(0, Health.DEGRADED, "in 30 days", id="30 days warn"),
        pytest.param(29, Health.DEGRADED, "in 1 day.", id="one day"),
        pytest.param(24, Health.DEGRADED, "critical: ", id="7 days are critical"),
    ],
)
def test_days_left_of_a_certificate(
    authority: Authority, days_from_now: int, health: Health, word: str
) -> None:
    at = SystemClock().now() + timedelta(days=days_from_now)
    with serving(authority.context()) as server:
        settings = {"kind": "tls", "port": server.port, "ca": authority.ca, **HERE}
        reading = ask("net", settings, at=at)
    assert reading.health is health, reading.message
    assert word in f"{reading.message}."
    assert {s.name for s in reading.samples} == {"connect_ms", "handshake_ms", "days_left"}


def test_an_unknown_ca_is_unreachable_never_ok(authority: Authority) -> None:
    with serving(authority.context()) as server:
        reading = ask("net", {"kind": "tls", "port": server.port, **HERE})
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)
    assert "certificate not trusted" in reading.message


def test_a_name_is_looked_up() -> None:
    reading = ask("net", {"kind": "dns", "host": "localhost", "expect": "127.0.0.1"})
    assert reading.health is Health.OK, reading.message
    assert {s.name for s in reading.samples} == {"lookup_ms", "addresses"}


@pytest.mark.parametrize(
    ("expected", "health"),
    [
        pytest.param((), Health.OK, id="anything"),
        pytest.param(("10.0.0.1",), Health.OK, id="there"),
        pytest.param(("10.0.0.1", "10.0.0.9"), Health.DEGRADED, id="one is missing"),
        pytest.param(("10.0.0.9",), Health.DOWN, id="all are missing"),
    ],
)
def test_expected_addresses(expected: tuple[str, ...], health: Health) -> None:
    assert name_service(["10.0.0.1", "10.0.0.2"], expected, []).health is health


def test_other_hosts_are_not_connected_to() -> None:
    reading = ask("net", {"kind": "tcp", "host": "192.0.2.1", "port": 80})
    assert reading.reason is Reason.CONFIGURATION
    assert "allow_hosts" in reading.message


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "tcp", "host": "h"},
        {"kind": "udp", "host": "h"},
        {"kind": "dns"},
        {"kind": "dns", "host": "h", "expect": "x"},
        {"kind": "tcp", "host": "h", "port": 70_000},
    ],
)
def test_bad_settings(settings: dict[str, Any]) -> None:
    assert ADAPTERS["net"].faults(settings)
    assert ask("net", settings).reason is Reason.CONFIGURATION


@pytest.mark.parametrize("host", ["a" * 70 + ".invalid", "\udc80.invalid", "ä..invalid"])
def test_a_name_that_no_name_service_takes(host: str) -> None:
    polling = replace(QUICK, allow_hosts=("*.invalid",))
    for kind in ("dns", "tcp"):
        reading = ask("net", {"kind": kind, "host": host, "port": 80}, polling=polling)
        assert reading.reason in {Reason.UNREACHABLE, Reason.CONFIGURATION}
    url = ask("http", {"url": f"http://{host}/"}, polling=polling)
    assert url.reason in {Reason.UNREACHABLE, Reason.CONFIGURATION}
