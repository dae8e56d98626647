"""Times as other tools write them: RFC 3339 with every habit that was seen in the wild."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from web.ingest.parsed import BadItem

FIRST = datetime(1, 1, 2, tzinfo=UTC)  # what lies before is Go's and amtool's word for "unset"
LAST = datetime(9999, 12, 30, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)", re.ASCII
)


def instant(value: object, name: str) -> datetime | None:
    """Return the instant in UTC, to the millisecond; None when it is absent or year 1.

    Milliseconds, because one alert arrives with three digits by one way and nine by another,
    and the start names the episode.

    Raises:
        BadItem: it is no RFC 3339 time with a zone.

    """
    if value is None or value == "":
        return None
    found = _read(value) if isinstance(value, str) and len(value) < 64 else None
    if found is None:
        raise BadItem(f"{name} must be an RFC 3339 time with a zone, such as 2026-03-02T08:00:00Z")
    return found if found >= FIRST else None


@lru_cache(maxsize=8192)
def _read(text: str) -> datetime | None:
    """Return the instant, bounded by FIRST less a day and LAST; None when it is none."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    day, minutes, seconds, fraction, zone = shape.groups()
    leap = seconds == "60"  # the second before is the best a clock without leap seconds can do
    milliseconds = f"{fraction or ''}000"[:3]
    zone = "+00:00" if zone in "Zz" else zone
    try:
        exact = f"{day}T{minutes}:{'59' if leap else seconds}.{milliseconds}{zone}"
        return _bounded(datetime.fromisoformat(exact))
    except ValueError:
        return None


def _bounded(found: datetime) -> datetime:
    try:
        return min(found.astimezone(UTC), LAST)
    except OverflowError:
        return LAST if found.year > 1 else FIRST - timedelta(days=1)
