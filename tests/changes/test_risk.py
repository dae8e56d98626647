"""The risk score: worked examples A and B of the reference, bounds, order, what is not known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes import policy
from changes.rules.risk import NOT_KNOWN, RiskInputs, RiskTerms, Weights, inputs_of, score, terms
from changes.rules.shares import laplace

BY = policy.read().risk

A = RiskInputs(
    effects={"KE": "down", "TZ": "down", "MZ": "down"},
    shares={"KE": 0.40, "TZ": 0.12, "MZ": 0.10},
    criticality="vital",
    critical_name="Core ledger",
    spare_removed=0.0,
    rollback_minutes=50,
    rollback_tested=True,
    window_minutes=180,
    runs=0,
    failures=2,
    n=20,
    planned_minutes=150,
    largest_minutes=250,
    overrun_ratio=1.2,
    vendor="Acacia Software",
    vendor_attends=True,
    peak_share=0.0,
    tests=4,
    tests_missing=1,
    findings={"warn": 2},
)
B = RiskInputs(
    effects={"KE": "down"},
    shares={"KE": 0.05},
    criticality="important",
    spare_removed=0.5,
    rollback_minutes=10,
    rollback_tested=True,
    window_minutes=240,
    runs=12,
    failures=1,
    n=40,
    planned_minutes=40,
    largest_minutes=200,
    overrun_ratio=1.1,
    peak_share=0.0,
    tests=3,
)
POINTS_A = [12.40, 10.00, 0.00, 3.33, 8.00, 1.36, 3.00, 10.00, 3.00, 0.00, 1.00, 1.50]
POINTS_B = [1.00, 5.00, 5.00, 0.50, 0.00, 0.48, 1.00, 1.83, 0.00, 0.00, 0.00, 0.00]


@pytest.mark.parametrize(
    ("inputs", "points", "total"),
    [
        pytest.param(A, POINTS_A, 53.60, id="A: core release"),
        pytest.param(B, POINTS_B, 14.81, id="B: one app node"),
    ],
)
def test_the_worked_examples(inputs: RiskInputs, points: list[float], total: float) -> None:
    """Every term to the hundredth, and the total of the unrounded terms."""
    found = terms(inputs, BY)
    assert [round(each.points, 2) for each in found] == points
    assert round(score(found), 2) == total


@pytest.mark.parametrize(
    ("failures", "n", "expected"),
    [(0, 3, 0.2), (2, 40, 0.0714), (3, 20, 0.1818), (0, 12, 0.0714), (1, 1, 0.6667)],
)
def test_laplace_values(failures: int, n: int, expected: float) -> None:
    """The values of section 3."""
    assert round(laplace(failures, n), 4) == expected


def test_what_is_not_known_counts_as_worst_and_says_so() -> None:
    """Nothing known at all: only what is known to be absent counts nothing."""
    found = {each.key: each for each in terms(RiskInputs(effects={"KE": "down"}), BY)}
    unknown = {key for key, each in found.items() if not each.is_known}
    assert unknown == {
        *("blast", "criticality", "redundancy", "novelty", "history", "size", "pressure", "peak")
    }
    assert all(found[key].value == 1 and NOT_KNOWN in found[key].said for key in unknown)
    assert found["reversibility"].said == "no tested roll-back"
    assert found["evidence"].value == 1


def test_an_old_score_is_reckoned_again_with_new_weights() -> None:
    """The stored inputs are enough, also those of a release that knew more or less."""
    kept = inputs_of({**A.plain, "unheard_of": 1})
    assert kept == A
    heavier = replace(BY.weights, blast=30, criticality=0)
    assert round(score(terms(kept, replace(BY, weights=heavier))), 2) == round(53.60 + 6.2 - 10, 2)


@pytest.mark.parametrize("given", [{"blast": 21.0}, {"blast": -1.0, "peak": 26.0}])
def test_weights_that_are_no_scale_are_refused(given: dict[str, float]) -> None:
    """They add up to 100, none below 0."""
    with pytest.raises(ValueError, match="100 together"):
        Weights(**{**BY.weights.__dict__, **given})


share = st.one_of(st.none(), st.floats(0, 1))
minutes = st.floats(0, 10_000)
inputs = st.builds(
    RiskInputs,
    effects=st.dictionaries(st.sampled_from(["KE", "TZ"]), st.sampled_from(sorted(BY.effects))),
    shares=st.fixed_dictionaries({"KE": st.one_of(st.none(), st.floats(0, 0.5)), "TZ": share}),
    criticality=st.sampled_from([None, *BY.criticality]),
    spare_removed=share,
    rollback_minutes=minutes,
    rollback_tested=st.booleans(),
    window_minutes=st.one_of(st.none(), minutes),
    runs=st.one_of(st.none(), st.integers(0, 50)),
    failures=st.integers(0, 20),
    n=st.one_of(st.none(), st.integers(20, 50)),
    planned_minutes=st.one_of(st.none(), minutes),
    largest_minutes=st.one_of(st.none(), minutes),
    overrun_ratio=st.one_of(st.none(), st.floats(0, 10)),
    vendor_attends=st.booleans(),
    peak_share=share,
    tests=st.just(4),
    tests_missing=st.integers(0, 4),
    findings=st.dictionaries(st.sampled_from(["block", "warn", "info"]), st.integers(0, 9)),
)


@given(inputs)
def test_a_score_lies_between_0_and_100(known: RiskInputs) -> None:
    """Whatever it is reckoned from."""
    found = terms(known, BY)
    assert all(0 <= each.value <= 1 for each in found)
    assert 0 <= score(found) <= 100


WORSE = [
    pytest.param("spare_removed", lambda old: None if old is None else min(1.0, old + 0.1)),
    pytest.param("rollback_tested", lambda _: False),
    pytest.param("runs", lambda _: 0),
    pytest.param("planned_minutes", lambda old: None if old is None else old + 30),
    pytest.param("overrun_ratio", lambda old: None if old is None else old + 0.5),
    pytest.param("vendor_attends", lambda _: True),
    pytest.param("peak_share", lambda old: None if old is None else min(1.0, old + 0.1)),
    pytest.param("tests_missing", lambda old: min(4, old + 1)),
    pytest.param("findings", lambda old: {**old, "block": old.get("block", 0) + 1}),
    pytest.param("criticality", lambda _: None),
    pytest.param("shares", lambda old: dict.fromkeys(old)),
]


@pytest.mark.parametrize(("name", "worse"), WORSE)
@given(known=inputs)
def test_worse_is_never_less(known: RiskInputs, name: str, worse: object) -> None:
    """Each input made worse, or not known any more, never lowers the score."""
    changed = replace(known, **{name: worse(getattr(known, name))})  # type: ignore[operator]
    assert score(terms(changed, BY)) >= score(terms(known, BY)) - 1e-9


def test_the_terms_are_data() -> None:
    """A share above 1 is refused where it is written."""
    with pytest.raises(ValueError, match="0 to 1"):
        RiskTerms(BY.weights, {"down": 2}, {}, {})


def test_the_blast_radius_can_be_followed() -> None:
    shares = {"KE": 0.30, "TZ": 0.20, "MZ": 0.01, "LS": 0.02, "EG": 0.03}
    effects = {"KE": "degraded", "TZ": "down", "MZ": "down", "LS": "down", "EG": "down"}
    found = terms(RiskInputs(effects=effects, shares=shares), BY)[0]
    degraded = BY.effects["degraded"]
    assert found.value == pytest.approx(0.26 * BY.effects["down"] + 0.30 * degraded)
    assert found.said.startswith("5 markets, share of transactions × effect: ")
    for words in ("TZ 20.0 % × 1", f"KE 30.0 % × {degraded:g}", "+ 1 more"):
        assert words in found.said
