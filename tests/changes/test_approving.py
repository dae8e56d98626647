"""Rounds, answers and their consequences on both databases."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from changes.actions import approving, delegating, separation
from changes.actions.delegating import DelegationDraft
from changes.lifecycle import State
from changes.models import ApprovalAnswer, Change
from changes.queries import approvals, rounds, views
from changes.rules.approvals import Status
from ssoc.accounts import actions as accounts
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Actor, ActorKind, Permission, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.approving import OPS, actor, add_team, says, seen, submitted


@pytest.fixture
def team(runtime: Runtime) -> Runtime:
    """Give the runtime with people who approve."""
    add_team(runtime)
    return runtime


def state_of(runtime: Runtime, change_id: int) -> State:
    with runtime.view(SYSTEM) as work:
        return work.session.get_one(Change, change_id).state


def answers(runtime: Runtime) -> list[tuple[int, str, str, bool]]:
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(ApprovalAnswer).order_by(ApprovalAnswer.id))
        return [(each.stage, each.person, each.on_behalf_of, each.yes) for each in rows]


def events(runtime: Runtime) -> list[str]:
    with runtime.view(SYSTEM) as work:
        return list(work.session.scalars(select(EventRecord.kind).order_by(EventRecord.id)))


def test_stage_after_stage_leads_to_approval_and_to_the_calendar(team: Runtime) -> None:
    now = team.clock.now()
    number = submitted(
        team,
        starts_at=now + timedelta(hours=72),
        ends_at=now + timedelta(hours=74),
        purpose="the log fills up",
        rollback_plan="the old volume stays",
        steps=[{"title": "Attach the volume", "planned_minutes": 20}],
    )
    says(team, "olga", number)
    says(team, "omar", number, reason="after the pay day")
    assert state_of(team, number) is State.SUBMITTED
    says(team, "petra", number, stage=2)
    assert state_of(team, number) is State.SCHEDULED
    assert events(team).count("ChangeScheduled") == 1
    told = [each for each in events(team) if each.startswith(("Approval", "ChangeA"))]
    assert told == [
        "ApprovalStageOpened",
        *["ChangeAnswered"] * 2,
        "ApprovalStageOpened",
        "ChangeAnswered",
        "ChangeApproved",
    ]


def test_risk_and_criticality_ask_more_people(team: Runtime) -> None:
    for risk, stages in ((20.0, 2), (50.0, 3), (80.0, 4), (None, 4)):
        number = submitted(team, risk_points=risk)
        with team.view(SYSTEM) as work:
            found = rounds.present_round(work, number)
        assert found is not None
        assert len(found.round.stages) == stages, risk


def test_a_refusal_ends_the_round_and_needs_a_reason(team: Runtime) -> None:
    number = submitted(team)
    says(team, "olga", number)
    with pytest.raises(BadInput, match="a refusal needs a reason"):
        says(team, "omar", number, yes=False, reason=" ")
    says(team, "omar", number, yes=False, reason="no roll-back was rehearsed")
    assert state_of(team, number) is State.REFUSED
    with pytest.raises(Conflict, match="is refused: nothing waits"):
        says(team, "petra", number, stage=2)
    assert len(answers(team)) == 2


def test_who_said_yes_may_still_say_no_while_the_round_is_open(team: Runtime) -> None:
    number = submitted(team)
    says(team, "olga", number)
    says(team, "omar", number)
    says(team, "olga", number, yes=False)
    assert state_of(team, number) is State.REFUSED
    assert answers(team) == [(1, "olga", "", True), (1, "omar", "", True), (1, "olga", "", False)]


def test_p5_the_same_person_twice_writes_nothing(team: Runtime) -> None:
    number = submitted(team)
    says(team, "olga", number)
    with pytest.raises(Conflict, match="a person counts once per stage"):
        says(team, "olga", number)
    assert len(answers(team)) == 1


def test_p4_out_of_order_writes_nothing(team: Runtime) -> None:
    number = submitted(team)
    with pytest.raises(Conflict, match="stage 2 is out of order"):
        says(team, "petra", number, stage=2)
    assert answers(team) == []


@pytest.mark.parametrize(
    ("who", "fault"),
    [
        pytest.param("petra", "asks for 2 operations lead; petra is none in KE, TZ", id="role"),
        pytest.param("nils", "nils may not approve or refuse changes in KE", id="permission"),
        pytest.param("rita", "may not approve", id="the requester"),
    ],
)
def test_who_is_not_asked_is_refused(team: Runtime, who: str, fault: str) -> None:
    number = submitted(team)
    with pytest.raises(NotAllowed, match=fault):
        says(team, who, number)
    assert answers(team) == []


def test_a_lead_of_another_market_does_not_even_see_it(team: Runtime) -> None:
    number = submitted(team, markets=("KE",))
    with pytest.raises(NotFound, match="that you may see"):
        says(team, "otto", number)


def test_machines_never_approve(team: Runtime) -> None:
    number = submitted(team)
    token = Actor("token:ci", SYSTEM.grants, ActorKind.TOKEN)
    for who in (token, SYSTEM):
        with pytest.raises(NotAllowed, match="only people approve"), team.work(who) as work:
            approving.answer(work, number, 1, True, "")


def test_p7_the_requester_is_refused_unless_somebody_else_grants_an_exception(
    team: Runtime,
) -> None:
    number = submitted(team, requester="olga")
    with pytest.raises(NotAllowed, match="olga is its requester, and so may not approve it"):
        says(team, "olga", number)
    with pytest.raises(NotAllowed, match="to himself"), team.work(actor("olga")) as work:
        separation.allow_exception(work, number, "olga", "nobody else is awake")
    with pytest.raises(NotAllowed, match="changes:override"), team.work(actor("petra")) as work:
        separation.allow_exception(work, number, "olga", "nobody else is awake")
    with pytest.raises(BadInput, match="needs a reason"), team.work(actor("emma")) as work:
        separation.allow_exception(work, number, "olga", "")
    with pytest.raises(BadInput, match="has no duty"), team.work(actor("emma")) as work:
        separation.allow_exception(work, number, "sven", "why not")
    with team.work(actor("emma")) as work:
        separation.allow_exception(work, number, "olga", "nobody else is awake")
    says(team, "olga", number)
    assert answers(team) == [(1, "olga", "", True)]
    assert "SeparationExcepted" in events(team)


def test_a_round_does_not_open_while_one_person_has_two_duties(team: Runtime) -> None:
    with pytest.raises(BadInput, match="rita is both its requester and its implementer"):
        submitted(team, implementer="rita")
    assert "ApprovalStageOpened" not in events(team)


def test_people_exchanged_after_the_approval_are_caught_before_the_start(team: Runtime) -> None:
    number = submitted(team)
    says(team, "olga", number)
    with team.work(SYSTEM) as work:
        work.session.get_one(Change, number).implementer = "olga"
    with (
        pytest.raises(NotAllowed, match="olga approved it and is its implementer"),
        team.view(SYSTEM) as work,
    ):
        separation.refuse_shared_duties(work, views.change(work, number))


def test_p8_an_answer_to_another_plan_than_the_present_one_is_refused(team: Runtime) -> None:
    number = submitted(team)
    old = seen(team, number)
    says(team, "olga", number, seen=old)
    with team.work(actor("rita")) as work:
        row = work.session.get_one(Change, number)
        assert row.ends_at is not None
        row.ends_at += timedelta(minutes=30)
        work.session.flush()
        assert approving.open_round(work, number) == 2
    with pytest.raises(Conflict, match="the plan of CHG-1 changed since you opened it: round 2"):
        says(team, "omar", number, seen=old)
    with team.view(SYSTEM) as work:
        found = rounds.present_round(work, number)
    assert found is not None
    assert found.state.stages[0].answers == (), "the yes to the old plan counts no more"
    says(team, "omar", number, seen=seen(team, number))
    with team.view(SYSTEM) as work:
        shown = approvals.approvals(work, number)
    assert [each.round.number for each in shown.earlier] == [1]


def test_p8_a_plan_that_changed_without_a_new_round_takes_no_answer(team: Runtime) -> None:
    number = submitted(team)
    with team.work(SYSTEM) as work:
        work.session.get_one(Change, number).rollback_minutes = 50
    with pytest.raises(Conflict, match="not the one that was submitted"):
        says(team, "olga", number)


def test_p9_yes_in_round_1_and_no_in_round_2_is_refused(team: Runtime) -> None:
    number = submitted(team, type="emergency")
    says(team, "olga", number)
    assert state_of(team, number) is State.SCHEDULED
    with team.work(actor("rita")) as work:
        row = work.session.get_one(Change, number)
        row.state, row.title = State.SUBMITTED, "another plan"
        work.session.flush()
        approving.open_round(work, number)
    says(team, "olga", number, yes=False)
    assert state_of(team, number) is State.REFUSED
    with team.view(SYSTEM) as work:
        shown = approvals.approvals(work, number)
    assert shown.present is not None
    assert shown.present.state.status is Status.REFUSED


def lend(team: Runtime, clock: FrozenClock, minutes: float = 60, **more: object) -> int:
    draft = DelegationDraft(
        person="omar",
        delegate="nils",
        role=OPS,
        starts_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=minutes),
        reason="leave",
    )
    with team.work(actor(str(more.get("by", "omar")))) as work:
        return delegating.delegate(work, draft)


def test_p6_a_delegate_answers_until_it_expires_also_between_opening_and_pressing(
    team: Runtime, clock: FrozenClock
) -> None:
    first, second = submitted(team), submitted(team)
    lend(team, clock, minutes=50)
    with team.view(actor("nils")) as work:
        found = approvals.waiting(work)
    assert [(each.change.id, each.asked.own, each.asked.for_others) for each in found] == [
        (first, False, ("omar",)),
        (second, False, ("omar",)),
    ]
    says(team, "nils", first, on_behalf_of="omar")
    clock.advance(timedelta(minutes=60))
    with pytest.raises(NotAllowed, match="by omar ended on 2026-03-02 at 08:50 UTC; nothing was"):
        says(team, "nils", second, on_behalf_of="omar")
    assert answers(team) == [(1, "nils", "omar", True)]
    with pytest.raises(Conflict, match="nils has for omar"):
        says(team, "omar", first)


def test_a_delegate_has_no_more_than_who_sent_him_has_now(
    team: Runtime, clock: FrozenClock
) -> None:
    number = submitted(team)
    lend(team, clock)
    with team.work(SYSTEM) as work:
        accounts.set_roles(work, "omar", [(Role.NOC_OPERATOR, "KE")])
    with pytest.raises(NotAllowed, match="omar is none in KE, TZ"):
        says(team, "nils", number, on_behalf_of="omar")
    with pytest.raises(NotAllowed, match="olga delegated nothing to you"):
        says(team, "nils", number, on_behalf_of="olga")


def test_separation_holds_for_delegates_too(team: Runtime, clock: FrozenClock) -> None:
    lend(team, clock)
    mine, his = submitted(team, implementer="nils"), submitted(team, implementer="omar")
    for number, fault in ((mine, "nils is its implementer"), (his, "omar is its implementer")):
        with pytest.raises(NotAllowed, match=fault):
            says(team, "nils", number, on_behalf_of="omar")


def test_a_revoked_delegation_is_over(team: Runtime, clock: FrozenClock) -> None:
    number, lent = submitted(team), lend(team, clock)
    with pytest.raises(NotAllowed), team.work(actor("petra")) as work:
        delegating.revoke(work, lent)
    with team.work(actor("omar")) as work:
        delegating.revoke(work, lent)
    with pytest.raises(NotAllowed, match="was revoked on"):
        says(team, "nils", number, on_behalf_of="omar")
    with pytest.raises(Conflict, match="revoked already"), team.work(actor("omar")) as work:
        delegating.revoke(work, lent)


@pytest.mark.parametrize(
    ("by", "given", "fault"),
    [
        pytest.param("omar", {"expires_at": -1}, "ends before it begins", id="end before start"),
        pytest.param(
            "omar", {"starts_at": -60, "expires_at": -1}, "has ended already", id="in the past"
        ),
        pytest.param("omar", {"expires_at": 200 * 1440}, "longer than 92 days", id="too long"),
        pytest.param("omar", {"delegate": "omar"}, "his own delegate", id="himself"),
        pytest.param("omar", {"delegate": "nobody"}, "no person named nobody", id="unknown"),
        pytest.param("omar", {"role": Role.PRODUCT_OWNER}, "is no product owner", id="role"),
        pytest.param("omar", {"markets": ("TZ",)}, "no operations lead in TZ", id="market"),
        pytest.param("omar", {"markets": ("XX",)}, "has no market XX", id="no such market"),
        pytest.param("petra", {}, "petra may not let a change run", id="for somebody else"),
        pytest.param("otto", {"delegate": "otto"}, "may not let a change", id="to himself"),
        pytest.param("olga", {"delegate": "olga"}, "let yourself answer", id="override, himself"),
    ],
)
def test_what_makes_no_delegation(
    team: Runtime, clock: FrozenClock, by: str, given: dict[str, object], fault: str
) -> None:
    usual: dict[str, object] = {"person": "omar", "delegate": "nils", "role": OPS}
    times = {"starts_at": 0, "expires_at": 60, **given}
    for name in ("starts_at", "expires_at"):
        times[name] = clock.now() + timedelta(minutes=float(str(times[name])))
    with pytest.raises((BadInput, NotAllowed), match=fault), team.work(actor(by)) as work:
        delegating.delegate(work, DelegationDraft(**{**usual, **times}))  # type: ignore[arg-type]
    with team.view(actor("nils")) as work:
        assert approvals.waiting(work) == []


def test_who_may_override_delegates_for_somebody_who_is_ill(
    team: Runtime, clock: FrozenClock
) -> None:
    lend(team, clock, by="emma")
    number = submitted(team)
    says(team, "nils", number, on_behalf_of="omar")
    assert answers(team) == [(1, "nils", "omar", True)]


def test_the_inbox_holds_what_a_yes_of_mine_would_bring_forward(team: Runtime) -> None:
    both, kenya = submitted(team), submitted(team, markets=("KE",))
    mine = submitted(team, requester="omar")

    def inbox(who: str) -> list[int]:
        with team.view(actor(who)) as work:
            return [each.change.id for each in approvals.waiting(work)]

    assert inbox("omar") == [both, kenya]
    assert inbox("otto") == [both, mine]
    assert inbox("petra") == []
    says(team, "omar", both)
    assert inbox("omar") == [kenya]
    says(team, "olga", both)
    assert inbox("otto") == [mine]
    assert inbox("petra") == [both]


def test_answers_cannot_be_changed_or_deleted_in_the_database(team: Runtime) -> None:
    says(team, "olga", submitted(team))
    for verb in ("UPDATE approval_answer SET yes = NOT yes", "DELETE FROM approval_answer"):
        with pytest.raises(DatabaseError, match="append-only"), team.work(SYSTEM) as work:
            work.session.execute(text(verb))
    assert answers(team) == [(1, "olga", "", True)]


def at_once(*presses: Callable[[], None]) -> list[Exception]:
    """Let everybody press at the same moment; return what went wrong."""
    gate, faults = threading.Barrier(len(presses)), []

    def press(act: Callable[[], None]) -> None:
        gate.wait(timeout=10)
        try:
            act()
        except Exception as fault:  # noqa: BLE001 (what else than refusals came is the question)
            faults.append(fault)

    threads = [threading.Thread(target=press, args=(each,)) for each in presses]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=30)
    return faults


def test_two_people_at_once_both_count(team: Runtime) -> None:
    number = submitted(team)
    faults = at_once(lambda: says(team, "olga", number), lambda: says(team, "omar", number))
    assert faults == []
    with team.view(SYSTEM) as work:
        found = rounds.present_round(work, number)
    assert found is not None
    assert [each.status for each in found.state.stages] == [Status.COMPLETE, Status.PENDING]
    assert events(team).count("ApprovalStageOpened") == 2


def test_the_same_person_twice_at_once_counts_once(team: Runtime) -> None:
    number = submitted(team)
    faults = at_once(*[lambda: says(team, "olga", number)] * 4)
    assert [type(each) for each in faults] == [Conflict] * 3
    assert answers(team) == [(1, "olga", "", True)]


def test_the_last_two_approvals_at_once_schedule_once(team: Runtime) -> None:
    number = submitted(team, type="emergency")
    faults = at_once(lambda: says(team, "olga", number), lambda: says(team, "omar", number))
    assert [type(each) for each in faults] == [Conflict]
    assert state_of(team, number) is State.SCHEDULED
    assert events(team).count("ChangeApproved") == 1
    assert events(team).count("ChangeScheduled") == 1


def test_a_yes_and_a_no_at_once_end_in_one_of_the_two_and_never_in_both(team: Runtime) -> None:
    number = submitted(team, type="emergency")
    faults = at_once(
        lambda: says(team, "olga", number), lambda: says(team, "omar", number, yes=False)
    )
    assert [type(each) for each in faults] == [Conflict]
    told = events(team)
    assert told.count("ChangeApproved") + told.count("ChangeRefused") == 1


def test_the_plan_changes_while_somebody_presses(team: Runtime) -> None:
    number = submitted(team)
    old = seen(team, number)

    def edit() -> None:
        with team.work(actor("rita")) as work:
            row = work.session.get_one(Change, number, with_for_update=True)
            row.title = "a larger plan"
            work.session.flush()
            approving.open_round(work, number)

    faults = at_once(edit, lambda: says(team, "olga", number, seen=old))
    assert all(isinstance(each, Conflict) for each in faults)
    with team.view(SYSTEM) as work:
        found = rounds.present_round(work, number)
    assert found is not None
    assert found.state.stages[0].answers == ()


def test_a_policy_that_asks_nobody_approves_at_once(team: Runtime, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("types: {known: {emergency: {approval: none}}}")
    chosen = replace(team.settings.changes, policy=str(policy))
    asking = replace(team, settings=replace(team.settings, changes=chosen))
    number = submitted(asking, type="emergency")
    assert state_of(team, number) is State.SCHEDULED
    assert events(team).count("ApprovalStageOpened") == 0


def test_only_who_may_plan_opens_a_round(team: Runtime) -> None:
    with team.work(SYSTEM) as work:
        number = factories.change(work, ["KE"], state=State.SUBMITTED).id
    watcher = Actor("w", frozenset({(Permission.CHANGE_SEE, "KE")}))
    with pytest.raises(NotAllowed), team.work(watcher) as work:
        approving.open_round(work, number)
