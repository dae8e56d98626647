"""Templates: circles, standing earned and lost, and changes approved beforehand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changes import policy, request_jobs
from changes.actions import requests, scheduling, templates
from changes.actions.templates import TemplateDraft
from changes.draft import Draft
from changes.lifecycle import Effect, Outcome, State, TemplateState
from changes.queries import templates as queries
from changes.rules.following import circle, departures, joined
from changes.rules.standing import TemplateTerms, interval, judge, score
from changes.rules.track import TrackRecord
from changes.values import PlanStep, Touched
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, IllegalMove, NotAllowed
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests import factories
from tests.changes.story import GOOD, KE_ONLY, MAX, RITA, SEES_ONLY, estate, put, seen

TERMS = policy.read().templates
PLAN = replace(GOOD, type="standard", starts_at=None, ends_at=None, title="", markets=())


def record(n: int, failures: int = 0, with_issues: int = 0, **incidents: int) -> TrackRecord:
    return TrackRecord(n, failures, with_issues, incidents)


def test_the_score_of_the_reference() -> None:
    """8 successes, 1 with issues, 1 unsuccessful that caused a P2: 24 - 2 - 5 - 5 = 12, n = 10."""
    found = judge(record(10, 1, 1, P2=1), TERMS)
    assert (found.score, found.n) == (12, 10)
    assert found.words == "1 of 10 failed (10.0 %; 1.8 to 40.4 %), 12 points"


@pytest.mark.parametrize(
    ("given", "points"),
    [
        (record(0), 0),
        (record(1), 3),
        (record(1, 0, 1), -2),
        (record(1, 1), -5),
        (record(1, 1, 0, P1=1), -15),
        (record(1, 0, 0, P3=1), 1),
        (record(1, 0, 0, P4=5), 3),
    ],
)
def test_points(given: TrackRecord, points: int) -> None:
    assert score(given, TERMS) == points


@pytest.mark.parametrize(
    ("given", "may", "loses"),
    [
        pytest.param(record(11), False, False, id="too few, all good"),
        pytest.param(record(12), True, False, id="0 of 12 may be 24.2 %"),
        pytest.param(record(12, 1), False, False, id="1 of 12 may be 35 %"),
        pytest.param(record(40, 2), True, False, id="2 of 40 may be 16.5 %"),
        pytest.param(record(20, 3), False, True, id="3 of 20 is at least 5.2 %"),
        pytest.param(record(1, 1), False, True, id="1 of 1 is at least 20.7 %"),
        pytest.param(record(200, 10), True, False, id="10 of 200 is at least 2.7 %"),
        pytest.param(record(12, 0, 0, P1=3), False, False, id="good, but three P1"),
    ],
)
def test_earned_and_lost_by_the_bounds(given: TrackRecord, may: bool, loses: bool) -> None:
    found = judge(given, TERMS)
    assert (found.may_be_standard, bool(found.must_lose)) == (may, loses), found


def test_the_sample_size_and_interval_stand_beside_every_judgement() -> None:
    assert judge(record(0), TERMS).words == "no change of it has ended yet (n = 0)"
    assert interval(judge(record(40, 2), TERMS).failed) == "5.0 %; 1.4 to 16.5 %"
    assert "3 of 20 failed (15.0 %; 5.2 to 36.0 %)" in judge(record(20, 3), TERMS).must_lose


def test_faulty_terms_are_refused() -> None:
    with pytest.raises(ValueError, match="shares from 0 to 1"):
        TemplateTerms(earn_below=25)
    with pytest.raises(ValueError, match="1 or more"):
        TemplateTerms(least_changes=0)


@pytest.mark.parametrize(
    ("includes", "way"),
    [
        ({1: [2], 2: [3], 3: []}, []),
        ({1: [1]}, [1, 1]),
        ({1: [2], 2: [1]}, [1, 2, 1]),
        ({1: [2, 3], 2: [4], 3: [4], 4: []}, []),
        ({1: [2], 2: [3], 3: [2]}, []),
        ({1: [2], 2: [3], 3: [1]}, [1, 2, 3, 1]),
    ],
)
def test_circles_of_templates(includes: dict[int, list[int]], way: list[int]) -> None:
    assert circle(1, includes) == way


def test_included_steps_come_first_and_are_numbered_anew() -> None:
    one, two = (PlanStep(1, "a"), PlanStep(2, "b", needs=(1,))), (PlanStep(1, "c", needs=()),)
    assert [(e.position, e.title, e.needs) for e in joined([one, one, two])] == [
        (1, "a", ()),
        (2, "b", (1,)),
        (3, "a", ()),
        (4, "b", (3,)),
        (5, "c", ()),
    ]


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    estate(runtime)
    return runtime


def saved(house: Runtime, name: str = "Enlarge the log volume", **given: Any) -> int:
    with house.work(RITA) as work:
        return templates.save_template(work, TemplateDraft(name, PLAN, **given))


def ended(house: Runtime, template: int, *outcomes: Outcome) -> None:
    with house.work(SYSTEM) as work:
        for at, outcome in enumerate(outcomes, 1):
            when = work.now - timedelta(days=at)
            factories.change(
                work,
                state=State.CLOSED,
                outcome=outcome,
                template_id=template,
                type="standard",
                submitted_at=work.now,
                started_at=when,
                finished_at=when + timedelta(hours=1),
            )


def standard(house: Runtime) -> int:
    number = saved(house)
    ended(house, number, *[Outcome.SUCCESSFUL] * 12)
    with house.work(RITA) as work:
        templates.propose_template(work, number, "twelve times without an issue")
    with house.work(MAX) as work:
        templates.accept_template(work, number)
    return number


def state_of(house: Runtime, number: int) -> TemplateState:
    with house.view(SYSTEM) as work:
        return queries.template(work, number).state


def test_standing_is_earned_by_a_proposal_with_its_record(house: Runtime) -> None:
    number = standard(house)
    with house.view(SYSTEM) as work:
        found = queries.template(work, number)
    assert found.state is TemplateState.STANDARD
    assert found.standing_because == (
        "accepted by max: 0 of 12 failed (0.0 %; 0.0 to 24.2 %), 36 points"
    )


def test_a_short_record_cannot_even_be_proposed(house: Runtime) -> None:
    number = saved(house)
    ended(house, number, *[Outcome.SUCCESSFUL] * 11)
    with house.work(RITA) as work, pytest.raises(IllegalMove, match="only 11 changes"):
        templates.propose_template(work, number, "good enough")


def test_nobody_accepts_their_own_proposal(house: Runtime) -> None:
    number = saved(house)
    ended(house, number, *[Outcome.SUCCESSFUL] * 12)
    with house.work(RITA) as work:
        templates.propose_template(work, number, "good")
    with house.work(RITA) as work, pytest.raises(NotAllowed, match="somebody else accepts"):
        templates.accept_template(work, number)
    with house.work(KE_ONLY) as work, pytest.raises(NotAllowed):
        templates.accept_template(work, number)
    assert state_of(house, number) is TemplateState.PROPOSED


def test_it_is_lost_by_its_own_failures(house: Runtime) -> None:
    number = standard(house)
    ended(house, number, Outcome.FAILED, Outcome.ROLLED_BACK)
    with house.work(SYSTEM) as work:
        assert templates.judge_templates(work) == [], "2 of 14 is at least 4.0 %"
    ended(house, number, Outcome.FAILED)
    request_jobs.judge_standing(house)
    with house.view(SYSTEM) as work:
        found = queries.template(work, number)
    assert found.state is TemplateState.ORDINARY
    assert "at least 7.0 % by now" in found.standing_because or "3 of 15" in found.standing_because


def test_another_plan_is_unproved(house: Runtime) -> None:
    number = standard(house)
    outer = saved(house, "Twice", includes=(number,))
    assert state_of(house, outer) is TemplateState.ORDINARY
    with house.work(RITA) as work:
        found = queries.template(work, number)
        other = TemplateDraft(found.name, replace(PLAN, rollback_minutes=5))
        templates.save_template(work, other, number, found.version)
    assert state_of(house, number) is TemplateState.ORDINARY


def rewritten(house: Runtime, number: int, **given: Any) -> None:
    """Write the plan of a template anew, a minute later."""
    assert isinstance(house.clock, FrozenClock)
    house.clock.advance(timedelta(minutes=1))
    with house.work(RITA) as work:
        found = queries.template(work, number)
        draft = TemplateDraft(found.name, replace(PLAN, **given), includes=found.includes)
        templates.save_template(work, draft, number, found.version)


def n(house: Runtime, number: int) -> int:
    with house.view(SYSTEM) as work:
        return queries.template(work, number).standing.n


def test_a_plan_written_anew_is_not_proved_by_the_record_of_the_old_one(house: Runtime) -> None:
    number = standard(house)
    rewritten(house, number, rollback_minutes=5)
    assert n(house, number) == 0
    with house.work(RITA) as work, pytest.raises(IllegalMove, match="only 0 changes of it"):
        templates.propose_template(work, number, "it was standard yesterday")
    ended(house, number, *[Outcome.SUCCESSFUL] * 12)
    assert n(house, number) == 12
    with house.work(RITA) as work:
        templates.propose_template(work, number, "twelve times by the new plan")


def test_a_plan_is_another_when_what_it_includes_is_rewritten(house: Runtime) -> None:
    inner = saved(house, "Inner")
    outer = saved(house, "Outer", includes=(inner,))
    ended(house, outer, *[Outcome.SUCCESSFUL] * 12)
    alone = saved(house, "Alone")
    ended(house, alone, Outcome.SUCCESSFUL)
    rewritten(house, inner, steps=GOOD.steps[:1])
    assert (n(house, outer), n(house, alone)) == (0, 1)


def test_a_change_submitted_by_the_old_plan_proves_nothing_when_it_ends_later(
    house: Runtime,
) -> None:
    number = saved(house)
    before = house.clock.now()
    rewritten(house, number, rollback_minutes=5)
    with house.work(SYSTEM) as work:
        factories.change(
            work,
            state=State.ENDED,
            outcome=Outcome.SUCCESSFUL,
            template_id=number,
            submitted_at=before,
            finished_at=work.now,
        )
    assert n(house, number) == 0


def test_other_words_leave_the_standing_alone(house: Runtime) -> None:
    number = standard(house)
    with house.work(RITA) as work:
        found = queries.template(work, number)
        templates.save_template(
            work, TemplateDraft("Another name", PLAN, "for nights"), number, found.version
        )
    assert state_of(house, number) is TemplateState.STANDARD
    assert n(house, number) == 12


def test_templates_that_include_each_other_are_refused(house: Runtime) -> None:
    inner = saved(house, "Inner")
    outer = saved(house, "Outer", includes=(inner,))
    with house.view(SYSTEM) as work:
        version = queries.template(work, inner).version
    draft = TemplateDraft("Inner", PLAN, includes=(outer,))
    with house.work(RITA) as work, pytest.raises(BadInput, match="Inner → Outer → Inner"):
        templates.save_template(work, draft, inner, version)
    with house.work(RITA) as work, pytest.raises(Conflict, match="is included by Outer"):
        templates.retire_template(work, inner)


def test_two_writers_of_a_template_collide(house: Runtime) -> None:
    number = saved(house)
    with house.work(RITA) as work, pytest.raises(Conflict, match="meanwhile"):
        templates.save_template(work, TemplateDraft("x", PLAN), number, 99)


def test_who_only_looks_writes_no_template(house: Runtime) -> None:
    with house.work(SEES_ONLY) as work, pytest.raises(NotAllowed):
        templates.save_template(work, TemplateDraft("x", PLAN))


def follow(house: Runtime, template: int, **given: Any) -> int:
    with house.work(RITA) as work:
        draft: Draft = replace(GOOD, type="standard", template_id=template, **given)
        number = requests.raise_change(work, draft)
        work.session.flush()
        requests.submit(work, number)
        return number


def test_a_change_that_follows_a_standard_template_is_approved_at_once(house: Runtime) -> None:
    found = seen(house, follow(house, standard(house)))
    assert (found.state, found.is_preapproved) == (State.SCHEDULED, True)
    assert found.approved_at == house.clock.now()


@pytest.mark.parametrize(
    "given",
    [
        {"steps": GOOD.steps[:1]},
        {"rollback_minutes": 5},
        {"touched": (Touched("core-ke", Effect.DOWN),)},
        {"touched": (Touched("core-tz", Effect.REDUNDANCY),), "markets": ("TZ",)},
        {"rollback_plan": "none"},
        {"gates": ("db-ke",)},
    ],
    ids=["fewer steps", "less time back", "a worse effect", "elsewhere", "no way back", "a gate"],
)
def test_one_that_departs_from_it_is_asked_for_like_a_normal_one(
    house: Runtime, given: dict[str, Any]
) -> None:
    found = seen(house, follow(house, standard(house), **given))
    assert (found.state, found.is_preapproved) == (State.SUBMITTED, False)


def test_one_of_an_ordinary_template_is_asked_for_too(house: Runtime) -> None:
    assert seen(house, follow(house, saved(house))).state is State.SUBMITTED


@pytest.mark.parametrize("minutes", [0, 90])
def test_a_window_without_an_end_takes_the_length_of_its_template(
    house: Runtime, minutes: int
) -> None:
    template = saved(house, window_minutes=minutes)
    draft = replace(GOOD, type="standard", template_id=template, ends_at=None)
    with house.work(RITA) as work:
        if not minutes:
            with pytest.raises(BadInput, match="the window has no end"):
                requests.raise_change(work, draft)
            return
        number = requests.raise_change(work, draft)
    found = seen(house, number)
    assert found.window is not None
    assert found.window.length == timedelta(minutes=90)


def test_a_moved_window_stays_approved_while_it_follows(house: Runtime) -> None:
    number = follow(house, standard(house))
    with house.work(RITA) as work:
        later = replace(
            GOOD,
            type="standard",
            template_id=seen(house, number).template_id,
            starts_at=GOOD.starts_at and GOOD.starts_at + timedelta(hours=24),
            ends_at=GOOD.ends_at and GOOD.ends_at + timedelta(hours=24),
        )
        requests.edit(work, number, later, seen(house, number).version)
    found = seen(house, number)
    assert (found.state, found.round) == (State.SCHEDULED, 2)


def test_a_lost_status_takes_scheduled_changes_out_of_the_calendar(house: Runtime) -> None:
    template = standard(house)
    number = follow(house, template)
    with house.work(MAX) as work:
        templates.withdraw_standard(work, template, "the vendor changed the array")
    request_jobs.recheck_scheduled(house)
    found = seen(house, number)
    assert found.state is State.APPROVED
    with house.work(RITA) as work:
        ways = scheduling.obstacles(work, found)
    assert "lost its standard status" in ways[0]


def test_departures_are_named(house: Runtime) -> None:
    found = seen(house, follow(house, saved(house), steps=GOOD.steps[:1], rollback_minutes=1))
    assert departures(found, PLAN) == [
        "it has 1 steps instead of 2",
        "another roll-back minutes",
    ]


def test_rechecking_leaves_the_others_alone(house: Runtime) -> None:
    number = follow(house, standard(house))
    request_jobs.recheck_scheduled(house)
    assert seen(house, number).state is State.SCHEDULED
    put(house, number, State.RUNNING)
    request_jobs.recheck_scheduled(house)
    assert seen(house, number).state is State.RUNNING
