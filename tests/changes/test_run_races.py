"""Two people press at once: one wins, the other reads who it was; on both databases."""

from collections.abc import Callable
from threading import Barrier, Thread

from sqlalchemy import func, select

from changes.actions import running
from changes.lifecycle import StepMove, StepState
from changes.models import BridgePresence, Run
from ssoc.core.errors import Conflict, SsocError
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.changes import running_story as story

TWO = [factories.person(name, Role.NOC_OPERATOR, "KE") for name in ("imre", "ivy")]


def both(runtime: Runtime, act: Callable[[Work], object]) -> list[SsocError | None]:
    """Let two people do the same at the same moment; return what each was answered."""
    gate, answers = Barrier(2), dict[str, SsocError | None]()

    def press(who: Actor) -> None:
        gate.wait(10)
        try:
            with runtime.work(who) as work:
                act(work)
            answers[who.name] = None
        except SsocError as refusal:
            answers[who.name] = refusal

    threads = [Thread(target=press, args=(who,)) for who in TWO]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return [answers[who.name] for who in TWO]


def loser(answers: list[SsocError | None]) -> SsocError:
    """Return what the one was told who came second."""
    assert answers.count(None) == 1, answers
    return next(each for each in answers if each is not None)


def test_of_two_who_begin_a_step_one_does(runtime: Runtime) -> None:
    run = story.begun(runtime)
    told = loser(both(runtime, lambda work: running.step(work, run, 1, StepMove.START)))
    first = story.look(runtime, run).steps[0]
    assert isinstance(told, Conflict)
    assert str(told) == (
        f"step 1 is running already: {first.began_by} pressed at 08:00 UTC; nothing was written; "
        "look again"
    )
    assert (first.state, first.repeats) == (StepState.RUNNING, 0)


def test_of_two_who_end_a_step_otherwise_one_does(runtime: Runtime) -> None:
    run = story.begun(runtime)
    story.press(runtime, run, 1, StepMove.START)
    ways = iter([StepMove.FINISH, StepMove.FAIL])
    told = loser(both(runtime, lambda work: running.step(work, run, 1, next(ways), "as I see it")))
    first = story.look(runtime, run).steps[0]
    assert isinstance(told, Conflict)
    assert f"step 1 is {first.state}: {first.ended_by} pressed" in str(told)


def test_of_two_who_start_a_change_one_does(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, story.GRAPH)
        number = story.tonight(work)
    told = loser(both(runtime, lambda work: running.start(work, number)))
    assert isinstance(told, Conflict)
    assert "CHG-1 is running since" in str(told)
    with runtime.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(Run)) == 1


def test_of_two_who_roll_back_or_end_one_does(runtime: Runtime) -> None:
    run = story.begun(runtime)
    told = loser(both(runtime, lambda work: running.roll_back(work, run, "writes fail")))
    assert "rolled back since" in str(told)
    told = loser(both(runtime, lambda work: running.end(work, run, "failed", "no")))
    assert "ended it" in str(told)


def test_nobody_is_on_the_bridge_twice(runtime: Runtime) -> None:
    run = story.begun(runtime)
    told = loser(both(runtime, lambda work: running.join_bridge(work, run, "Ana", "Pangolin")))
    assert isinstance(told, Conflict)
    with runtime.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(BridgePresence)) == 1
