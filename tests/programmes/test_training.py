"""Training through its actions: the table N again, sessions, rosters, absences and the planner."""

from datetime import timedelta
from typing import Any

import pytest

from changes.programmes.actions import readiness, rosters, sessions, training
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import SiteRollout, SiteStaff
from changes.programmes.queries import planner as planner_queries
from changes.programmes.queries import site_facts
from changes.programmes.queries import training as queries
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from tests.programmes.proving import (
    CUT_OVER,
    MONDAY,
    PLANNER,
    TEAM_KE,
    TEAM_TZ,
    course,
    minimum,
    plan,
    programme,
    roster,
    staff_of,
    train,
)
from tests.web.counting import statements

TUESDAY = MONDAY + timedelta(days=1)


def test_the_roster_of_the_day_counts_and_absences_need_cover(runtime: Runtime) -> None:
    ids = programme(runtime, staff=8)
    with runtime.work(PLANNER) as work:
        tills = course(work, ids.programme)
        people, others = (staff_of(work, each) for each in ids.sites)
        train(work, people[:6], tills)

        def found() -> queries.TrainingStanding:
            work.session.flush()
            return queries.standing(work, [ids.first])[ids.first]

        assert not found().is_met
        assert "no seller is rostered on Wed 11 Mar" in found().why
        roster(work, ids.first, people[:6])
        assert (found().is_met, found().percent) == (True, "100 %"), "N1, N3: 6 of 8 rostered"
        absence = rosters.report_absence(work, ids.first, people[0], CUT_OVER, "ill")
        assert "nobody trained stands in for Seller 1" in found().why
        cover = rosters.assign_cover(work, ids.first, absence, others[0])
        assert not found().is_met, "N6: the stand-in is not trained"
        train(work, others[:1], tills)
        assert found().is_met, "N5: the stand-in is trained"
        rosters.remove_cover(work, ids.first, cover)
        assert not found().is_met
        rosters.take_back_absence(work, ids.first, absence)
        assert found().is_met
        train(work, people[:1], tills, CUT_OVER - timedelta(days=1))
        assert (found().is_met, found().percent) == (False, "83.3 %"), "N4, N2"
        train(work, people[:1], tills, CUT_OVER)
        assert found().is_met, "the last day counts"


def test_a_session_may_not_take_a_site_below_its_minimum(runtime: Runtime) -> None:
    ids = programme(runtime, staff=4)
    site, other = ids.sites
    with runtime.work(PLANNER) as work:
        tills = course(work, ids.programme)
        minimum(work, site, 3)
        minimum(work, other, 4)
        here, there = staff_of(work, site), staff_of(work, other)
        given = {"site_id": site, "people": here[:2]}
        with pytest.raises(Conflict, match="2 on site where 3 must be"):
            plan(work, ids.programme, tills, **given)  # N7
        with pytest.raises(Conflict, match="the site of Seller 1 would have 3 on site"):
            plan(work, ids.programme, tills, **given, covers=[(site, there[0])])
        minimum(work, other, 3)
        number = plan(work, ids.programme, tills, **given, covers=[(site, there[0])])  # N8
        with pytest.raises(Conflict, match="3 must be"):
            plan(work, ids.programme, tills, site_id=site, people=here[2:3], trainer="Ben")
        with pytest.raises(Conflict, match="stands in for somebody|would have"):
            plan(work, ids.programme, tills, site_id=other, people=there[:1], trainer="Ben")
        sessions.book(work, number, here[:1])
        plan(work, ids.programme, tills, site_id=other, people=there[:1], trainer="Ben")
        sessions.cancel_session(work, number, "the trainer is ill")
        plan(work, ids.programme, tills, site_id=site, people=here[:1])


def test_nobody_is_in_two_places_and_a_room_holds_so_many(runtime: Runtime) -> None:
    ids = programme(runtime)
    with runtime.work(PLANNER) as work:
        tills = course(work, ids.programme)
        here = staff_of(work, ids.sites[0])
        given = {"market": "KE", "people": here[:1], "room": "Hall"}
        plan(work, ids.programme, tills, **given)
        for more, words in (
            ({}, "Ana Sousa leads Tills"),
            ({"trainer": "ana sousa", "people": []}, "ana sousa leads Tills"),
            ({"trainer": "Ben"}, "Seller 1 is in Tills"),
            ({"trainer": "Ben", "people": here[1:4], "capacity": 2}, "the room holds 2, and 3"),
        ):
            with pytest.raises(Conflict, match=words):
                plan(work, ids.programme, tills, **{**given, **more})
        plan(work, ids.programme, tills, **{**given, "hours": "12:00-13:00"})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"trainer": " "}, "the trainer is empty", id="no trainer"),
        pytest.param({"hours": "12:00-09:00"}, "write them like", id="backwards"),
        pytest.param({"hours": "soon"}, "write them like", id="no hours"),
        pytest.param({"hours": ""}, "write them like", id="empty hours"),
        pytest.param({"capacity": 0}, "correct the capacity", id="no room"),
        pytest.param({"day": MONDAY - timedelta(days=9)}, "choose another day", id="past"),
        pytest.param({"day": MONDAY + timedelta(days=900)}, "choose another day", id="far"),
        pytest.param({"course_id": 999}, "has no course 999", id="course"),
        pytest.param({"site_id": 999}, "site 999 is none", id="site"),
        pytest.param({"market": "TZ"}, "no market of the programme", id="market"),
        pytest.param({"people": [999]}, "works nowhere", id="person"),
        pytest.param({"covers": [(999, 999)]}, "can stand in at site 999", id="cover"),
    ],
)
def test_a_bad_session_is_refused_in_words(
    runtime: Runtime, given: dict[str, Any], words: str
) -> None:
    ids = programme(runtime)
    with runtime.work(PLANNER) as work:
        tills = course(work, ids.programme)
        with pytest.raises((BadInput, Conflict), match=words):
            plan(work, ids.programme, **{"course_id": tills, "market": "KE", **given})


def test_who_came_and_passed_is_able(runtime: Runtime, clock: FrozenClock) -> None:
    ids = programme(runtime)
    with runtime.work(PLANNER) as work:
        tills = course(work, ids.programme, valid_days=5, pass_score=70)
        here = staff_of(work, ids.sites[0])
        number = plan(work, ids.programme, tills, site_id=ids.sites[0], people=here[:3])
        with pytest.raises(Conflict, match="come back then"):
            training.record_attendance(work, number, {here[0]: (True, 80)})
    clock.advance(timedelta(days=2))
    with runtime.work(TEAM_KE) as work:
        results = {here[0]: (True, 80), here[1]: (True, 69), here[2]: (False, None)}
        assert training.record_attendance(work, number, results) == 1
        held = queries.held_of(work, here[:3])
        assert [len(held[each]) for each in here[:3]] == [1, 0, 0]
        assert held[here[0]][0].valid_to == TUESDAY + timedelta(days=5)
        training.record_attendance(work, number, {here[0]: (False, None)})
        assert queries.held_of(work, here[:1])[here[0]] == [], "a correction takes it back"
        with pytest.raises(BadInput, match="not booked"):
            training.record_attendance(work, number, {here[4]: (True, 80)})
        with pytest.raises(BadInput, match="within 0 to 100"):
            training.record_attendance(work, number, {here[0]: (True, 101)})
    with runtime.work(PLANNER) as work, pytest.raises(Conflict, match="is over"):
        sessions.cancel_session(work, number, "too late")


def test_a_late_joiner_reopens_readiness(runtime: Runtime) -> None:
    ids = programme(runtime, sites=1)
    with runtime.work(PLANNER) as work:
        tills = course(work, ids.programme)
        people = staff_of(work, ids.sites[0])
        train(work, people[:5], tills)
        roster(work, ids.first, people[:5])
        template = site_facts.sheets(work, [ids.first])[ids.first].items
        for each in template:
            if not each.is_counted:
                readiness.record(work, ids.first, each.key, "pass", "seen")
        readiness.record(work, ids.first, "interfaces", "n/a", "a till that stands alone")
        work.session.flush()
        sheet = site_facts.sheets(work, [ids.first])[ids.first]
        assert sheet.is_met, sheet.why
        work.session.get_one(SiteRollout, ids.first).state = SiteState.READY
    with runtime.work(SYSTEM) as work:
        assert readiness.reopen_lost(work) == 0
    with runtime.work(TEAM_KE) as work:
        assert roster(work, ids.first, people[:6]) == 1  # N9
    with runtime.work(SYSTEM) as work:
        assert readiness.reopen_lost(work) == 1
        assert work.session.get_one(SiteRollout, ids.first).state is SiteState.SURVEYED
        assert "train Seller 6" in queries.standing(work, [ids.first])[ids.first].why


def test_without_a_course_nobody_is_trained(runtime: Runtime) -> None:
    ids = programme(runtime, sites=2)
    with runtime.work(PLANNER) as work:
        found = queries.standing(work, [ids.first])[ids.first]
        assert not found.is_met, "no data is never green"
        assert found.why.startswith("the programme names no required course; add those it has")
    with runtime.work(TEAM_KE) as work, pytest.raises(NotAllowed):
        readiness.record(work, ids.first, "training", "n/a", "the old staff stays")
    with runtime.work(PLANNER) as work:
        with pytest.raises(BadInput, match="without a reason"):
            readiness.record(work, ids.first, "training", "n/a", " ")
        readiness.record(work, ids.first, "training", "n/a", "one till, its owner built it")
        sheets = site_facts.sheets(work, ids.rollouts)
        (left_out,) = sheets[ids.first].left_out
        assert (left_out.key, left_out.is_met, left_out.state.value) == (
            *("training", True, "does not apply"),
        )
        assert "training" not in {each.key for each in sheets[ids.first].lacking}
        assert sheets[ids.first].done == 0, "what does not apply is not among those met"
        assert "training" in {each.key for each in sheets[ids.rollouts[1]].lacking}


def test_without_a_slot_everybody_employed_counts(runtime: Runtime) -> None:
    ids = programme(runtime, sites=1, rollout={})
    with runtime.work(PLANNER) as work:
        people = staff_of(work, ids.sites[0])
        tills = course(work, ids.programme)
        train(work, people[:5], tills)
        work.session.get_one(SiteStaff, people[5]).left_on = MONDAY
        found = queries.standing(work, [ids.first])[ids.first]
        assert (found.is_met, found.is_by_roster, found.percent) == (True, False, "100 %")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        pytest.param(
            lambda w, r, _: rosters.write_roster(w, r, CUT_OVER, [999]), "not employed", id="who"
        ),
        pytest.param(
            lambda w, r, p: rosters.write_roster(w, r, MONDAY - timedelta(days=1), p),
            "choose another day",
            id="yesterday",
        ),
        pytest.param(
            lambda w, r, _: rosters.report_absence(w, r, 999, CUT_OVER), "not employed", id="absent"
        ),
        pytest.param(
            lambda w, r, p: rosters.assign_cover(w, r, 999, p[0]), "no absence 999", id="absence"
        ),
        pytest.param(lambda w, r, _: rosters.remove_cover(w, r, 999), "no cover 999", id="cover"),
    ],
)
def test_bad_rosters_are_refused(runtime: Runtime, act: object, words: str) -> None:
    ids = programme(runtime)
    with runtime.work(TEAM_KE) as work, pytest.raises((BadInput, NotFound), match=words):
        act(work, ids.first, staff_of(work, ids.sites[0]))  # type: ignore[operator]


def test_who_is_away_cannot_stand_in(runtime: Runtime) -> None:
    ids = programme(runtime)
    with runtime.work(TEAM_KE) as work:
        here, there = (staff_of(work, each) for each in ids.sites)
        roster(work, ids.first, here)
        first = rosters.report_absence(work, ids.first, here[0], CUT_OVER)
        second = rosters.report_absence(work, ids.first, here[1], CUT_OVER)
        rosters.assign_cover(work, ids.first, first, there[0])
        for person, words in (
            (there[0], "stands in elsewhere that day"),
            (here[2], "works at S-KE-0001 that day anyway"),
        ):
            with pytest.raises(Conflict, match=words):
                rosters.assign_cover(work, ids.first, second, person)
        with pytest.raises(Conflict, match="stands in for this absence already"):
            rosters.assign_cover(work, ids.first, first, there[1])
        with pytest.raises(Conflict, match="absent on Wed 11 Mar 2026 already"):
            rosters.report_absence(work, ids.first, here[0], CUT_OVER)


def test_each_market_has_its_own_people(runtime: Runtime) -> None:
    ids = programme(runtime)
    with runtime.work(TEAM_TZ) as work, pytest.raises(NotFound):
        roster(work, ids.first, [])
    with runtime.work(TEAM_KE) as work, pytest.raises(NotAllowed):
        course(work, ids.programme)
    both = programme(runtime, waves=["KE", "TZ"], name="Both", prefix="B-")
    with runtime.work(PLANNER) as work:
        tills = course(work, both.programme)
        abroad = staff_of(work, both.sites[1])[:1]
        with pytest.raises(BadInput, match="not in KE"):
            plan(work, both.programme, tills, market="KE", people=abroad)


def test_the_planner_shows_a_week_and_proposes_sessions(runtime: Runtime) -> None:
    ids = programme(runtime, sites=3, staff=4, site={"minimum_staff": 3})
    with runtime.work(PLANNER) as work:
        tills = course(work, ids.programme)
        here = staff_of(work, ids.sites[0])
        plan(work, ids.programme, tills, site_id=ids.sites[0], people=here[:1])
        view = planner_queries.planner(work, ids.programme, MONDAY)
        assert view.days[0] == MONDAY
        assert view.trainers == ["Ana Sousa"]
        (shown,) = view.at("Ana Sousa", TUESDAY)
        assert (shown.hours, [each.name for each in shown.people]) == ("09:00-12:00", ["Seller 1"])
        assert view.sites[0].days[TUESDAY].on_site == 3
        assert [each.open for each in view.sites] == [4, 4, 4]
        found = planner_queries.suggestion(view, ["Ana Sousa", "Ben"], 6)
        placed = [person for each in found.sessions for person in each.people]
        assert len(placed) + len(found.left) == 11
        assert not any(
            each.slot.trainer == "Ana Sousa" and each.slot.day == TUESDAY for each in found.sessions
        )
        sunday = MONDAY + timedelta(days=6)
        assert not any(each.slot.day == sunday for each in found.sessions), "closed, no roster"
        for each in found.sessions:
            market, _, region = each.region.partition("/")
            plan(
                work,
                ids.programme,
                tills,
                market=market,
                region=region,
                people=each.people,
                trainer=each.slot.trainer,
                day=each.slot.day,
            )


def test_a_week_needs_the_same_statements_for_few_and_many(runtime: Runtime) -> None:
    counted = []
    for number, sites in enumerate((2, 30)):
        ids = programme(runtime, sites=sites, name=f"P{number}", prefix=f"P{number}-")
        with runtime.work(PLANNER) as work:
            tills = course(work, ids.programme)
            plan(work, ids.programme, tills, market="KE", trainer=f"Trainer {number}")
        with runtime.view(PLANNER) as work, statements(runtime.engine) as sent:
            planner_queries.planner(work, ids.programme, MONDAY)
            queries.standing(work, ids.rollouts)
        counted.append(len(sent))
    assert counted[0] == counted[1]
