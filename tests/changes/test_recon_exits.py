"""The exit rule, table Q of the reference."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from changes.reconciliation.rules.business import BusinessDays
from changes.reconciliation.rules.exits import DayFact, ExitTerms, Mark, standing

MONDAY = date(2026, 3, 2)
TERMS = ExitTerms(3, Decimal("1.00"))
MONTH_END = ExitTerms(3, Decimal("1.00"), needs_month_end=True)
DAYS: Mapping[str, Mapping[str, Any]] = {
    "clean": {"has_run": True},
    "break": {"has_run": True, "unexplained": 1},
    "rounding": {"has_run": True, "value": {"KES": Decimal("0.40")}},
    "edge": {"has_run": True, "value": {"KES": Decimal("1.00"), "TZS": Decimal("1.00")}},
    "dear": {"has_run": True, "value": {"KES": Decimal("0.10"), "TZS": Decimal("1.01")}},
    "closed": {"is_business": False},
    "none": {},
    "failed": {"has_failed": True},
    "due": {"is_due": True},
    "end": {"has_run": True, "is_month_end": True},
}


def facts(words: str, first: date = MONDAY) -> list[DayFact]:
    return [DayFact(first + timedelta(at), **DAYS[word]) for at, word in enumerate(words.split())]


CASES = [
    pytest.param("clean clean clean", TERMS, 2, id="Q1"),
    pytest.param("clean break clean clean clean", TERMS, 4, id="Q2"),
    pytest.param("clean clean closed closed clean", TERMS, 4, id="Q3"),
    pytest.param("clean clean rounding", TERMS, 2, id="Q4"),
    pytest.param("clean clean clean", MONTH_END, None, id="Q6"),
    pytest.param("clean clean none clean", TERMS, None, id="Q8"),
    pytest.param("clean clean end", MONTH_END, 2, id="a month end among them"),
    pytest.param("end break clean clean clean", MONTH_END, None, id="a month end before the row"),
    pytest.param("clean clean clean end", MONTH_END, 3, id="a longer row that reaches it"),
    pytest.param("edge edge edge", TERMS, 2, id="on the tolerance is within"),
    pytest.param("clean clean dear", TERMS, None, id="over it in one currency"),
    pytest.param("clean failed clean clean", TERMS, None, id="a failed run is none"),
    pytest.param("clean clean clean due", TERMS, 2, id="a run that may still come"),
    pytest.param("clean clean clean break", TERMS, None, id="met, and lost again"),
    pytest.param("clean clean", TERMS, None, id="one too few"),
    pytest.param("", TERMS, None, id="no day yet"),
]


@pytest.mark.parametrize(("words", "terms", "met"), CASES)
def test_the_exit(words: str, terms: ExitTerms, met: int | None) -> None:
    found = standing(facts(words), terms)
    assert found.met_on == (None if met is None else MONDAY + timedelta(met))
    assert found.is_met is (met is not None)
    assert found.why


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("clean break clean", "1 of 3 clean business days in a row; Tue 03 Mar had 1 break that"),
        ("clean clean none", "0 of 3 clean business days in a row; Wed 04 Mar had no run"),
        ("failed", "Mon 02 Mar had only runs that failed"),
        ("dear", "Mon 02 Mar had a value over the tolerance"),
        ("clean clean clean", "exit met on Wed 04 Mar 2026"),
        ("", "no day of the parallel run is over yet"),
    ],
)
def test_people_read_what_lacks(words: str, why: str) -> None:
    assert why in standing(facts(words), TERMS).why


def test_a_month_end_that_lacks_is_told() -> None:
    assert "no month end or payday" in standing(facts("clean clean clean"), MONTH_END).why


def test_marks_of_days() -> None:
    found = standing(facts("clean break dear failed none closed due"), TERMS)
    assert [mark for _, mark in found.marks] == [
        Mark.CLEAN,
        Mark.BREAKS,
        Mark.VALUE,
        Mark.FAILED,
        Mark.NONE,
        Mark.CLOSED,
        Mark.DUE,
    ]


def test_business_days() -> None:
    holiday = date(2026, 3, 4)
    found = BusinessDays((1, 2, 3, 4, 5), {holiday})
    assert found.age(MONDAY, date(2026, 3, 9)) == 4, "Tue, Thu, Fri, Mon"
    assert found.after(date(2026, 3, 6)) == date(2026, 3, 9)
    assert found.is_month_end(date(2026, 2, 27)), "the Friday before a month that ends on Saturday"
    assert not found.is_month_end(date(2026, 2, 28))
