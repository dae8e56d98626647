"""Pulling a real Alertmanager: what Prometheus fires there arrives here, and ends."""

from datetime import timedelta

from ssoc.core.clock import SystemClock
from ssoc.monitoring.adapters.answer import Pulled
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.reading import Health
from tests.monitoring.adapters import cases
from tests.peers.launch import Peers, wait_until


def test_an_alert_is_pulled_while_it_fires_and_resolved_when_it_is_gone(lab: Peers) -> None:
    client, later = Client(), timedelta()
    settings = {"url": lab.url("alertmanager"), "filters": ['country="MZ"']}

    def pull() -> list[tuple[str, AlertState]]:
        at = SystemClock().now() + later
        reading = cases.ask("alertmanager", settings, client, at)
        assert reading.health is Health.OK, reading.message
        reports = reading.reports if isinstance(reading, Pulled) else ()
        return [(report.name, report.state) for report in reports]

    lab.resolve("MZ")
    assert pull() == []
    lab.fire("MZ")
    firing = [("MobileMoneySuccessLow", AlertState.FIRING)]
    wait_until(lambda: pull() == firing, 20, "the alert by pull")
    lab.resolve("MZ")
    later = timedelta(seconds=185)  # an Alertmanager that has just started is not believed
    resolved = [("MobileMoneySuccessLow", AlertState.RESOLVED)]
    wait_until(lambda: pull() == resolved, 20, "the resolve by pull")
    assert pull() == []
    client.close()
