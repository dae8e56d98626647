"""Numbers of many series in a stretch of time, each kind by one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ssoc.core.work import Work
from ssoc.monitoring.models import SampleHour, SampleRow
from ssoc.monitoring.sample_queries import Point


@dataclass(frozen=True)
class Hour:
    """What one series was in one hour; an hour without figures is not there at all."""

    count: int
    sum: float
    least: float
    most: float

    @property
    def mean(self) -> float:
        """Return the mean of the hour."""
        return self.sum / self.count


def points(work: Work, ids: Collection[int], since: datetime) -> dict[int, list[Point]]:
    """Return the numbers of series after ``since``, oldest first; NaN and gaps left out."""
    if not ids:
        return {}
    rows = work.session.execute(
        select(SampleRow.series_id, SampleRow.at, SampleRow.value)
        .where(
            SampleRow.series_id.in_(sorted(ids)),
            SampleRow.at > since,
            SampleRow.at <= work.now,
            SampleRow.value.is_not(None),
        )
        .order_by(SampleRow.series_id, SampleRow.at)
    )
    found: dict[int, list[Point]] = {}
    for number, at, value in rows:
        if value is not None:
            found.setdefault(number, []).append((at, value))
    return found


def hours(
    work: Work, ids: Collection[int], starts: Collection[datetime]
) -> dict[int, dict[datetime, Hour]]:
    """Return some hours of series, by series and the hour's start."""
    if not ids or not starts:
        return {}
    rows = work.session.execute(
        select(
            SampleHour.series_id,
            SampleHour.hour_at,
            SampleHour.count,
            SampleHour.sum,
            SampleHour.least,
            SampleHour.most,
        ).where(
            SampleHour.series_id.in_(sorted(ids)),
            SampleHour.hour_at.in_(sorted(starts)),
            SampleHour.count > 0,
        )
    )
    found: dict[int, dict[datetime, Hour]] = {}
    for number, hour_at, count, total, least, most in rows:
        found.setdefault(number, {})[hour_at] = Hour(count, total, least, most)
    return found
