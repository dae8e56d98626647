"""Change hours, peaks and pay days of a market, over clock changes and month ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssoc.estate.local_hours import (
    change_spans,
    is_pay_day,
    night_of,
    pay_day_spans,
    peak_spans,
)
from ssoc.estate.values import Market


def market(zone: str, **given: object) -> Market:
    usual = {"code": "XX", "name": "X", "zones": [zone], "currency": "USD"}
    return Market(**{**usual, **given})  # type: ignore[arg-type]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hours", "night", "since", "until"),
    [
        ("Africa/Nairobi", "23:00-03:00", "2026-10-26", "2026-10-26 20:00", "2026-10-27 00:00"),
        ("Africa/Maputo", "23:00-03:00", "2026-10-26", "2026-10-26 21:00", "2026-10-27 01:00"),
        ("Africa/Cairo", "00:00-04:00", "2026-10-27", "2026-10-26 21:00", "2026-10-27 01:00"),
        # the night of 29 October: Cairo went back an hour
        ("Africa/Cairo", "00:00-04:00", "2026-10-30", "2026-10-29 22:00", "2026-10-30 02:00"),
        # local midnight of 24 April does not exist: the window begins at the jump
        ("Africa/Cairo", "00:00-04:00", "2026-04-24", "2026-04-23 22:00", "2026-04-24 01:00"),
    ],
)
def test_change_hours_are_local(zone: str, hours: str, night: str, since: str, until: str) -> None:
    noon = utc(f"{night} 12:00")
    found = change_spans(market(zone, change_hours=hours), noon - timedelta(days=1), noon + 2 * DAY)
    assert (utc(since), utc(until)) in found


DAY = timedelta(days=1)


def test_hours_that_lie_within_a_day() -> None:
    found = peak_spans(
        market("Africa/Accra", peak_hours="17:00-21:00"),
        utc("2026-03-02 00:00"),
        utc("2026-03-03 00:00"),
    )
    assert found == [(utc("2026-03-02 17:00"), utc("2026-03-02 21:00"))]


def test_no_hours_are_no_spans() -> None:
    assert change_spans(market("UTC"), utc("2026-03-02 00:00"), utc("2026-03-09 00:00")) == []


@pytest.mark.parametrize("text", ["", "23", "23:00", "25:00-26:00", "23:60-01:00", "a-b"])
def test_what_are_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        night_of(text)


@pytest.mark.parametrize(
    ("days", "day", "paid"),
    [
        (["25-31"], date(2026, 2, 28), True),
        (["25-31"], date(2026, 2, 24), False),
        (["31"], date(2026, 4, 30), True),
        (["31"], date(2026, 4, 29), False),
        (["24", "5"], date(2026, 4, 5), True),
        ([], date(2026, 4, 30), False),
    ],
)
def test_pay_days(days: list[str], day: date, paid: bool) -> None:
    assert is_pay_day(market("UTC", pay_days=days), day) is paid


def test_neighbouring_pay_days_are_one_span() -> None:
    cairo = market("Africa/Cairo", pay_days=["28-31"])
    found = pay_day_spans(cairo, utc("2026-10-01 00:00"), utc("2026-11-05 00:00"))
    assert found == [(utc("2026-10-27 21:00"), utc("2026-10-31 22:00"))]


@given(
    st.sampled_from(["Africa/Cairo", "Africa/Nairobi", "America/St_Johns"]),
    st.integers(0, 700).map(lambda days: utc("2026-01-01 05:17") + days * DAY),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_spans_are_in_order_and_do_not_overlap(
    zone: str, since: datetime, begins: int, ends: int
) -> None:
    hours = f"{begins:02}:00-{ends:02}:30"
    found = change_spans(market(zone, change_hours=hours), since, since + timedelta(days=20))
    assert all(each.since < each.until for each in found)
    assert all(a.since <= b.since for a, b in zip(found, found[1:], strict=False))
    assert len(found) >= 19
