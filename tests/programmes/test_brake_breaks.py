"""The brake measures breaks: what reconciliation finds at sites past their cut-over."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from changes.gates.lifecycle import Phase
from changes.gates.queries import gates
from changes.programmes import decision_jobs
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Programme, ProgrammeWave, SiteRollout, WaveBrake
from changes.programmes.rules import brake
from changes.reconciliation.actions import breaks, planning
from changes.reconciliation.actions.planning import ParallelDraft
from changes.reconciliation.models import ParallelRun, ReconBreak
from changes.reconciliation.values import Source
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.reconciling_story import PLAIN, run
from tests.programmes import scenes

DAY = timedelta(days=1)
THURSDAY, FRIDAY, MONDAY = date(2026, 2, 26), date(2026, 2, 27), date(2026, 3, 2)
SEVEN = "A 1, B 2, C 3, D 4, E 5, F 6, G 7"
ONLY: dict[str, Any] = {
    "metrics": [
        {
            "name": brake.BREAKS,
            "provider": {"recorded": {}},
            "interval": "1d",
            "success_condition": "result <= 0.5",
            "failure_condition": "result > 2",
            "no_data_limit": 0,
        }
    ]
}


def compared(
    runtime: Runtime, sites: int = 2, brake_as: Mapping[str, Any] = ONLY
) -> tuple[scenes.Ids, list[int]]:
    """Store sites in hypercare since Wednesday, each with a parallel run that goes on."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        states = [SiteState.HYPERCARE] * sites + [SiteState.READY] * sites
        ids = scenes.programme(work, 2 * sites, 2, states=states, brake=brake_as)
        for at, number in enumerate(ids.rollouts):
            way = work.session.get_one(SiteRollout, number)
            way.cut_over_at = work.now - 5 * DAY if at < sites else None
        for name in ("legacy", "next"):
            planning.define(work, name, "KE", PLAIN)
        runs = [planning.plan(work, _draft(each)) for each in ids.rollouts[:sites]]
    return ids, runs


def _draft(site: int) -> ParallelDraft:
    return ParallelDraft(
        f"site:{site}",
        f"Shop {site}",
        "KE",
        date(2026, 2, 24),
        weekdays=(1, 2, 3, 4, 5),
        old=Source(definition="legacy"),
        new=Source(definition="next"),
    )


def turn(runtime: Runtime) -> None:
    decision_jobs.watch_sites(runtime)
    while outbox.deliver(runtime):
        pass


def phase_and_values(runtime: Runtime, wave: int) -> tuple[Phase, list[float | None]]:
    with runtime.view(SYSTEM) as work:
        gate = gates.gate(work, work.session.get_one(WaveBrake, wave).gate_id)
        found = gates.evidence(work, gate.id, brake.BREAKS, "KE").items
    return gate.phase, [each.value for each in reversed(found)]


def paused(runtime: Runtime, wave: int) -> str:
    with runtime.view(SYSTEM) as work:
        return work.session.get_one(ProgrammeWave, wave).paused_because


def compare(runtime: Runtime, runs: Sequence[int], day: date, new: str) -> None:
    for at, each in enumerate(runs):
        run(runtime, each, f"{SEVEN}, S{at} 1", f"S{at} 1, {new}", day)


def test_clean_days_let_the_next_wave_start(runtime: Runtime) -> None:
    ids, runs = compared(runtime)
    for day in (date(2026, 2, 25), THURSDAY, FRIDAY):
        compare(runtime, runs, day, SEVEN)
    turn(runtime)
    found = phase_and_values(runtime, ids.waves[0])
    assert found == (Phase.RUNNING, [0.0, 0.0]), "Thursday and Friday; the cut-over's day is not"
    assert paused(runtime, ids.waves[1]) == ""
    turn(runtime)
    assert phase_and_values(runtime, ids.waves[0])[1] == [0.0, 0.0], "a day is measured once"


def test_breaks_over_the_limit_pause_the_next_wave(runtime: Runtime) -> None:
    ids, runs = compared(runtime)
    compare(runtime, runs, THURSDAY, SEVEN)
    compare(runtime, runs, FRIDAY, "A 1, B 2, C 3, D 4")
    turn(runtime)
    assert phase_and_values(runtime, ids.waves[0]) == (Phase.FAILED, [0.0, 3.0])
    assert "the brake is failed by breaks per site" in paused(runtime, ids.waves[1])


def test_between_the_limits_steering_decides(runtime: Runtime) -> None:
    """As row B4, for breaks: one a site lies between 0.5 and 2."""
    ids, runs = compared(runtime)
    compare(runtime, runs, THURSDAY, SEVEN)
    compare(runtime, runs, FRIDAY, SEVEN.replace(", G 7", ""))
    turn(runtime)
    assert phase_and_values(runtime, ids.waves[0]) == (Phase.INCONCLUSIVE, [0.0, 1.0])
    assert "the brake is inconclusive by breaks per site" in paused(runtime, ids.waves[1])


def test_explained_breaks_brake_nothing(runtime: Runtime) -> None:
    ids, runs = compared(runtime)
    compare(runtime, runs, THURSDAY, SEVEN)
    compare(runtime, runs, FRIDAY, "A 1, B 2, C 3, D 4")
    with runtime.work(SYSTEM) as work:
        for each in runs:
            wanted = select(ReconBreak.id).where(ReconBreak.parallel_id == each)
            breaks.explain(work, each, list(work.session.scalars(wanted)), "booked by hand")
    turn(runtime)
    assert phase_and_values(runtime, ids.waves[0]) == (Phase.RUNNING, [0.0, 0.0])


def test_a_day_that_was_not_compared_is_no_data_and_not_a_failure(runtime: Runtime) -> None:
    """As row B3, for breaks."""
    ids, runs = compared(runtime)
    compare(runtime, runs, THURSDAY, SEVEN)
    compare(runtime, runs[:1], FRIDAY, SEVEN)
    turn(runtime)
    assert phase_and_values(runtime, ids.waves[0]) == (Phase.NO_DATA, [0.0, None])
    assert "the brake is no data by breaks per site" in paused(runtime, ids.waves[1])
    with runtime.view(SYSTEM) as work:
        gate = gates.gate(work, work.session.get_one(WaveBrake, ids.waves[0]).gate_id)
        newest = gates.evidence(work, gate.id, brake.BREAKS, "KE").items[0]
    assert newest.why == "no reconciliation of 2026-02-27 at KE-0002"
    assert newest.query == "0 unexplained breaks at 1 sites, 2026-02-27"


def test_a_run_that_comes_late_completes_its_day(runtime: Runtime) -> None:
    patient = {"metrics": [{**ONLY["metrics"][0], "no_data_limit": 2}]}
    ids, runs = compared(runtime, brake_as=patient)
    compare(runtime, runs, THURSDAY, SEVEN)
    compare(runtime, runs[:1], FRIDAY, SEVEN)
    turn(runtime)
    assert phase_and_values(runtime, ids.waves[0]) == (Phase.RUNNING, [0.0, None])
    run(runtime, runs[1], f"{SEVEN}, S1 1", "A 1", FRIDAY)
    turn(runtime)
    assert phase_and_values(runtime, ids.waves[0]) == (Phase.FAILED, [0.0, None, 3.5])


@pytest.mark.parametrize("hours", [-2, 0], ids=["Friday is due on Monday", "and was due"])
def test_a_day_is_measured_when_its_run_is_due(
    runtime: Runtime, clock: FrozenClock, hours: int
) -> None:
    ids, runs = compared(runtime)
    compare(runtime, runs, THURSDAY, SEVEN)
    compare(runtime, runs, FRIDAY, SEVEN)
    clock.advance(timedelta(hours=hours))
    turn(runtime)
    assert len(phase_and_values(runtime, ids.waves[0])[1]) == (1 if hours else 2)


def test_sites_whose_parallel_run_ended_measure_nothing(runtime: Runtime) -> None:
    ids, runs = compared(runtime)  # at their cut-over
    with runtime.work(SYSTEM) as work:
        for each in runs:
            work.session.get_one(ParallelRun, each).ended_at = work.now - 5 * DAY
    turn(runtime)
    assert phase_and_values(runtime, ids.waves[0])[1] == []


def test_a_brake_opened_before_breaks_were_measured_goes_on(runtime: Runtime) -> None:
    """The gate's own definition says what is measured, not the newest one shipped."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(work, 2, 2, states=[SiteState.ACCEPTED, SiteState.READY])
        programme_brake = {"metrics": [brake.SHIPPED["metrics"][0]]}
        work.session.get_one(Programme, ids.programme).brake = programme_brake
    turn(runtime)
    with runtime.work(SYSTEM) as work:
        work.session.get_one(Programme, ids.programme).brake = {}
    turn(runtime)
    with runtime.view(SYSTEM) as work:
        gate = gates.gate(work, work.session.get_one(WaveBrake, ids.waves[0]).gate_id)
    assert [each.metric.name for each in gate.series] == [brake.FAILED_SITES]
