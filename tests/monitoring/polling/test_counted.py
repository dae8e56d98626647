"""One of a thing is said in the singular."""

from datetime import UTC, datetime, timedelta

import pytest

from ssoc.monitoring.rules.leases import Voice, silence_of
from ssoc.monitoring.rules.words import counted

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("number", "expect"), [(0, "0 polls"), (1, "1 poll"), (2, "2 polls"), (-1, "-1 polls")]
)
def test_counted(number: int, expect: str) -> None:
    assert counted(number, "poll") == expect


@pytest.mark.parametrize(
    ("leased", "expect"),
    [
        (1, "silent since 11:00:00 UTC: its only lease ran out"),
        (2, "silent since 11:00:00 UTC: all 2 leases ran out"),
    ],
)
def test_leases(leased: int, expect: str) -> None:
    voice = Voice("prom", "push", "KE", NOON - HOUR, leased, leased, leased, NOON)
    assert silence_of(voice, NOON, HOUR, {}) == expect


def test_open_alerts() -> None:
    voice = Voice("grafana", "webhook", "KE", NOON - HOUR, 1, 0, 0)
    assert silence_of(voice, NOON, HOUR, {"webhook": HOUR}).endswith("with 1 alert open")
