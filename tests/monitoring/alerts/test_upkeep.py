"""The archive, the change log, refused input, noise, and who may bring alerts."""

from datetime import timedelta
from typing import Any

import pytest

from ssoc.core.errors import NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Actor, Permission, Role
from ssoc.monitoring import jobs, queries
from ssoc.monitoring.actions import Change, count_fault, ingest, record_change, take_transitions
from ssoc.monitoring.queries import AlertFilter, Noise, Wanted
from tests.factories import at, person, report
from tests.monitoring.alerts.story import FIRING, LABELS, RESOLVED, Story

DAY = 86_400
ARCHIVED = "select count(*) from alert_archive"


def life(story: Story, begin: float, **more: Any) -> None:
    """Let an alert fire and resolve a minute later, and incidents take note of it."""
    story.go_to(begin)
    story.say(start=begin, **more)
    story.go_to(begin + 60)
    story.say(start=begin, state=RESOLVED, **more)
    with story.runtime.work(SYSTEM) as work:
        take_transitions(work, 100)


def test_a_resolved_alert_goes_into_the_archive_and_can_be_read_there(story: Story) -> None:
    life(story, 0, summary="71 %", annotations={"a": "b"})
    with story.runtime.view(SYSTEM) as work:
        (row,) = queries.alerts(work, AlertFilter(wanted=Wanted.RESOLVED)).alerts
        before = queries.alert(work, row.id)
    story.go_to(60 + 7 * DAY)
    jobs.retain_alerts(story.runtime)
    assert story.rows(ARCHIVED) == [(0,)], "not yet"
    story.go_to(61 + 7 * DAY)
    jobs.retain_alerts(story.runtime)
    assert story.rows(ARCHIVED) == [(1,)]
    for table in ("alert", "alert_detail", "alert_source", "alert_transition"):
        assert story.rows(f"select count(*) from {table}") == [(0,)]  # noqa: S608
    with story.runtime.view(SYSTEM) as work:
        assert queries.alert(work, row.id) == before
    with pytest.raises(NotAllowed), story.runtime.view(person("t", Role.AUDITOR, "TZ")) as work:
        queries.alert(work, row.id)


def test_an_alert_that_comes_back_from_the_archive_begins_anew(story: Story) -> None:
    life(story, 0)
    story.go_to(8 * DAY)
    jobs.retain_alerts(story.runtime)
    life(story, 9 * DAY)
    with story.runtime.view(SYSTEM) as work:
        (row,) = queries.alerts(work, AlertFilter(wanted=Wanted.RESOLVED)).alerts
        assert [each.number for each in queries.alert(work, row.id).changes] == [1, 0]
    story.go_to(17 * DAY)
    jobs.retain_alerts(story.runtime)
    assert story.rows(ARCHIVED) == [(2,)]
    story.go_to(401 * DAY)
    jobs.retain_alerts(story.runtime)
    assert story.rows(ARCHIVED) == [(1,)], "kept for 400 days"
    story.go_to(500 * DAY)
    jobs.retain_alerts(story.runtime)
    with pytest.raises(NotFound, match="archive"), story.runtime.view(SYSTEM) as work:
        queries.alert(work, row.id)


def test_nothing_leaves_before_incidents_have_seen_it_nor_while_open(story: Story) -> None:
    story.say(labels={**LABELS, "instance": "open"})
    story.say(labels={**LABELS, "instance": "unseen"})
    story.go_to(60)
    story.say(labels={**LABELS, "instance": "unseen"}, state=RESOLVED)
    story.go_to(30 * DAY)
    jobs.retain_alerts(story.runtime)
    assert story.rows("select count(*) from alert") == [(2,)]
    with story.runtime.work(SYSTEM) as work:
        assert len(take_transitions(work, 100)) == 3
    jobs.retain_alerts(story.runtime)
    assert [state for state, _ in story.states()] == [FIRING]


def test_three_thousand_leave_in_batches(story: Story) -> None:
    reports = [
        story.report(labels={**LABELS, "instance": str(n)}, state=RESOLVED) for n in range(3_000)
    ]
    story.tell(*reports)
    story.go_to(8 * DAY)
    jobs.retain_alerts(story.runtime)
    assert story.rows(ARCHIVED) == [(3_000,)]


@pytest.mark.parametrize(
    ("markets", "market", "may"),
    [
        pytest.param(["KE"], "KE", True, id="its market"),
        pytest.param(["KE"], "TZ", False, id="another"),
        pytest.param(["KE"], "", False, id="nobody's"),
        pytest.param(["*"], "", True, id="nobody's, from everywhere"),
    ],
)
def test_who_may_bring_alerts(story: Story, markets: list[str], market: str, may: bool) -> None:
    actor = Actor("token:p", frozenset((Permission.ALERT_INGEST, each) for each in markets))
    reports = [report(market=market), report(market=markets[0].replace("*", "KE"), instance="2")]
    if may:
        with story.runtime.work(actor) as work:
            assert ingest(work, reports) == 2
    else:
        with pytest.raises(NotAllowed), story.runtime.work(actor) as work:
            ingest(work, reports)
        assert story.rows("select count(*) from alert") == [(0,)]


def test_what_fails_later_gives_the_transitions_back(story: Story) -> None:
    story.say()
    with pytest.raises(ZeroDivisionError), story.runtime.work(SYSTEM) as work:
        work.now.replace(year=len(take_transitions(work, 10)) // 0)
    with story.runtime.view(SYSTEM) as work:
        assert queries.waiting_transitions(work) == 1
    with story.runtime.work(SYSTEM) as work:
        assert [each.state for each in take_transitions(work, 10)] == [FIRING]
        assert take_transitions(work, 10) == []
        assert take_transitions(work, 0) == []


def test_the_change_log(story: Story) -> None:
    machine = Actor("token:ci", frozenset({(Permission.CHANGE_REPORT, "KE")}))
    odd = {"text": "a\0b", "list": [1, {"x\0": "\ud83d"}]}
    first = Change(at(0), "ci", "Deploy 7.1" + "!" * 2000, "KE", "core-ke", "CHG-7", odd)
    with story.runtime.work(machine) as work:
        record_change(work, first)
    with pytest.raises(NotAllowed), story.runtime.work(machine) as work:
        record_change(work, Change(at(0), "ci", "x", "TZ"))
    with story.runtime.work(SYSTEM) as work:
        record_change(work, Change(at(60), "ci", "Somewhere", links=({"href": "http://x"},)))
    with story.runtime.view(SYSTEM) as work:
        assert [each.summary[:9] for each in queries.changes(work, [], at(0))] == [
            "Somewhere",
            "Deploy 7.",
        ]
        (only,) = queries.changes(work, ["core-ke"], at(0))
        assert queries.changes(work, ["core-ke"], at(1)) == []
    assert (only.reference, len(only.summary), only.details["text"]) == ("CHG-7", 1024, "ab")
    with story.runtime.view(person("t", Role.NOC_OPERATOR, "TZ")) as work:
        assert queries.changes(work, [], at(0)) == []


def test_refused_input_is_counted_with_its_newest_example(story: Story) -> None:
    for number in range(3):
        story.go_to(number)
        with story.runtime.work(SYSTEM) as work:
            count_fault(work, "push", "prom-ke", "not JSON", f"body {number}\0" + "x" * 900)
    with story.runtime.work(SYSTEM) as work:
        count_fault(work, "webhook", "", "unknown token", "")
    with story.runtime.view(person("o", Role.NOC_OPERATOR)) as work:
        found = {(each.way, each.kind): each for each in queries.faults(work)}
    fault = found["push", "not JSON"]
    assert (fault.faults, fault.example[:6], len(fault.example)) == (3, "body 2", 500)
    assert fault.last_at == story.at(2)
    assert found["webhook", "unknown token"].faults == 1
    with pytest.raises(NotAllowed), story.runtime.view(person("e", Role.EXECUTIVE)) as work:
        queries.faults(work)


def test_noise_and_sources_of_the_last_hour(story: Story) -> None:
    for at_minute in (10, 50, 70):  # 08:10, 08:50, 09:10
        story.go_to(at_minute * 60)
        story.say(labels={**LABELS, "instance": str(at_minute % 60)})
    story.go_to(90 * 60)
    with story.runtime.view(SYSTEM) as work:
        assert queries.noise(work) == Noise(events=2, alerts=1)
        (source,) = queries.sources(work)
    assert (source.source, source.way, source.market, source.alerts) == (
        "prometheus",
        "push",
        "KE",
        3,
    )
    assert story.began_at + timedelta(minutes=70) == source.last_at
