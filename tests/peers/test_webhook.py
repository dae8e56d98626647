"""Acceptance 6: a real Alertmanager's webhook.

The lab's Alertmanager repeats every 9 to 12 s; we watch it for two repeats instead of two minutes.
"""

import logging
from pathlib import Path

import pytest

from ssoc.monitoring.lifecycle import AlertState
from tests.conftest import Fresh
from tests.peers.house import house
from tests.peers.launch import Receiver, peers, wait_until

LOW = "MobileMoneySuccessLow"
NEEDED = ("pushgateway", "node", "alertmanager", "prometheus")  # every target answers


def test_a_real_alertmanager_opens_repeats_resolves_and_catches_up(
    fresh: Fresh, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with fresh() as url, house(url) as ssoc:
        webhook = Receiver(ssoc.url, ssoc.token, pushed_to=False, pagerduty_path="")
        stranger = Receiver(ssoc.url, "wrong" * 6, pushed_to=False, pagerduty_path="")
        with peers(tmp_path, [webhook, stranger], NEEDED, scrape="1s") as lab:
            lab.resolve("KE", "TZ")
            lab.fire("KE")
            wait_until(lambda: len(ssoc.incidents()) == 1, 25, "the incident of KE")
            [incident] = ssoc.incidents()
            assert (incident.component, incident.markets) == ("mobile-money-ke", ("KE",))

            [alert] = ssoc.alerts()
            before = (alert.repeats, ssoc.moments(incident.id))
            wait_until(lambda: ssoc.alerts()[0].repeats >= before[0] + 2, 90, "two repeats")
            assert [each.id for each in ssoc.incidents()] == [incident.id]
            assert ssoc.moments(incident.id) == before[1], "repeats are no timeline entries"

            lab.resolve("KE")
            took = wait_until(lambda: not ssoc.incidents(), 25, "the resolve")
            assert took < 20
            assert ssoc.is_state(AlertState.RESOLVED)

            ssoc.stop()
            lab.fire("TZ")
            wait_until(lambda: (LOW, "TZ") in lab.firing(), 20, "Prometheus to fire")
            ssoc.start()
            wait_until(lambda: len(ssoc.incidents()) == 1, 45, "the incident after the start")
            assert ssoc.incidents()[0].markets == ("TZ",)

            assert ssoc.faults()["webhook", "127.0.0.1", "unknown token"] >= 2
            assert set(ssoc.statuses) == {200, 401}, "and no 5xx"
            quiet(caplog, ssoc.token, "wrong" * 6)
            if url.startswith("sqlite"):
                content = Path(url.removeprefix("sqlite:///")).read_bytes()
                assert ssoc.token.encode() not in content


def quiet(caplog: pytest.LogCaptureFixture, *secrets: str) -> None:
    """Assert that the log holds neither a traceback nor a secret."""
    assert [each for each in caplog.records if each.exc_info] == []
    assert [word for word in secrets if word in caplog.text] == []
