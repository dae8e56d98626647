"""From when curves of a feature are drawn, and how many points they have. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from changes.features.values import FeatureView

Point = tuple[datetime, float]
BEFORE = timedelta(hours=1)  # of the first wave, to see what was before
RAW, LONGEST = timedelta(hours=36), timedelta(days=28)
MOST = 240
HOUR = timedelta(hours=1)


def since(view: FeatureView, now: datetime) -> datetime:
    """Return from when curves are drawn: an hour before the first wave, 28 days at most."""
    begun = [each.started_at for each in view.waves if each.started_at]
    first = min(begun, default=view.created_at) - BEFORE
    return max(first, now - LONGEST)


def hours_between(start: datetime, end: datetime) -> list[datetime]:
    """Return the whole hours of a stretch."""
    first = start.replace(minute=0, second=0, microsecond=0)
    count = int((end - first) / HOUR) + 1
    return [first + each * HOUR for each in range(count)]


def thinned(points: Sequence[Point], most: int = MOST) -> list[Point]:
    """Return at most ``most`` points, each the mean of those it stands for, at the last of them."""
    size = -(-len(points) // most)
    if size <= 1:
        return list(points)
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return [(each[-1][0], sum(value for _, value in each) / len(each)) for each in groups]


def starts(view: FeatureView, market: str) -> list[tuple[datetime, str]]:
    """Return when each wave began in a market, with its name."""
    return [
        (each.started_at, each.name)
        for each in view.waves
        if each.started_at and market in (each.markets or view.markets)
    ]
