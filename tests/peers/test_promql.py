"""Check 2: Prometheus' query API."""

import math
from datetime import timedelta

import pytest

from ssoc.core.clock import SystemClock
from ssoc.core.settings import PollingSettings
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.adapters.promql import backfill
from ssoc.monitoring.reading import Health, Reading, Reason
from tests.monitoring.adapters.cases import check
from tests.peers.asking import ask, values
from tests.peers.launch import Peers, wait_until

RATIO = "mm_success_ratio"


def _query(lab: Peers, query: str, method: str = "GET") -> Reading:
    return ask("promql", {"url": lab.url("prometheus"), "query": query, "method": method})


def _success(lab: Peers) -> dict[str, float]:
    """Return the success ratio of Kenya and Tanzania; other tests feed more countries."""
    found = values(_query(lab, RATIO), RATIO)
    return {country: found[country] for country in ("KE", "TZ") if country in found}


@pytest.fixture(autouse=True)
def scraped(lab: Peers) -> None:
    """Begin with healthy figures of Kenya and Tanzania."""
    lab.resolve("KE", "TZ")
    healthy = {"KE": 0.998, "TZ": 0.998}
    wait_until(lambda: _success(lab) == healthy, 20, "healthy figures")


def test_a_country_that_fails_is_seen_within_an_interval_and_two_seconds(lab: Peers) -> None:
    lab.fire("KE")
    seconds = wait_until(lambda: _success(lab) == {"KE": 0.71, "TZ": 0.998}, 3, "0.71 for KE")
    assert seconds <= 3, "scraped every second"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_there_is_no_data(lab: Peers, method: str) -> None:
    reading = _query(lab, "nothing_here", method)
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.NO_DATA)
    assert reading.samples == ()


@pytest.mark.parametrize("query", ["vector(1)/0", f"{RATIO} * NaN", "-vector(1)/0"])
def test_what_is_no_number_is_kept_and_is_not_unknown(lab: Peers, query: str) -> None:
    reading = _query(lab, query)
    assert reading.health is Health.OK
    assert reading.samples
    assert not any(math.isfinite(sample.value) for sample in reading.samples)


def test_a_bad_query_shows_prometheus_own_words(lab: Peers) -> None:
    reading = _query(lab, "sum(")
    assert (reading.health, reading.reason) == (Health.UNKNOWN, Reason.CONFIGURATION)
    assert "1:5: parse error: unclosed left parenthesis" in reading.message


def test_the_past_is_filled_in_by_ranges(lab: Peers) -> None:
    end, step = SystemClock().now(), timedelta(seconds=5)
    client = Client()
    past = backfill(
        check("promql", {"url": lab.url("prometheus"), "query": "vector(7)"}),
        PollingSettings(), end, client, end - timedelta(seconds=20), end, step,
    )  # fmt: skip
    none = backfill(
        check("promql", {"url": lab.url("prometheus"), "query": "nothing_here"}),
        PollingSettings(), end, client, end - timedelta(seconds=20), end, step,
    )  # fmt: skip
    client.close()
    assert (len(past.points), past.reason) == (5, Reason.NONE)
    assert {point.sample.value for point in past.points} == {7.0}
    assert past.points[-1].at - past.points[0].at == timedelta(seconds=20)
    assert (none.points, none.reason) == ((), Reason.NO_DATA)
