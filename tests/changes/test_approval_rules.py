"""Rules A1 to A8 and the table P1 to P9 of the reference, and what holds for any answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.rules import approvals
from changes.rules.approval_terms import (
    Approvals,
    Condition,
    Demand,
    Facts,
    OnTimeout,
    Quorum,
    Reach,
    Stage,
)
from changes.rules.approvals import Round, RoundState, Status, answer_fault, state
from changes.rules.delegations import Delegation
from changes.rules.filling import Answer, Gap, Hat
from ssoc.core.permissions import Role

OPEN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OPS, BUSINESS, SECURITY = Role.OPERATIONS_LEAD, Role.PRODUCT_OWNER, Role.SECURITY_LEAD
DAYS_3 = timedelta(days=3)
TWO_OPS = Stage("Operations", (Demand(OPS, 2),), timeout=DAYS_3)
ONE_OPS = Stage("Operations", (Demand(OPS),), timeout=DAYS_3)
FINANCE = Stage("Finance", (Demand(BUSINESS),), timeout=DAYS_3)


def minutes(count: float) -> datetime:
    return OPEN + timedelta(minutes=count)


def answer(person: str, yes: bool = True, stage: int = 1, at: float = 1, **more: object) -> Answer:
    """Return an answer of somebody who holds the role that begins as the name does."""
    roles = {"ops": OPS, "fin": BUSINESS, "sec": SECURITY, "all": OPS}
    role = roles[(str(more.get("on_behalf_of") or person))[:3]]
    hats = [Hat(role, ("KE", "TZ"))]
    if person.startswith("all"):
        hats = [Hat(each, ("KE", "TZ")) for each in (OPS, BUSINESS, SECURITY)]
    given: dict[str, object] = {"hats": tuple(hats), **more}
    return Answer(stage, person, yes, minutes(at), **given)  # type: ignore[arg-type]


def folded(
    stages: Sequence[Stage],
    *answers: Answer,
    now: float = 60,
    markets: Sequence[str] = ("KE", "TZ"),
) -> RoundState:
    return state(Round(1, tuple(stages), tuple(markets), OPEN), answers, minutes(now))


FIVE_DAYS = 5 * 24 * 60


@pytest.mark.parametrize(
    ("stages", "answers", "now", "whole", "first"),
    [
        pytest.param(
            [TWO_OPS], [answer("ops-1"), answer("ops-2")], 60, Status.COMPLETE, Status.COMPLETE,
            id="P1: 2 of 3 ops; yes, yes -> stage approved",
        ),
        pytest.param(
            [TWO_OPS], [answer("ops-1")], FIVE_DAYS, Status.ESCALATED, Status.ESCALATED,
            id="P2: 2 of 3 ops; yes, no answer for 5 days -> pending, escalated",
        ),
        pytest.param(
            [TWO_OPS], [answer("ops-1", yes=False)], 60, Status.REFUSED, Status.REFUSED,
            id="P3: 2 of 3 ops; no -> refused",
        ),
        pytest.param(
            [ONE_OPS, FINANCE], [answer("fin-1", stage=2)], 60, Status.PENDING, Status.PENDING,
            id="P4: finance yes first -> out of order",
        ),
        pytest.param(
            [TWO_OPS], [answer("ops-1"), answer("ops-1", at=2)], 60, Status.PENDING,
            Status.PENDING,
            id="P5: same person twice -> 1 of 2",
        ),
        pytest.param(
            [ONE_OPS], [answer("ops-1"), answer("ops-2", yes=False, at=2)], 60, Status.REFUSED,
            Status.REFUSED,
            id="A8: refused is shown as refused whatever came before",
        ),
        pytest.param(
            [replace(TWO_OPS, on_timeout=OnTimeout.REJECT)], [answer("ops-1")], FIVE_DAYS,
            Status.REFUSED, Status.REFUSED,
            id="A4: a time-out may refuse",
        ),
        pytest.param(
            [replace(ONE_OPS, on_timeout=OnTimeout.REJECT)], [answer("ops-1", at=FIVE_DAYS)],
            FIVE_DAYS + 1, Status.REFUSED, Status.REFUSED,
            id="A4: a yes after a time-out that refuses comes too late",
        ),
        pytest.param(
            [ONE_OPS], [answer("ops-1", at=FIVE_DAYS)], FIVE_DAYS + 1, Status.COMPLETE,
            Status.COMPLETE,
            id="A4: a yes after an escalation still counts",
        ),
        pytest.param([], [], 60, Status.COMPLETE, None, id="a policy without stages asks nobody"),
    ],
)  # fmt: skip
def test_a_round_stands_where_the_reference_says(
    stages: list[Stage], answers: list[Answer], now: float, whole: Status, first: Status | None
) -> None:
    found = folded(stages, *answers, now=now)
    assert found.status is whole
    assert not stages or found.stages[0].status is first


def test_p4_finance_is_refused_as_out_of_order() -> None:
    before = folded([ONE_OPS, FINANCE])
    assert answer_fault(before, 2, "fin-1", True) == (
        "stage 2 is out of order: stage 1, Operations, comes first"
    )
    late = answer("fin-1", stage=2)
    found = folded([ONE_OPS, FINANCE], late)
    assert found.out_of_order == (late,)
    assert [each.status for each in found.stages] == [Status.PENDING, Status.WAITING]
    assert folded([ONE_OPS, FINANCE], late, answer("ops-1", at=2)).status is Status.PENDING


def test_p5_the_same_person_twice_is_one_of_two() -> None:
    found = folded([TWO_OPS], answer("ops-1"), answer("ops-1", at=2))
    assert found.stages[0].missing == (Gap(OPS, 1),)
    assert "a person counts once per stage" in answer_fault(found, 1, "ops-1", True)
    assert answer_fault(found, 1, "ops-1", False) == "", "who said yes may still say no"


def test_p6_a_delegation_that_expired_ten_minutes_before_is_refused() -> None:
    lent = Delegation(1, "ops-1", "juma", OPS, ("KE",), OPEN, minutes(50), "leave")
    assert lent.fault(minutes(49.9)) == ""
    assert lent.fault(minutes(60)) == (
        "the delegation of operations lead by ops-1 ended on 2026-03-02 at 08:50 UTC"
    )
    assert lent.state(minutes(50)) == "expired", "the end is not part of it"
    assert "begins on" in lent.fault(minutes(-1))
    revoked = replace(lent, revoked_at=minutes(5))
    assert "was revoked on" in revoked.fault(minutes(6))


def test_p7_the_requester_is_refused_or_has_an_exception() -> None:
    duties = {"requester": "rita", "implementer": "imre", "verifier": ""}
    fault = approvals.separation_fault(duties, ["rita"], frozenset())
    assert fault == "rita is its requester, and so may not approve it"
    assert approvals.separation_fault(duties, ["rita"], frozenset({"rita"})) == ""
    assert approvals.separation_fault(duties, ["olga"], frozenset()) == ""
    assert "imre" in approvals.separation_fault(duties, ["olga", "imre"], frozenset())


@pytest.mark.parametrize(
    ("duties", "excepted", "expected"),
    [
        pytest.param(("rita", "imre", "vera"), (), "", id="three people"),
        pytest.param(("rita", "imre", ""), (), "", id="nobody verifies yet"),
        pytest.param(
            ("rita", "rita", "vera"), (),
            "rita is both its requester and its implementer; they must be different people",
            id="A5: the requester implements",
        ),
        pytest.param(("rita", "rita", "vera"), ("rita",), "", id="A5: with an exception"),
        pytest.param(
            ("rita", "imre", "imre"), ("rita",),
            "imre is both its implementer and its verifier; they must be different people",
            id="A5: an exception is for one person",
        ),
    ],
)  # fmt: skip
def test_a5_duties_are_of_different_people(
    duties: tuple[str, str, str], excepted: tuple[str, ...], expected: str
) -> None:
    named = dict(zip(("requester", "implementer", "verifier"), duties, strict=True))
    assert approvals.duties_fault(named, frozenset(excepted)) == expected


def test_business_and_it_sit_in_one_stage_and_one_person_counts_once() -> None:
    board = Stage("Board", (Demand(OPS), Demand(BUSINESS)))
    found = folded([board], answer("all-1"))
    assert found.status is Status.PENDING
    assert sum(each.count for each in found.stages[0].missing) == 1
    for other in ("ops-1", "fin-1"):
        assert folded([board], answer("all-1"), answer(other, at=2)).status is Status.COMPLETE


@pytest.mark.parametrize(
    ("reach", "hats", "expected"),
    [
        pytest.param(Reach.ANY, [("KE",)], Status.COMPLETE, id="any: one market is enough"),
        pytest.param(Reach.ALL, [("KE",)], Status.PENDING, id="all: one market is not enough"),
        pytest.param(Reach.ALL, [("KE", "TZ")], Status.COMPLETE, id="all: in both"),
        pytest.param(Reach.EACH, [("KE",)], Status.PENDING, id="each: the other is missing"),
        pytest.param(Reach.EACH, [("KE",), ("TZ",)], Status.COMPLETE, id="each: one in each"),
        pytest.param(Reach.EACH, [("KE",), ("KE",)], Status.PENDING, id="each: two in one"),
        pytest.param(
            Reach.EACH, [("KE", "TZ")], Status.PENDING, id="each: a person fills one place"
        ),
        pytest.param(Reach.ANY, [("MZ",)], Status.PENDING, id="another market's lead is nobody"),
    ],
)
def test_demands_say_in_which_markets_a_role_is_held(
    reach: Reach, hats: list[tuple[str, ...]], expected: Status
) -> None:
    stage = Stage("Operations", (Demand(OPS, 1, reach),))
    given_ = [answer(f"ops-{n}", hats=(Hat(OPS, held),)) for n, held in enumerate(hats)]
    assert folded([stage], *given_).status is expected


def test_who_misses_in_a_stage_of_each_market_is_named() -> None:
    stage = Stage("Operations", (Demand(OPS, 1, Reach.EACH),))
    found = folded([stage], answer("ops-1", hats=(Hat(OPS, ("KE",)),)))
    assert found.stages[0].missing == (Gap(OPS, 1, "TZ"),)


def test_only_the_board_fills_the_place_of_the_board() -> None:
    stage = Stage("Board", (Demand(OPS, by_meeting=True),))
    assert folded([stage], answer("ops-1")).status is Status.PENDING
    decided = Answer(1, "chair", True, minutes(2), meeting=7)
    assert folded([stage], decided).status is Status.COMPLETE
    assert folded([TWO_OPS], decided, answer("ops-1")).status is Status.PENDING


def test_the_second_stage_waits_from_the_end_of_the_first() -> None:
    found = folded([ONE_OPS, FINANCE], answer("ops-1", at=30))
    assert found.stages[1].opened_at == minutes(30)
    assert found.stages[1].due_at == minutes(30) + DAYS_3
    assert found.current is found.stages[1]
    assert answer_fault(found, 1, "ops-2", True) == ("stage 1 is complete; stage 2 is asked now")
    assert answer_fault(found, 3, "ops-2", True).startswith("there is no stage 3")


def test_a_delegate_and_who_sent_him_are_one() -> None:
    sent = answer("juma", on_behalf_of="ops-1")
    assert folded([TWO_OPS], sent, answer("ops-1", at=2)).status is Status.PENDING
    twice = answer("juma", on_behalf_of="ops-2", at=2)
    assert folded([TWO_OPS], sent, twice).status is Status.PENDING, "one human, one answer"
    fault = answer_fault(folded([TWO_OPS], sent), 1, "ops-1", True)
    assert fault.startswith("juma has for ops-1 in stage 1 already")


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        pytest.param(Condition(risk_at_least=50), Facts(49.9), False, id="below"),
        pytest.param(Condition(risk_at_least=50), Facts(50), True, id="at the limit"),
        pytest.param(Condition(risk_at_least=50), Facts(None), True, id="unknown is the worst"),
        pytest.param(Condition(markets_at_least=2), Facts(0, markets=1), False, id="one market"),
        pytest.param(
            Condition(criticality="vital", risk_at_least=40),
            Facts(41, frozenset({"vital"})), True, id="both",
        ),
        pytest.param(
            Condition(criticality="vital", risk_at_least=40),
            Facts(41, frozenset({"important"})), False, id="one of two",
        ),
    ],
)  # fmt: skip
def test_conditions_choose_stages(condition: Condition, facts: Facts, expected: bool) -> None:
    stage = Stage("Security", (Demand(SECURITY),), when=(condition,))
    assert stage.applies(facts) is expected


def test_nothing_that_would_approve_by_silence_can_be_written() -> None:
    assert {each.value for each in OnTimeout} == {"escalate", "reject"}
    with pytest.raises(ValueError, match="asks nobody"):
        Stage("Empty", ())
    with pytest.raises(ValueError, match="at least 1"):
        Demand(OPS, 0)
    with pytest.raises(ValueError, match="is no role"):
        Quorum(1, {"king": 1})
    with pytest.raises(ValueError, match="otherwise names normal"):
        Approvals({})


PEOPLE = ("ops-1", "ops-2", "ops-3", "fin-1", "fin-2", "sec-1", "all-1", "all-2")
ROLES = st.sampled_from([OPS, BUSINESS, SECURITY])
STAGES = st.lists(
    st.builds(
        Stage,
        st.just("Stage"),
        st.lists(
            st.builds(Demand, ROLES, st.integers(1, 3), st.sampled_from(Reach)),
            min_size=1, max_size=3, unique_by=lambda demand: demand.role,
        ).map(tuple),
    ),
    min_size=1, max_size=3,
)  # fmt: skip
VOTES = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.booleans()), max_size=8, unique_by=lambda v: v[0]
)


@given(stages=STAGES, votes=VOTES, order=st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_order_of_different_people_within_a_stage_does_not_matter(
    stages: list[Stage], votes: list[tuple[str, bool]], order: object
) -> None:
    one = stages[:1]
    shuffled = list(votes)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (
        folded(one, *(answer(who, yes, at=n) for n, (who, yes) in enumerate(each)))
        for each in (votes, shuffled)
    )
    assert first.status is second.status
    if first.status is not Status.REFUSED:
        assert first.stages[0].missing == second.stages[0].missing


@given(stages=STAGES, votes=VOTES, days=st.integers(0, 4000))
@settings(max_examples=300, deadline=None)
def test_silence_never_approves(
    stages: list[Stage], votes: list[tuple[str, bool]], days: int
) -> None:
    timed = [replace(each, timeout=timedelta(days=1)) for each in stages]
    given_ = [answer(who, yes, at=n) for n, (who, yes) in enumerate(votes)]
    soon, late = (folded(timed, *given_, now=now) for now in (30, 30 + days * 1440))
    assert (late.status is Status.COMPLETE) == (soon.status is Status.COMPLETE)


@given(stages=STAGES, votes=VOTES, who=st.sampled_from(PEOPLE), at=st.integers(0, 8))
@settings(max_examples=300, deadline=None)
def test_one_refusal_ends_the_round_whatever_came_before_or_comes_after(
    stages: list[Stage], votes: list[tuple[str, bool]], who: str, at: int
) -> None:
    given_ = [answer(name, yes) for name, yes in votes]
    given_.insert(min(at, len(given_)), answer(who, yes=False))
    assert folded(stages, *given_).status is Status.REFUSED


@given(stages=STAGES, votes=VOTES, again=st.data())
@settings(max_examples=300, deadline=None)
def test_a_person_counts_once_per_stage_whatever_roles_he_holds(
    stages: list[Stage], votes: list[tuple[str, bool]], again: st.DataObject
) -> None:
    yes = [answer(who) for who, _ in votes]
    doubled = [*yes, *(again.draw(st.sampled_from(yes)) for _ in range(3) if yes)]
    once, twice = folded(stages[:1], *yes), folded(stages[:1], *doubled)
    assert once.status is twice.status
    places = sum(
        demand.count * (2 if demand.markets is Reach.EACH else 1) for demand in stages[0].demands
    )
    missing = sum(each.count for each in once.stages[0].missing)
    assert places - missing <= len(votes)


@pytest.mark.parametrize(
    ("opens", "begins", "due"),
    [
        pytest.param(0, 24 * 60, 24 * 60, id="it ends with the start of the window"),
        pytest.param(0, 4 * 24 * 60, 3 * 24 * 60, id="a window far away leaves the time-out"),
        pytest.param(30, 20, 30 + 3 * 24 * 60, id="opened after the start: its whole time"),
        pytest.param(0, None, 3 * 24 * 60, id="no window yet"),
    ],
)
def test_no_stage_waits_past_the_start_of_the_window(
    opens: float, begins: float | None, due: float
) -> None:
    at = None if begins is None else minutes(begins)
    found = Round(1, (TWO_OPS,), ("KE",), minutes(opens), window_from=at)
    (stage,) = state(found, [], minutes(opens + 1)).stages
    assert (stage.due_at, stage.status) == (minutes(due), Status.PENDING)
    assert state(found, [], minutes(due)).stages[0].status is Status.ESCALATED


def test_silence_until_the_window_begins_refuses_where_the_policy_says_so() -> None:
    stage = replace(TWO_OPS, on_timeout=OnTimeout.REJECT)
    found = Round(1, (stage,), ("KE",), OPEN, window_from=minutes(60))
    late = [answer("ops-1", at=61), answer("ops-2", at=62)]
    assert state(found, late, minutes(70)).status is Status.REFUSED
