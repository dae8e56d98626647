"""A wave and its gate on real stored samples: planned, turned bad, paused, resumed, passed."""

from typing import Any

import pytest
from sqlalchemy import select

from changes.gates.jobs import measure_due
from changes.gates.models import GateMeasurement
from changes.lifecycle import State
from changes.rollouts.actions import deciding, planning, waves
from changes.rollouts.actions.found import GATE
from changes.rollouts.lifecycle import WaveState
from changes.rollouts.rules import drafting
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.gates import story as gates
from tests.rollouts import story

WAVES = {"waves": [{"name": "all", "gate": {"metrics": [gates.metric(count=2, min_samples=50)]}}]}


def load(runtime: Runtime) -> None:
    """Let the countries of the roll-out have checks with their figures."""
    cores = [
        factories.component(
            f"core-{code.lower()}", code, kpis={"success_percent": "kpi/success_percent"}
        )
        for code in story.MARKETS
    ]
    core = factories.component("core", *story.MARKETS)
    with runtime.work(SYSTEM) as work:
        checks = [gates.check(code) for code in story.MARKETS]
        factories.estate(work, story.GRAPH, components=[core, *cores], checks=checks)


def planned(runtime: Runtime, plan: dict[str, Any]) -> int:
    change = story.stored(runtime, state=State.DRAFT)
    load(runtime)
    with runtime.work(story.RITA) as work:
        number = planning.plan(work, change, drafting.read(plan))
    story.approve(runtime, change)
    return number


def turn(runtime: Runtime, clock: FrozenClock, **success: float) -> None:
    gates.turn(runtime, clock, 1, **success)
    story.tell(runtime)


def test_a_wave_that_turns_bad_is_paused_and_goes_on_by_approval(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = planned(runtime, WAVES)
    with runtime.work(story.IMRE) as work:
        waves.start(work, number)
    turn(runtime, clock, KE=99.9, TZ=99.8, GH=99.7)
    assert story.look(runtime, number).wave(1).state is WaveState.AT_GATE
    turn(runtime, clock, KE=99.9, TZ=90.1, GH=99.7)
    wave = story.look(runtime, number).wave(1)
    assert (wave.state, wave.paused_by) == (WaveState.PAUSED, GATE)
    assert "success in TZ: failed, 94.95 is below 99; 1 failed, 0 tolerated" in wave.paused_because
    with runtime.work(story.OLGA) as work:
        deciding.resume(work, number, 1, "the link of TZ is mended")
    assert story.look(runtime, number).wave(1).state is WaveState.AT_GATE
    measure_due(runtime)
    story.tell(runtime)
    assert story.look(runtime, number).wave(1).state is WaveState.AT_GATE, "S10"
    for _ in range(2):
        turn(runtime, clock, KE=99.9, TZ=99.8, GH=99.7)
    assert story.look(runtime, number).wave(1).state is WaveState.PASSED
    with runtime.view(SYSTEM) as work:
        kept = work.session.scalars(select(GateMeasurement.value).order_by(GateMeasurement.id))
        assert 94.95 in list(kept), "what paused it is evidence for ever"


@pytest.mark.parametrize(
    ("provider", "fault"),
    [
        ({"samples": {"kpi": "tps"}}, "no component of KE alone names tps"),
        ({"samples": {"check": "{cc}/x", "sample": "y"}}, "there is no check ke/x in the estate"),
        ({"promql": {"url": "http://elsewhere.example", "query": "up"}}, "allow_hosts"),
    ],
)
def test_a_gate_on_what_is_not_there_is_refused_when_it_is_planned(
    runtime: Runtime, provider: dict[str, Any], fault: str
) -> None:
    plan = {"waves": [{"name": "all", "gate": {"metrics": [gates.metric(provider=provider)]}}]}
    with pytest.raises(BadInput, match=fault) as refused:
        planned(runtime, plan)
    assert "the gate of wave 1: metric 'success' in KE" in str(refused.value)
