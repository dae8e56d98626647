"""The run sheet of a site: template, rehearsal, the live run, the drain, the way back."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from changes.lifecycle import RunState, StepMove, StepState
from changes.programmes.actions import cutting_over
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import ProgrammeWave, SiteDecision, SiteRollout
from changes.programmes.queries import cutover
from changes.programmes.rules.go_no_go import Verdict
from changes.rules.running import Standing
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound, SsocError
from ssoc.core.permissions import SYSTEM, Actor, ActorKind, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.factories import EIGHT
from tests.programmes import scenes

IMRE = factories.person("imre", Role.CHANGE_MANAGER, "KE")
SAM = factories.person("sam", Role.SITE_TEAM, "KE")
IVY = factories.person("ivy", Role.SITE_TEAM, "KE")
ABROAD = factories.person("ana", Role.SITE_TEAM, "TZ")
ROWS: list[dict[str, Any]] = [
    {"title": "Close the old till", "p50": 10, "p90": 15, "verify": "Z report", "undo": "open it"},
    {"title": "Drain", "p50": 20, "p90": 30, "drains": True},
    {"title": "Switch", "p50": 10, "p90": 12, "no_return": True, "undo": "switch back"},
    {"title": "First sale", "p50": 5, "p90": 9, "verify": "receipt", "is_hold_point": True},
]


@pytest.fixture
def site(runtime: Runtime) -> int:
    """Store a site with a go and a programme with a run sheet."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(work, 2, states=[SiteState.GO_NO_GO])
        work.session.add(
            SiteDecision(
                programme_id=ids.programme,
                site_rollout_id=ids.first,
                meets_at=EIGHT,
                quorum=1,
                verdict=Verdict.GO,
                decided_at=EIGHT,
                decided_by="imre",
                set_at=EIGHT,
                set_by="imre",
            )
        )
    with runtime.work(IMRE) as work:
        cutting_over.set_template(work, ids.programme, ROWS, 120, 50)
    return ids.first


def begun(runtime: Runtime, site: int, *, rehearsal: bool = False) -> int:
    with runtime.work(SAM) as work:
        act = cutting_over.rehearse if rehearsal else cutting_over.begin
        return act(work, site)


def press(runtime: Runtime, run: int, at: int, *moves: str, who: Actor = SAM, **given: Any) -> None:
    for move in moves:
        with runtime.work(who) as work:
            cutting_over.press(work, run, at, move, **given)


def look(runtime: Runtime, run: int) -> Any:
    with runtime.view(SAM) as work:
        return cutover.run(work, run)


def put(runtime: Runtime, site: int, state: SiteState) -> None:
    with runtime.work(SYSTEM) as work:
        work.session.get_one(SiteRollout, site).state = state


def test_a_cut_over_from_the_drain_to_verified(
    runtime: Runtime, site: int, clock: FrozenClock
) -> None:
    run = begun(runtime, site)
    press(runtime, run, 1, "start", "finish")
    with runtime.view(SYSTEM) as work:
        assert "Drain, is waiting" in cutover.drained(work, [site])[site]
    press(runtime, run, 2, "start")
    for left, fault in ((None, "write how many"), (3, "3 transactions are still in flight")):
        with pytest.raises(BadInput, match=fault):
            press(runtime, run, 2, "finish", in_flight=left)
    press(runtime, run, 2, "finish", in_flight=0)
    with runtime.view(SYSTEM) as work:
        assert cutover.drained(work, [site])[site] == ""
    with pytest.raises(IllegalMove, match="point of no return and the site is go/no-go"):
        press(runtime, run, 3, "start")
    put(runtime, site, SiteState.CUT_OVER)
    press(runtime, run, 3, "start", "finish")
    with pytest.raises(BadInput, match="hold point; write what its check said"):
        press(runtime, run, 4, "start", "finish")
    token = Actor("sam", SAM.grants, ActorKind.TOKEN)
    with pytest.raises(NotAllowed, match="by a person"):
        press(runtime, run, 4, "finish", who=token, note="receipt")
    press(runtime, run, 4, "finish", note="receipt 0001")
    with runtime.work(SAM) as work:
        cutting_over.end(work, run)
    with runtime.view(SYSTEM) as work:
        told = cutover.verified(work, [site])[site]
    assert (told.is_met, told.why) == (True, "every step is verified")
    assert look(runtime, run).steps[3].notes[0].text == "receipt 0001"


def test_forecast_and_checkpoint_are_those_of_every_run(
    runtime: Runtime, site: int, clock: FrozenClock
) -> None:
    """Section 5.3: the checkpoint is the end of the window less the roll-back."""
    run = begun(runtime, site)
    shown = look(runtime, run)
    assert shown.checkpoint == EIGHT + timedelta(minutes=70)
    assert shown.standing is Standing.IN_TIME
    assert timedelta(minutes=45) < shown.forecast.remaining < timedelta(minutes=66)
    assert shown.forecast.path == (1, 2, 3, 4)
    clock.advance(timedelta(minutes=69))
    assert look(runtime, run).standing_words == ("overrun alert, 1 min before the checkpoint"), (
        "69 of 120 minutes are gone, and some 50 are still to come"
    )
    clock.advance(timedelta(minutes=2))
    with pytest.raises(IllegalMove, match="needs a recorded decision"):
        press(runtime, run, 1, "start")
    with runtime.work(SAM) as work:
        cutting_over.go_on(work, run, "the shop stays closed until noon")
    press(runtime, run, 1, "start")
    assert look(runtime, run).standing is Standing.GOING_ON


def test_no_cut_over_begins_without_a_go_or_in_a_paused_wave(runtime: Runtime, site: int) -> None:
    with pytest.raises(IllegalMove, match="no go/no-go was decided"):
        begun(runtime, site + 1)
    with runtime.work(SYSTEM) as work:
        work.session.query(ProgrammeWave).one().paused_because = "the brake is failed"
    with pytest.raises(IllegalMove, match="Wave 1 is paused: the brake is failed"):
        begun(runtime, site)
    put(runtime, site, SiteState.PARALLEL)
    with pytest.raises(IllegalMove, match="is parallel; a cut-over begins once it is go/no-go"):
        begun(runtime, site)


def test_rights_and_markets(runtime: Runtime, site: int) -> None:
    run = begun(runtime, site, rehearsal=True)
    with pytest.raises(NotFound):
        press(runtime, run, 1, "start", who=ABROAD)
    looker = factories.person("ed", Role.AUDITOR, "KE")
    with pytest.raises(NotAllowed):
        press(runtime, run, 1, "start", who=looker)
    with pytest.raises(BadInput, match="no move 'jump'"):
        press(runtime, run, 1, "jump")
    with pytest.raises(NotFound, match="no step 9"):
        press(runtime, run, 9, "start")
    with pytest.raises(Conflict, match="a rehearsal of KE-0001 is open"):
        begun(runtime, site)


def test_rehearsals_are_kept_compared_and_flagged(
    runtime: Runtime, site: int, clock: FrozenClock
) -> None:
    for minutes in (12, 14, 16):
        run = begun(runtime, site, rehearsal=True)
        press(runtime, run, 1, "start")
        clock.advance(timedelta(minutes=minutes))
        press(runtime, run, 1, "finish")
        with runtime.work(SAM) as work:
            cutting_over.end(work, run, "only the first step")
    with runtime.view(SAM) as work:
        template = cutover.template(work, 1)
        assert cutover.rehearsed(work, [site])[site].is_met
    first, second = template.timings[:2]
    assert (list(first.took), first.last_minutes, first.is_flagged) == ([12, 14, 16], 16, True)
    assert first.usual.n == 3
    assert (second.last_minutes, second.is_flagged) == (None, False)
    run = begun(runtime, site)
    assert [each.is_flagged for each in look(runtime, run).steps] == [True, False, False, False]


def test_the_way_back_is_undone_backwards_and_ends_at_the_point_of_no_return(
    runtime: Runtime, site: int
) -> None:
    run = begun(runtime, site)
    press(runtime, run, 1, "start", "finish")
    press(runtime, run, 2, "start")
    with runtime.work(SAM) as work:
        cutting_over.roll_back(work, run, "the line is down")
    shown = look(runtime, run)
    assert (shown.state, shown.steps[1].state) == (RunState.ROLLING_BACK, StepState.FAILED)
    with runtime.view(SYSTEM) as work:
        assert not cutover.undone(work, [site])[site].is_met
    with pytest.raises(IllegalMove, match="step 1 is not undone yet"), runtime.work(SAM) as work:
        cutting_over.end(work, run)
    press(runtime, run, 1, "undo")
    with runtime.work(SAM) as work:
        cutting_over.end(work, run)
    with runtime.view(SYSTEM) as work:
        assert cutover.undone(work, [site])[site].is_met
    put(runtime, site, SiteState.CUT_OVER)
    again = begun(runtime, site)
    for at in (1, 2, 3):
        press(runtime, again, at, "start")
        press(runtime, again, at, "finish", in_flight=0)
    with pytest.raises(IllegalMove, match="was the point of no return"), runtime.work(SAM) as work:
        cutting_over.roll_back(work, again, "too late")


@pytest.mark.parametrize(
    ("rows", "window", "rollback", "fault"),
    [
        ([], 60, 10, "1 to 60 steps"),
        (ROWS, 40, 10, "the steps take 45 min at p50, the window 40 min"),
        (ROWS, 60, 60, "the moment to turn round"),
        (ROWS, 0, 0, "the window is 0 min"),
        ([{"title": "x", "p50": "soon"}, {"title": ""}], 60, 10, "p50 of step 1.*step 2 has no"),
    ],
)
def test_a_template_that_cannot_be_is_refused(
    runtime: Runtime, site: int, rows: Any, window: int, rollback: int, fault: str
) -> None:
    with pytest.raises(BadInput, match=fault), runtime.work(IMRE) as work:
        cutting_over.set_template(work, 1, rows, window, rollback)
    with runtime.view(SAM) as work:
        assert cutover.template(work, 1).window_minutes == 120
    with pytest.raises(NotAllowed), runtime.work(SAM) as work:
        cutting_over.set_template(work, 1, ROWS, 120, 50)
    with pytest.raises(Conflict, match="meanwhile"), runtime.work(IMRE) as work:
        cutting_over.set_template(work, 1, ROWS, 120, 50, version=7)


def _both(runtime: Runtime, act: Callable[[Work], object]) -> list[SsocError | None]:
    gate, answers = Barrier(2), list[SsocError | None]()

    def go(who: Actor) -> None:
        gate.wait(10)
        try:
            with runtime.work(who) as work:
                act(work)
            answers.append(None)
        except SsocError as refusal:
            answers.append(refusal)

    threads = [Thread(target=go, args=(who,)) for who in (SAM, IVY)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return answers


def test_of_two_who_begin_or_press_at_once_one_does(runtime: Runtime, site: int) -> None:
    told = _both(runtime, lambda work: cutting_over.begin(work, site))
    assert told.count(None) == 1, told
    told = _both(runtime, lambda work: cutting_over.press(work, 1, 1, StepMove.START))
    assert told.count(None) == 1, told
    assert "pressed at 08:00 UTC" in str(next(each for each in told if each))
