"""A go/no-go meeting from its plan to the cut-over: rights, votes, red criteria, the override."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from changes.programmes.actions import go_no_go, readiness
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import ProgrammeWave, Release, SiteDecision
from changes.programmes.queries import criteria, decisions, site_facts
from changes.programmes.rules.go_no_go import Light, Verdict
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed, NotFound, SsocError
from ssoc.core.permissions import SYSTEM, Actor, ActorKind, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.factories import EIGHT
from tests.programmes import scenes

STEERING = {"IT": ["imre"], "business": ["bea"], "finance": ["fay", "bea"]}
IMRE, BEA, FAY, THANDI = (
    factories.person(name, Role.CHANGE_MANAGER, "KE") for name in ("imre", "bea", "fay", "thandi")
)
ELSEWHERE = factories.person("imre", Role.CHANGE_MANAGER, "TZ")
TEAM = factories.person("sam", Role.SITE_TEAM, "KE")


@pytest.fixture
def site(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> int:
    """Store a site that waits for its meeting; only training is asked, and it is met."""
    told = {"training": _answer(True)}
    monkeypatch.setattr(site_facts, "FACTS", told)
    monkeypatch.setattr(
        criteria, "STANDINGS", {"training": ("Training and cover", True, "training planner")}
    )
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        factories.accounts(work, "sam")
        ids = scenes.programme(
            work,
            2,
            states=[SiteState.GO_NO_GO],
            steering=STEERING,
            authority="thandi",
        )
    return ids.first


def _answer(is_met: bool) -> Callable[..., Any]:
    return lambda _, ids: {each: scenes_standing(is_met) for each in ids}


def scenes_standing(is_met: bool) -> decisions.DecisionStanding:
    return decisions.DecisionStanding(is_met, "all trained" if is_met else "2 of 6 not trained")


def turn_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let training be red from now on."""
    monkeypatch.setattr(site_facts, "FACTS", {"training": _answer(False)})


def planned(runtime: Runtime, site: int, **given: Any) -> int:
    with runtime.work(IMRE) as work:
        draft = MeetingDraft(EIGHT, site, rollback_owner="sam", no_return="step 3", **given)
        return go_no_go.plan(work, draft)


def do(runtime: Runtime, who: Actor, act: Callable[[Work], object]) -> None:
    with runtime.work(who) as work:
        act(work)


def all_yes(runtime: Runtime, number: int) -> None:
    for who, role in ((IMRE, "IT"), (BEA, "business"), (FAY, "finance")):
        with runtime.work(who) as work:
            go_no_go.vote(work, number, role, "yes")


def seen(runtime: Runtime, number: int) -> decisions.DecisionView:
    with runtime.view(IMRE) as work:
        return decisions.decision(work, number)


def test_all_green_quorum_all_yes_is_a_go(runtime: Runtime, site: int) -> None:
    number = planned(runtime, site)
    assert seen(runtime, number).finding.verdict is Verdict.NONE
    all_yes(runtime, number)
    do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "go"))
    told = seen(runtime, number)
    assert (told.verdict, told.decided_by) == (Verdict.GO, "imre")
    with runtime.view(SYSTEM) as work:
        standing = decisions.standing(work, [site])[site]
        assert decisions.may_cut_over(work, site) == ""
    assert (standing.is_met, standing.verdict) == (False, Verdict.GO)
    assert "drained" in standing.why, "transactions in flight come after the go"


def test_every_criterion_that_has_a_name_is_asked() -> None:
    assert set(criteria.STANDINGS) <= {"readiness", *site_facts.FACTS}


def test_a_red_hard_criterion_refuses_the_go_until_the_authority_overrides(
    runtime: Runtime, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = planned(runtime, site)
    all_yes(runtime, number)
    turn_red(monkeypatch)
    with pytest.raises(IllegalMove) as told:
        do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "go"))
    assert str(told.value) == (
        "the meeting comes to no-go: hard criterion Training and cover is red: 2 of 6 not "
        "trained; thandi may override it in writing; nothing was decided"
    )
    with pytest.raises(NotAllowed, match="only thandi may override"):
        do(runtime, IMRE, lambda work: go_no_go.override(work, number, "I say so"))
    with pytest.raises(BadInput, match="needs a reason"):
        do(runtime, THANDI, lambda work: go_no_go.override(work, number, "  "))
    do(runtime, THANDI, lambda work: go_no_go.override(work, number, "two floaters cover them"))
    do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "go"))
    found = seen(runtime, number)
    assert (found.verdict, found.finding.is_overridden) == (Verdict.GO, True)
    assert "thandi overrides Training and cover: two floaters cover them" in found.finding.sentence


def test_what_does_not_apply_to_a_site_is_shown_and_stops_nothing(
    runtime: Runtime, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_red(monkeypatch)
    number = planned(runtime, site)
    with runtime.work(IMRE) as work:
        readiness.record(work, site, "training", "n/a", "one till, its owner built it")
    with runtime.view(IMRE) as work:
        trained = next(
            each for each in decisions.decision(work, number).criteria if each.name == "training"
        )
    assert (trained.light, trained.why) == (
        *(Light.GREEN, "does not apply: one till, its owner built it"),
    )


def test_what_was_decided_keeps_its_values_when_guards_change_their_mind(
    runtime: Runtime, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = planned(runtime, site)
    all_yes(runtime, number)
    do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "go"))
    turn_red(monkeypatch)
    assert {each.light for each in seen(runtime, number).criteria} == {Light.GREEN}


def test_conditions_stand_against_the_cut_over_until_they_are_closed(
    runtime: Runtime, site: int
) -> None:
    number = planned(runtime, site)
    all_yes(runtime, number)
    due = date(2026, 3, 4)
    do(runtime, BEA, lambda work: go_no_go.add_condition(work, number, "a generator", "sam", due))
    do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "go"))
    assert seen(runtime, number).verdict is Verdict.WITH_CONDITIONS
    with runtime.view(SYSTEM) as work:
        assert decisions.may_cut_over(work, site) == (
            "a condition is open: a generator (sam, due 2026-03-04); close it first"
        )
    one = seen(runtime, number).conditions[0].id
    close = go_no_go.close_condition
    do(runtime, TEAM, lambda work: close(work, number, one, "it stands in the yard"))
    with pytest.raises(Conflict, match="sam closed it"):
        do(runtime, TEAM, lambda work: close(work, number, one, "again"))
    with runtime.view(SYSTEM) as work:
        assert decisions.may_cut_over(work, site) == ""


@pytest.mark.parametrize(
    ("owner", "due", "fault"),
    [
        ("nobody", date(2026, 3, 4), "its owner: there is no person named nobody"),
        ("x" * 500, date(2026, 3, 4), "its owner is longer than 128 signs"),
        ("sam", date(1999, 1, 1), "due on 1999-01-01: give a day from today on"),
        ("sam", date(2199, 1, 1), "due on 2199-01-01: give a day from today on"),
    ],
)
def test_a_condition_needs_somebody_who_is_there_and_a_day_to_come(
    runtime: Runtime, site: int, owner: str, due: date, fault: str
) -> None:
    number = planned(runtime, site)
    with pytest.raises(BadInput, match=fault):
        do(runtime, BEA, lambda work: go_no_go.add_condition(work, number, "a set", owner, due))
    assert not seen(runtime, number).conditions


def test_who_rolls_back_can_sign_in(runtime: Runtime, site: int) -> None:
    number = planned(runtime, site)
    with pytest.raises(BadInput, match="no person named nobody"):
        do(runtime, IMRE, lambda work: go_no_go.edit(work, number, EIGHT, "", "nobody"))
    do(runtime, IMRE, lambda work: go_no_go.edit(work, number, EIGHT, "step 4", "sam"))
    assert seen(runtime, number).no_return == "step 4"


def test_people_vote_for_roles_they_hold_and_may_change_their_mind(
    runtime: Runtime, site: int
) -> None:
    number = planned(runtime, site)
    vote = go_no_go.vote
    with pytest.raises(NotAllowed, match="you do not vote for IT; imre does"):
        do(runtime, BEA, lambda work: vote(work, number, "IT", "yes"))
    with pytest.raises(BadInput, match="no role 'press'"):
        do(runtime, BEA, lambda work: vote(work, number, "press", "yes"))
    with pytest.raises(BadInput, match="the reason is missing"):
        do(runtime, BEA, lambda work: vote(work, number, "business", "no"))
    with pytest.raises(NotFound):
        do(runtime, ELSEWHERE, lambda work: vote(work, number, "IT", "yes"))
    with pytest.raises(NotAllowed):
        do(runtime, TEAM, lambda work: vote(work, number, "IT", "yes"))
    token = Actor("imre", IMRE.grants, ActorKind.TOKEN)
    with pytest.raises(NotAllowed, match="not by a token"):
        do(runtime, token, lambda work: vote(work, number, "IT", "yes"))
    all_yes(runtime, number)
    do(runtime, BEA, lambda work: vote(work, number, "business", "no", "stock is short"))
    found = seen(runtime, number)
    assert (found.finding.verdict, found.finding.sentence) == (Verdict.NO_GO, "business voted no")
    assert len(found.ballots) == 4, "votes are only added"
    do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "no-go"))
    with runtime.view(SYSTEM) as work:
        assert decisions.may_cut_over(work, site) == ("the meeting decided no-go; hold another one")
    with pytest.raises(Conflict, match="plan another meeting"):
        do(runtime, BEA, lambda work: vote(work, number, "business", "yes"))


def test_own_criteria_need_a_source_to_be_green(runtime: Runtime, site: int) -> None:
    number = planned(runtime, site)
    put = go_no_go.set_criterion
    with pytest.raises(BadInput, match="the source is missing"):
        do(runtime, IMRE, lambda work: put(work, number, "Weather", "green", True))
    with pytest.raises(BadInput, match="no value of a criterion 'blue'"):
        do(runtime, IMRE, lambda work: put(work, number, "Weather", "blue", True, "met office"))
    do(runtime, IMRE, lambda work: put(work, number, "Weather", "no data", True))
    all_yes(runtime, number)
    assert seen(runtime, number).finding.sentence.startswith(
        "hard criterion Weather has no data, which counts as red"
    )
    do(runtime, IMRE, lambda work: put(work, number, "Weather", "green", True, "met office"))
    assert seen(runtime, number).finding.verdict is Verdict.GO


def test_a_wave_is_as_good_as_its_worst_site(runtime: Runtime, site: int) -> None:
    with runtime.work(IMRE) as work:
        wave = work.session.query(ProgrammeWave).one()
        number = go_no_go.plan(work, MeetingDraft(EIGHT, wave_id=wave.id, rollback_owner="sam"))
        work.session.query(Release).one().change_id = None
    all_yes(runtime, number)
    found = seen(runtime, number)
    assert found.about == "Wave 1"
    assert found.criteria[0].why == "all 2 sites"
    do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "go"))
    with runtime.view(SYSTEM) as work:
        assert decisions.standing(work, [site])[site].verdict is Verdict.GO
    later = planned(runtime, site)
    do(runtime, BEA, lambda work: go_no_go.vote(work, later, "business", "no", "not ours"))
    do(runtime, IMRE, lambda work: go_no_go.vote(work, later, "IT", "yes"))
    do(runtime, FAY, lambda work: go_no_go.vote(work, later, "finance", "yes"))
    runtime.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    do(runtime, IMRE, lambda work: go_no_go.decide(work, later, "no-go"))
    with runtime.view(SYSTEM) as work:
        told = decisions.standing(work, [site])[site]
    assert told.verdict is Verdict.NO_GO, "the newest decision about the site or its wave counts"


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (MeetingDraft(EIGHT), "about one site or about one wave"),
        (MeetingDraft(EIGHT, 1, 1), "about one site or about one wave"),
        (MeetingDraft(EIGHT, 99_999), "no site 99999"),
        (MeetingDraft(EIGHT, wave_id=99_999), "no wave 99999"),
        (MeetingDraft(EIGHT, 1, rollback_owner="x" * 200), "longer than 128 signs"),
        (
            MeetingDraft(EIGHT, 1, rollback_owner="nobody"),
            "the owner of the roll-back: there is no person named nobody who may sign in",
        ),
    ],
)
def test_a_meeting_that_makes_no_sense_is_refused(
    runtime: Runtime, site: int, draft: MeetingDraft, fault: str
) -> None:
    with pytest.raises(SsocError, match=fault):
        do(runtime, IMRE, lambda work: go_no_go.plan(work, draft))
    with runtime.view(SYSTEM) as work:
        assert work.session.query(SiteDecision).count() == 0


def test_a_go_needs_somebody_who_rolls_back(runtime: Runtime, site: int) -> None:
    with runtime.work(IMRE) as work:
        number = go_no_go.plan(work, MeetingDraft(EIGHT, site))
    all_yes(runtime, number)
    with pytest.raises(IllegalMove, match="nobody owns the roll-back"):
        do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "go"))
    do(runtime, IMRE, lambda work: go_no_go.edit(work, number, EIGHT, "step 3", "sam"))
    do(runtime, IMRE, lambda work: go_no_go.decide(work, number, "go"))


def test_of_two_who_decide_at_once_one_does(runtime: Runtime, site: int) -> None:
    number = planned(runtime, site)
    all_yes(runtime, number)
    gate, answers = Barrier(2), list[SsocError | None]()

    def press(who: Actor) -> None:
        gate.wait(10)
        try:
            do(runtime, who, lambda work: go_no_go.decide(work, number, "go"))
            answers.append(None)
        except SsocError as refusal:
            answers.append(refusal)

    threads = [Thread(target=press, args=(who,)) for who in (IMRE, BEA)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert answers.count(None) == 1, answers
    assert isinstance(next(each for each in answers if each), Conflict)
