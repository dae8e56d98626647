"""Sites on their way by real actions: O1 to O7, blocks, deferrals, many at once, two at once."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from changes.actions.freeze_list import FreezeDraft, set_freeze
from changes.lifecycle import State
from changes.models import Change, TroubledIncident
from changes.programmes.actions import moving, places, readiness
from changes.programmes.actions.moving import Obstructed, move, move_many
from changes.programmes.lifecycle import SITE, WAY, SiteMove, SiteState
from changes.programmes.models import CrewBooking, ProgrammeWave, Release, SiteMoved
from changes.programmes.queries import sites
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound, SsocError
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.running import revision
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.programmes.stage import MANAGER, SLOT, TEAM, Told, row, set_up, told
from tests.web.counting import statements

DAY = timedelta(days=1)


def moved(runtime: Runtime, site: int, wanted: SiteMove, *said: Any, **more: Any) -> SiteState:
    with runtime.work(MANAGER) as work:
        return move(work, site, wanted, *said, **more)


def refused(runtime: Runtime, site: int, wanted: SiteMove, *said: Any, **more: Any) -> str:
    """Return what a refusal says; nothing has changed then."""
    before = row(runtime, site)
    with pytest.raises(SsocError) as refusal:
        moved(runtime, site, wanted, *said, **more)
    after = row(runtime, site)
    assert (after.state, after.version) == (before.state, before.version)
    return str(refusal.value)


def test_a_site_goes_from_planned_to_accepted(runtime: Runtime, clock: FrozenClock) -> None:
    ids = set_up(runtime, SiteState.PLANNED)
    with runtime.view(SYSTEM) as work:
        seen = revision(work.session)
    moves = [each for (source, each), to in SITE.table.items() if source in WAY and to in WAY]
    with told():
        states = [moved(runtime, ids.first, each) for each in moves if each is not SiteMove.REOPEN]
    assert tuple(states) == WAY[1:]
    after = row(runtime, ids.first)
    assert (after.cut_over_at, after.accepted_at) == (clock.now(), clock.now())
    with runtime.view(SYSTEM) as work:
        assert [each.state for each in reversed(sites.history(work, ids.first))] == list(WAY[1:])
        kinds = list(work.session.scalars(select(EventRecord.kind)))
        assert kinds.count("SiteStateMoved") == len(WAY) - 1
        assert revision(work.session) > seen


def test_ready_needs_a_survey(runtime: Runtime) -> None:
    """O1."""
    ids = set_up(runtime, SiteState.PLANNED)
    assert refused(runtime, ids.first, SiteMove.MAKE_READY) == "cannot make ready while planned"


def freeze(runtime: Runtime, since: timedelta, until: timedelta, market: str = "KE") -> None:
    with runtime.work(MANAGER) as work:
        now = work.now
        set_freeze(
            work,
            FreezeDraft(
                name="Year end",
                is_hard=True,
                reason="books are closed",
                since=now + since,
                until=now + until,
                markets=(market,),
            ),
        )


def test_no_migration_in_a_freeze_of_the_market(runtime: Runtime) -> None:
    """O2: names the freeze; a freeze of another market is none."""
    ids = set_up(runtime)
    freeze(runtime, -DAY, 2 * DAY, "TZ")
    with told():
        with runtime.view(MANAGER) as work:
            assert sites.site(work, ids.first).next.is_free  # type: ignore[union-attr]
        freeze(runtime, -DAY, 2 * DAY)
        said = refused(runtime, ids.first, SiteMove.MIGRATE)
    assert said == (
        "KE-0001 cannot migrate now: KE is frozen: Year end, until 04 Mar 2026 08:00 UTC; wait "
        "until it ends"
    )


def test_no_migration_to_a_slot_in_a_freeze(runtime: Runtime) -> None:
    ids = set_up(runtime)
    freeze(runtime, 6 * DAY, 9 * DAY)
    with told():
        said = refused(runtime, ids.first, SiteMove.MIGRATE)
    assert "the slot on 09 Mar 2026 lies in a freeze of KE: Year end" in said


@pytest.mark.parametrize(
    ("given", "is_refused"),
    [
        pytest.param({}, True, id="open P1 in the market"),
        pytest.param({"priority": "P2"}, False, id="a P2"),
        pytest.param({"markets": ["TZ"]}, False, id="of another market"),
        pytest.param({"ended_at": factories.EIGHT}, False, id="over"),
        pytest.param({"is_nested": True}, False, id="a symptom of another"),
    ],
)
def test_no_cut_over_with_an_open_sev1(
    runtime: Runtime, given: dict[str, Any], is_refused: bool
) -> None:
    """O3."""
    ids = set_up(runtime, SiteState.GO_NO_GO)
    usual: dict[str, Any] = {"markets": ["KE"], "priority": "P1", "title": "Payments fail"}
    with runtime.work(SYSTEM) as work:
        work.session.add(TroubledIncident(incident_id=41, began_at=work.now, **{**usual, **given}))
    with told():
        if not is_refused:
            assert moved(runtime, ids.first, SiteMove.CUT_OVER) is SiteState.CUT_OVER
            return
        said = refused(runtime, ids.first, SiteMove.CUT_OVER)
    assert said == (
        "KE-0001 cannot cut over now: incident 41 (P1, Payments fail) is open in KE; wait until "
        "the incident is over"
    )


def test_no_cut_over_when_training_expired_this_morning(runtime: Runtime) -> None:
    """O4: readiness reopened."""
    ids = set_up(runtime, SiteState.GO_NO_GO)
    with told(training=Told(False, "5 of 6 rostered sellers are trained")):
        said = refused(runtime, ids.first, SiteMove.CUT_OVER)
    assert said.startswith("KE-0001 cannot cut over now: readiness reopened: ")
    assert "5 of 6 rostered sellers are trained" in said


def test_no_cut_over_on_an_expired_pass(runtime: Runtime, clock: FrozenClock) -> None:
    """O4 with an item of the sheet: its pass ends on the day of the cut-over."""
    ids = set_up(runtime, SiteState.GO_NO_GO)
    with runtime.work(TEAM) as work:
        readiness.record(work, ids.first, "network", "pass", "42 Mbit/s", expires_on=SLOT)
    clock.advance(timedelta(days=6, hours=22))  # Monday 9 March, 06:00 UTC: 09:00 in Nairobi
    with told():
        said = refused(runtime, ids.first, SiteMove.CUT_OVER)
    assert "readiness reopened: Network measured at the peak hour: the pass expired" in said


def block(runtime: Runtime, site: int, **given: Any) -> SiteState:
    usual = {"reason": "the mast is down", "kind": "network", "owner": "Ada"}
    return moved(runtime, site, SiteMove.BLOCK, **{**usual, **given})


@pytest.mark.parametrize("state", WAY[:-1], ids=str)
def test_a_blocked_site_goes_back_where_it_was(runtime: Runtime, state: SiteState) -> None:
    """O5: to the remembered state, and nowhere else along the way; its guards are asked again."""
    ids = set_up(runtime, state)
    assert block(runtime, ids.first) is SiteState.BLOCKED
    stored = row(runtime, ids.first)
    assert (stored.was, stored.blocked_kind, stored.blocked_owner) == (state, "network", "Ada")
    back = SiteMove(f"back to {state.value}")
    other = SiteMove.BACK_TO_READY if state is SiteState.PARALLEL else SiteMove.BACK_TO_PARALLEL
    with told():
        assert "was blocked while" in refused(runtime, ids.first, other)
        with runtime.work(SYSTEM) as work:
            work.session.add(
                TroubledIncident(
                    incident_id=9, began_at=work.now, markets=["KE"], priority="P1", title="Down"
                )
            )
        assert "incident 9" in refused(runtime, ids.first, back)
        with runtime.work(SYSTEM) as work:
            work.session.get_one(TroubledIncident, 9).ended_at = work.now
        assert moved(runtime, ids.first, back) is state
    stored = row(runtime, ids.first)
    assert (stored.was, stored.blocked_because, stored.blocked_owner) == (None, "", "")


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        pytest.param({"reason": " "}, "no reason was given", id="reason"),
        pytest.param({"owner": ""}, "no owner was named", id="owner"),
        pytest.param({"kind": "weather"}, "no kind 'weather' of blocks; choose one of", id="kind"),
        pytest.param({"reason": "x" * 501}, "more than 500; shorten it", id="too long"),
    ],
)
def test_a_block_needs_reason_owner_and_kind(
    runtime: Runtime, given: dict[str, str], lacks: str
) -> None:
    ids = set_up(runtime)
    usual = {"reason": "the mast is down", "kind": "network", "owner": "Ada"}
    assert lacks in refused(runtime, ids.first, SiteMove.BLOCK, **{**usual, **given})


def test_a_crew_is_at_one_site_a_day(runtime: Runtime) -> None:
    """O6: the second booking is refused, and the primary key is what refuses it."""
    ids = set_up(runtime)
    elsewhere = "crew A is at KE-0001 on 2026-03-09; nothing was booked"
    with pytest.raises(Conflict, match=elsewhere), runtime.work(TEAM) as work:
        places.book(work, ids.rollouts[1], SLOT, "A")
    with runtime.work(TEAM) as work:
        places.book(work, ids.rollouts[1], SLOT, "B")
        places.book(work, ids.rollouts[2], SLOT + DAY, "A")
        places.book(work, ids.first, SLOT, "A")  # the same again changes nothing
        places.unbook(work, ids.first)
        places.book(work, ids.rollouts[3], SLOT, "A")
    with runtime.view(SYSTEM) as work:
        assert len(list(work.session.scalars(select(CrewBooking)))) == 3
    with told():
        assert "no slot and crew is booked" in refused(runtime, ids.first, SiteMove.MIGRATE)


def test_one_clean_rehearsal_and_a_waiver(runtime: Runtime) -> None:
    """O7."""
    ids = set_up(runtime, SiteState.MIGRATING)
    with told(migration=Told(False, "1 of 2 clean rehearsals")):
        said = refused(runtime, ids.first, SiteMove.RUN_PARALLEL)
    assert said == "KE-0001 cannot run parallel now: migration rehearsals: 1 of 2 clean rehearsals"
    with told(migration=Told(True, "1 of 2 clean rehearsals, waived by Ama")):
        assert moved(runtime, ids.first, SiteMove.RUN_PARALLEL) is SiteState.PARALLEL


def spoil(field: str) -> Callable[[Work, Any], None]:
    def act(work: Work, ids: Any) -> None:
        release = work.session.get_one(Release, ids.release)
        if field == "baseline":
            release.frozen_at = None
        elif field == "approval":
            work.session.get_one(Change, release.change_id).state = State.SUBMITTED
        else:
            wave = work.session.get_one(ProgrammeWave, ids.waves[0])
            wave.paused_because = "3 of 10 sites failed hypercare"

    return act


@pytest.mark.parametrize("guard", ["baseline", "approval", "wave"])
def test_what_else_a_migration_asks(runtime: Runtime, guard: str) -> None:
    ids = set_up(runtime)
    with runtime.work(SYSTEM) as work:
        spoil(guard)(work, ids)
    with told(), pytest.raises(Obstructed) as refusal, runtime.work(MANAGER) as work:
        move(work, ids.first, "migrate")
    assert [each.guard for each in refusal.value.obstacles] == [guard]


def test_a_survey_needs_the_sheet(runtime: Runtime) -> None:
    ids = set_up(
        runtime, SiteState.PLANNED, site={"connectivity": " ", "hardware": [], "banks": []}
    )
    said = refused(runtime, ids.first, SiteMove.SURVEY)
    assert [each in said for each in ("connectivity", "hardware", "banks", "staff")] == [
        *(True, True, True, False),
    ]


def test_a_site_is_put_off_with_a_day_or_none(runtime: Runtime, clock: FrozenClock) -> None:
    ids = set_up(runtime)
    assert "no reason" in refused(runtime, ids.first, SiteMove.DEFER)
    past = clock.now().date()
    said = refused(runtime, ids.first, SiteMove.DEFER, "landlord", until=past)
    assert "2026-03-02 is not a day to come" in said
    later = date(2026, 6, 1)
    assert moved(runtime, ids.first, SiteMove.DEFER, "landlord", until=later) is SiteState.DEFERRED
    stored = row(runtime, ids.first)
    assert (stored.deferred_to, stored.deferred_by, stored.slot_on, stored.crew) == (
        *(later, "marta", None, ""),
    )
    assert moved(runtime, ids.first, SiteMove.RESUME) is SiteState.PLANNED
    assert moved(runtime, ids.first, SiteMove.DEFER, "landlord") is SiteState.DEFERRED
    stored = row(runtime, ids.first)
    assert (stored.deferred_to, stored.deferred_by) == (None, "marta")
    with runtime.view(SYSTEM) as work:
        assert sites.history(work, ids.first)[0].reason == "landlord; new day: none"


def test_a_site_is_rolled_back_once_it_is_undone(runtime: Runtime) -> None:
    ids = set_up(runtime, SiteState.CUT_OVER)
    with told(undone=Told(False, "step 2 is not undone")):
        said = refused(runtime, ids.first, SiteMove.ROLL_BACK, "tills stop")
    assert said == "KE-0001 cannot roll back now: the roll-back: step 2 is not undone"
    with told():
        assert moved(runtime, ids.first, SiteMove.ROLL_BACK, "tills stop") is SiteState.ROLLED_BACK
        assert row(runtime, ids.first).cut_over_at is None
        assert moved(runtime, ids.first, SiteMove.RETURN) is SiteState.READY


def test_many_sites_each_for_itself(runtime: Runtime) -> None:
    ids = set_up(runtime)
    with told(), runtime.work(MANAGER) as work:
        answers = move_many(work, [*ids.rollouts, 999], "migrate")
    assert [(each.code, each.is_done) for each in answers] == [
        ("KE-0001", True),
        ("KE-0002", False),
        ("KE-0003", False),
        ("KE-0004", False),
        ("", False),
    ]
    assert "no slot and crew is booked" in answers[1].words
    assert answers[4].words == "there is no such site that you may see"
    states = [row(runtime, each).state for each in ids.rollouts]
    assert states == [SiteState.MIGRATING, *[SiteState.READY] * 3]


def test_many_at_once_are_asked_in_few_statements(runtime: Runtime) -> None:
    ids = set_up(runtime)
    counted = []
    for some in (ids.rollouts[1:2], ids.rollouts[1:2], ids.rollouts[1:]):  # the first one warms
        with told(), runtime.work(MANAGER) as work, statements(runtime.engine) as sent:
            move_many(work, some, "migrate")
        counted.append(len(sent))
    assert counted[1] == counted[2]


STRANGER = factories.person("sena", Role.SITE_TEAM, "TZ")
WATCHER = factories.person("wim", Role.AUDITOR)


@pytest.mark.parametrize(
    ("who", "wanted", "expected"),
    [
        pytest.param(TEAM, "migrate", None, id="the team of its market"),
        pytest.param(TEAM, "defer", NotAllowed, id="putting off is decided, not worked"),
        pytest.param(WATCHER, "migrate", NotAllowed, id="who only sees"),
        pytest.param(STRANGER, "migrate", NotFound, id="the team of another market"),
        pytest.param(MANAGER, "reopen", BadInput, id="a move that nobody presses"),
        pytest.param(MANAGER, "fly", BadInput, id="no move at all"),
        pytest.param(MANAGER, "accept", IllegalMove, id="a move it does not have"),
    ],
)
def test_who_may_move(
    runtime: Runtime, who: Actor, wanted: str, expected: type[SsocError] | None
) -> None:
    ids = set_up(runtime)
    with told():
        if expected is None:
            with runtime.work(who) as work:
                assert move(work, ids.first, wanted) is SiteState.MIGRATING
            return
        with pytest.raises(expected), runtime.work(who) as work:
            move(work, ids.first, wanted, "because")
    assert row(runtime, ids.first).state is SiteState.READY


def test_whoever_saw_an_older_state_is_told(runtime: Runtime) -> None:
    ids = set_up(runtime)
    seen = row(runtime, ids.first).version
    block(runtime, ids.first)
    with pytest.raises(Conflict, match="KE-0001 was changed meanwhile"), runtime.work(TEAM) as work:
        move(work, ids.first, "block", "x", kind="other", owner="y", version=seen)


def at_once(runtime: Runtime, *acts: Callable[[Work], object]) -> list[SsocError | None]:
    """Let several people act at the same moment; return what each was answered."""
    gate, answers = Barrier(len(acts)), dict[int, SsocError | None]()

    def press(number: int, act: Callable[[Work], object]) -> None:
        gate.wait(10)
        try:
            with runtime.work(MANAGER) as work:
                act(work)
            answers[number] = None
        except SsocError as refusal:
            answers[number] = refusal

    threads = [Thread(target=press, args=each) for each in enumerate(acts)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return [answers[number] for number in range(len(acts))]


def test_of_two_who_move_a_site_at_once_one_does(runtime: Runtime) -> None:
    ids = set_up(runtime)
    with told():
        answers = at_once(runtime, *[lambda work: move(work, ids.first, "migrate")] * 2)
    assert answers.count(None) == 1
    assert [type(each) for each in answers if each] in ([IllegalMove], [Conflict])
    with runtime.view(SYSTEM) as work:
        rows = select(SiteMoved).where(SiteMoved.move == "migrate")
        assert len(list(work.session.scalars(rows))) == 1


def test_of_two_who_book_a_crew_at_once_one_does(runtime: Runtime) -> None:
    """O6 with both at the same moment."""
    ids = set_up(runtime)
    answers = at_once(
        runtime,
        lambda work: places.book(work, ids.rollouts[1], SLOT + DAY, "C"),
        lambda work: places.book(work, ids.rollouts[2], SLOT + DAY, "C"),
    )
    assert answers.count(None) == 1
    told_words = str(next(each for each in answers if each))
    assert told_words.startswith("crew C ")
    with runtime.view(SYSTEM) as work:
        booked = select(CrewBooking).where(CrewBooking.crew == "C")
        assert len(list(work.session.scalars(booked))) == 1


def test_every_state_and_move_is_answered_in_words(runtime: Runtime) -> None:
    """Whatever is pressed wherever, a person reads why not; nothing is half moved."""
    ids = set_up(runtime)
    for state in SiteState:
        with runtime.work(SYSTEM) as work:
            way = sites.row_of(work, ids.first)[0]
            way.state, way.was = state, SiteState.READY if state is SiteState.BLOCKED else None
        for wanted in SiteMove:
            with pytest.raises((_Undo, SsocError)) as answer:
                try_and_undo(runtime, ids.first, wanted)
            assert str(answer.value) or (state, wanted) in SITE.table
            assert row(runtime, ids.first).state is state


def try_and_undo(runtime: Runtime, site: int, wanted: SiteMove) -> None:
    with runtime.work(MANAGER) as work:
        moving.move(work, site, wanted, "why", kind="other", owner="Ada")
        raise _Undo


class _Undo(Exception):
    """Takes a move back that went through."""
