"""From when curves are drawn, and how many points they have."""

from datetime import UTC, datetime, timedelta

import pytest

from changes.features.rules import curves

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param(NOON - 36 * HOUR, NOON - 36 * HOUR, id="36 hours are all shown"),
        pytest.param(NOON - 36 * HOUR - MINUTE, NOON - 6 * HOUR, id="longer: the last six"),
    ],
)
def test_from_when_every_sample_is_shown(start: datetime, expected: datetime) -> None:
    assert curves.raw_from(start, NOON) == expected


def test_hours_of_a_stretch() -> None:
    assert curves.hours_between(NOON - HOUR + MINUTE, NOON) == [NOON - HOUR]
    assert curves.hours_between(NOON, NOON) == []


def test_thinned_curves_keep_their_mean_and_their_end() -> None:
    points = [(NOON + each * MINUTE, float(each)) for each in range(1_000)]
    thin = curves.thinned(points, 100)
    assert len(thin) == 100
    assert thin[-1][0] == points[-1][0]
    assert thin == sorted(thin)
    assert sum(value for _, value in thin) / 100 == pytest.approx(499.5, abs=1)
    assert curves.thinned(points[:3], 100) == points[:3]
    assert curves.thinned([], 100) == []
