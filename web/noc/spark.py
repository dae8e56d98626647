"""Small trends as SVG paths: a line in ink, a grey band of what is usual, gaps left open. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT, ROOM = 120.0, 32.0, 2.0
Point = tuple[datetime, float]


@dataclass(frozen=True)
class Usual:
    """What is usual at an instant: the lower and the upper edge of the band."""

    at: datetime
    low: float
    high: float


@dataclass(frozen=True)
class Spark:
    """Paths in a box of 120 by 32; ``low_paths`` is the stretch below what is usual."""

    paths: tuple[str, ...]
    low_paths: tuple[str, ...] = ()
    band: str = ""


def spark(
    points: Sequence[Point],
    band: Sequence[Usual],
    since: datetime,
    until: datetime,
    gap: timedelta = timedelta(minutes=5),
    scale: tuple[float, float] | None = None,
) -> Spark | None:
    """Return the trend from ``since`` to ``until``; None when there is nothing to draw.

    Args:
        points: instants and values, oldest first.
        band: edges of the usual band, oldest first; a straight line lies between two of them.
        since: left edge of the picture.
        until: right edge of the picture.
        gap: a longer pause between two points breaks the line.
        scale: values of the lower and the upper edge, beyond which the line runs along the
            edge; None is from zero to the highest.

    """
    if not points and not band:
        return None
    most = max([value for _, value in points] + [each.high for each in band], default=0.0)
    frame = _Frame(since, (until - since).total_seconds() or 1.0, *(scale or (0.0, most or 1.0)))
    drawn = _thinned([point for point in points if since <= point[0] <= until])
    runs = _runs(drawn, band, gap)
    return Spark(
        tuple(frame.path(run) for run, is_low in runs if not is_low),
        tuple(frame.path(run) for run, is_low in runs if is_low),
        frame.area(band) if len(band) > 1 else "",
    )


@dataclass(frozen=True)
class _Frame:
    since: datetime
    seconds: float
    least: float
    most: float

    def place(self, at: datetime, value: float) -> str:
        x = WIDTH * (at - self.since).total_seconds() / self.seconds
        share = (value - self.least) / (self.most - self.least)
        y = HEIGHT - (HEIGHT - ROOM) * min(1.0, max(0.0, share))
        return f"{min(WIDTH, max(0.0, x)):.4g} {y:.4g}"

    def path(self, run: Sequence[Point]) -> str:
        return "M" + " ".join(self.place(at, value) for at, value in run)

    def area(self, band: Sequence[Usual]) -> str:
        above = [self.place(each.at, each.high) for each in band]
        below = [self.place(each.at, each.low) for each in reversed(band)]
        return f"M{' '.join(above + below)}Z"


def _thinned(points: Sequence[Point], most: int = 120) -> Sequence[Point]:
    """Return every n-th point, the newest always among them: a pixel needs no more than one."""
    step = max(1, -(-len(points) // most))
    return points[(len(points) - 1) % step :: step]


def _runs(
    points: Sequence[Point], band: Sequence[Usual], gap: timedelta
) -> list[tuple[list[Point], bool]]:
    """Cut the line where data is missing and where it falls below the band; cuts share a point."""
    runs: list[tuple[list[Point], bool]] = []
    longest = max(gap, _pace(points) * 3)
    for at, value in points:
        is_low = value < low_edge(band, at)
        if runs and at - runs[-1][0][-1][0] <= longest:
            run, was_low = runs[-1]
            if was_low == is_low:
                run.append((at, value))
            else:
                runs.append(([run[-1], (at, value)], is_low))
        else:
            runs.append(([(at, value)], is_low))
    return [(run if len(run) > 1 else run * 2, is_low) for run, is_low in runs]


def _pace(points: Sequence[Point]) -> timedelta:
    """Return the middle distance between neighbours."""
    steps = sorted(b[0] - a[0] for a, b in zip(points, points[1:], strict=False))
    return steps[len(steps) // 2] if steps else timedelta(0)


def low_edge(band: Sequence[Usual], at: datetime) -> float:
    """Return the lower edge of the band at an instant; minus infinity where it is not known."""
    for left, right in zip(band, band[1:], strict=False):
        if left.at <= at <= right.at:
            share = (at - left.at) / ((right.at - left.at) or timedelta(seconds=1))
            return left.low + (right.low - left.low) * share
    return float("-inf")
