"""What is usual: the same hour of the last weeks, in the market's own time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

WEEKS = 4
HOUR = timedelta(hours=1)
# What calm traffic shows, by practice: minutes swing by 2 to 3 %, and a line through hour means
# lies up to 8 % beside the curve of a steep night. A drop of a fifth lies clearly below.
NARROWEST = 0.12  # of the mean, to either side: weeks that were alike say little of noise
SUCCESS_POINTS = 2.0  # success this far below usual is low: tone, drawn band and loss agree on it
BEYOND = 0.10  # of the lowest and the highest week: four weeks have not seen everything


@dataclass(frozen=True)
class Usual:
    """What a figure is at this time of the week: ``n`` weeks were seen.

    ``mean`` leaves out the lowest and the highest week when there are three or more, so that an
    outage last week does not lower what counts as usual; ``low`` and ``high`` are all weeks'.
    """

    mean: float
    n: int
    low: float
    high: float

    @property
    def band(self) -> tuple[float, float]:
        """Return the edges between which a figure is nothing to look at."""
        room = NARROWEST * abs(self.mean)
        low, high = self.low - BEYOND * abs(self.low), self.high + BEYOND * abs(self.high)
        return min(low, self.mean - room), max(high, self.mean + room)

    @property
    def success_band(self) -> tuple[float, float]:
        """Return the same for a success in percent, which swings far less than a volume."""
        return self.mean - SUCCESS_POINTS, min(100.0, self.mean + SUCCESS_POINTS)


def is_success_low(success: float, usual: float) -> bool:
    """Tell whether a success in percent lies at the lower edge of its usual band or below."""
    return usual - success >= SUCCESS_POINTS


def hour_of(at: datetime) -> datetime:
    """Return the start of the UTC hour that ``at`` lies in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def same_instants(at: datetime, zone: str, weeks: int = WEEKS) -> list[datetime]:
    """Return the same local time one, two, … weeks before ``at``, as UTC instants.

    Local, because customers follow their own clock: in Cairo's spring the UTC hour moves.
    """
    here = ZoneInfo(zone)
    local = at.astimezone(here)
    return [
        (local.replace(tzinfo=None) - timedelta(weeks=week)).replace(tzinfo=here).astimezone(UTC)
        for week in range(1, weeks + 1)
    ]


def hours_needed(at: datetime, zone: str, weeks: int = WEEKS) -> set[datetime]:
    """Return the starts of the hours whose means ``usual`` looks at."""
    return {hour for instant in same_instants(at, zone, weeks) for hour, _ in _around(instant)}


def usual(
    means: Mapping[datetime, float], at: datetime, zone: str, weeks: int = WEEKS
) -> Usual | None:
    """Return what is usual at ``at``, or None when no week has figures.

    Args:
        means: mean of each hour, by the hour's start in UTC.
        at: the instant to compare.
        zone: IANA name of the market's leading time zone.
        weeks: how many weeks to look back.

    """
    seen = [value for each in same_instants(at, zone, weeks) for value in _between(means, each)]
    if not seen:
        return None
    return Usual(_robust(seen), len(seen), min(seen), max(seen))


def _around(at: datetime) -> Sequence[tuple[datetime, float]]:
    """Return the two hours whose middles enclose ``at``, and how much each counts.

    Between the middles the line is straight: at 05:02 of a steep morning the mean of the
    whole hour would call a healthy market slow.
    """
    first = hour_of(at - HOUR / 2)
    share = (at - (first + HOUR / 2)) / HOUR
    return ((first, 1 - share), (first + HOUR, share))


def _between(means: Mapping[datetime, float], at: datetime) -> Iterator[float]:
    known = [(means[hour], share) for hour, share in _around(at) if hour in means]
    weight = sum(share for _, share in known)
    if weight > 0:
        yield sum(value * share for value, share in known) / weight


def _robust(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return fmean(ordered[1:-1] if len(ordered) > 2 else ordered)
