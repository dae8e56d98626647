"""From alerts to incidents, turn by turn, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents import actions, jobs, queries
from incidents.lifecycle import State
from incidents.models import ComponentState, IncidentAlert
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Priority, Severity
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import WATCH
from tests import factories
from tests.incidents.stories import Story

CHAIN = "ussd-ke > api-ke > db-ke"


def test_r1_one_incident_at_the_cause_with_its_symptoms(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("ussd-ke", "api-ke", "db-ke", summary="writes time out")
    story.settle()
    incident = story.live()["db-ke"]
    assert list(story.live()) == ["db-ke"]
    assert incident.title == "db-ke: writes time out"
    assert incident.alerts == 3
    assert incident.reason == (
        "db-ke critical since 08:00 UTC; 2 components need it and fail too, "
        "with nothing healthy between."
    )
    assert story.events() == ["Opened db-ke"]


def test_a_component_that_needs_nothing_opens_at_once(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke")
    story.turn()
    assert story.alone() == ["db-ke"]


def test_what_may_have_a_deeper_cause_waits_three_seconds(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("ussd-ke")
    story.turn()
    assert story.alone() == []
    story.turn(2)
    assert story.alone() == []
    story.turn(1)
    assert story.alone() == ["ussd-ke"]


def test_r6_a_late_cause_takes_the_open_symptoms(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("ussd-ke")
    story.settle()
    story.until(45)
    story.fire("db-ke")
    story.turn()
    assert story.alone() == ["db-ke"]
    live = story.live()
    assert live["ussd-ke"].parent_id == live["db-ke"].id
    assert story.events() == ["Opened ussd-ke", "Opened db-ke", "Nested ussd-ke"]
    story.turn(1)
    assert len(story.events()) == 3, "told once"


def test_r7_a_symptom_that_outlives_its_cause_stands_alone(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("ussd-ke", "db-ke")
    story.settle()
    story.until(600)
    story.clear("db-ke")
    story.turn()
    assert story.alone() == ["db-ke"], "symptoms go on: it stays"
    story.until(719)
    assert story.alone() == ["db-ke"]
    story.until(720)
    assert story.alone() == ["ussd-ke"]
    assert story.events() == ["Opened db-ke", "Opened ussd-ke", "Recovered db-ke"]
    with story.runtime.view(SYSTEM) as work:
        assert "over: its cause has cleared; ussd-ke goes on as INC-2" in [
            each.text for each in queries.timeline(work, 1)
        ]


def test_r7_an_incident_that_was_nested_stands_alone_again(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("ussd-ke")
    story.settle()
    story.fire("db-ke")
    story.turn(10)
    story.clear("db-ke")
    story.turn(10)
    story.turn(119)
    assert story.alone() == ["db-ke"]
    story.turn(1)
    assert story.alone() == ["ussd-ke"]
    assert story.events() == [
        "Opened ussd-ke",
        "Opened db-ke",
        "Nested ussd-ke",
        "Unnested ussd-ke",
        "Recovered db-ke",
    ]
    with story.runtime.view(SYSTEM) as work:
        assert "over: its cause has cleared; ussd-ke goes on as INC-1" in [
            each.text for each in queries.timeline(work, 2)
        ]


def test_it_recovers_by_itself_when_all_is_clear(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("ussd-ke", "db-ke")
    story.settle()
    story.clear("db-ke")
    story.turn(30)
    story.clear("ussd-ke")
    story.turn(30)
    assert story.states() == {"db-ke": State.RESOLVED}
    assert story.events() == ["Opened db-ke", "Recovered db-ke"]
    with story.runtime.view(SYSTEM) as work:
        kinds = [each.kind for each in queries.timeline(work, 1) if each.source != "alerts"]
    assert kinds == ["recovered", "cause", "joined", "opened"]


def test_r9_a_shared_cause_touches_every_market(story: Story) -> None:
    story.estate("core-ls > dc-jnb, core-mz > dc-jnb")
    story.fire("core-ls", "core-mz", "dc-jnb")
    story.settle()
    with story.runtime.view(SYSTEM) as work:
        wall = queries.wall(work)
    assert [each.component for each in wall.lines] == ["dc-jnb"]
    assert {"LS", "MZ"} <= set(wall.lines[0].markets)


def test_r5_a_symptom_under_two_causes_is_listed_twice_and_counted_once(story: Story) -> None:
    story.estate("api-ke > link-a|link-b")
    story.fire("link-a", "link-b", "api-ke")
    story.settle()
    assert story.alone() == ["link-a", "link-b"]
    with story.runtime.view(SYSTEM) as work:
        lines = queries.wall(work).lines
    assert [each.symptoms for each in lines] == [1, 1]
    assert sorted(each.alerts for each in lines) == [1, 2]


def test_d8_a_resolve_of_the_unknown_opens_nothing(story: Story) -> None:
    story.estate(CHAIN)
    story.began["db-ke/SuccessLow"] = factories.EIGHT
    story.clear("db-ke")
    story.settle()
    assert story.all() == []


def test_d4_d5_a_rise_takes_the_acknowledgement_back_a_fall_does_not(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke")
    story.turn()
    with story.runtime.work(SYSTEM) as work:
        actions.acknowledge(work, 1)
    story.clock.at = factories.at(60)
    story.fire("db-ke", severity=Severity.WARNING)
    story.turn()
    assert story.live()["db-ke"].state is State.ACKNOWLEDGED
    assert story.live()["db-ke"].severity == Severity.WARNING
    assert story.live()["db-ke"].priority is Priority.P2, "it does not fall by itself"
    story.clock.at = factories.at(2000)
    story.fire("db-ke")
    story.turn()
    assert story.live()["db-ke"].state is State.OPEN
    assert story.events() == ["Opened db-ke", "Acknowledged db-ke", "Worsened db-ke"]


def test_d12_a_relapse_within_a_day_reopens_the_same_incident(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke")
    story.turn()
    story.clear("db-ke")
    story.turn(60)
    story.fire("db-ke")
    story.turn(24 * 3600)
    assert [(each.state, each.alerts) for each in story.all()] == [(State.REOPENED, 1)]
    story.clear("db-ke")
    story.turn(60)
    story.fire("db-ke")
    story.turn(24 * 3600 + 1)
    first, second = story.all()
    assert (first.state, second.state) == (State.RESOLVED, State.OPEN)
    assert second.previous_id == first.id


def test_unknown_components_gather_by_market_and_alert(story: Story) -> None:
    story.estate(CHAIN)
    reports = [
        factories.report(component="", market=market, name=f"Rule{rule}", instance=f"i{number}")
        for market in ("KE", "TZ")
        for rule in range(5)
        for number in range(75)
    ]
    story.send(*reports)
    story.settle()
    assert len(story.alone()) == 10
    assert all(each.alerts == 75 for each in story.all())
    assert story.live()["?KE/Rule0"].title == "Rule0 in KE and 74 more alerts of no known component"


def test_stale_alerts_keep_the_incident_and_say_so(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke")
    story.turn()
    story.clock.at = factories.at(300)
    story.fire("db-ke", state=AlertState.STALE)
    story.turn()
    assert story.alone() == ["db-ke"]
    with story.runtime.view(SYSTEM) as work:
        texts = [each.text for each in queries.timeline(work, 1)]
    assert "db-ke: its source prometheus is silent since 08:05 UTC" in texts


def test_three_failures_suspect_the_silent_component_they_share(story: Story) -> None:
    story.estate("a-ke > core, b-tz > core, c-mz > core, core > dc")
    story.fire("a-ke", "b-tz", "c-mz")
    story.settle()
    incident = story.live()["core"]
    assert story.alone() == ["core"]
    assert incident.is_suspected
    assert incident.reason.startswith("Suspected: 3 components in 3 markets need core and fail")


def test_a_suspicion_is_confirmed_when_the_component_reports(story: Story) -> None:
    story.estate("a-ke > core, b-tz > core, c-mz > core, core > dc")
    story.fire("a-ke", "b-tz", "c-mz")
    story.settle()
    story.fire("core", summary="gone")
    story.turn(20)
    incident = story.live()["core"]
    assert len(story.all()) == 1
    assert not incident.is_suspected
    assert incident.title == "core: gone"


def test_a_suspicion_sinks_to_a_deeper_cause(story: Story) -> None:
    story.estate("a-ke > core, b-tz > core, c-mz > core, core > dc")
    story.fire("a-ke", "b-tz", "c-mz")
    story.settle()
    story.fire("dc")
    story.turn(20)
    assert [each.component for each in story.all()] == ["dc"]
    assert story.events() == ["Opened core", "Rerooted dc"]
    story.clear("dc", "a-ke", "b-tz", "c-mz")
    story.turn(20)
    assert story.states() == {"dc": State.RESOLVED}


def test_a_suspicion_widens_instead_of_multiplying(story: Story) -> None:
    markets = ("ke", "tz")
    graph = ", ".join(f"s{n}-{m} > api-{m} > core" for m in markets for n in range(3))
    story.estate(graph)
    story.fire("s0-ke", "s1-ke", "s2-ke")
    story.settle()
    assert story.alone() == ["api-ke"]
    story.fire("s0-tz", "s1-tz", "s2-tz")
    story.turn(5)
    story.turn(3)
    assert [each.component for each in story.all()] == ["core"]
    assert story.live()["core"].is_suspected


def test_turning_again_changes_nothing(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("ussd-ke", "db-ke")
    story.settle()
    with story.runtime.view(SYSTEM) as work:
        before = [row.version for row in story.all()], len(queries.timeline(work, 1))
    story.fire("ussd-ke", "db-ke")
    story.turn(1)
    story.turn(1)
    with story.runtime.view(SYSTEM) as work:
        assert ([row.version for row in story.all()], len(queries.timeline(work, 1))) == before


def test_tallies_follow_every_change_exactly(story: Story) -> None:
    story.estate(CHAIN)
    for step in range(3):
        story.clock.at = factories.at(step * 10)
        for number in range(4):
            severity = Severity(1 + (step + number) % 4)
            story.fire("db-ke", severity=severity, name=f"n{number}")
    story.clock.at = factories.at(60)
    story.clear("db-ke", name="n0")
    story.fire("db-ke", name="n1", state=AlertState.STALE)
    story.turn()
    with story.runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(ComponentState)).one()
        counts = (row.critical, row.error, row.warning, row.info, row.stale)
        open_now = list(work.session.scalars(select(IncidentAlert).where(IncidentAlert.state < 2)))
    assert len(open_now) == 3
    assert counts == tuple(
        sum(1 for each in open_now if each.severity == severity) for severity in (4, 3, 2, 1)
    ) + (1,)


@pytest.mark.parametrize(
    ("component", "name"),
    [
        pytest.param("", "Watchdog", id="placed nowhere"),
        pytest.param("db-ke", "SuccessLow", id="at a component"),
    ],
)
def test_information_opens_no_incident_by_itself(story: Story, component: str, name: str) -> None:
    story.estate(CHAIN)
    story.fire(component, severity=Severity.INFO, name=name)
    story.settle()
    story.turn(600)
    assert story.all() == []
    story.fire(component, severity=Severity.WARNING, name=name)
    story.turn(10)
    assert len(story.alone()) == 1, "what is a warning meanwhile opens one"


def test_information_joins_what_is_open_and_keeps_nothing_open(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("db-ke")
    story.turn()
    story.fire("db-ke", "ussd-ke", name="Note", severity=Severity.INFO)
    story.turn(5)
    incident = story.live()["db-ke"]
    assert (story.alone(), incident.alerts, incident.severity) == (["db-ke"], 3, Severity.CRITICAL)
    story.clear("db-ke")
    story.turn(60)
    assert story.states() == {"db-ke": State.RESOLVED}
    story.turn(600)
    assert story.alone() == []
    story.fire("db-ke")
    story.turn(60)
    assert story.states() == {"db-ke": State.REOPENED}


def test_information_that_a_person_took_out_stays_where_it_was_put(story: Story) -> None:
    story.estate(CHAIN)
    story.fire("db-ke")
    story.fire("ussd-ke", severity=Severity.INFO)
    story.settle()
    with story.runtime.work(SYSTEM) as work:
        actions.split(work, 1, ["ussd-ke"])
    story.turn(600)
    assert story.alone() == ["db-ke", "ussd-ke"]
    story.clear("ussd-ke")
    story.turn(10)
    assert story.alone() == ["db-ke"]


def test_a_tally_that_was_zero_for_a_day_is_forgotten(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke", "ussd-ke")
    story.settle()
    story.clear("db-ke")
    story.turn(60)
    cleared = story.clock.now()
    kept = {}
    for seconds in (24 * 3600 - 1, 24 * 3600):
        story.clock.at = cleared + timedelta(seconds=seconds)
        jobs.close_old(story.runtime)
        with story.runtime.view(SYSTEM) as work:
            kept[seconds] = sorted(work.session.scalars(select(ComponentState.component)))
    assert kept == {86399: ["db-ke", "ussd-ke"], 86400: ["ussd-ke"]}
    story.fire("db-ke")
    story.turn()
    assert "db-ke" in story.live(), "it is counted anew"


def test_the_title_follows_the_worst_alert_of_the_cause(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke", name="Unhealthy", severity=Severity.WARNING, summary="says it is degraded")
    story.turn()
    assert story.live()["db-ke"].title == "db-ke: says it is degraded"
    story.turn(300)
    story.fire("db-ke", name="Slow", summary="answers in 9 s, limit 2 s")
    story.turn(1)
    worst = story.live()["db-ke"]
    assert (worst.title, worst.severity) == ("db-ke: answers in 9 s", Severity.CRITICAL)
    story.fire("ussd-ke", summary="menu is dark")
    story.turn(4)
    assert story.live()["db-ke"].title == "db-ke: answers in 9 s", "a symptom does not lead"
    story.clear("db-ke", name="Slow")
    story.turn(1)
    assert story.live()["db-ke"].title == "db-ke: says it is degraded"


def test_a_title_that_a_person_worded_stays(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    with story.runtime.work(SYSTEM) as work:
        factories.incident(work, component="db-ke", title="Ledger night works", title_told=[])
    story.fire("db-ke", name="Slow", summary="answers in 9 s")
    story.turn()
    assert story.live()["db-ke"].title == "Ledger night works"


def test_a_check_that_cannot_be_asked_is_an_incident_but_no_cause(story: Story) -> None:
    story.estate("ussd-ke > db-ke > dc")
    story.fire("db-ke", name="CheckMisconfigured", severity=Severity.WARNING, way=WATCH)
    story.settle()
    assert story.alone() == ["db-ke"]
    story.turn(60)
    story.fire("ussd-ke")
    story.settle()
    assert story.alone() == ["db-ke", "ussd-ke"], "our password explains no outage"
    story.fire("db-ke", name="Unhealthy", severity=Severity.ERROR)
    story.settle()
    assert story.alone() == ["db-ke"], "what it says of itself does"
    story.clear("db-ke", name="Unhealthy")
    story.clear("ussd-ke")
    story.turn(10)
    assert story.alone() == ["db-ke"]
    story.clear("db-ke", name="CheckMisconfigured", way=WATCH)
    story.turn(10)
    assert story.alone() == []
    with story.runtime.view(SYSTEM) as work:
        assert {each.ours for each in work.session.scalars(select(ComponentState))} == {0}
