from datetime import UTC, datetime

import pytest

from web.ingest.instants import instant
from web.ingest.parsed import BadItem

SHIFT = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-11-21T20:00:00Z", SHIFT, id="no fraction"),
        pytest.param("2026-11-21T20:00:00.000Z", SHIFT, id="milliseconds"),
        pytest.param(
            "2026-11-21T20:00:00.598Z", SHIFT.replace(microsecond=598_000), id="three digits"
        ),
        pytest.param(
            "2026-11-21T20:00:00.700272923Z",
            SHIFT.replace(microsecond=700_000),
            id="nine digits are cut to milliseconds: the push of the same alert has three",
        ),
        pytest.param("2026-11-21T20:00:00.5Z", SHIFT.replace(microsecond=500_000), id="one digit"),
        pytest.param("2026-11-21T22:00:00+02:00", SHIFT, id="an offset"),
        pytest.param("2026-11-21T20:00:00.000+0000", SHIFT, id="an offset without colon"),
        pytest.param("2026-11-21T14:30:00-0530", SHIFT, id="a negative half-hour offset"),
        pytest.param("2026-11-21 20:00:00z", SHIFT, id="a blank and a small z, as RFC 3339 allows"),
        pytest.param(
            "2026-11-21T19:59:60Z",
            SHIFT.replace(hour=19, minute=59, second=59),
            id="a leap second",
        ),
        pytest.param("0001-01-01T00:00:00Z", None, id="year 1 means unset"),
        pytest.param("0001-01-01T00:00:00.000Z", None, id="year 1 with milliseconds too"),
        pytest.param("0001-01-01T00:00:00+05:00", None, id="before year 1"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="null"),
        pytest.param(
            "9999-12-31T23:59:59-14:00",
            datetime(9999, 12, 30, tzinfo=UTC),
            id="past the last year is the last day",
        ),
        pytest.param(
            "1969-07-20T20:17:40Z", datetime(1969, 7, 20, 20, 17, 40, tzinfo=UTC), id="old"
        ),
    ],
)
def test_times_are_read_as_they_come(text: str | None, expected: datetime | None) -> None:
    assert instant(text, "startsAt") == expected


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-11-21",
        "2026-11-21T20:00:00",
        "2026-11-21T20:00Z",
        "20261121T200000Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T20:00:61Z",
        "2026-11-21T20:00:00+25:00",
        "２０２６-11-21T20:00:00Z",
        "2026-11-21T20:00:00Z; drop table",
        "9" * 100,
        1_763_755_200,
        12.5,
        True,
        [],
        {},
    ],
    ids=repr,
)
def test_what_is_no_time_is_a_fault_that_says_the_cure(value: object) -> None:
    with pytest.raises(BadItem, match="startsAt must be an RFC 3339 time with a zone"):
        instant(value, "startsAt")
