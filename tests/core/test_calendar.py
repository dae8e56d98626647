"""Local days, clock changes and working time, with the figures of Cairo and Nairobi."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssoc.core.calendar import (
    EVERY_HOUR,
    Hours,
    NoWorkingTime,
    Span,
    WorkingCalendar,
    always,
    hours_of,
    instant,
    local_date,
    local_day,
    local_month,
    local_week,
)
from ssoc.core.errors import BadInput

CAIRO, NAIROBI = "Africa/Cairo", "Africa/Nairobi"
SPRING, AUTUMN = date(2026, 4, 24), date(2026, 10, 29)
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(zone: str, words: str) -> WorkingCalendar:
    return WorkingCalendar("window", zone, {day: hours_of(words) for day in range(1, 8)})


@pytest.mark.parametrize(
    ("day", "words", "length"),
    [
        (SPRING, "00:00-24:00", 23 * HOUR),
        (AUTUMN, "00:00-24:00", 25 * HOUR),
        (AUTUMN, "18:00-24:00", 7 * HOUR),
        (SPRING, "00:00-06:00", 5 * HOUR),
        (SPRING, "00:00-00:30", 0 * HOUR),
        (SPRING, "00:30-05:00", 4 * HOUR),
        (AUTUMN, "22:00-23:30", 1.5 * HOUR),
        (AUTUMN, "23:30-24:00", 1.5 * HOUR),
        (date(2026, 10, 30), "00:00-06:00", 6 * HOUR),
        (date(2027, 4, 30), "00:00-24:00", 23 * HOUR),
        (date(2027, 10, 28), "00:00-24:00", 25 * HOUR),
        (date(2026, 3, 2), "00:00-24:00", 24 * HOUR),
    ],
)
def test_windows_in_cairo_have_their_real_length(day: date, words: str, length: timedelta) -> None:
    spans = window(CAIRO, words).on_day(day)
    assert sum((span.length for span in spans), timedelta()) == length


@pytest.mark.parametrize(
    ("day", "changes_at"),
    [
        (SPRING, "2026-04-23T22:00"),
        (date(2027, 4, 30), "2027-04-29T22:00"),
    ],
)
def test_a_midnight_that_does_not_exist_is_the_instant_of_the_jump(
    day: date, changes_at: str
) -> None:
    assert {instant(CAIRO, day, minute) for minute in range(61)} == {utc(changes_at)}
    assert instant(CAIRO, day).astimezone(ZoneInfo(CAIRO)).hour == 1
    assert instant(CAIRO, day, 61) == utc(changes_at) + timedelta(minutes=1)


def test_a_wall_time_that_exists_twice_means_its_first_pass() -> None:
    assert instant(CAIRO, AUTUMN, 23 * 60) == utc("2026-10-29T20:00")
    assert instant(CAIRO, AUTUMN, 23 * 60 + 59) == utc("2026-10-29T20:59")
    assert instant(CAIRO, AUTUMN, 24 * 60) == utc("2026-10-29T22:00")


def test_the_second_pass_still_belongs_to_thursday() -> None:
    assert local_date(CAIRO, utc("2026-10-29T21:59:59")) == AUTUMN
    assert local_date(CAIRO, utc("2026-10-29T22:00")) == date(2026, 10, 30)


@pytest.mark.parametrize(("day", "minute"), [(SPRING, 0), (AUTUMN, 23 * 60 + 30)])
def test_a_daily_job_runs_exactly_once_on_the_day_of_a_change(day: date, minute: int) -> None:
    runs = [instant(CAIRO, day + timedelta(days=step), minute) for step in (-1, 0, 1)]
    assert runs == sorted(set(runs))
    assert [run for run in runs if local_date(CAIRO, run) == day] == [runs[1]]


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        (CAIRO, date(2026, 4, 15), 43_140),
        (CAIRO, date(2026, 10, 1), 44_700),
        (CAIRO, date(2026, 6, 30), 43_200),
        (NAIROBI, date(2026, 4, 1), 43_200),
        (NAIROBI, date(2026, 12, 31), 44_640),
    ],
)
def test_months_in_minutes(zone: str, day: date, minutes: int) -> None:
    assert local_month(zone, day).length == timedelta(minutes=minutes)


def test_the_spring_day_of_cairo_in_utc() -> None:
    assert local_day(CAIRO, SPRING) == Span(utc("2026-04-23T22:00"), utc("2026-04-24T21:00"))


@pytest.mark.parametrize(
    ("first", "begins"), [(1, "2026-03-01T22:00"), (7, "2026-02-28T22:00"), (6, "2026-02-27T22:00")]
)
def test_weeks_begin_where_the_market_says(first: int, begins: str) -> None:
    week = local_week(CAIRO, date(2026, 3, 5), first)
    assert week == Span(utc(begins), utc(begins) + timedelta(days=7))


def test_a_country_with_two_zones_has_two_days() -> None:
    west, east = (local_day(f"Africa/{city}", SPRING) for city in ("Kinshasa", "Lubumbashi"))
    assert west.since - east.since == HOUR


def test_an_unknown_zone_is_named() -> None:
    for name in ("Africa/Atlantis", "", "../etc/passwd"):
        with pytest.raises(BadInput, match="no time zone"):
            instant(name, SPRING)


@pytest.mark.parametrize(
    "words",
    ["8-17", "08:00", "17:00-08:00", "08:00-24:01", "08:60-09:00", "a-b", "08:00-09:00-10:00"],
)
def test_hours_that_make_no_sense_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match="expected|after 24:00"):
        hours_of(words)


def test_hours() -> None:
    assert hours_of("08:00-12:00, 13:00-24:00") == (Hours(480, 720), Hours(780, 1440))
    assert hours_of("") == ()


NINE_TO_FIVE = {day: hours_of("09:00-17:00") for day in range(1, 6)}
N85 = WorkingCalendar(
    "N85",
    NAIROBI,
    NINE_TO_FIVE,
    holidays=frozenset({date(2026, 6, 1), date(2026, 12, 25)}),
    half_days={date(2026, 12, 24): hours_of("09:00-13:00")},
)


def test_half_days_and_holidays() -> None:
    week = [N85.on_day(date(2026, 12, day)) for day in (23, 24, 25, 26)]
    assert [sum((s.length for s in spans), timedelta()) / HOUR for spans in week] == [8, 4, 0, 0]


def test_intervals_that_overlap_count_once() -> None:
    twice = window(NAIROBI, "09:00-12:00 11:00-13:00 09:30-10:00")
    assert twice.working_time(utc("2026-03-02T00:00"), utc("2026-03-03T00:00")) == 4 * HOUR


def test_own_closures_are_cut_out() -> None:
    closed = Span(utc("2026-03-02T08:00"), utc("2026-03-02T10:00"))
    shut = WorkingCalendar("shut", NAIROBI, NINE_TO_FIVE, closures=[closed])
    assert [span.length / HOUR for span in shut.on_day(date(2026, 3, 2))] == [2, 4]


def test_working_time_and_its_inverse() -> None:
    friday, tuesday = utc("2026-05-29T11:00"), utc("2026-06-02T07:00")  # a holiday between
    assert N85.working_time(friday, tuesday) == 4 * HOUR
    assert N85.add_working(friday, 4 * HOUR) == tuesday
    assert N85.working_time(tuesday, friday) == timedelta()


def test_open_or_not() -> None:
    assert N85.is_open(utc("2026-03-02T06:00"))
    assert not N85.is_open(utc("2026-03-02T14:00"))
    assert not N85.is_open(utc("2026-03-01T06:00"))
    assert always().is_open(utc("2026-03-01T06:00"))


@pytest.mark.parametrize(
    "calendar",
    [
        WorkingCalendar("never", NAIROBI, {}),
        WorkingCalendar("empty", NAIROBI, {1: [Hours(540, 540)]}),
        WorkingCalendar("shut", NAIROBI, closures=[Span(utc("2020-01-01"), utc("2040-01-01"))]),
    ],
    ids=lambda calendar: calendar.name,
)
def test_a_calendar_without_working_time_raises_and_never_loops(calendar: WorkingCalendar) -> None:
    with pytest.raises(NoWorkingTime, match="no working time"):
        calendar.add_working(utc("2026-03-02"), HOUR)


def test_a_week_without_hours_is_refused_when_it_is_kept() -> None:
    with pytest.raises(NoWorkingTime, match="no working time: give it hours"):
        WorkingCalendar("never", NAIROBI, {1: [Hours(540, 540)]}).require_working_time()


INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
CALENDARS = st.sampled_from(
    [
        N85,
        always(CAIRO),
        window(CAIRO, "18:00-24:00"),
        window(CAIRO, "00:00-06:00"),
        WorkingCalendar("C85", CAIRO, {day: hours_of("09:00-17:00") for day in (7, 1, 2, 3, 4)}),
        WorkingCalendar("days", CAIRO, EVERY_HOUR, holidays=frozenset({SPRING, AUTUMN})),
    ]
)
DURATIONS = st.timedeltas(timedelta(), timedelta(days=30))


@settings(deadline=None)
@given(CALENDARS, INSTANTS, DURATIONS)
def test_adding_working_time_is_the_inverse_of_measuring_it(
    calendar: WorkingCalendar, start: datetime, duration: timedelta
) -> None:
    due = calendar.add_working(start, duration)
    assert calendar.working_time(start, due) == duration
    if duration:
        just_before = due - timedelta(microseconds=1)
        assert calendar.working_time(start, just_before) < duration, "the first such instant"


@settings(deadline=None)
@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS)
def test_working_time_adds_up(
    calendar: WorkingCalendar, one: datetime, two: datetime, three: datetime
) -> None:
    early, middle, late = sorted([one, two, three])
    parts = calendar.working_time(early, middle) + calendar.working_time(middle, late)
    assert calendar.working_time(early, late) == parts <= late - early


@settings(deadline=None)
@given(
    st.sampled_from([CAIRO, NAIROBI, "Africa/Kinshasa"]),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_days_of_a_market_touch_without_gap_or_overlap(zone: str, day: date) -> None:
    today, tomorrow = local_day(zone, day), local_day(zone, day + timedelta(days=1))
    assert today.until == tomorrow.since
    assert local_date(zone, today.since) == day
    assert local_date(zone, today.until - timedelta(microseconds=1)) == day
