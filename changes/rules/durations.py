"""How long a step takes: a lognormal fitted to what like steps took, with n and where from. Pure.

Durations are positive and their tails are long, so their logarithms are fitted: the median is
exp(mean of logs). The spread is pooled with the spread the house assumes, which weighs as much as
``prior_weight`` observations: s² = ((n-1)·s_n² + k·s_0²) / (n-1 + k), times 1 + 1/n because the
next step is forecast, not the mean (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6, 3.3).
What lies far out is drawn in first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import exp, log, sqrt
from statistics import NormalDist, fmean, median, variance

_UNIT = NormalDist()
_SHORTEST = 1 / 6  # minutes; a step pressed twice in a hurry took ten seconds at least
_NEARLY_SURE = 0.999  # who took longer than this share of like steps is at this share


@dataclass(frozen=True)
class ExecutionPolicy:
    """How runs are forecast and what they may do; docs/runs.md explains each."""

    quantile: float = 0.9
    draws: int = 400
    least_n: int = 3
    assumed_ratio: float = 1.3
    prior_weight: int = 4
    history: int = 2_000
    decision_lead: timedelta = timedelta(minutes=15)
    longest_extension: timedelta = timedelta(hours=4)

    def __post_init__(self) -> None:
        """Refuse figures that mean nothing."""
        if not 0.5 <= self.quantile <= 0.99:
            raise ValueError(f"quantile {self.quantile} is not from 0.5 to 0.99")
        if not 50 <= self.draws <= 10_000:
            raise ValueError(f"draws {self.draws} is not from 50 to 10000")
        if self.assumed_ratio <= 1:
            raise ValueError(f"assumed_ratio {self.assumed_ratio} is not above 1")
        if self.least_n < 1 or self.prior_weight < 1 or self.history < 1:
            raise ValueError("least_n, prior_weight and history are 1 or more")

    @property
    def assumed_spread(self) -> float:
        """Return the standard deviation of logs at which the quantile is ``assumed_ratio``."""
        return log(self.assumed_ratio) / max(_UNIT.inv_cdf(self.quantile), 0.1)


class Basis(StrEnum):
    """What a forecast of a step rests on, the best first."""

    LIKE_STEPS = "the same step of its template"
    LIKE_CHANGES = "steps of changes of its type"
    OVERRUN = "planned minutes and how such changes overran"
    PLAN = "planned minutes alone"


@dataclass(frozen=True)
class Duration:
    """How long one step takes: median, spread of logs, and ``n`` cases that say so."""

    median_minutes: float
    spread: float
    n: int
    basis: Basis

    def at(self, z: float) -> float:
        """Return the minutes that lie ``z`` standard deviations above the median."""
        return self.median_minutes * exp(z * self.spread)

    def quantile(self, share: float) -> float:
        """Return the minutes that ``share`` of such steps do not exceed."""
        return self.at(_UNIT.inv_cdf(share)) if self.median_minutes else 0.0

    def left(self, spent_minutes: float, shares: Sequence[float]) -> list[float]:
        """Return what is left at each of ``shares`` when so many minutes are spent already.

        It is the distribution of X - t given X > t. A step that lasts longer than nearly all of
        its kind is reckoned as if it were at that share: history says nothing further out.
        """
        if not self.median_minutes:
            return [0.0] * len(shares)
        if spent_minutes <= 0:
            return [self.quantile(share) for share in shares]
        before = _UNIT.cdf(log(spent_minutes / self.median_minutes) / self.spread)
        if before > _NEARLY_SURE:
            before, spent_minutes = _NEARLY_SURE, self.quantile(_NEARLY_SURE)
        found = (self.quantile(before + share * (1 - before)) for share in shares)
        return [max(0.0, each - spent_minutes) for each in found]


@dataclass(frozen=True)
class History:
    """What like steps took: minutes of the same step, real over planned of others of its type.

    ``overrun_ratio`` is that of whole changes of the type, drawn from ``overrun_n`` of them.
    """

    minutes: Sequence[float] = ()
    ratios: Sequence[float] = ()
    overrun_ratio: float | None = None
    overrun_n: int = 0


def duration_of(planned_minutes: float, history: History, policy: ExecutionPolicy) -> Duration:
    """Return how long a step takes, from the best history that has enough cases."""
    if len(history.minutes) >= policy.least_n:
        return _fitted(history.minutes, 1, Basis.LIKE_STEPS, policy)
    if len(history.ratios) >= policy.least_n and planned_minutes:
        return _fitted(history.ratios, planned_minutes, Basis.LIKE_CHANGES, policy)
    if history.overrun_ratio and history.overrun_n >= policy.least_n:
        median = planned_minutes * history.overrun_ratio
        return Duration(median, policy.assumed_spread, history.overrun_n, Basis.OVERRUN)
    n = max(len(history.minutes), len(history.ratios))
    return Duration(planned_minutes, policy.assumed_spread, n, Basis.PLAN)


def _fitted(
    values: Sequence[float], unit: float, basis: Basis, policy: ExecutionPolicy
) -> Duration:
    logs = _without_outliers([log(max(each * unit, _SHORTEST)) for each in values], policy)
    n, prior = len(logs), policy.assumed_spread**2
    own = variance(logs) if n > 1 else 0.0
    pooled = ((n - 1) * own + policy.prior_weight * prior) / (n - 1 + policy.prior_weight)
    return Duration(exp(fmean(logs)), sqrt(pooled * (1 + 1 / n)), n, basis)


def _without_outliers(logs: Sequence[float], policy: ExecutionPolicy) -> list[float]:
    """Return logs drawn in to three robust standard deviations around their median.

    Steps are pressed done one after another in a hurry: one of a second among ones of ten minutes
    says nothing about long nights. The deviation is 1.4826 times the median absolute one (Huber,
    Robust Statistics, 1981, 5.1), and no less than what the house assumes.
    """
    middle = median(logs)
    deviation = 1.4826 * median([abs(each - middle) for each in logs])
    reach = 3 * max(deviation, policy.assumed_spread)
    return [min(max(each, middle - reach), middle + reach) for each in logs]
