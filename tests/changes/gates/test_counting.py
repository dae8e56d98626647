"""Counters and phases of one metric: every worked example of the reference by its number."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from changes.gates.lifecycle import Judgement, Phase
from changes.gates.rules.counting import Counters, fold, phase_of
from changes.gates.rules.definition import Metric
from tests.changes.gates.definitions import IV, LETTERS, judgements, metric

S, F, I, E, R, N = (  # noqa: E741 (the letters of the reference)
    Phase.SUCCESSFUL,
    Phase.FAILED,
    Phase.INCONCLUSIVE,
    Phase.ERROR,
    Phase.RUNNING,
    Phase.NO_DATA,
)


def _five(**more: Any) -> dict[str, Any]:
    return {"count": 5, **IV, **more}


_OFF = {"count": 7, **IV, "failure_limit": -1, "consecutive_success_limit": 2}
_BOTH = _five(failure_limit=2, consecutive_success_limit=3)
_TEN = {"count": 10, **IV, "consecutive_success_limit": 3}


def run(of: Metric, letters: str) -> tuple[Phase, int]:
    """Return the phase after a sequence, and the measurement that decided; 0 without one."""
    counters = Counters()
    for place, each in enumerate(judgements(letters), 1):
        counters = counters.after(each)
        phase = phase_of(of, counters)
        if phase.is_final:
            return phase, place
    return phase_of(of, counters, is_measured=bool(letters)), 0


@pytest.mark.parametrize(
    ("definition", "letters", "verdict", "decided"),
    [
        pytest.param({}, "S", S, 1, id="M1"),
        pytest.param({}, "F", F, 1, id="M2"),
        pytest.param({}, "I", I, 1, id="M3"),
        pytest.param({}, "EEEE", R, 0, id="M4"),
        pytest.param({}, "EEEEE", E, 5, id="M5"),
        pytest.param({}, "EEEES", S, 5, id="M6"),
        pytest.param({"count": 2, **IV}, "EEEESEEEE", R, 0, id="M7"),
        pytest.param(_five(failure_limit=3), "FFF", R, 0, id="M8"),
        pytest.param(_five(failure_limit=3), "FFFF", F, 4, id="M9"),
        pytest.param(_five(failure_limit=3), "FFFSS", S, 5, id="M10"),
        pytest.param(_five(), "SSSSS", S, 5, id="M11"),
        pytest.param(_five(), "SSFSS", F, 3, id="M12"),
        pytest.param(_five(), "SSI", I, 3, id="M13"),
        pytest.param(_five(inconclusive_limit=1), "SISI", I, 4, id="M14"),
        pytest.param({"count": 3, **IV}, "SESES", S, 5, id="M15"),
        pytest.param(IV, "SSS", R, 0, id="M16"),
        pytest.param(_TEN, "SSS", S, 3, id="M18"),
        pytest.param(_TEN, "SSESSS", S, 6, id="M19"),
        pytest.param(_OFF, "FSFSFSS", S, 7, id="M20"),
        pytest.param(_OFF, "FSFSFSF", F, 7, id="M21"),
        pytest.param(_BOTH, "SFSSF", I, 5, id="M22"),
        pytest.param(_BOTH, "FFSSS", S, 5, id="M23"),
        pytest.param(_BOTH, "FSFSF", F, 5, id="M24"),
        pytest.param(
            {**IV, "failure_limit": -1, "consecutive_success_limit": 3}, "FFFFFFSSS", S, 9, id="M25"
        ),
        pytest.param({"consecutive_error_limit": 0}, "E", E, 1, id="M26"),
        pytest.param({"count": 10, **IV, "failure_limit": 2}, "SFSFI", I, 5, id="M27"),
        pytest.param({}, "", Phase.PENDING, 0, id="nothing measured yet"),
        pytest.param({}, "NNNN", R, 0, id="four times no data are tolerated"),
        pytest.param({}, "NNNNN", N, 5, id="S4"),
        pytest.param({}, "NNNNS", S, 5, id="figures are back in time"),
        pytest.param(_five(), "NNNNSNNNN", R, 0, id="a figure ends the row of no data"),
        pytest.param(_TEN, "SSNSS", R, 0, id="no data ends a row of successes"),
        pytest.param({}, "ENENENENE", E, 9, id="flapping between error and no data is decided"),
        pytest.param({"on_no_data": "wait"}, "NNNNNNNNNS", S, 10, id="no data is waited for"),
        pytest.param({"count": 2, **IV}, "NNSNNS", S, 6, id="no data does not count"),
    ],
)
def test_one_metric(definition: dict[str, Any], letters: str, verdict: Phase, decided: int) -> None:
    assert run(metric(**definition), letters) == (verdict, decided)


def test_m17_stopped_after_the_third() -> None:
    counters = fold(judgements("SSS"))
    assert phase_of(metric(**IV), counters, is_stopping=True) is S


@pytest.mark.parametrize(
    ("counters", "verdict"),
    [
        pytest.param(Counters(failed=1, inconclusive=1, errors=5), E, id="M28"),
        pytest.param(Counters(failed=1, inconclusive=1), I, id="inconclusive over failed"),
        pytest.param(Counters(failed=1, no_data=5), F, id="failed over no data"),
        pytest.param(Counters(no_data=5), N, id="no data alone"),
    ],
)
def test_rebuilt_counters(counters: Counters, verdict: Phase) -> None:
    assert phase_of(metric(), counters) is verdict
    assert phase_of(metric(), counters, is_stopping=True) is verdict, "stopping excuses nothing"


def test_no_data_that_was_waited_for_is_said_at_the_end() -> None:
    waiting = metric(on_no_data="wait", **IV)
    counters = fold(judgements("NNNNN"))
    assert phase_of(waiting, counters) is R
    assert phase_of(waiting, counters, is_stopping=True) is N


SEQUENCES = st.lists(st.sampled_from(list(LETTERS.values())), max_size=30)
LIMITS = st.fixed_dictionaries(
    {
        "count": st.integers(0, 6),
        "failure_limit": st.integers(-1, 3),
        "inconclusive_limit": st.integers(0, 2),
        "consecutive_error_limit": st.integers(0, 4),
        "consecutive_success_limit": st.integers(0, 3),
        "no_data_limit": st.integers(0, 4),
    }
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEQUENCES, st.integers(0, 30))
def test_counters_stored_anywhere_and_folded_on_are_those_folded_from_the_start(
    sequence: list[Judgement], cut: int
) -> None:
    stored = fold(sequence[:cut])
    assert fold(sequence[cut:], stored) == fold(sequence)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEQUENCES)
def test_errors_and_no_data_never_count(sequence: list[Judgement]) -> None:
    quiet = {Judgement.ERROR, Judgement.NO_DATA}
    loud = fold([each for each in sequence if each not in quiet])
    found = fold(sequence)
    assert (found.count, found.failed, found.inconclusive) == (
        loud.count,
        loud.failed,
        loud.inconclusive,
    )
    assert found.count == sum(each not in quiet for each in sequence)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LIMITS, SEQUENCES)
def test_a_decided_metric_is_never_judged_again(
    limits: dict[str, int], sequence: list[Judgement]
) -> None:
    """Whatever is found: a violated limit stays violated when nothing resets it."""
    if limits["failure_limit"] == -1 and not limits["consecutive_success_limit"]:
        limits["consecutive_success_limit"] = 1
    limits["count"] = 0
    of = metric(**IV, **limits)
    letters = "".join(key for each in sequence for key, word in LETTERS.items() if word is each)
    verdict, decided = run(of, letters)
    if decided:
        assert run(of, letters[:decided]) == (verdict, decided)
        assert run(of, letters + "FFFFF") == (verdict, decided)
        assert run(of, letters + "SSSSS") == (verdict, decided)
