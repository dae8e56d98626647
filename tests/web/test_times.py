"""Times of places: gaps and overlaps are refused with the cure, the rest reads back as typed."""

from datetime import UTC, datetime, timedelta

import pytest

from ssoc.core.errors import BadInput
from tests import factories
from web.noc import times

ZONES = ["UTC", "Africa/Nairobi", "Africa/Cairo", "Africa/Accra", "Asia/Kathmandu"]
NIGHTS = [datetime(2026, 4, 23, 18, tzinfo=UTC), datetime(2026, 10, 29, 17, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        pytest.param("2026-03-02 08:00", "UTC", "2026-03-02T08:00", id="UTC"),
        pytest.param("2026-03-02 01:00", "Africa/Nairobi", "2026-03-01T22:00", id="the day before"),
        pytest.param("2026-03-02 08:00Z", "Africa/Nairobi", "2026-03-02T08:00", id="Z is exact"),
        pytest.param("2026-03-02T08:00+02:00", "UTC", "2026-03-02T06:00", id="an offset is exact"),
        pytest.param(" 2026-03-02 08:00 ", "UTC", "2026-03-02T08:00", id="blanks"),
        pytest.param("2026-04-23 23:59", "Africa/Cairo", "2026-04-23T21:59", id="before the jump"),
        pytest.param("2026-04-24 01:00", "Africa/Cairo", "2026-04-23T22:00", id="after the jump"),
        pytest.param("2026-10-29 22:59", "Africa/Cairo", "2026-10-29T19:59", id="before the hour"),
        pytest.param("2026-10-30 00:00", "Africa/Cairo", "2026-10-29T22:00", id="after the hour"),
        pytest.param(
            "2026-10-29 23:30+03:00", "Africa/Cairo", "2026-10-29T20:30", id="the first of two"
        ),
        pytest.param(
            "2026-10-29 23:30+02:00", "Africa/Cairo", "2026-10-29T21:30", id="the second of two"
        ),
    ],
)
def test_a_time_is_read_on_the_clocks_of_its_place(text: str, zone: str, expected: str) -> None:
    wanted = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert times.read(text, "the start", zone) == wanted


@pytest.mark.parametrize(
    ("text", "zone", "words"),
    [
        (
            "2026-04-24 00:30",
            "Africa/Cairo",
            "the start 2026-04-24 00:30 does not exist in Cairo: that day the clocks go from "
            "00:00 to 01:00; choose a time before or after",
        ),
        (
            "2026-10-29 23:30",
            "Africa/Cairo",
            "the start 2026-10-29 23:30 comes twice in Cairo, as the clocks go back that night; "
            "say which: 2026-10-29 23:30+03:00 is the first, 2026-10-29 23:30+02:00 the second",
        ),
        (
            "tomorrow",
            "Africa/Dar_es_Salaam",
            "the start 'tomorrow' is no date and time; write it like 2026-03-02 08:00, on the "
            "clocks of Dar es Salaam",
        ),
        (
            "",
            "UTC",
            "the start '' is no date and time; write it like 2026-03-02 08:00, in UTC",
        ),
        (
            "0001-01-01 00:00+14:00",
            "UTC",
            "the start '0001-01-01 00:00+14:00' is beyond the calendar; choose a nearer day",
        ),
        (
            "0001-01-01 00:00",
            "Africa/Nairobi",
            "the start '0001-01-01 00:00' is beyond the calendar; choose a nearer day",
        ),
    ],
    ids=["gap", "overlap", "no time", "empty", "too early", "too early there"],
)
def test_what_is_no_single_instant_is_refused_with_the_cure(
    text: str, zone: str, words: str
) -> None:
    with pytest.raises(BadInput) as refused:
        times.read(text, "the start", zone)
    assert str(refused.value) == words


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS, ids=["spring", "autumn"])
def test_every_instant_of_a_night_reads_back_as_it_is_typed(zone: str, night: datetime) -> None:
    for step in range(0, 12 * 3600, 449):
        at = night + timedelta(seconds=step)
        assert times.read(times.typed(at, zone), "x", zone) == at


def test_places_that_read_the_same_stand_together() -> None:
    at = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    now = at - timedelta(hours=10)
    zones = ["Africa/Nairobi", "Africa/Dar_es_Salaam", "Africa/Maputo"]
    told = times.local(at, now, zones).replace("\u00a0", " ")
    assert told == "Tue 3 Mar 01:30 Nairobi, Dar es Salaam · Tue 3 Mar 00:30 Maputo"
    many = times.local(at, now, [*zones, "Africa/Accra", "Asia/Kathmandu", "Africa/Lagos"])
    assert many.endswith(" · 2 more")
    assert times.local(at, now, []) == ""


def test_only_zones_of_the_estate_are_taken() -> None:
    estate = factories.estate_of("core-ke, sms-cd")
    assert times.zone_of(estate, "") == "UTC"
    zone = next(iter(estate.markets.values())).zones[0]
    assert times.zone_of(estate, zone) == zone
    for other in ("Europe/Paris", "../../etc/passwd", "x" * 300):
        with pytest.raises(BadInput, match="choose one of the list"):
            times.zone_of(estate, other)
    offered = times.zone_choices(estate, datetime(2026, 3, 2, tzinfo=UTC))
    assert offered[0] == ("UTC", "UTC")
    assert any("UTC+03:00" in words for _, words in offered)
