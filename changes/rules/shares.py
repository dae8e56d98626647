"""Shares of few cases: never a bare percentage, always n and what it may really be."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


@dataclass(frozen=True)
class Share:
    """``hits`` of ``n``, with the interval its true share lies in, 0 to 1; None without cases."""

    hits: int
    n: int
    low: float | None
    high: float | None

    @property
    def rate(self) -> float | None:
        """Return the share as counted, None without cases."""
        return self.hits / self.n if self.n else None


def wilson(hits: int, n: int, z: float = Z95) -> Share:
    """Return the share with its Wilson score interval (Wilson 1927, JASA 22, 209-212).

    centre = (p + z²/2n) / (1 + z²/n), half width = z/(1 + z²/n) · √(p(1-p)/n + z²/4n²).

    Raises:
        ValueError: more hits than cases, or a negative number.

    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    if n == 0:
        return Share(0, 0, None, None)
    rate, square = hits / n, z * z / n
    centre = (rate + square / 2) / (1 + square)
    half = z / (1 + square) * sqrt(rate * (1 - rate) / n + square / (4 * n))
    return Share(hits, n, max(0.0, centre - half), min(1.0, centre + half))


def laplace(hits: int, n: int) -> float:
    """Return (hits + 1) / (n + 2): the expected share when nothing was known before (Laplace)."""
    return (hits + 1) / (n + 2)
