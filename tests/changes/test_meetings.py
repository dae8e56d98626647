"""Meetings of the board: agenda by filter, quorum as data, decisions written to each change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from changes.actions import meetings
from changes.actions.meetings import MeetingDraft
from changes.lifecycle import BoardWord, State
from changes.models import BoardMeeting, Change
from changes.queries import approvals
from changes.queries import meetings as queries
from changes.queries.meetings import Agenda
from changes.rules.approval_terms import Quorum
from changes.rules.board import Present, quorum_gaps
from changes.rules.filling import Hat
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime
from tests.changes.approving import TEAM, Roles, actor, add_team, says, submitted

APPROVE, REFUSE, DEFER = BoardWord.APPROVE, BoardWord.REFUSE, BoardWord.DEFER
EVERY = Agenda()
MORE: Mapping[str, Roles] = {**TEAM, "kim": [(Role.CHANGE_MANAGER, "KE")]}


@pytest.fixture
def team(runtime: Runtime) -> Runtime:
    add_team(runtime, MORE)
    return runtime


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        pytest.param([], ["0 of 3 people are there", "0 of 1 change manager is there",
                          "0 of 1 operations lead is there"], id="nobody"),
        pytest.param(["mona", "olga"], ["2 of 3 people are there"], id="two people"),
        pytest.param(["mona", "olga", "sven"], [], id="a quorum"),
        pytest.param(["mona", "petra", "sven"], ["0 of 1 operations lead is there"], id="a role"),
    ],
)  # fmt: skip
def test_a_quorum_counts_people_and_roles(present: list[str], missing: list[str]) -> None:
    rule = Quorum(3, {"change_manager": 1, "operations_lead": 1})
    there = [Present(who, tuple(Hat(role, ("KE",)) for role, _ in TEAM[who])) for who in present]
    assert quorum_gaps(rule, there) == missing


def planned(team: Runtime, clock: FrozenClock, by: str = "mona", agenda: Agenda = EVERY) -> int:
    draft = MeetingDraft("Board", clock.now() + timedelta(days=1), "mona", agenda)
    with team.work(actor(by)) as work:
        return meetings.plan(work, draft)


def opened(team: Runtime, clock: FrozenClock, *there: str) -> int:
    number = planned(team, clock)
    with team.work(actor("mona")) as work:
        meetings.begin(work, number)
        for who in there:
            meetings.attend(work, number, who)
    return number


def at_the_board(team: Runtime) -> int:
    """Return a change whose last stage asks the board."""
    number = submitted(team, risk_points=80.0)
    for who, stage in (("olga", 1), ("omar", 1), ("petra", 2), ("sven", 3)):
        says(team, who, number, stage=stage)
    return number


def decide(
    team: Runtime, meeting: int, change: int, word: BoardWord, minutes: str = "as discussed"
) -> None:
    with team.work(actor("mona")) as work:
        meetings.decide(work, meeting, change, word, minutes)


def state_of(team: Runtime, change: int) -> State:
    with team.view(SYSTEM) as work:
        return work.session.get_one(Change, change).state


QUORUM = ("mona", "olga", "petra")


def test_the_board_approves_with_a_quorum_and_its_minutes_stand_on_the_change(
    team: Runtime, clock: FrozenClock
) -> None:
    change = at_the_board(team)
    meeting = opened(team, clock, *QUORUM)
    decide(team, meeting, change, APPROVE, "go on Tuesday")
    assert state_of(team, change) is State.APPROVED
    with team.view(SYSTEM) as work:
        shown = approvals.approvals(work, change)
        events = list(work.session.scalars(select(EventRecord)))
    assert [(each.decision, each.minutes) for each in shown.board] == [("approve", "go on Tuesday")]
    assert shown.stages[3].state.answers[0].meeting == meeting
    told = [each for each in events if each.kind == "ChangeDiscussed"]
    assert [(each.subject, each.body["decision"]) for each in told] == [
        (f"change:{change}", "approve")
    ]
    with pytest.raises(Conflict, match="was decided in this meeting already"):
        decide(team, meeting, change, REFUSE)


def test_without_a_quorum_it_can_only_defer(team: Runtime, clock: FrozenClock) -> None:
    change = at_the_board(team)
    meeting = opened(team, clock, "mona", "olga")
    with pytest.raises(Conflict, match="no quorum: 2 of 3 people are there"):
        decide(team, meeting, change, APPROVE)
    assert state_of(team, change) is State.SUBMITTED
    decide(team, meeting, change, DEFER, "come back next week")
    assert state_of(team, change) is State.SUBMITTED
    later = opened(team, clock, *QUORUM)
    decide(team, later, change, REFUSE, "no vendor on site")
    assert state_of(team, change) is State.REFUSED
    with team.view(SYSTEM) as work:
        assert [each.decision for each in approvals.approvals(work, change).board] == [
            "defer",
            "refuse",
        ]


def test_the_quorum_is_recorded_at_holding(team: Runtime, clock: FrozenClock) -> None:
    meeting = opened(team, clock, *QUORUM)
    with team.work(actor("mona")) as work:
        meetings.attend(work, meeting, "petra", is_there=False)
        meetings.end(work, meeting, "nothing else")
    with team.view(SYSTEM) as work:
        row = work.session.get_one(BoardMeeting, meeting)
    assert row.quorum == {
        "people": 3,
        "roles": {"change_manager": 1, "operations_lead": 1},
        "present": ["mona", "olga"],
        "met": False,
        "missing": ["2 of 3 people are there"],
    }
    with pytest.raises(IllegalMove), team.work(actor("mona")) as work:
        meetings.attend(work, meeting, "petra")


def test_a_stage_that_does_not_ask_the_board_is_not_decided_by_it(
    team: Runtime, clock: FrozenClock
) -> None:
    change = submitted(team)
    meeting = opened(team, clock, *QUORUM)
    with pytest.raises(Conflict, match="stage 1, Operations, does not ask the board"):
        decide(team, meeting, change, APPROVE)
    decide(team, meeting, change, DEFER, "operations first")


def test_the_board_is_refused_for_a_plan_that_changed_and_for_a_chair_with_a_duty(
    team: Runtime, clock: FrozenClock
) -> None:
    change = at_the_board(team)
    meeting = opened(team, clock, *QUORUM)
    with (
        pytest.raises(Conflict, match="changed since you opened it"),
        team.work(actor("mona")) as work,
    ):
        meetings.decide(work, meeting, change, APPROVE, "", "another digest")
    with team.work(SYSTEM) as work:
        work.session.get_one(Change, change).verifier = "mona"
    with pytest.raises(NotAllowed, match="mona is its verifier"):
        decide(team, meeting, change, APPROVE)


def test_only_the_chair_decides_and_only_managers_hold_meetings(
    team: Runtime, clock: FrozenClock
) -> None:
    change = at_the_board(team)
    meeting = opened(team, clock, *QUORUM)
    for who in ("olga", "kim", "rita"):
        with pytest.raises(NotAllowed), team.work(actor_of(who)) as work:
            meetings.decide(work, meeting, change, APPROVE, "")
        with pytest.raises(NotAllowed), team.work(actor_of(who)) as work:
            meetings.end(work, meeting)
    with pytest.raises(NotAllowed):
        planned(team, clock, by="olga")


def actor_of(who: str) -> Actor:
    return actor(who, MORE)


def test_an_agenda_is_what_its_filter_finds(team: Runtime, clock: FrozenClock) -> None:
    low, high = submitted(team, risk_points=20.0), submitted(team, risk_points=80.0)
    kenya, unknown = submitted(team, markets=("KE",)), submitted(team, risk_points=None)
    urgent = submitted(team, type="emergency", risk_points=20.0)
    late = submitted(team, starts_at=clock.now() + timedelta(days=9),
                     ends_at=clock.now() + timedelta(days=9, hours=1))  # fmt: skip

    def found(**given: object) -> list[int]:
        meeting = planned(team, clock, agenda=Agenda(**given))  # type: ignore[arg-type]
        with team.view(SYSTEM) as work:
            return sorted(each.change.id for each in queries.meeting(work, meeting).items)

    assert found() == [low, high, kenya, unknown, urgent, late]
    assert found(risk_at_least=50) == [high, unknown], "an unknown risk counts as the highest"
    assert found(markets=("TZ",)) == [low, high, unknown, urgent, late]
    assert found(types=("emergency",)) == [urgent]
    assert found(since=clock.now() + timedelta(days=8)) == [late]
    assert found(until=clock.now() + timedelta(days=8), types=("emergency",)) == [urgent]
    assert found(states=("approved",)) == []


def test_what_was_decided_and_what_was_not_stays_on_the_agenda_of_a_held_meeting(
    team: Runtime, clock: FrozenClock
) -> None:
    change, other = at_the_board(team), submitted(team)
    meeting = opened(team, clock, *QUORUM)
    decide(team, meeting, change, APPROVE)
    with team.work(actor("mona")) as work:
        assert {each.change.id for each in queries.meeting(work, meeting).items} == {change, other}
        meetings.end(work, meeting)
        work.session.flush()
        held = queries.meeting(work, meeting).items
    assert {each.change.id: each.decision for each in held} == {change: "approve", other: ""}


def test_meetings_of_other_markets_are_out_of_sight(team: Runtime, clock: FrozenClock) -> None:
    draft = MeetingDraft("Board TZ", clock.now(), "mona", Agenda(), ("TZ",))
    with team.work(actor("mona")) as work:
        number = meetings.plan(work, draft)
    with team.view(actor("nils")) as work:
        assert queries.meetings(work) == []
        with pytest.raises(NotFound):
            queries.meeting(work, number)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        pytest.param({"title": " "}, "needs a title", id="no title"),
        pytest.param({"chair": "nobody"}, "cannot chair", id="no such chair"),
        pytest.param({"chair": "rita"}, "rita may not approve", id="a chair who may not approve"),
        pytest.param({"markets": ("XX",)}, "has no market XX", id="no such market"),
        pytest.param({"agenda": Agenda(markets=("YY",))}, "has no market YY", id="of the filter"),
    ],
)
def test_what_makes_no_meeting(
    team: Runtime, clock: FrozenClock, given: dict[str, object], fault: str
) -> None:
    draft = MeetingDraft("Board", clock.now(), "mona", Agenda())
    with pytest.raises(BadInput, match=fault), team.work(actor("mona")) as work:
        meetings.plan(work, replace(draft, **given))  # type: ignore[arg-type]


def test_a_meeting_is_changed_or_called_off_before_it_begins(
    team: Runtime, clock: FrozenClock
) -> None:
    number = planned(team, clock)
    draft = MeetingDraft("Board, later", clock.now() + timedelta(days=2), "mona", Agenda())
    with team.work(actor("mona")) as work:
        meetings.replan(work, number, draft)
        meetings.call_off(work, number)
    with pytest.raises(IllegalMove), team.work(actor("mona")) as work:
        meetings.begin(work, number)
    with pytest.raises(IllegalMove), team.work(actor("mona")) as work:
        meetings.replan(work, number, draft)
