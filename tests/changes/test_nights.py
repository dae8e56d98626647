"""Nights on a market's clocks: bars at true length, nights in which the clocks change, lanes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.rules.nights import (
    Labelled,
    Night,
    Place,
    in_lanes,
    is_by_day,
    night_at,
    nights_of,
    place,
)
from ssoc.core.calendar import Span

NAIROBI, CAIRO, ACCRA = "Africa/Nairobi", "Africa/Cairo", "Africa/Accra"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(since: str, until: str) -> Span:
    return Span(utc(since), utc(until))


ORDINARY = Night(NAIROBI, date(2026, 11, 24))
FORWARD, BACK = Night(CAIRO, date(2026, 4, 23)), Night(CAIRO, date(2026, 10, 29))
RULERS = [
    pytest.param(ORDINARY, 24, [0, 6, 12, 18, 24], None, id="Nairobi, any night"),
    pytest.param(FORWARD, 22, [0, 6, 12, 16, 22], "2026-04-23T22:00", id="Cairo, into 24 Apr"),
    pytest.param(BACK, 26, [0, 6, 14, 20, 26], "2026-10-29T21:00", id="Cairo, from 29 Oct"),
]


@pytest.mark.parametrize(("night", "half_hours", "ruler", "turn"), RULERS)
def test_a_night_has_as_many_half_hours_as_it_really_has(
    night: Night, half_hours: int, ruler: list[int], turn: str | None
) -> None:
    assert night.half_hours == half_hours
    assert [at for at, _ in night.ruler] == ruler
    assert [text for _, text in night.ruler] == ["18", "21", "00", "03", "06"]
    assert night.turn == (utc(turn) if turn else None)


PLACES = [
    pytest.param(
        ORDINARY, "2026-11-24T20:00", "2026-11-25T00:30", Place(10, 9), id="23:00 to 03:30"
    ),
    pytest.param(
        ORDINARY, "2026-11-24T20:10", "2026-11-24T20:20", Place(10, 1), id="ten minutes are a half"
    ),
    pytest.param(
        ORDINARY, "2026-11-24T20:29", "2026-11-24T20:31", Place(10, 2), id="over a half hour's end"
    ),
    pytest.param(
        ORDINARY, "2026-11-24T12:00", "2026-11-24T16:00", Place(0, 2, True), id="since 15:00"
    ),
    pytest.param(
        ORDINARY,
        "2026-11-25T02:00",
        "2026-11-25T04:00",
        Place(22, 2, False, True),
        id="until 07:00",
    ),
    pytest.param(
        ORDINARY,
        "2026-11-20T00:00",
        "2026-12-01T00:00",
        Place(0, 24, True, True),
        id="for many days",
    ),
    pytest.param(ORDINARY, "2026-11-24T13:00", "2026-11-24T15:00", None, id="ends as it begins"),
    pytest.param(ORDINARY, "2026-11-25T03:00", "2026-11-25T05:00", None, id="begins as it ends"),
    pytest.param(
        FORWARD, "2026-04-23T21:00", "2026-04-23T23:00", Place(10, 4), id="23:00 to 02:00 is 2 h"
    ),
    pytest.param(
        BACK, "2026-10-29T20:00", "2026-10-29T22:00", Place(10, 4), id="23:00 to 00:00 is 2 h"
    ),
]


@pytest.mark.parametrize(("night", "since", "until", "expected"), PLACES)
def test_a_bar_is_as_long_as_the_work(
    night: Night, since: str, until: str, expected: Place | None
) -> None:
    assert place(night, span(since, until)) == expected


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        pytest.param(NAIROBI, "2026-11-24T16:42", "2026-11-24", id="in the evening"),
        pytest.param(NAIROBI, "2026-11-25T02:59", "2026-11-24", id="before 06:00"),
        pytest.param(NAIROBI, "2026-11-25T03:00", "2026-11-25", id="at 06:00"),
        pytest.param(ACCRA, "2026-11-25T03:00", "2026-11-24", id="another clock"),
    ],
)
def test_tonight(zone: str, at: str, day: str) -> None:
    assert night_at(zone, utc(at)) == date.fromisoformat(day)


def test_work_over_two_nights_is_in_both() -> None:
    two = span("2026-11-24T20:00", "2026-11-25T18:00")
    assert nights_of(NAIROBI, two) == [date(2026, 11, 24), date(2026, 11, 25)]
    assert nights_of(NAIROBI, span("2026-11-24T08:00", "2026-11-24T09:00")) == []


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        pytest.param("2026-11-24T06:00", "2026-11-24T09:00", True, id="in the morning"),
        pytest.param("2026-11-24T03:00", "2026-11-24T15:00", True, id="the whole day, to the ends"),
        pytest.param(
            "2026-11-24T02:30", "2026-11-24T06:00", False, id="has a bar in the night before"
        ),
        pytest.param(
            "2026-11-24T13:00", "2026-11-24T16:00", False, id="has a bar in the night after"
        ),
        pytest.param("2026-11-25T06:00", "2026-11-25T09:00", False, id="another day"),
    ],
)
def test_by_day(since: str, until: str, expected: bool) -> None:
    assert is_by_day(ORDINARY, span(since, until)) is expected


LANES = [
    pytest.param([Place(10, 8)], [4], [Labelled(Place(10, 8), 0)], id="alone"),
    pytest.param(
        [Place(10, 9), Place(12, 12)],
        [7, 6],
        [Labelled(Place(10, 9), 0), Labelled(Place(12, 12), 1)],
        id="overlap",
    ),
    pytest.param(
        [Place(4, 6), Place(10, 6)],
        [4, 4],
        [Labelled(Place(4, 6), 0), Labelled(Place(10, 6), 0)],
        id="ends that meet share a lane",
    ),
    pytest.param(
        [Place(0, 2), Place(4, 6)],
        [5, 4],
        [Labelled(Place(0, 2), 0, "after"), Labelled(Place(4, 6), 1)],
        id="a label beside a short bar needs its room too",
    ),
    pytest.param(
        [Place(20, 3)], [7], [Labelled(Place(20, 3), 0, "before")], id="no room behind: before"
    ),
    pytest.param([Place(3, 2)], [23], [Labelled(Place(3, 2), 0)], id="no room at all: cut"),
    pytest.param(
        [Place(12, 4), Place(0, 4), Place(12, 4)],
        [3, 3, 3],
        [Labelled(Place(12, 4), 0), Labelled(Place(0, 4), 0), Labelled(Place(12, 4), 1)],
        id="the answer keeps the order of the question",
    ),
]


@pytest.mark.parametrize(("places", "widths", "expected"), LANES)
def test_bars_that_overlap_stand_below_each_other(
    places: list[Place], widths: list[int], expected: list[Labelled]
) -> None:
    assert in_lanes(places, widths) == expected


BARS = st.lists(
    st.tuples(st.integers(0, 23), st.integers(1, 24), st.integers(1, 9)).map(
        lambda given: (Place(given[0], min(given[1], 24 - given[0])), given[2])
    ),
    max_size=30,
)


@given(BARS)
def test_no_two_bars_of_a_lane_ever_meet(bars: list[tuple[Place, int]]) -> None:
    found = in_lanes([each for each, _ in bars], [width for _, width in bars])
    assert [each.place for each in found] == [each for each, _ in bars]
    for index, one in enumerate(found):
        for other in found[index + 1 :]:
            if one.lane == other.lane:
                ends = sorted(
                    [(one.place.at, one.place.length), (other.place.at, other.place.length)]
                )
                assert ends[0][0] + ends[0][1] <= ends[1][0]


@given(
    st.sampled_from([NAIROBI, CAIRO, ACCRA, "Africa/Lubumbashi"]),
    st.integers(0, 2 * 366 * 24 * 60),
    st.integers(1, 4000),
)
def test_no_work_is_ever_lost_and_none_grows(zone: str, begins: int, minutes: int) -> None:
    since = utc("2026-01-01T00:00") + timedelta(minutes=begins)
    work = Span(since, since + timedelta(minutes=minutes))
    nights = [Night(zone, each) for each in nights_of(zone, work)]
    shown = sum((found.length for each in nights if (found := place(each, work))), 0)
    if nights:
        inside = sum(
            (
                min(each.span.until, work.until) - max(each.span.since, work.since)
                for each in nights
            ),
            timedelta(),
        )
        assert timedelta() < inside <= shown * timedelta(minutes=30)
        assert shown * timedelta(minutes=30) < inside + len(nights) * timedelta(hours=1)
    else:
        assert is_by_day(Night(zone, night_at(zone, since)), work)
