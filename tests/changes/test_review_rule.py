"""Which changes must be reviewed, and by when: row by row."""

from dataclasses import replace
from datetime import timedelta

import pytest

from changes.lifecycle import Outcome, State
from changes.rules.review import Caused, Ended, ReviewPolicy, duty, required
from tests.factories import at

END = at(3600)
WELL = Ended(State.ENDED, "normal", Outcome.SUCCESSFUL, END, END)
POLICY = ReviewPolicy()
INCIDENT = Caused(12, at(7200))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(WELL, [], id="on time and well: none"),
        pytest.param(
            replace(WELL, type="emergency"), ["it is an emergency change"], id="emergency"
        ),
        pytest.param(replace(WELL, outcome=Outcome.FAILED), ["it ended as failed"], id="failed"),
        pytest.param(
            replace(WELL, outcome=Outcome.ROLLED_BACK), ["it ended as rolled back"], id="undone"
        ),
        pytest.param(replace(WELL, outcome=Outcome.WITH_ISSUES), [], id="issues alone: none"),
        pytest.param(
            replace(WELL, finished_at=at(3661)), ["it ended 2 min after its window"], id="overran"
        ),
        pytest.param(replace(WELL, finished_at=at(3600)), [], id="on the minute is in time"),
        pytest.param(replace(WELL, caused=[INCIDENT]), ["it caused INC-12"], id="caused"),
        pytest.param(
            replace(WELL, is_unauthorised=True, outcome=None),
            ["nobody had announced it"],
            id="unauthorised",
        ),
        pytest.param(
            replace(WELL, type="emergency", outcome=Outcome.FAILED),
            ["it is an emergency change", "it ended as failed"],
            id="every reason is said",
        ),
        *[
            pytest.param(replace(WELL, state=state, type="emergency"), [], id=f"not yet: {state}")
            for state in State
            if state not in {State.ENDED, State.REVIEWED, State.CLOSED}
        ],
    ],
)
def test_what_asks_for_a_review(change: Ended, expected: list[str]) -> None:
    owed = duty(change, POLICY)
    assert (list(owed.reasons) if owed else []) == expected
    assert required(change, POLICY) == expected
    if owed:
        assert owed.due_at == (change.finished_at or END) + timedelta(days=5)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("after_failure", replace(WELL, outcome=Outcome.FAILED)),
        ("after_overrun", replace(WELL, finished_at=at(9999))),
        ("after_incident", replace(WELL, caused=[INCIDENT])),
        ("after_unauthorised", replace(WELL, is_unauthorised=True)),
    ],
)
def test_each_reason_is_data(field: str, change: Ended) -> None:
    assert duty(change, POLICY) is not None
    assert duty(change, replace(POLICY, **{field: False})) is None  # type: ignore[arg-type]


def test_tolerance_of_an_overrun_is_data() -> None:
    late = replace(WELL, finished_at=at(3600 + 900))
    assert duty(late, replace(POLICY, overrun_tolerance=timedelta(minutes=15))) is None
    assert duty(late, replace(POLICY, overrun_tolerance=timedelta(minutes=14))) is not None


def test_a_cause_confirmed_later_asks_again_from_then() -> None:
    reviewed = replace(WELL, state=State.REVIEWED, settled_at=at(7000), outcome=Outcome.FAILED)
    assert duty(reviewed, POLICY) is None
    again = duty(replace(reviewed, caused=[INCIDENT]), POLICY)
    assert again is not None
    assert (again.reasons, again.due_at) == (("it caused INC-12",), at(7200 + 5 * 86400))
    assert duty(replace(reviewed, caused=[INCIDENT], settled_at=at(7200)), POLICY) is None


def test_overdue_begins_after_the_due_time() -> None:
    owed = duty(replace(WELL, type="emergency"), POLICY)
    assert owed is not None
    assert not owed.is_overdue(at(3600 + 5 * 86400))
    assert owed.is_overdue(at(3601 + 5 * 86400))


def test_nonsense_in_the_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        ReviewPolicy(due_after=timedelta(0))
