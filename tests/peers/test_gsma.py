"""Check 1: the heartbeat of a platform that Prism plays."""

from collections import Counter
from collections.abc import Iterator

import pytest

from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.reading import Health, Reading, Reason
from tests.peers.asking import ask
from tests.peers.launch import Process
from tests.peers.node_tools import prism


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with prism(tmp_path_factory.mktemp("prism")) as running:
        yield running


def _beat(platform: Process, prefer: str = "", client: Client | None = None) -> Reading:
    headers = {"X-API-Key": "k", "X-Client-Id": "ssoc"} | ({"Prefer": prefer} if prefer else {})
    base = platform.ready.removesuffix("/heartbeat")
    return ask("gsma", {"base": base, "headers": headers}, client)


def test_available_in_spite_of_an_absurd_delay_and_a_past_restoration(platform: Process) -> None:
    reading = _beat(platform)
    assert (reading.health, reading.reason) == (Health.OK, Reason.NONE), reading.message
    assert "-9007199254740991" in reading.raw, "the odd answer really came"
    assert "2019-08-24" in reading.raw
    assert [sample.name for sample in reading.samples] == ["latency_ms"]


@pytest.mark.parametrize(
    ("prefer", "health", "reason"),
    [
        ("code=503", Health.DOWN, Reason.NONE),
        ("code=401", Health.UNKNOWN, Reason.REFUSED),
        ("code=500", Health.UNKNOWN, Reason.ERROR_ANSWER),
        ("code=404", Health.UNKNOWN, Reason.CONFIGURATION),
        ("code=400", Health.UNKNOWN, Reason.CONFIGURATION),
    ],
)
def test_only_the_platforms_own_word_is_down(
    platform: Process, prefer: str, health: Health, reason: Reason
) -> None:
    reading = _beat(platform, prefer)
    assert (reading.health, reading.reason) == (health, reason), reading.message


def test_forty_random_answers_are_all_understood(platform: Process) -> None:
    client = Client()
    readings = [_beat(platform, "dynamic=true", client) for _ in range(40)]
    client.close()
    seen = Counter(reading.health for reading in readings)
    assert set(seen) == {Health.OK, Health.DEGRADED, Health.DOWN}, seen
    for reading in readings:
        assert all(sample.value > 0 for sample in reading.samples), reading
        assert "planned" not in reading.message


def test_a_platform_that_went_is_unreachable_not_down(platform: Process) -> None:
    platform.stop()  # the last test of this file
    reading = _beat(platform)
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.UNREACHABLE)
