"""Killed anywhere and started twice: no measurement is lost, none is written twice."""

import os
import signal
import subprocess
import sys
from random import Random
from threading import Barrier, Thread

import pytest

from changes.gates import jobs
from changes.gates.actions import opening
from changes.gates.actions.recording import MeasurementDraft, record
from changes.gates.actions.writing import Asked
from changes.gates.lifecycle import Phase
from changes.gates.providers import samples
from changes.gates.queries.due import Due, due
from changes.gates.rules.counting import fold
from changes.gates.stored import counters_of
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.changes.gates import story
from tests.changes.gates.definitions import IV, row
from tests.changes.gates.story import MARKETS, MINUTE, metric

DYING = """
import os, signal, sys
from datetime import datetime
from changes.gates import jobs
from changes.gates.actions import writing
from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.work import Runtime

url, at, point, left = sys.argv[1], datetime.fromisoformat(sys.argv[2]), sys.argv[3], 2
measured, kept = writing._measure, jobs.keep

def die(when):
    global left
    left -= when == point
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

def measure(*given, **named):
    measured(*given, **named)
    die("before commit")

def keep(*given):
    found = kept(*given)
    die("after commit")
    return found

writing._measure, jobs.keep = measure, keep
jobs.measure_due(Runtime(make_engine(url), FrozenClock(at)))
"""


@pytest.mark.parametrize(("point", "written"), [("before commit", 1), ("after commit", 2)])
def test_a_scheduler_killed_between_measurements_loses_and_doubles_nothing(
    runtime: Runtime, clock: FrozenClock, url: str, point: str, written: int
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(count=2))
    clock.advance(MINUTE)
    for code in MARKETS:
        story.figures(runtime, code, clock.now(), success_percent=99.9, transactions=9)
    given = [sys.executable, "-c", DYING, url, clock.now().isoformat(), point]
    died = subprocess.run(given, env=dict(os.environ), capture_output=True, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert len(story.evidence(runtime, number)) == written
    jobs.measure_due(runtime)
    assert sorted((each.market, each.number) for each in story.evidence(runtime, number)) == [
        (code, 1) for code in MARKETS
    ]
    assert {story.series(runtime, number, code).count for code in MARKETS} == {1}
    story.turn(runtime, clock, 1, KE=99.9, LS=99.9, MZ=99.9)
    assert story.gate(runtime, number).phase is Phase.SUCCESSFUL
    assert len(story.told(runtime)) == 1


def test_two_schedulers_at_once_write_each_measurement_once(
    runtime: Runtime, clock: FrozenClock
) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric(count=1))
    clock.advance(MINUTE)
    for code in MARKETS:
        story.figures(runtime, code, clock.now(), success_percent=10.0, transactions=9)
    start, faults = Barrier(2), list[BaseException]()

    def schedule() -> None:
        start.wait(10)
        try:
            jobs.measure_due(runtime)
        except BaseException as fault:  # noqa: BLE001 (told below)
            faults.append(fault)

    threads = [Thread(target=schedule) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert not faults
    found = story.evidence(runtime, number)
    assert sorted(each.market for each in found) == list(MARKETS)
    assert sorted(event["market"] for event in story.told(runtime)) == list(MARKETS)
    assert story.gate(runtime, number).phase is Phase.FAILED


def _asked(runtime: Runtime) -> list[tuple[Due, Asked]]:
    with runtime.view(SYSTEM) as work:
        return samples.measure(work, due(work).items)


def test_an_answer_that_comes_late_counts_no_more(runtime: Runtime, clock: FrozenClock) -> None:
    story.load(runtime)
    number = story.opened(runtime, metric())
    slow = _asked(runtime)
    jobs.measure_due(runtime)
    assert not any(jobs.keep(runtime, *each) for each in slow), "somebody else was faster"
    assert len(story.evidence(runtime, number)) == len(MARKETS)
    clock.advance(MINUTE)
    slow = _asked(runtime)
    assert len(slow) == len(MARKETS)
    with runtime.work(SYSTEM) as work:
        opening.consume(work, number)
    assert not any(jobs.keep(runtime, *each) for each in slow), "it is of consumed evidence"
    clock.advance(MINUTE)
    slow = _asked(runtime)
    with runtime.work(SYSTEM) as work:
        opening.stop_gate(work, number, "enough")
    assert not any(jobs.keep(runtime, *each) for each in slow), "the gate is over"
    assert len(story.evidence(runtime, number)) == len(MARKETS)


def test_stored_counters_are_those_folded_from_the_evidence(runtime: Runtime) -> None:
    """Whatever came, and wherever a resume cut: the two never part."""
    chance = Random(4)  # noqa: S311 (a sequence, no secret)
    of = row("x", **IV, success_condition="result > 2", failure_condition="result < 1")
    number = story.opened(runtime, of, markets=["KE"], about="brake:1")
    for _ in range(60):
        value = chance.choice([0.0, 1.5, 3.0, 3.0, 3.0, None])
        error = chance.choice(["", "", "", "away"])
        with runtime.work(SYSTEM) as work:
            if not record(work, number, "x", "KE", MeasurementDraft(value, error=error)):
                opening.consume(work, number)
        mine = story.series(runtime, number, metric="x")
        counted = [e for e in story.evidence(runtime, number) if e.number > mine.consumed]
        assert counters_of(mine) == fold(each.judgement for each in counted)
    numbers = [each.number for each in story.evidence(runtime, number)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_gate_whose_definition_is_refused_now_pauses_as_an_error(
    runtime: Runtime, clock: FrozenClock
) -> None:
    """Of an older release: its gate ends, and all others are measured."""
    story.load(runtime)
    broken, good = story.opened(runtime), story.opened(runtime, about="wave:8")
    with runtime.work(SYSTEM) as work:
        opening.locked(work, broken).definition = {"metrics": [{"name": "success"}]}
    story.turn(runtime, clock, 1, KE=99.9)
    gate = story.gate(runtime, broken)
    assert gate.phase is Phase.ERROR
    assert "provider is missing" in gate.why
    assert [event["effect"] for event in story.told(runtime)] == ["pause"]
    assert len(story.evidence(runtime, good)) == len(MARKETS)
