"""Acceptance 7: a real Prometheus pushes straight to us, beside Alertmanager's two ways.

Leases are shortened so that nobody waits for 4 minutes: Prometheus runs with
``--rules.alert.resend-delay=2s`` and evaluates every second, so that it repeats every 3 s (62 s
usually) and its leases last 8 s (4 min usually). Eight resends stand for a quarter of an hour.
"""

import logging
from pathlib import Path

import pytest

from ssoc.monitoring.lifecycle import AlertState
from tests.conftest import Fresh
from tests.peers.house import House, house
from tests.peers.launch import Receiver, peers, wait_until
from tests.peers.test_webhook import quiet
from web.ingest.counters import REGISTRY

KE = "2dd6c1686ae2239a"
NEEDED = ("pushgateway", "node", "alertmanager", "prometheus")  # every target answers


def pushes(ssoc: House) -> int:
    return int(REGISTRY.get_sample_value("ssoc_ingest_alerts_total", {"way": "push"}) or 0)


def test_a_real_prometheus_pushes_resolves_repeats_and_dies(
    fresh: Fresh, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with fresh() as url, house(url) as ssoc:
        receiver = Receiver(ssoc.url, ssoc.token, routing_key=ssoc.token)
        with peers(tmp_path, [receiver], NEEDED, scrape="1s", resend="2s") as lab:
            lab.resolve("KE", "TZ")
            lab.fire("KE")
            wait_until(lambda: len(ssoc.incidents()) == 1, 30, "the incident of KE")
            three = {"push", "webhook", "pagerduty"}
            wait_until(lambda: ssoc.ways(KE) == three, 20, "the same alert by three ways")
            [incident] = ssoc.incidents()
            assert len(ssoc.alerts()) == 1

            lab.resolve("KE")
            wait_until(lambda: not ssoc.incidents(), 25, "the resolve")
            resends(ssoc, 8)
            assert not ssoc.incidents()
            assert [each.id for each in ssoc.incidents("resolved")] == [incident.id]
            assert ssoc.alerts()[0].changes == 1, "fired, resolved, and nothing since"

            lab.fire("KE")
            wait_until(lambda: len(ssoc.incidents()) == 1, 30, "the relapse")
            wait_until(lambda: ssoc.alerts()[0].lease_until is not None, 10, "a lease")
            lab.kill("prometheus")
            wait_until(lambda: ssoc.is_state(AlertState.STALE), 40, "the end of the lease")
            expiry = ("webhook", "lab", "expiry, not a resolve")
            wait_until(lambda: expiry in ssoc.faults(), 30, "Alertmanager's own resolve")
            assert ssoc.is_state(AlertState.STALE), "silence is no recovery"
            assert incident.id in [each.id for each in ssoc.incidents()]

            assert {status // 100 for status in ssoc.statuses} == {2}
            quiet(caplog, ssoc.token)


def resends(ssoc: House, count: int) -> None:
    """Wait until Prometheus has said ``count`` times again that the alert is over."""
    before = pushes(ssoc)
    wait_until(lambda: pushes(ssoc) >= before + count, 90, "resends of the resolve")


GIVES_UP = 10.0  # seconds after which Prometheus drops what it sent


def test_five_rules_of_150_alerts_at_once(fresh: Fresh, tmp_path: Path) -> None:
    with fresh() as url, house(url) as ssoc:
        receiver = Receiver(ssoc.url, ssoc.token, routing_key=ssoc.token)
        with peers(tmp_path, [receiver], only=("pushgateway", "prometheus")) as lab:
            seen: list[int] = []

            def bursts() -> int:
                """Return the live incidents but the lab's own: a target that does not run."""
                return sum("Burst" in each.component for each in ssoc.incidents())

            def spread(count: int, state: AlertState) -> float:
                """Let ``count`` countries fail for five rules; return the p95 of our answers."""
                before = answered()
                lab.burst(count)
                wait_until(lambda: stored(state) == 750, 60, f"750 {state}")
                return p95(before)

            def stored(state: AlertState) -> int:
                seen.append(bursts())
                found = [each for n in range(1, 6) for each in ssoc.alerts(f"Burst{n}")]
                return sum(each.state == state for each in found)

            rise = spread(150, AlertState.FIRING)
            end = spread(0, AlertState.RESOLVED)
            wait_until(lambda: not bursts(), 30, "the end of their incidents")
            assert max(seen) <= 10, "never an incident for each"
            assert {status // 100 for status in ssoc.statuses} == {2}
            assert max(rise, end) < GIVES_UP / 2, "Prometheus never comes near giving up"


def answered() -> dict[str, float]:
    """Return how many pushes were answered within each bound, in seconds."""
    bounds = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0")
    return {
        bound: REGISTRY.get_sample_value("ssoc_ingest_seconds_bucket", {"way": "push", "le": bound})
        or 0
        for bound in (*bounds, "+Inf")
    }


def p95(before: dict[str, float]) -> float:
    """Return within how many seconds 95 of 100 pushes since ``before`` were answered."""
    since = {bound: count - before[bound] for bound, count in answered().items()}
    return next(float(bound) for bound in since if since[bound] >= 0.95 * since["+Inf"])
