"""Check 5: health pages, Mojaloop's from its own handler."""

from pathlib import Path

import pytest

from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.reading import Health, Reason
from tests.monitoring.adapters.cases import HANDMADE
from tests.monitoring.adapters.servers import serving
from tests.peers.asking import ask
from tests.peers.node_tools import mojaloop


def test_a_healthy_mojaloop_gives_its_uptime(tmp_path: Path) -> None:
    client = Client()
    with mojaloop(tmp_path) as url:
        first, second = (ask("health", {"url": url}, client) for _ in range(2))
    client.close()
    assert (first.health, first.reason) == (Health.OK, Reason.NONE), first.message
    uptimes = [
        sample.value
        for reading in (first, second)
        for sample in reading.samples
        if sample.name == "uptime_seconds"
    ]
    assert 0 < uptimes[0] <= uptimes[1], "the start time of its answers would be their own time"
    assert "startTime" in first.raw


def test_a_part_that_is_down_is_named(tmp_path: Path) -> None:
    with mojaloop(tmp_path, down="broker") as url:
        reading = ask("health", {"url": url})
    assert (reading.health, reading.reason) == (Health.DOWN, Reason.NONE), reading.message
    assert "broker" in reading.message
    assert "datastore" not in reading.message


@pytest.mark.parametrize(
    ("name", "status", "health", "words"),
    [
        ("health-json-pass-with-warn-child.json", 200, Health.DEGRADED, "cpu:utilization"),
        ("actuator-nested.json", 503, Health.DOWN, "broker/us2"),
        ("actuator-custom-status.json", 200, Health.UNKNOWN, "WARMING"),
    ],
)
def test_pages_served_as_their_makers_would(
    name: str, status: int, health: Health, words: str
) -> None:
    path = HANDMADE / "health" / name
    if not path.exists():
        pytest.skip("handmade samples are not beside the repository")
    with serving() as server:
        server.says("/health", status, path.read_bytes(), Content_Type="application/health+json")
        reading = ask("health", {"url": f"{server.url}/health"})
    assert reading.health is health, reading.message
    assert words in reading.message
