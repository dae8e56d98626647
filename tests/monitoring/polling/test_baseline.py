"""What is usual at this hour of the week, in the market's own time."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from ssoc.monitoring.rules.baseline import Usual, hours_needed, same_instants, usual

HOUR = timedelta(hours=1)
FIVE = timedelta(minutes=5)
NAIROBI = "Africa/Nairobi"
NOW = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)  # the middle of an hour


def weeks(*values: float | None, at: datetime = NOW) -> dict[datetime, float]:
    """Hour means one, two, … weeks ago."""
    start = at.replace(minute=0)
    return {
        start - timedelta(weeks=number): value
        for number, value in enumerate(values, 1)
        if value is not None
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((), None, id="nothing is known"),
        pytest.param((100,), Usual(100, 1, 100, 100), id="one week"),
        pytest.param((100, 120), Usual(110, 2, 100, 120), id="two weeks: their mean"),
        pytest.param((0, 100, 120), Usual(100, 3, 0, 120), id="an outage last week counts little"),
        pytest.param((0, 100, 110, 900), Usual(105, 4, 0, 900), id="nor does a pay day"),
        pytest.param((None, 100, None, 110), Usual(105, 2, 100, 110), id="gaps stay gaps"),
        pytest.param((1, 1, 1, 1, 50), Usual(1, 4, 1, 1), id="four weeks are looked at"),
    ],
)
def test_usual(values: tuple[float | None, ...], expected: Usual | None) -> None:
    assert usual(weeks(*values), NOW, NAIROBI) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((100, 100, 100, 100), (88, 112), id="weeks that are alike: room for noise"),
        pytest.param((100, 101, 102, 99), (88.44, 112.56), id="nearly alike"),
        pytest.param((60, 100, 100, 140), (54, 154), id="weeks that differ: a little beyond them"),
        pytest.param((100, 100, 100, 140), (88, 154), id="one edge is near, the other far"),
        pytest.param((0, 0, 0, 0), (0, 0), id="nothing is nothing"),
        pytest.param((-100, -100), (-112, -88), id="a figure below zero"),
    ],
)
def test_the_band_is_never_narrower_than_noise(
    values: tuple[float, ...], expected: tuple[float, float]
) -> None:
    found = usual(weeks(*values), NOW, NAIROBI)
    assert found is not None
    assert found.band == pytest.approx(expected)


def evening(at: datetime) -> float:
    """Traffic that halves in three hours of the night, as markets' do."""
    start = NOW.replace(hour=18, minute=0)
    hours = (at - start).total_seconds() / 3600
    return 1000.0 if hours < 0 else 1000 * math.exp(-((hours / 3.0) ** 2))


def noisy(at: datetime, percent: float) -> float:
    """The same with noise that swings from one bucket to the next."""
    swing = (1, -1, 0.4, -0.7)[int(at.timestamp()) // 300 % 4]
    return evening(at) * (1 + swing * percent / 100)


@pytest.mark.parametrize(
    ("noise", "share", "is_red"),
    [
        pytest.param(3, 1.0, False, id="a calm market on a steep slope"),
        pytest.param(2, 1.0, False, id="with less noise"),
        pytest.param(3, 0.8, True, id="a fifth is gone"),
    ],
)
def test_only_a_real_drop_lies_below_the_band(noise: float, share: float, is_red: bool) -> None:
    first = NOW.replace(hour=17, minute=0)
    hours = [first + number * HOUR for number in range(-1, 7)]
    means = {
        hour - timedelta(weeks=week): sum(evening(hour + number * FIVE) for number in range(12))
        / 12
        * (1 + week / 400)
        for hour in hours
        for week in range(1, 5)
    }
    red = []
    for number in range(48):
        at = first + number * FIVE
        found = usual(means, at, NAIROBI)
        assert found is not None
        red.append(noisy(at, noise) * share < found.band[0])
    assert all(red) if is_red else not any(red)


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        pytest.param(30, 100, id="middle of the hour"),
        pytest.param(45, 125, id="a quarter on the way to the next"),
        pytest.param(59, 100 + 100 * 29 / 60, id="its end"),
        pytest.param(0, 75, id="its beginning, half the hour before"),
    ],
)
def test_between_two_hours_the_line_is_straight(minute: int, expected: float) -> None:
    means = weeks(100) | weeks(200, at=NOW + HOUR) | weeks(50, at=NOW - HOUR)
    found = usual(means, NOW.replace(minute=minute), NAIROBI)
    assert found is not None
    assert found.mean == pytest.approx(expected)


def test_a_neighbour_without_figures_is_left_out() -> None:
    assert usual(weeks(100), NOW.replace(minute=59), NAIROBI) == Usual(100, 1, 100, 100)


def test_cairo_follows_its_own_clock_over_the_change() -> None:
    """On 24 April 2026 Cairo moves an hour: nine local is 07:00 UTC before, 06:00 after."""
    after = datetime(2026, 4, 26, 6, 0, tzinfo=UTC)  # 09:00 in Cairo, summer time
    assert same_instants(after, "Africa/Cairo", 1) == [datetime(2026, 4, 19, 7, 0, tzinfo=UTC)]
    assert same_instants(after, NAIROBI, 1) == [datetime(2026, 4, 19, 6, 0, tzinfo=UTC)]


def test_a_local_time_that_does_not_exist_is_still_an_instant() -> None:
    gone = datetime(2026, 4, 30, 21, 30, tzinfo=UTC)  # 00:30 on Friday; a week before it is skipped
    assert len(hours_needed(gone, "Africa/Cairo")) >= 4
