"""Features: made, read, forced off, let go on, ended; by whom, and what bad input does."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from changes.features.actions import keeping
from changes.features.board import FlagBoard
from changes.features.models import FeatureKill
from changes.features.queries import features, flags
from changes.features.rules.flags import BadContext
from changes.features.values import FlagKind
from changes.rollouts.lifecycle import WaveState
from ssoc.core.database import driver_failures
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound, SsocError
from ssoc.core.events import EventRecord
from ssoc.core.permissions import (
    SCOPES,
    SYSTEM,
    Actor,
    ActorKind,
    Role,
    TokenScope,
)
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.changes.features import story
from tests.changes.features.story import IMRE, KEY, OPERATOR, PLANNER
from tests.changes.test_run_races import both


def machine(*markets: str, scope: TokenScope = TokenScope.FLAGS) -> Actor:
    grants = frozenset((held, each) for held in SCOPES[scope] for each in markets)
    return Actor("token:app", grants, ActorKind.TOKEN)


def told(runtime: Runtime, actor: Actor | None = None, **context: Any) -> Any:
    with runtime.view(actor or machine("*")) as work:
        return flags.answer(work, KEY, {"targetingKey": "amina", "market": "KE"} | context)


def test_the_flag_follows_the_waves(runtime: Runtime) -> None:
    number = story.feature(runtime)
    assert told(runtime, segment="staff").is_on
    assert told(runtime, segment="staff", market="TZ").is_on
    assert told(runtime).metadata["rollout"] == f"ROL-{number}"
    assert not told(runtime, market="TZ").is_on
    story.move(runtime, number, 3, WaveState.RUNNING)
    assert told(runtime, market="TZ").is_on
    story.move(runtime, number, 3, WaveState.ROLLING_BACK)
    assert not told(runtime, market="TZ").is_on


def test_a_kill_wins_at_once_and_lifting_it_is_an_approval(runtime: Runtime) -> None:
    story.feature(runtime)
    with runtime.work(OPERATOR) as work:
        assert keeping.kill(work, KEY, ["KE"], "complaints of double debits") == ("KE",)
    assert told(runtime, segment="staff").reason == "DISABLED"
    assert told(runtime, segment="staff", market="TZ").is_on, "the other market is untouched"
    with runtime.work(OPERATOR) as work:
        assert keeping.kill(work, KEY, ["KE", "TZ"], "more of them") == ("TZ",), "KE was off"
    with pytest.raises(NotAllowed), runtime.work(OPERATOR) as work:
        keeping.lift(work, KEY, ["KE"], "mended")
    with (
        pytest.raises(NotAllowed, match="requested or implements"),
        runtime.work(IMRE) as work,
    ):
        keeping.lift(work, KEY, ["KE"], "mended")
    with runtime.work(PLANNER) as work:
        keeping.lift(work, KEY, ["KE"], "mended, see INC-7")
    assert told(runtime, segment="staff").is_on
    with runtime.view(PLANNER) as work:
        view = features.feature(work, KEY)
        assert view.killed == {"TZ"}
        kept = next(each for each in view.kills if each.market == "KE")
        assert (kept.by, kept.reason) == ("otto", "complaints of double debits")
        assert (kept.lifted_by, kept.lifted_because) == ("petra", "mended, see INC-7")
        names = list(work.session.scalars(select(EventRecord.kind).order_by(EventRecord.id)))
    assert names[-4:] == ["FeatureMade", "FlagKilled", "FlagKilled", "FlagKillLifted"]


def test_an_ended_feature_is_not_found(runtime: Runtime) -> None:
    story.feature(runtime)
    with runtime.work(PLANNER) as work:
        keeping.end(work, KEY, "everybody has it, the code asks no more")
    with pytest.raises(NotFound, match="its feature has ended"):
        told(runtime)
    with pytest.raises(IllegalMove), runtime.work(PLANNER) as work:
        keeping.end(work, KEY, "again")
    with pytest.raises(Conflict, match="there is or was"), runtime.work(PLANNER) as work:
        keeping.make(work, story.draft(features.feature(work, KEY).rollout_id))


REFUSED: list[Any] = [
    pytest.param({"key": "Savings pocket"}, "a key has 1 to 64", id="key"),
    pytest.param({"title": " "}, "a title of 1 to 255", id="title"),
    pytest.param({"on": "yes"}, "the value for on is no true or false", id="kind"),
    pytest.param({"kind": FlagKind.INTEGER, "on": True, "off": 0}, "no whole number", id="bool"),
    pytest.param({"kind": FlagKind.INTEGER, "on": 2**60, "off": 0}, "no whole", id="too large"),
    pytest.param({"kind": FlagKind.OBJECT, "on": [], "off": {}}, "no JSON object", id="list"),
    pytest.param({"on": False}, "are the same", id="same values"),
    pytest.param({"on": False, "off": True}, "Force off would switch it on", id="turned round"),
    pytest.param({"title": "\u200b\u2060"}, "a title of 1 to 255", id="a title nobody sees"),
    pytest.param({"adoption": "nothing"}, "adoption is check/sample", id="reference"),
]


@pytest.mark.parametrize(("given", "said"), REFUSED)
def test_a_bad_draft_writes_nothing(runtime: Runtime, given: dict[str, Any], said: str) -> None:
    number = story.feature(runtime)
    with pytest.raises(BadInput, match=said), runtime.work(PLANNER) as work:
        keeping.make(work, story.draft(number, **({"key": "other"} | given)))
    with runtime.view(PLANNER) as work:
        assert len(features.listed(work)) == 1


@pytest.mark.parametrize(
    ("kind", "on", "off"),
    [
        (FlagKind.STRING, "new", "old"),
        (FlagKind.INTEGER, 5, 0),
        (FlagKind.OBJECT, {"limit": 5, "name": "\u00e9"}, {}),
    ],
)
def test_values_of_every_kind(runtime: Runtime, kind: FlagKind, on: Any, off: Any) -> None:
    story.feature(runtime, kind=kind, on=on, off=off)
    assert told(runtime, segment="staff").value == on
    assert told(runtime, market="TZ").value == off


Act = Callable[[Work], object]
ACTS: list[Any] = [
    pytest.param(lambda work: keeping.kill(work, KEY, ["KE"], " "), "a reason", id="no reason"),
    pytest.param(lambda work: keeping.kill(work, KEY, [], "x"), "no market", id="no market"),
    pytest.param(lambda work: keeping.kill(work, KEY, ["GH"], "x"), "not reach GH", id="other"),
    pytest.param(lambda work: keeping.kill(work, "x", ["KE"], "x"), "no feature x", id="unknown"),
    pytest.param(lambda work: keeping.lift(work, KEY, ["KE"], "x"), "is not forced", id="free"),
    pytest.param(lambda work: keeping.end(work, KEY, "x" * 501), "a reason", id="long reason"),
]


@pytest.mark.parametrize(("act", "said"), ACTS)
def test_what_cannot_be_done_is_said_and_writes_nothing(
    runtime: Runtime, act: Act, said: str
) -> None:
    story.feature(runtime)
    with pytest.raises(SsocError, match=said), runtime.work(PLANNER) as work:
        act(work)
    with runtime.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count(FeatureKill.id))) == 0


def test_who_may_what_by_market(runtime: Runtime) -> None:
    story.feature(runtime)
    ghana = factories.person("gifty", Role.CHANGE_MANAGER, "GH")
    kenya = factories.person("kamau", Role.NOC_OPERATOR, "KE")
    with runtime.view(ghana) as work:
        assert features.listed(work) == []
        with pytest.raises(NotFound):
            features.feature(work, KEY)
    with pytest.raises(NotFound), runtime.work(ghana) as work:
        keeping.kill(work, KEY, ["KE"], "x")
    with pytest.raises(NotAllowed), runtime.work(kenya) as work:
        keeping.kill(work, KEY, ["KE", "TZ"], "x")
    with runtime.work(kenya) as work:
        assert keeping.kill(work, KEY, ["KE"], "x") == ("KE",)
    with pytest.raises(NotAllowed), runtime.work(kenya) as work:
        keeping.make(work, story.draft(1, key="other"))
    by_token = machine("*", scope=TokenScope.WRITE)
    with runtime.work(by_token) as work:
        assert keeping.kill(work, KEY, ["TZ"], "error budget gone") == ("TZ",), "at once"


def test_a_token_reads_flags_of_its_market_alone(runtime: Runtime) -> None:
    story.feature(runtime)
    kenya = machine("KE")
    assert told(runtime, kenya, segment="staff").is_on
    assert told(runtime, kenya, segment="staff", market=None).is_on, "it has but one market"
    with pytest.raises(NotAllowed, match="it is for KE"):
        told(runtime, kenya, market="TZ")
    with pytest.raises(NotAllowed):
        told(runtime, machine("KE", scope=TokenScope.READ))
    for wrong in (None, "", 7, "XX"):
        with pytest.raises(BadContext):
            told(runtime, market=wrong)


def test_the_board_sees_a_pause_and_a_kill_in_the_next_answer(runtime: Runtime) -> None:
    number = story.feature(runtime)
    board = FlagBoard(runtime)
    first = board.newest()
    assert board.newest() is first, "nothing changed, nothing was read"
    story.move(runtime, number, 2, WaveState.PAUSED)
    assert board.newest().flag(KEY).waves[1].state is WaveState.PAUSED
    with runtime.work(OPERATOR) as work:
        keeping.kill(work, KEY, ["KE"], "complaints")
    assert board.newest().flag(KEY).killed == {"KE"}


def test_a_lost_connection_is_asked_anew(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    story.feature(runtime)
    board = FlagBoard(runtime)
    number = board.newest().number

    def lost() -> int:
        raise driver_failures(runtime.engine)("server closed the connection")

    monkeypatch.setattr(board, "_fast", lost)
    assert board.newest().number == number > 0


def test_two_who_force_off_at_once_write_it_once(runtime: Runtime) -> None:
    story.feature(runtime)
    answers = both(runtime, lambda work: keeping.kill(work, KEY, ["KE"], "complaints"))
    assert answers == [None, None]
    with runtime.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count(FeatureKill.id))) == 1
