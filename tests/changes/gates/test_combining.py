"""Verdicts of gates and what they do: the worked examples by number, and that order is nothing."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from changes.gates.lifecycle import Effect, Phase
from changes.gates.rules.combining import Standing, by_market, stops, verdict, worst
from changes.gates.rules.counting import fold, phase_of
from changes.gates.rules.effects import consequence
from tests.changes.gates.definitions import IV, judgements, metric

S, F, I, E, R, P, N = (  # noqa: E741 (the letters of the reference)
    Phase.SUCCESSFUL,
    Phase.FAILED,
    Phase.INCONCLUSIVE,
    Phase.ERROR,
    Phase.RUNNING,
    Phase.PENDING,
    Phase.NO_DATA,
)


def _standings(phases: list[Phase], dry: str = "") -> list[Standing]:
    return [
        Standing(str(place), "KE", phase, counts=dry[place : place + 1] != "d")
        for place, phase in enumerate(phases)
    ]


@pytest.mark.parametrize(
    ("phases", "dry", "is_stopped", "found"),
    [
        pytest.param([S, S], "", False, S, id="R1"),
        pytest.param([S, R], "", False, R, id="R2"),
        pytest.param([F, R], "", False, F, id="R3 decides"),
        pytest.param([F, S], "", True, F, id="R3 stopped"),
        pytest.param([I, E], "", False, E, id="R4"),
        pytest.param([E, F], "", False, F, id="R5"),
        pytest.param([S, F], " d", False, S, id="R6"),
        pytest.param([F], "d", False, S, id="R7"),
        pytest.param([P], "", True, S, id="R8 before it is ended"),
        pytest.param([S], "", True, S, id="R8"),
        pytest.param([I, S], "", True, I, id="R9"),
        pytest.param([P, S], "", False, R, id="R10"),
        pytest.param([N, S], "", False, N, id="no data is worse than good"),
        pytest.param([N, I], "", False, I, id="no data is better than inconclusive"),
        pytest.param([S, R], " d", False, R, id="a dry run only has to finish"),
    ],
)
def test_one_gate(phases: list[Phase], dry: str, is_stopped: bool, found: Phase) -> None:
    assert verdict(_standings(phases, dry), is_stopped=is_stopped) is found


def test_r3_what_is_within_its_limits_is_stopped_good() -> None:
    of = metric(count=5, failure_limit=2, **IV)
    counters = fold(judgements("SF"))
    assert phase_of(of, counters) is R
    assert phase_of(of, counters, is_stopping=True) is S


def test_the_order_of_phases_is_the_references_with_no_data_after_pending() -> None:
    order = [S, R, P, N, I, E, F]
    for place, phase in enumerate(order):
        assert worst(order[: place + 1]) is phase


PHASES = st.lists(st.tuples(st.sampled_from(list(Phase)), st.booleans()), max_size=12)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PHASES, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_markets_and_metrics_is_nothing(
    phases: list[tuple[Phase, bool]], chance: Any, is_stopped: bool
) -> None:
    standings = [
        Standing("m", f"M{place % 3}", phase, counts)
        for place, (phase, counts) in enumerate(phases)
    ]
    mixed = list(standings)
    chance.shuffle(mixed)
    assert verdict(mixed, is_stopped=is_stopped) is verdict(standings, is_stopped=is_stopped)
    assert by_market(mixed) == by_market(standings)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PHASES)
def test_a_bad_market_is_never_hidden_by_good_ones(phases: list[tuple[Phase, bool]]) -> None:
    counting = [Standing("m", str(place), phase) for place, (phase, _) in enumerate(phases)]
    bad = [each.phase for each in counting if each.phase in {N, I, E, F}]
    more = [*counting, *(Standing("m", f"x{place}", S) for place in range(50))]
    if bad:
        assert verdict(more) is worst(bad)
    else:
        assert verdict(more) in {S, R}


@pytest.mark.parametrize("is_tested", [True, False])
@pytest.mark.parametrize(
    ("phase", "given", "tested", "untested"),
    [
        pytest.param(F, {}, Effect.PAUSE, Effect.PAUSE, id="G1: pause unless said"),
        pytest.param(F, {"on_failed": "pause"}, Effect.PAUSE, Effect.PAUSE, id="F pause"),
        pytest.param(F, {"on_failed": "rollback"}, Effect.ROLL_BACK, Effect.PAUSE, id="S1 S2"),
        pytest.param(F, {"on_failed": "notify"}, Effect.NOTIFY, Effect.NOTIFY, id="F notify"),
        pytest.param(E, {"on_failed": "rollback"}, Effect.PAUSE, Effect.PAUSE, id="S3 G3"),
        pytest.param(E, {"on_failed": "notify"}, Effect.PAUSE, Effect.PAUSE, id="E pauses"),
        pytest.param(N, {"on_failed": "rollback"}, Effect.PAUSE, Effect.PAUSE, id="S4"),
        pytest.param(N, {"on_no_data": "wait"}, Effect.WAIT, Effect.WAIT, id="no data waits"),
        pytest.param(N, {"on_no_data": "notify"}, Effect.NOTIFY, Effect.NOTIFY, id="no data told"),
        pytest.param(I, {"on_failed": "rollback"}, Effect.PAUSE, Effect.PAUSE, id="G8"),
        pytest.param(S, {"on_failed": "rollback"}, Effect.GO_ON, Effect.GO_ON, id="good"),
        pytest.param(F, {"dry_run": True}, Effect.GO_ON, Effect.GO_ON, id="dry run"),
    ],
)
def test_effects(
    phase: Phase, given: dict[str, Any], tested: Effect, untested: Effect, is_tested: bool
) -> None:
    found = consequence(metric(**given), phase, is_rollback_tested=is_tested)
    assert found.effect is (tested if is_tested else untested)
    if phase is F and found.effect is not tested:
        assert found.why == "rollback not tested"
    assert stops(phase, found.effect) == (found.effect in {Effect.PAUSE, Effect.ROLL_BACK})
