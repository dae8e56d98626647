"""The demo's roll-out: four waves, the first passed with its evidence, the second at its gate."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from changes.gates.lifecycle import Phase
from changes.gates.queries import gates
from changes.models import TroubledIncident
from changes.rollouts import demo
from changes.rollouts.lifecycle import WaveState
from changes.rollouts.queries import rollouts
from ssoc import migrations, modules
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.permissions import operator
from ssoc.demo.scenario import ROUND
from ssoc.demo.simulator import GOOD_FOR
from tests.demo.test_month import NOW, prepared

BEGUN = timedelta(minutes=2)  # before the demo's platforms begin
MEAN = timedelta(minutes=2)
EID = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)  # a hard freeze in Kenya and Tanzania


@pytest.mark.parametrize("now", [NOW, EID], ids=["a plain day", "a hard freeze"])
def test_the_second_wave_stands_at_its_gate(tmp_path: Path, now: datetime) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'ssoc.db'}")
    migrations.upgrade(engine)
    runtime = prepared(modules.wire(engine, FrozenClock(now)))
    demo.remember(runtime)
    demo.remember(runtime)  # again: nothing more
    with runtime.view(operator()) as work:
        (found,) = rollouts.listed(work)
        first, second, third, fourth = rollouts.rollout(work, found.id).waves
        states = [first.state, second.state, third.state, fourth.state]
        passed, measured = (
            gates.gate(work, first.gate_id or 0),
            gates.gate(work, second.gate_id or 0),
        )
        evidence = gates.points(work, passed.id, "savings", "TZ")
    assert states == [WaveState.PASSED, WaveState.AT_GATE, WaveState.WAITING, WaveState.WAITING]
    assert (passed.phase, measured.phase) == (Phase.SUCCESSFUL, Phase.RUNNING)
    assert len(evidence) == 12
    assert min(each.value or 0 for each in evidence) >= 99.0
    assert third.held == ("waits for wave 2, which is at gate",) or now == EID
    assert fourth.not_before is not None
    engine.dispose()


def test_the_second_wave_is_judged_by_itself_and_not_by_the_outage_before_it() -> None:
    outage = ROUND[0]
    (metric, _) = demo.gate("20s", 45)["metrics"]
    judged = timedelta(minutes=int(metric["initial_delay"].removesuffix("m"))) - BEGUN
    assert judged >= outage.after + outage.lasts + MEAN
    assert judged <= GOOD_FOR + MEAN, "it turns bad while the gate looks on, and soon"


@pytest.mark.parametrize(
    ("component", "markets", "how"),
    [
        pytest.param("ledger-db-east", ["KE", "TZ", "MZ"], "which it stands on", id="ledger"),
        pytest.param("payment-api-ke", ["KE"], "which its gate measures", id="demo fault KE api"),
    ],
)
def test_a_fault_that_a_trainer_makes_holds_the_next_wave(
    tmp_path: Path, component: str, markets: list[str], how: str
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'ssoc.db'}")
    migrations.upgrade(engine)
    runtime = prepared(modules.wire(engine, FrozenClock(NOW)))
    demo.remember(runtime)
    with runtime.work(operator()) as work:
        work.session.add(
            TroubledIncident(
                incident_id=900, component=component, markets=markets, priority="P1", began_at=NOW
            )
        )
    with runtime.view(operator()) as work:
        (found,) = rollouts.listed(work)
        third, fourth = rollouts.rollout(work, found.id).waves[2:]
    for each in (third, fourth):
        said = [reason for reason in each.held if reason.startswith("held by INC-900: P1 on ")]
        assert len(said) == 1, each.held
        assert how in said[0]
    engine.dispose()
