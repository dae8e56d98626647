"""A gap that most timing breaks share is a clock that is read wrongly."""

from datetime import timedelta

import pytest

from changes.reconciliation.rules.gaps import CommonGap, common_gap, gap_of

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ([], None),
        ([3 * HOUR] * 2, None),
        ([3 * HOUR] * 18 + [HOUR, None], CommonGap(3 * HOUR, 18, 20, True)),
        ([-3 * HOUR + SECOND, -3 * HOUR, -3 * HOUR], CommonGap(-3 * HOUR, 3, 3, False)),
        ([3 * HOUR] * 3 + [None] * 3, None),
        ([HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR], None),
        ([timedelta()] * 4, None),
        ([SECOND] * 4, None),
    ],
    ids=["none", "few", "most", "about", "half", "mixed", "nought", "seconds"],
)
def test_the_gap_that_most_share(gaps: list[timedelta | None], said: CommonGap | None) -> None:
    assert common_gap(gaps) == said


def test_only_one_line_a_side_has_a_gap() -> None:
    old = {"side": "old", "at": "2026-03-02T06:00:00+00:00"}
    new = {"side": "new", "at": "2026-03-02T03:00:00+00:00"}
    assert gap_of([old, new]) == -3 * HOUR
    assert gap_of([old]) is None
    assert gap_of([old, new, new]) is None
