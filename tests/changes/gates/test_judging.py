"""One measurement: the table of conditions, no data, samples, baselines; and the conditions."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from changes.gates.lifecycle import Judgement
from changes.gates.rules import expressions
from changes.gates.rules.expressions import Fault
from changes.gates.rules.judging import Found, Usual, by_table, judge
from tests.changes.gates.definitions import IV, metric

S, F, I, E, N = (  # noqa: E741 (the letters of the reference)
    Judgement.SUCCESSFUL,
    Judgement.FAILED,
    Judgement.INCONCLUSIVE,
    Judgement.ERROR,
    Judgement.NO_DATA,
)
_FAULT = Fault("no value")


@pytest.mark.parametrize(
    ("success", "failure", "said"),
    [
        pytest.param(_FAULT, True, E, id="an error in the success condition"),
        pytest.param(True, _FAULT, E, id="an error in the failure condition"),
        pytest.param(None, None, S, id="not set, not set"),
        pytest.param(True, None, S, id="true, not set"),
        pytest.param(False, None, F, id="false, not set"),
        pytest.param(None, True, F, id="not set, true"),
        pytest.param(None, False, S, id="not set, false"),
        pytest.param(True, True, F, id="failure wins over true"),
        pytest.param(False, True, F, id="failure wins over false"),
        pytest.param(False, False, I, id="neither"),
        pytest.param(True, False, S, id="true, false"),
    ],
)
def test_the_table(
    success: bool | Fault | None, failure: bool | Fault | None, said: Judgement
) -> None:
    assert by_table(success, failure) is said


@pytest.mark.parametrize(
    ("definition", "found", "said", "why"),
    [
        pytest.param({}, Found((1.0,)), S, "", id="no condition at all"),
        pytest.param(
            {"success_condition": "result[0] < 1"}, Found(), N, "is empty", id="empty result"
        ),
        pytest.param(
            {"success_condition": "result[1] < 1"},
            Found((0.5,)),
            E,
            "none at 1",
            id="no such index",
        ),
        pytest.param({}, Found(error="HTTP 503"), E, "HTTP 503", id="the query failed"),
        pytest.param({}, Found((float("nan"),)), N, "NaN", id="not a number"),
        pytest.param({"min_samples": 50}, Found((90.0,), 10), N, "10 samples, 50", id="S6"),
        pytest.param({"min_samples": 50}, Found((90.0,), 50), S, "", id="just enough samples"),
        pytest.param({"min_samples": 50}, Found((90.0,)), N, "nobody knows", id="samples unknown"),
        pytest.param(
            {"success_condition": "result >= 99", "failure_condition": "result < 95"},
            Found((97.0,)),
            I,
            "97 is between 95 and 99",
            id="in between",
        ),
        pytest.param(
            {"success_condition": "result / samples >= 99"}, Found((9.0,), 0), E, "zero", id="by 0"
        ),
        pytest.param(
            {"success_condition": "result >= 99"}, Found((98.5,)), F, "98.5 is below 99", id="why"
        ),
        pytest.param(
            {"success_condition": "result[0] >= 99", "unit": "%"},
            Found((98.5,)),
            F,
            "98.5 % is below 99 %",
            id="with its unit",
        ),
        pytest.param(
            {"success_condition": "result >= 99"},
            Found((59.69314,)),
            F,
            "59.69 is below 99",
            id="two decimals will do",
        ),
        pytest.param(
            {"success_condition": "result >= 99"},
            Found((98.99961,)),
            F,
            "98.9996 is below 99",
            id="never rounded to its limit",
        ),
        pytest.param(
            {"failure_condition": "2 < result"}, Found((5.0,)), F, "5 is above 2", id="turned round"
        ),
        pytest.param(
            {"success_condition": "result[1] >= 99"},
            Found((98.5, 7.0)),
            F,
            "not result[1] >= 99",
            id="the second figure in the condition's words",
        ),
        pytest.param(
            {"success_condition": "result >= 99 && samples > 5"},
            Found((98.5,), 9),
            F,
            "not result >= 99 && samples > 5",
            id="two parts in the condition's words",
        ),
    ],
)
def test_one_measurement(
    definition: dict[str, Any], found: Found, said: Judgement, why: str
) -> None:
    judged = judge(metric(**definition), found)
    assert judged.judgement is said
    assert why in judged.why


def _with_baseline(**more: Any) -> Any:  # noqa: ANN401
    samples = {"samples": {"kpi": "success_percent"}}
    return metric(provider=samples, success_condition="result >= 99.0", **IV, **more)


_DAYS = ("2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23")
_USUAL = Usual(99.9, _DAYS)
_SHORT = Usual(None, _DAYS[:2], ((_DAYS[2], "holiday"), (_DAYS[3], "no figures")))


@pytest.mark.parametrize(
    ("value", "usual", "limit", "said", "baseline"),
    [
        pytest.param(99.2, _USUAL, {"lowest": -0.5}, F, F, id="S7"),
        pytest.param(99.2, _SHORT, {"lowest": -0.5}, S, N, id="S8"),
        pytest.param(99.4, _USUAL, {"lowest": -0.5}, S, S, id="just as far as tolerated"),
        pytest.param(98.9, _USUAL, {"lowest": -5}, F, S, id="the absolute limit alone"),
        pytest.param(98.9, _SHORT, {"lowest": -5}, F, N, id="absolute without history"),
        pytest.param(99.95, _USUAL, {"highest": 0.01}, F, F, id="above the highest"),
        pytest.param(99.2, _USUAL, {"lowest": -1, "by": "percent"}, S, S, id="in percent"),
        pytest.param(99.2, None, {"lowest": -0.5}, S, N, id="G11: no history at all"),
    ],
)
def test_baselines(
    value: float, usual: Usual | None, limit: dict[str, Any], said: Judgement, baseline: Judgement
) -> None:
    judged = judge(_with_baseline(baseline=limit), Found((value,), 100, usual))
    assert (judged.judgement, judged.baseline) == (said, baseline)


def test_the_words_name_the_difference_and_the_days_left_out() -> None:
    of = _with_baseline(baseline={"lowest": -0.5})
    assert "-0.7 against the usual 99.9, -0.5 tolerated" in judge(of, Found((99.2,), 9, _USUAL)).why
    short = judge(of, Found((99.2,), 9, _SHORT)).why
    assert "2 of 4 days: 2026-02-16 holiday; 2026-02-23 no figures" in short


def test_without_history_a_baseline_alone_says_nothing() -> None:
    samples = {"samples": {"kpi": "success_percent"}}
    of = metric(provider=samples, baseline={"lowest": -0.5}, **IV)
    assert judge(of, Found((99.2,), 9, _SHORT)).judgement is N
    of = metric(
        provider=samples,
        baseline={"lowest": -9},
        success_condition="result > baseline - 1",
        failure_condition="result < 90",
        **IV,
    )
    assert judge(of, Found((89.0,), 9, _SHORT)).judgement is F, "the condition without it counts"
    assert judge(of, Found((98.0,), 9, _USUAL)).judgement is I


@pytest.mark.parametrize(
    ("text", "result", "holds"),
    [
        ("result >= 99 and samples > 10", (99.0,), True),
        ("len(result) == 0 || result[0] < 1", (), True),
        ("90 <= result < 100", (99.0,), True),
        ("not (result > 1)", (2.0,), False),
        ("!(result > 1) && true", (1.0,), True),
        ("result[-1] - result[0] == 1", (1.0, 2.0), True),
        ("result * 100 / samples <= -1e1 + 60", (10.0,), True),
        ("result > 1 or result < 0 and samples < 0", (0.5,), False),
        ("result == result", (float("inf"),), True),
    ],
)
def test_conditions(text: str, result: tuple[float, ...], holds: bool) -> None:
    assert expressions.evaluate(expressions.read(text), result, None, 20) is holds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("result > 1", "result has 2 values"),
        ("baseline > 1", "baseline has no value"),
        ("result[5] > 1", "there is none at 5"),
        ("result[0] and true", "one of them is a number"),
        ("result[0] / 0 > 1", "division by zero"),
    ],
)
def test_what_has_no_answer_is_a_value(text: str, words: str) -> None:
    found = expressions.evaluate(expressions.read(text), (1.0, 2.0))
    assert isinstance(found, Fault)
    assert words in found.why


@pytest.mark.parametrize(
    "text",
    [
        "",
        "result",
        "result ** 9 > 1",
        "result > 1 if true else 2 > 1",
        "result.real > 1",
        "(lambda: 1)() > 1",
        "[x for x in result] == 1",
        "len(samples) > 1",
        "len > 1",
        "len(result, result) > 1",
        "open(result) > 1",
        "result['a'] > 1",
        "result[samples] > 1",
        "samples[0] > 1",
        "result > 'a'",
        "result in result",
        "result is 1",
        "result := 1",
        "result > 1; result",
        "result > 1e999",
        "result > " + "9" * 400,
        "result > 1" + " and result > 1" * 60,
        "(" * 240 + "result > 1" + ")" * 240,
        "result > 1\x00",
        "result > 1 # good",
        "f'{result}' > 1",
        "1or 2",
        "result > 0x10",
        "result > 1j",
        "result & 1 > 0",
        "~result > 0",
        "...",
        "None",
    ],
)
def test_what_is_no_condition_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        expressions.read(text)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60))
def test_no_text_whatever_does_more_than_be_refused(text: str) -> None:
    try:
        found = expressions.read(text)
    except ValueError:
        return
    assert isinstance(expressions.evaluate(found, (1.0,)), bool | Fault)
