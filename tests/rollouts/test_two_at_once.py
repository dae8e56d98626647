"""Two at once, and schedulers doubled or killed: nothing is begun, passed or resumed twice."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from changes.lifecycle import Outcome
from changes.rollouts import jobs
from changes.rollouts.actions import deciding, waves
from changes.rollouts.lifecycle import RolloutState, WaveState
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import Conflict, SsocError
from ssoc.core.permissions import SYSTEM, Actor
from ssoc.core.work import Runtime, Work
from ssoc.monitoring import queries as monitoring
from tests.rollouts import story


def both(
    runtime: Runtime, who: tuple[Actor, Actor], act: Callable[[Work], object]
) -> list[SsocError | None]:
    """Let two people do the same at the same moment; return what each was answered."""
    gate, answers = Barrier(2), dict[str, SsocError | None]()

    def press(one: Actor) -> None:
        gate.wait(10)
        try:
            with runtime.work(one) as work:
                act(work)
            answers[one.name] = None
        except SsocError as refusal:
            answers[one.name] = refusal

    threads = [Thread(target=press, args=(each,)) for each in who]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return [answers[each.name] for each in who]


def paused(runtime: Runtime) -> int:
    number = story.planned(runtime, {"name": "all", "gate": story.unsure()})
    with runtime.work(story.IMRE) as work:
        waves.start(work, number)
    story.measure(runtime, number, [98.5])
    return number


def test_of_two_who_resume_one_does(runtime: Runtime) -> None:
    number = paused(runtime)
    answers = both(
        runtime, (story.OLGA, story.OTTO), lambda work: deciding.resume(work, number, 1, "seen")
    )
    told = next(each for each in answers if each is not None)
    resumed = [each for each in story.look(runtime, number).decisions if "resume" in each.move]
    assert isinstance(told, Conflict)
    assert len(resumed) == 1
    assert f"wave 1 is at gate, not paused: {resumed[0].by} resumed it at 08:00 UTC" in str(told)


def test_of_two_who_begin_a_wave_one_does(runtime: Runtime) -> None:
    number = story.planned(runtime)
    answers = both(runtime, (story.IMRE, story.NILS), lambda work: waves.start(work, number, 1))
    assert answers.count(None) == 1
    view = story.look(runtime, number)
    assert view.wave(1).attempts == 1
    assert [each.move for each in view.decisions].count("start") == 2, "the change, and its wave"


AUTOMATIC: tuple[dict[str, Any], ...] = ({"name": "a"}, {"name": "b", "automatic": True})


def automatic(runtime: Runtime) -> int:
    """Return a roll-out whose first wave passed, and whose second begins by itself."""
    number = story.planned(runtime, *AUTOMATIC)
    with runtime.work(story.IMRE) as work:
        waves.start(work, number)
    story.measure(runtime, number, [99.5, 99.5])
    assert story.look(runtime, number).wave(2).state is WaveState.WAITING
    return number


def test_two_schedulers_begin_a_wave_once(runtime: Runtime) -> None:
    number = automatic(runtime)
    gate = Barrier(2)

    def turn() -> None:
        gate.wait(10)
        jobs.advance(runtime)

    threads = [Thread(target=turn) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    view = story.look(runtime, number)
    assert (view.wave(2).state, view.wave(2).attempts) == (WaveState.AT_GATE, 1)
    with runtime.view(SYSTEM) as work:
        logged = monitoring.changes(work, (), runtime.clock.now() - story.H, 50)
    assert len(logged) == 6, "three markets, two waves, each once"


def test_killed_between_two_steps_nothing_is_lost_or_doubled(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = automatic(runtime)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(waves, "log_start", killed)
        with pytest.raises(KeyboardInterrupt):
            jobs.advance(runtime)
    assert story.look(runtime, number).wave(2).state is WaveState.WAITING, "nothing half begun"
    jobs.advance(runtime)
    jobs.advance(runtime)
    wave = story.look(runtime, number).wave(2)
    assert (wave.state, wave.attempts) == (WaveState.AT_GATE, 1)


def test_a_gate_that_passed_unheard_is_passed_by_the_job_once(runtime: Runtime) -> None:
    number = story.planned(runtime, {"name": "a"}, {"name": "b"})
    with runtime.work(story.IMRE) as work:
        waves.start(work, number)
    story.measure(runtime, number, [99.5, 99.5], deliver=False)
    jobs.advance(runtime)
    story.tell(runtime)  # the event comes later, and does nothing more
    view = story.look(runtime, number)
    assert view.wave(1).state is WaveState.PASSED
    assert [each.move for each in view.decisions].count("pass") == 1


def test_the_watch_after_the_last_wave(runtime: Runtime, clock: FrozenClock) -> None:
    watch = story.gate(count=None)
    number = story.planned(runtime, {"name": "all"}, watch_minutes=120, watch=watch)
    with runtime.work(story.IMRE) as work:
        waves.start(work, number)
    story.measure(runtime, number, [99.5, 99.5])
    assert story.look(runtime, number).state is RolloutState.WATCHING
    clock.advance(119 * story.MINUTE)
    story.measure(runtime, number, {"KE": [99.5], "TZ": [97.0]})
    view = story.look(runtime, number)
    assert (view.is_paused, view.paused_by) == (True, "its gate")
    clock.advance(story.H)
    jobs.advance(runtime)
    assert story.look(runtime, number).state is RolloutState.WATCHING, "not ended while paused"
    with runtime.work(story.OLGA) as work:
        deciding.resume(work, number, None, "a bank's own night")
    jobs.advance(runtime)
    view = story.look(runtime, number)
    assert view.state is RolloutState.FINISHED
    assert story.change_of(runtime, number).outcome is Outcome.WITH_ISSUES
