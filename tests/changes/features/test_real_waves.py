"""Flags beside a roll-out that is moved by its own actions and gate: a pause really pauses."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from changes.features.actions import keeping
from changes.features.board import FlagBoard
from changes.features.counting import Asked
from changes.features.models import Feature, FeatureAsked
from changes.features.rules import flags
from changes.features.values import FeatureDraft
from changes.lifecycle import State
from changes.rollouts.actions import deciding, planning, waves
from changes.rollouts.lifecycle import WaveState
from changes.rollouts.rules import drafting
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.rollouts import story

KEY = "savings-pocket"
NAMES = [f"2547{each:05d}" for each in range(200)]


def made(runtime: Runtime, *rows: Mapping[str, Any], **given: Any) -> int:
    number = story.planned(runtime, *rows, **given)
    with runtime.work(story.RITA) as work:
        keeping.make(work, FeatureDraft(KEY, "Savings pocket", number))
    return number


def begin(runtime: Runtime, number: int) -> None:
    with runtime.work(story.IMRE) as work:
        waves.start(work, number)


def inside(board: FlagBoard, market: str = "TZ") -> set[str]:
    """Return who has it now, as the next request would be answered."""
    flag = board.newest().flag(KEY)
    return {each for each in NAMES if flags.answer(flag, market, {"targetingKey": each}).is_on}


def test_bad_figures_pause_the_flag_until_somebody_resumes(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = made(runtime, rollback_rehearsed_at=clock.now() - story.H)
    board = FlagBoard(runtime)
    assert inside(board) == set(), "planned: nobody"
    begin(runtime, number)
    staff = {"group": "staff", "targetingKey": "a"}
    assert flags.answer(board.newest().flag(KEY), "TZ", staff).is_on
    assert inside(board) == set(), "staff alone"
    story.measure(runtime, number, [99.5, 99.5])
    begin(runtime, number)
    tenth = inside(board)
    assert 5 < len(tenth) < 40
    story.measure(runtime, number, {"KE": [99.5], "TZ": [97.0], "GH": [99.5]})
    assert story.look(runtime, number).wave(2).state is WaveState.PAUSED
    assert inside(board) == tenth, "a pause keeps its share and no more"
    with runtime.work(story.OLGA) as work:
        deciding.resume(work, number, 2, "a vendor's test, not customers")
    story.measure(runtime, number, [99.5, 99.5])
    begin(runtime, number)
    half = inside(board)
    assert tenth <= half
    assert 70 < len(half) < 150
    with runtime.work(story.OLGA) as work:
        deciding.roll_back(work, number, 3, "double debits")
    assert inside(board) == tenth, "the waves before stay"


def test_an_aborted_roll_out_leaves_what_passed(runtime: Runtime) -> None:
    number = made(runtime)
    begin(runtime, number)
    story.measure(runtime, number, [99.5, 99.5])
    begin(runtime, number)
    with runtime.work(story.OLGA) as work:
        deciding.abort(work, number, "the product is stopped")
    flag = FlagBoard(runtime).newest().flag(KEY)
    assert not inside(FlagBoard(runtime))
    assert flags.answer(flag, "TZ", {"group": "staff", "targetingKey": "a"}).is_on


def test_a_plan_taken_away_takes_its_feature_along(runtime: Runtime, clock: FrozenClock) -> None:
    number = story.stored(runtime, state=State.DRAFT)
    with runtime.work(story.RITA) as work:
        number = planning.plan(work, number, drafting.read(story.waves()))
        keeping.make(work, FeatureDraft(KEY, "Savings pocket", number))
        keeping.kill(work, KEY, ["KE"], "not yet")
    board, asked = FlagBoard(runtime), Asked(runtime)
    asked.count(board.newest().flag(KEY).id, "KE", False, clock.now())
    with runtime.work(story.RITA) as work:
        planning.remove(work, number, "by run sheet after all")
    assert KEY not in board.newest().flags
    asked.flush()
    with runtime.view(SYSTEM) as work:
        for table in (Feature, FeatureAsked):
            assert work.session.scalar(select(func.count()).select_from(table)) == 0


def test_a_kill_wins_over_every_wave(runtime: Runtime) -> None:
    number = made(runtime, {"name": "all"})
    begin(runtime, number)
    board = FlagBoard(runtime)
    assert inside(board) == set(NAMES)
    with runtime.work(story.NILS) as work:
        keeping.kill(work, KEY, ["TZ"], "double debits")
    assert inside(board) == set()
    assert inside(board, "KE") == set(NAMES)
