"""Migration checks: each kind, sums as decimals, key sets, and two clean rehearsals in a row."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.programmes.rules.migration import (
    CheckDraft,
    Rehearsed,
    Result,
    compare_keys,
    is_clean,
    judge,
    rehearsals,
    waiver_holds,
)

CLEAN, OFF, NO_DATA = Result.CLEAN, Result.OFF, Result.NO_DATA


def check(kind: str, expected: str, actual: str, **given: object) -> CheckDraft:
    if kind == "sum":
        given = {"currency": "KES", "account_class": "customer", **given}
    return CheckDraft(kind, "accounts", expected, actual, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("draft", "result", "why"),
    [
        pytest.param(check("count", "1200", "1200"), CLEAN, "", id="count: same"),
        pytest.param(check("count", "1200", "1199"), OFF, "1 apart, more than 0", id="count: off"),
        pytest.param(
            check("count", "1200", "1199", tolerance="1"),
            CLEAN,
            "1 apart, within 1",
            id="tolerated",
        ),
        pytest.param(check("count", "0", "0"), CLEAN, "", id="count: nothing on both sides"),
        pytest.param(
            check("sum", "0.30", "0.3"), CLEAN, "", id="sum: decimals, not binary fractions"
        ),
        pytest.param(
            check("sum", "12345678901234567890.10", "12345678901234567890.11"),
            OFF,
            "0.01 apart, more than 0",
            id="sum: a cent in quintillions",
        ),
        pytest.param(check("sum", "-5.00", "-5.00"), CLEAN, "", id="sum: below nought"),
        pytest.param(check("referential", "", "0"), CLEAN, "", id="referential: no orphan"),
        pytest.param(check("referential", "", "3"), OFF, "3 apart", id="referential: orphans"),
        pytest.param(check("sample", "50", "50"), CLEAN, "", id="sample: all equal"),
        pytest.param(check("sample", "50", "49"), OFF, "1 apart", id="sample: one differs"),
        pytest.param(check("sample", "0", "0"), NO_DATA, "no record", id="sample: none compared"),
        pytest.param(check("business rule", "", "0"), CLEAN, "", id="rule kept"),
        pytest.param(check("business rule", "", "7"), OFF, "7 apart", id="rule broken"),
        pytest.param(check("count", "12", ""), NO_DATA, "the new side", id="new not measured"),
        pytest.param(check("count", "", "12"), NO_DATA, "the old side", id="old not measured"),
        pytest.param(
            check("key set", "3", "3", details={"missing": 1, "surplus": 1}),
            OFF,
            "1 missing, 1 surplus",
            id="key set: same count, other keys",
        ),
        pytest.param(
            check("key set", "3", "3", details={"missing": 0, "surplus": 0}), CLEAN, "", id="keys"
        ),
        pytest.param(check("key set", "3", "3"), NO_DATA, "neither keys", id="keys not compared"),
    ],
)
def test_we_judge(draft: CheckDraft, result: Result, why: str) -> None:
    found = judge(draft)
    assert found.result is result
    assert why in found.why


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        pytest.param(check("sum", "1", "1", currency=""), "needs its currency", id="no currency"),
        pytest.param(check("sum", "1", "1", currency="ZZZ"), "ISO 4217", id="no money"),
        pytest.param(check("sum", "1", "1", currency="KES USD"), "never added", id="two of them"),
        pytest.param(check("count", "1", "1", currency="KES"), "only a sum", id="count in KES"),
        pytest.param(check("count", "1.5", "1"), "no whole number", id="half a row"),
        pytest.param(check("count", "-1", "1"), "no whole number", id="less than nothing"),
        pytest.param(check("sum", "1,50", "1"), "'1,50' is no number", id="comma"),
        pytest.param(check("sum", "1e5", "1"), "is no number", id="exponent"),
        pytest.param(check("sum", "NaN", "1"), "is no number", id="not a number"),
        pytest.param(check("sum", "1", "9" * 60), "is no number", id="too long"),
        pytest.param(check("sum", "1", "1", tolerance="-1"), "below nought", id="tolerance"),
        pytest.param(check("guess", "1", "1"), "no kind of check", id="kind"),
        pytest.param(CheckDraft("count", " ", "1", "1"), "has no name", id="name"),
    ],
)
def test_what_cannot_be_judged_is_refused(draft: CheckDraft, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        judge(draft)


def test_a_run_is_clean_when_every_check_is() -> None:
    good, bad = judge(check("count", "1", "1")), judge(check("count", "1", "2"))
    unknown = judge(check("count", "1", ""))
    assert is_clean([good, good])
    assert not is_clean([good, bad])
    assert not is_clean([good, unknown]), "no data is never clean"
    assert not is_clean([]), "a run without checks proves nothing"


def test_keys_are_listed_up_to_a_bound_and_counted_truly() -> None:
    found = compare_keys([f"K{at:04}" for at in range(1000)], ["K0999", "X1", "X1"], most=3)
    assert (found.expected, found.actual) == (1000, 3)
    assert (found.missing, found.surplus, found.duplicate) == (999, 1, 1)
    assert list(found.missing_keys) == ["K0000", "K0001", "K0002"]
    assert (list(found.surplus_keys), list(found.duplicate_keys)) == (["X1"], ["X1"])


KEYS = st.lists(st.text("ab1", min_size=1, max_size=3), max_size=40)


@settings(deadline=None)
@given(KEYS, KEYS)
def test_keys_are_compared_as_sets(old: list[str], new: list[str]) -> None:
    found = compare_keys(old, new, most=1000)
    assert set(found.missing_keys) == set(old) - set(new)
    assert set(found.surplus_keys) == set(new) - set(old)
    twice = sum(count - 1 for side in (old, new) for count in Counter(side).values())
    assert found.duplicate == twice
    assert found == compare_keys(reversed(old), reversed(new), most=1000), "order does not matter"


def run(number: int, snapshot: str, is_clean: bool = True) -> Rehearsed:
    return Rehearsed(number, snapshot, is_clean)


@pytest.mark.parametrize(
    ("found", "is_met", "why"),
    [
        pytest.param([], False, "0 of 2 clean", id="none"),
        pytest.param([run(1, "A")], False, "1 of 2 clean", id="one"),
        pytest.param([run(1, "A"), run(2, "B")], True, "from 2 snapshots", id="two in a row"),
        pytest.param(
            [run(1, "A"), run(2, "A")], False, "read 1 of 2 different", id="same snapshot"
        ),
        pytest.param(
            [run(1, "A"), run(2, "B", False), run(3, "C")], False, "1 of 2", id="not in a row"
        ),
        pytest.param(
            [run(1, "A"), run(2, "B"), run(3, "C", False)], False, "0 of 2", id="last off"
        ),
        pytest.param([run(1, "A"), run(2, "B"), run(3, "B")], True, "3 clean", id="three"),
        pytest.param([run(3, "B"), run(2, "A"), run(1, "A", False)], True, "2 clean", id="order"),
    ],
)
def test_two_clean_rehearsals_in_a_row(found: list[Rehearsed], is_met: bool, why: str) -> None:
    standing = rehearsals(found)
    assert standing.is_met is is_met
    assert why in standing.why


def test_a_waiver_does_not_outlive_a_later_failure() -> None:
    assert waiver_holds(1, [run(1, "A", False)])
    assert waiver_holds(1, [run(1, "A", False), run(2, "B")])
    assert not waiver_holds(1, [run(1, "A"), run(2, "B", False)])
