"""From when curves of a feature are drawn, and how many points they have. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from changes.features.values import FeatureView

Point = tuple[datetime, float]
BEFORE = timedelta(hours=1)  # of the first wave, to see what was before
RAW, LONGEST = timedelta(hours=36), timedelta(days=28)
LATELY = timedelta(hours=6)
MOST = 240
HOUR = timedelta(hours=1)


def since(view: FeatureView, now: datetime) -> datetime:
    """Return from when curves are drawn: an hour before the first wave, 28 days at most."""
    begun = [each.started_at for each in view.waves if each.started_at]
    first = min(begun, default=view.created_at) - BEFORE
    return max(first, now - LONGEST)


def raw_from(start: datetime, end: datetime) -> datetime:
    """Return from when every sample is shown: the last hours of a long curve, else its start."""
    if end - start <= RAW:
        return start
    return (end - LATELY).replace(minute=0, second=0, microsecond=0)


def hours_between(start: datetime, end: datetime) -> list[datetime]:
    """Return the hours of a stretch up to the one that ``end`` begins."""
    first = start.replace(minute=0, second=0, microsecond=0)
    count = int((end - first) / HOUR)
    return [first + each * HOUR for each in range(count)]


def thinned(points: Sequence[Point], most: int = MOST) -> list[Point]:
    """Return at most ``most`` points by equal stretches of time: the mean of each, at its last."""
    if len(points) <= most:
        return list(points)
    begins, length = points[0][0], (points[-1][0] - points[0][0]) / most
    groups: dict[int, list[Point]] = {}
    for each in points:
        groups.setdefault(min(int((each[0] - begins) / length), most - 1), []).append(each)
    return [(each[-1][0], sum(value for _, value in each) / len(each)) for each in groups.values()]


def starts(view: FeatureView, market: str) -> list[tuple[datetime, str]]:
    """Return when each wave began in a market, with its name."""
    return [
        (each.started_at, each.name)
        for each in view.waves
        if each.started_at and market in (each.markets or view.markets)
    ]
