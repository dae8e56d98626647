"""Shares against the worked tables of the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.rules.shares import laplace, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 12, 0.0, 24.2), (2, 40, 1.4, 16.5), (3, 20, 5.2, 36.0), (1, 1, 20.7, 100.0)]
    + [(10, 200, 2.7, 9.0)],
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits, n)
    assert found.low is not None
    assert found.high is not None
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (low, high)


def test_without_cases_there_is_no_share() -> None:
    assert (wilson(0, 0).rate, wilson(0, 0).low, wilson(0, 0).high) == (None, None, None)


@pytest.mark.parametrize(("hits", "n"), [(2, 1), (-1, 3)])
def test_what_is_no_share(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, n)


@pytest.mark.parametrize(
    ("hits", "n", "share"),
    [(0, 3, 0.2), (2, 40, 0.0714), (3, 20, 0.1818), (0, 12, 0.0714), (1, 1, 0.6667)],
)
def test_laplace(hits: int, n: int, share: float) -> None:
    assert round(laplace(hits, n), 4) == share


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate(case: tuple[int, int]) -> None:
    found = wilson(*case)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= case[0] / case[1] + 1e-12
    assert case[0] / case[1] - 1e-12 <= found.high <= 1
