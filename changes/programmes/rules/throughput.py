"""When the last site is accepted: from the weeks that were, not from the plan. Pure.

p50 = sites left over the median week; p90 = sites left over a slow week, which is the week that
nine of ten lately reached (the 10 % quantile by nearest rank: of three weeks the slowest). Whole
weeks are taken, rounded up, and they begin today, since the sites left are counted today. A slow
week is taken for every week to come: slow weeks come together (holidays, a vendor without stock),
so p90 is meant to be careful. Fewer than three weeks are no throughput: then the plan is shown,
and called so.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from statistics import median

LEAST_WEEKS = 3
WEEKS = 8  # no more than so many weeks back say how fast it goes now
_WEEK = timedelta(days=7)


def monday(day: date) -> date:
    """Return the Monday of the week of ``day``."""
    return day - timedelta(days=day.weekday())


def weekly(accepted: Iterable[date], today: date, weeks: int = WEEKS) -> list[int]:
    """Return how many were accepted in each full week, oldest first.

    The week that runs is not over and does not count; weeks before the first acceptance neither.
    """
    counts = Counter(monday(each) for each in accepted)
    if not counts:
        return []
    end = monday(today)
    first = max(min(counts), end - weeks * _WEEK)
    span = max(0, (end - first).days // 7)
    return [counts[first + at * _WEEK] for at in range(span)]


@dataclass(frozen=True)
class Outlook:
    """When it ends. ``p50_weeks`` and ``p90_weeks`` are None without an answer, ``why`` says it."""

    total: int
    accepted: int
    weeks: Sequence[int] = ()
    rate: float = 0.0
    slow_rate: float = 0.0
    fast_rate: float = 0.0
    p50_weeks: int | None = None
    p90_weeks: int | None = None
    p50_on: date | None = None
    p90_on: date | None = None
    planned_on: date | None = None
    why: str = ""

    @property
    def left(self) -> int:
        """Return how many sites are not accepted yet."""
        return max(0, self.total - self.accepted)


def outlook(
    total: int, accepted: int, weeks: Sequence[int], today: date, planned_on: date | None = None
) -> Outlook:
    """Return when the last site is accepted; ``planned_on`` is the end of the plan."""
    left = max(0, total - accepted)
    if not left:
        return Outlook(
            total, accepted, weeks, p50_weeks=0, p90_weeks=0, p50_on=today, p90_on=today,
            planned_on=planned_on, why="every site is accepted",
        )  # fmt: skip
    if len(weeks) < LEAST_WEEKS:
        said = f"no throughput yet: {len(weeks)} of {LEAST_WEEKS} full weeks; the plan is shown"
        return Outlook(total, accepted, weeks, planned_on=planned_on, why=said)
    rate = float(median(weeks))
    place = max(0, ceil(len(weeks) / 10) - 1)
    slow, fast = float(sorted(weeks)[place]), float(sorted(weeks, reverse=True)[place])
    p50, p90 = _weeks(left, rate), _weeks(left, slow)
    return Outlook(
        total=total,
        accepted=accepted,
        weeks=tuple(weeks),
        rate=rate,
        slow_rate=slow,
        fast_rate=fast,
        p50_weeks=p50,
        p90_weeks=p90,
        p50_on=today + p50 * _WEEK if p50 is not None else None,
        p90_on=today + p90 * _WEEK if p90 is not None else None,
        planned_on=planned_on,
        why=_words(left, rate, slow, p50, p90),
    )


def _weeks(left: int, rate: float) -> int | None:
    return ceil(left / rate) if rate > 0 else None


def _words(left: int, rate: float, slow: float, p50: int | None, p90: int | None) -> str:
    if p50 is None:
        return f"{left} left; in most of the last weeks none was accepted: no end can be seen"
    usual = f"{left} left; at {rate:g} a week {p50} weeks"
    if p90 is None:
        return f"{usual}; a slow week had none, so no careful date can be given"
    return f"{usual}, at {slow:g} in a slow week {p90}"


@dataclass(frozen=True)
class Week:
    """One week of the burn-up: sites accepted by its end, by plan and in truth.

    ``accepted`` is None in weeks to come, ``p50`` and ``p90`` in weeks past.
    """

    ends_on: date
    planned: int | None = None
    accepted: int | None = None
    p50: int | None = None
    p90: int | None = None
    p10: int | None = None


def burn_up(
    baseline: Mapping[date, int], accepted: Sequence[date], ahead: Outlook, today: date
) -> list[Week]:
    """Return accepted sites by the end of each week beside the plan and the forecast."""
    ends = _ends(baseline, accepted, ahead, today)
    ordered = sorted(accepted)
    found = []
    for end in ends:
        is_known = end - timedelta(days=6) <= today
        so_far = sum(1 for each in ordered if each <= end) if is_known else None
        weeks = (end - today) / _WEEK
        is_ahead = weeks > -1 and ahead.rate > 0
        rates = (ahead.rate, ahead.slow_rate, ahead.fast_rate)
        drawn: list[int | None] = [None] * 3
        if is_ahead:
            drawn = [_projected(ahead, each, weeks) if weeks > 0 else so_far for each in rates]
        found.append(Week(end, _planned(baseline, end), so_far, *drawn))
    return found


def _ends(
    baseline: Mapping[date, int], accepted: Sequence[date], ahead: Outlook, today: date
) -> list[date]:
    known = [*baseline, *accepted, today]
    if ahead.p50_on:
        known.append(ahead.p50_on)
    if ahead.p90_on:
        known.append(min(ahead.p90_on, today + 104 * _WEEK))
    first, last = monday(min(known)), monday(max(known))
    number = min((last - first).days // 7 + 1, 260)
    return [first + at * _WEEK + timedelta(days=6) for at in range(number)]


def _planned(baseline: Mapping[date, int], end: date) -> int | None:
    known = [(on, count) for on, count in baseline.items() if on <= end]
    return max(known)[1] if known else (0 if baseline else None)


def _projected(ahead: Outlook, rate: float, weeks: float) -> int:
    return min(ahead.total, ahead.accepted + int(rate * weeks))


@dataclass(frozen=True)
class Cause:
    """One kind of what blocks sites, with the share of it and of all before it.

    ``length`` is that of its bar, in percent of the longest.
    """

    kind: str
    sites: int
    share: float
    cumulated: float
    length: int = 100


def pareto(kinds: Iterable[str]) -> list[Cause]:
    """Return what blocks sites, most first; shares are of all blocked sites."""
    counts = Counter(each or "not named" for each in kinds)
    most = max(counts.values(), default=1)
    total, so_far, found = sum(counts.values()), 0, []
    for kind, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        so_far += number
        found.append(
            Cause(kind, number, number / total, so_far / total, round(100 * number / most))
        )
    return found
