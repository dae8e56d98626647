"""The clocks of incidents through their life, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from incidents import actions
from incidents.clock_actions import start_clocks
from incidents.clock_jobs import renew_calendars, watch_clocks
from incidents.clock_queries import ClockView, at_risk, clocks_of, next_clock
from incidents.models import ClockEvent, Incident, TimelineEntry
from ssoc.core.clock import FrozenClock
from ssoc.core.clocks import Party, Status
from ssoc.core.errors import BadInput, BadSettings, Conflict, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.running import revision
from ssoc.core.settings import PrioritySettings
from ssoc.core.vocabulary import Priority, Severity
from ssoc.core.work import Runtime, Work
from ssoc.estate import actions as estate_actions
from ssoc.estate.plain import key_of
from tests import factories
from tests.factories import EIGHT
from tests.incidents.stories import Story

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AMINA = factories.person("amina", Role.INCIDENT_MANAGER, "KE")
VIEWER = factories.person("vera", Role.EXECUTIVE, "KE")


@pytest.fixture
def number(runtime: Runtime) -> int:
    """Give a P1 in Kenya, opened at eight."""
    return opened(runtime)


def opened(runtime: Runtime, *markets: str, **given: object) -> int:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        incident = factories.incident(work, markets or ("KE",), **given)
        start_clocks(work, incident)
        return incident.id


@contextmanager
def by_amina(runtime: Runtime) -> Iterator[Work]:
    with runtime.work(AMINA) as work:
        yield work


def read(runtime: Runtime, number: int) -> dict[str, ClockView]:
    with runtime.view(AMINA) as work:
        return {each.name: each for each in clocks_of(work, [number])[number]}


def told(runtime: Runtime, number: int) -> list[str]:
    with runtime.view(SYSTEM) as work:
        rows = select(TimelineEntry.text).where(TimelineEntry.incident_id == number)
        return list(work.session.scalars(rows.order_by(TimelineEntry.id)))


def test_a_new_incident_has_the_clocks_of_its_priority(runtime: Runtime, number: int) -> None:
    found = read(runtime, number)
    assert {name: view.words for name, view in found.items()} == {
        "response": "due 08:05 UTC · 5 min",
        "update": "due 08:30 UTC · 30 min",
        "resolve": "due 12:00 UTC · 4 h",
    }
    assert {(each.priority, each.market, each.calendar) for each in found.values()} == {
        ("P1", "KE", "24x7, Africa/Nairobi")
    }
    first = next_clock(found.values())
    assert first is not None
    assert first.name == "response"


def test_taking_updating_and_resolving_move_the_clocks(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(4 * MINUTE)
    with by_amina(runtime) as work:
        actions.acknowledge(work, number)
    clock.advance(16 * MINUTE)
    with by_amina(runtime) as work:
        actions.update(work, number, "Payments in Kenya fail; we work on it.")
    found = read(runtime, number)
    assert found["response"].words == "met 08:04 UTC · 5 min"
    assert found["update"].words == "due 08:50 UTC · 30 min"
    clock.advance(40 * MINUTE)
    with by_amina(runtime) as work:
        actions.resolve(work, number, "restarted")
    clock.advance(3 * HOUR)
    found = read(runtime, number)
    assert [found[name].status for name in ("response", "update", "resolve")] == [
        Status.MET,
        Status.MISSED,
        Status.MET,
    ]
    assert found["resolve"].clock.accrued == HOUR
    assert next_clock(found.values()) is None


def test_a_note_is_no_update(runtime: Runtime, clock: FrozenClock, number: int) -> None:
    clock.advance(20 * MINUTE)
    with by_amina(runtime) as work:
        actions.note(work, number, "called the vendor")
    assert read(runtime, number)["update"].due_at == EIGHT + 30 * MINUTE


def test_the_clock_stands_still_while_the_vendor_has_the_ball(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(HOUR)
    with by_amina(runtime) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs asked, case 4711")
    clock.advance(90 * MINUTE)
    held = read(runtime, number)
    assert held["resolve"].words == "paused, waiting for vendor, 3 h left · 4 h"
    assert held["update"].status is Status.BREACHED, "the others run on"
    with by_amina(runtime) as work:
        actions.resume_clock(work, number, "resolve", "vendor", "logs came")
    found = read(runtime, number)["resolve"]
    assert found.due_at == EIGHT + 5.5 * HOUR
    assert found.clock.held == {Party.US: HOUR, Party.VENDOR: 1.5 * HOUR}
    assert found.clock.segments[1].reason == "logs asked, case 4711"
    assert told(runtime, number) == [
        "resolve clock paused, waiting for vendor: logs asked, case 4711",
        "resolve clock goes on, no longer waiting for vendor: logs came",
    ]


def test_all_clocks_pause_at_once_and_later_one_by_one(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(MINUTE)
    with by_amina(runtime) as work:
        actions.pause_clock(work, number, "update", "customer", "call at nine")
        actions.pause_clock(work, number, "*", "customer", "site is closed")
    assert {each.status for each in read(runtime, number).values()} == {Status.PAUSED}
    clock.advance(MINUTE)
    with by_amina(runtime) as work:
        actions.resume_clock(work, number, "update", "customer")
        actions.resume_clock(work, number, "*", "customer")
    assert Status.PAUSED not in {each.status for each in read(runtime, number).values()}


def test_a_pause_counts_from_when_it_was_asked_and_what_was_known_stays_known(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(2 * HOUR)
    with by_amina(runtime) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs", at=EIGHT + HOUR)
    clock.advance(HOUR)
    with runtime.view(AMINA) as work:
        as_known, now = (
            clocks_of(work, [number], known_at=at)[number][2]
            for at in (EIGHT + 1.5 * HOUR, work.now)
        )
    assert (as_known.clock.accrued, as_known.status) == (1.5 * HOUR, Status.ON_TRACK)
    assert (now.clock.accrued, now.status) == (HOUR, Status.PAUSED)
    assert told(runtime, number)[0].startswith(
        "resolve clock paused, waiting for vendor since 09:00"
    )


def test_a_disputed_pause_is_shown_both_ways(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(HOUR)
    with by_amina(runtime) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs")
    clock.advance(4 * HOUR)
    paused = read(runtime, number)["resolve"]
    with by_amina(runtime) as work:
        actions.dispute_pause(work, number, paused.pauses[0].number, "the logs were there")
    found = read(runtime, number)["resolve"]
    assert (found.status, found.left) == (Status.PAUSED, 3 * HOUR)
    assert found.without_disputed is not None
    assert found.without_disputed.status is Status.BREACHED
    assert found.without_disputed.left == -HOUR
    with pytest.raises(BadInput, match="no pause 9999"), by_amina(runtime) as work:
        actions.dispute_pause(work, number, 9999, "no such thing")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"clock": "fix"}, "no clock 'fix'", id="clock"),
        pytest.param({"party": "nobody"}, "no party 'nobody'", id="party"),
        pytest.param({"reason": " "}, "reason is empty", id="reason"),
        pytest.param({"at": EIGHT - MINUTE}, "between its opening", id="before the opening"),
        pytest.param({"at": EIGHT + 2 * HOUR}, "between its opening", id="in the future"),
        pytest.param({"at": EIGHT.replace(tzinfo=None)}, "with its zone", id="naive"),
    ],
)
def test_pauses_that_make_no_sense_are_refused(
    runtime: Runtime, clock: FrozenClock, number: int, given: dict[str, object], said: str
) -> None:
    clock.advance(HOUR)
    usual: dict[str, object] = {"clock": "resolve", "party": "vendor", "reason": "logs"}
    with pytest.raises(BadInput, match=said), by_amina(runtime) as work:
        actions.pause_clock(work, number, **{**usual, **given})  # type: ignore[arg-type]


def test_a_pause_is_opened_once_and_ended_once(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(HOUR)
    with pytest.raises(Conflict, match="no resolve clock"), by_amina(runtime) as work:
        actions.resume_clock(work, number, "resolve", "vendor")
    with by_amina(runtime) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs")
    with pytest.raises(Conflict, match="waits for vendor already"), by_amina(runtime) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs")
    with pytest.raises(BadInput, match="began at 09:00"), by_amina(runtime) as work:
        actions.resume_clock(work, number, "resolve", "vendor", at=EIGHT + 30 * MINUTE)
    with by_amina(runtime) as work:
        actions.acknowledge(work, number)
    with pytest.raises(Conflict, match="no response clock of INC-1 runs"), by_amina(runtime) as w:
        actions.pause_clock(w, number, "response", "vendor", "logs")
    with by_amina(runtime) as work:
        actions.resolve(work, number)
    with pytest.raises(Conflict, match="its clocks have stopped"), by_amina(runtime) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs")


def test_pausing_is_work(runtime: Runtime, number: int) -> None:
    with pytest.raises(NotAllowed), runtime.work(VIEWER) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs")
    stranger = factories.person("tom", Role.NOC_OPERATOR, "TZ")
    with pytest.raises(NotFound), runtime.work(stranger) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs")


def test_clocks_out_of_sight_stay_out_of_sight(runtime: Runtime, number: int) -> None:
    with runtime.view(factories.person("tom", Role.NOC_OPERATOR, "TZ")) as work:
        assert clocks_of(work, [number, 999]) == {}
        assert at_risk(work) == []


def test_another_priority_gives_other_targets_from_now_on(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = opened(runtime, priority=Priority.P2)
    clock.advance(3 * HOUR)
    with by_amina(runtime) as work:
        actions.prioritise(work, number, Priority.P1, "the whole country is down")
    found = read(runtime, number)
    assert found["resolve"].due_at == EIGHT + 4 * HOUR, "what has passed stays passed"
    assert found["response"].due_at == EIGHT + 3 * HOUR, "never before the change"
    with by_amina(runtime) as work:
        actions.prioritise(work, number, Priority.P3, "one shop only")
    found = read(runtime, number)
    assert list(found) == ["response", "resolve"], "P3 has no update clock"
    assert found["resolve"].calendar == "office KE, Africa/Nairobi"
    clock.advance(HOUR)
    with by_amina(runtime) as work:
        actions.prioritise(work, number, Priority.P1, "no, the country")
    assert read(runtime, number)["update"].due_at == EIGHT + 4.5 * HOUR, "it begins anew"


def test_whoever_has_taken_it_keeps_it_when_the_priority_changes(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = opened(runtime, priority=Priority.P2)
    with by_amina(runtime) as work:
        actions.acknowledge(work, number)
    clock.advance(HOUR)
    with by_amina(runtime) as work:
        actions.prioritise(work, number, Priority.P1, "worse than it looked")
    assert read(runtime, number)["response"].words == "met 08:00 UTC · 15 min"


def test_a_relapse_goes_on_with_the_resolve_clock_and_is_not_late_at_once(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    with by_amina(runtime) as work:
        actions.acknowledge(work, number)
    clock.advance(3 * HOUR)
    with by_amina(runtime) as work:
        actions.resolve(work, number)
    clock.advance(8 * HOUR)
    with by_amina(runtime) as work:
        actions.reopen(work, number, "it failed again")
    found = read(runtime, number)
    assert {name: (view.status, view.left) for name, view in found.items()} == {
        "response": (Status.ON_TRACK, 5 * MINUTE),
        "update": (Status.ON_TRACK, 30 * MINUTE),
        "resolve": (Status.AT_RISK, HOUR),
    }
    assert found["resolve"].clock.held[Party.NOBODY] == 8 * HOUR


def test_at_risk_and_breached_are_said_once_each(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    with by_amina(runtime) as work:
        actions.acknowledge(work, number)
        actions.pause_clock(work, number, "update", "us", "no news before the call")
    before = len(told(runtime, number))
    watch_clocks(runtime)
    assert len(told(runtime, number)) == before, "nothing is at risk yet"
    for step in (3 * HOUR, MINUTE, 59 * MINUTE, MINUTE, HOUR):
        clock.advance(step)
        watch_clocks(runtime)
        watch_clocks(runtime)
    assert told(runtime, number)[before:] == [
        "resolve clock at risk: due 12:00 UTC of 4 h",
        "resolve clock breached: was due 12:00 UTC of 4 h",
    ]


def test_each_missed_update_is_said_by_itself(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    with by_amina(runtime) as work:
        actions.acknowledge(work, number)
    clock.advance(35 * MINUTE)
    watch_clocks(runtime)
    with by_amina(runtime) as work:
        actions.update(work, number, "still at it")
    clock.advance(31 * MINUTE)
    watch_clocks(runtime)
    said = [text for text in told(runtime, number) if "breached" in text]
    assert said == [
        "update clock breached: was due 08:30 UTC of 30 min",
        "update clock breached: was due 09:05 UTC of 30 min",
    ]


def test_a_line_about_a_clock_moves_live_pages_and_reaches_subscribers(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    with runtime.view(SYSTEM) as work:
        was = revision(work.session)
    clock.advance(4 * MINUTE)
    watch_clocks(runtime)
    with runtime.view(SYSTEM) as work:
        assert revision(work.session) > was
    watch_clocks(runtime)
    with runtime.view(SYSTEM) as work:
        assert revision(work.session) == was + 1, "saying nothing changes nothing"


def test_the_wall_lists_clocks_at_risk_by_when_they_are_due(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(50 * MINUTE)
    with runtime.work(SYSTEM) as work:
        other = factories.incident(work, component="api-ke", opened_at=EIGHT + 46 * MINUTE)
        start_clocks(work, other)
        nested = factories.incident(work, component="ussd-ke", parent_id=number, opened_at=EIGHT)
        start_clocks(work, nested)
        second = other.id
    with runtime.view(AMINA) as work:
        found = [(each.incident_id, each.clock.name, each.clock.status) for each in at_risk(work)]
    assert found == [
        (number, "response", Status.BREACHED),
        (number, "update", Status.BREACHED),
        (second, "response", Status.AT_RISK),
    ], "nested incidents are worked on with their cause"


def test_wrong_terms_make_the_job_fail_and_nothing_else(runtime: Runtime, number: int) -> None:
    wrong = replace(runtime.settings, priority=PrioritySettings(clocks="/nowhere/clocks.yaml"))
    broken = replace(runtime, settings=wrong)
    with pytest.raises(BadSettings, match="nowhere"):
        watch_clocks(broken)
    assert opened(broken, component="api-ke") != number
    assert len(read(runtime, number)) == 3


def test_clocks_of_many_incidents_take_two_statements(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        ids = []
        for n in range(30):
            incident = factories.incident(work, component=f"c{n}")
            start_clocks(work, incident)
            ids.append(incident.id)
    with runtime.view(AMINA) as work:
        statements = count(work)
        assert len(clocks_of(work, ids)) == 30
        assert len(statements) == 2


def count(work: Work) -> list[str]:
    from sqlalchemy import event

    seen: list[str] = []
    connection = work.session.connection()
    event.listen(
        connection, "before_cursor_execute", lambda _c, _x, statement, *_: seen.append(statement)
    )
    return seen


def test_rows_are_added_and_never_changed(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    def rows() -> int:
        with runtime.view(SYSTEM) as work:
            return work.session.scalar(select(func.count()).select_from(ClockEvent)) or 0

    counts = [rows()]
    clock.advance(MINUTE)
    with by_amina(runtime) as work:
        actions.pause_clock(work, number, "resolve", "vendor", "logs")
    counts.append(rows())
    with by_amina(runtime) as work:
        actions.resume_clock(work, number, "resolve", "vendor")
    counts.append(rows())
    assert counts == [3, 4, 5]


def test_a_merged_incident_has_no_clock_left(runtime: Runtime, number: int) -> None:
    other = opened(runtime, component="api-ke")
    with by_amina(runtime) as work:
        actions.merge(work, other, number)
        assert work.get(Incident, other).resolved_at == work.now
    assert not any(each.is_running for each in read(runtime, other).values())
    assert all(each.is_running for each in read(runtime, number).values())


def test_a_holiday_declared_meanwhile_moves_what_is_still_to_come(
    runtime: Runtime, clock: FrozenClock
) -> None:
    number = opened(runtime, priority=Priority.P3)  # Monday 11:00 in Nairobi, 27 h of nine
    assert read(runtime, number)["resolve"].due_at == EIGHT + timedelta(days=3)
    clock.advance(HOUR)
    renew_calendars(runtime)
    assert len(rows_of(runtime, number)) == 2, "nothing has changed, nothing is written"
    with runtime.work(SYSTEM) as work:
        added = factories.market("KE", added_holidays={"2026-03-04": "declared last night"})
        known = factories.items_of(factories.estate_of("core-ke"))
        others = [(kind, each) for kind, each in known if key_of(kind, each) != "KE"]
        markets = [("market", added), *others]
        estate_actions.replace(work, markets)
    renew_calendars(runtime)
    renew_calendars(runtime)
    found = read(runtime, number)["resolve"]
    assert found.due_at == EIGHT + timedelta(days=4)
    assert found.clock.accrued == HOUR, "what has passed stays as it was counted"
    assert found.version == "terms 1, estate 2"
    said = [row.reason for row in rows_of(runtime, number) if row.kind == "retarget"]
    assert said == ["terms or calendar changed: terms 1, estate 2"] * 2


def rows_of(runtime: Runtime, number: int) -> list[ClockEvent]:
    with runtime.view(SYSTEM) as work:
        rows = select(ClockEvent).where(ClockEvent.incident_id == number)
        return list(work.session.scalars(rows.order_by(ClockEvent.id)))


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_response_that_nobody_gave_is_not_met(story: Story, is_taken: bool) -> None:
    story.estate("db-ke")
    story.fire("db-ke")
    story.settle()
    number = story.live()["db-ke"].id
    if is_taken:
        with story.runtime.work(SYSTEM) as work:
            actions.acknowledge(work, number)
    story.turn(30)
    story.clear("db-ke")
    story.settle()
    response = read(story.runtime, number)["response"]
    assert response.status is (Status.MET if is_taken else Status.NOT_NEEDED)
    assert response.words.startswith("met" if is_taken else "not needed: recovered by itself ")
    assert not response.status.is_late


def test_who_resolves_it_has_answered_it(story: Story) -> None:
    story.estate("db-ke")
    story.fire("db-ke")
    story.settle()
    number = story.live()["db-ke"].id
    with story.runtime.work(SYSTEM) as work:
        actions.resolve(work, number, "known", force=True)
    assert read(story.runtime, number)["response"].status is Status.MET


def test_the_correlator_starts_stops_and_restarts_the_clocks(story: Story) -> None:
    story.estate("db-ke")
    story.fire("db-ke")
    story.settle()
    number = story.live()["db-ke"].id
    assert {each.is_running for each in read(story.runtime, number).values()} == {True}
    began = read(story.runtime, number)["resolve"].clock.started_at
    story.turn(3600)
    story.clear("db-ke")
    story.settle()
    recovered = read(story.runtime, number)["resolve"]
    assert recovered.status is Status.MET
    late = read(story.runtime, number)["response"]
    assert late.status is Status.BREACHED, "nobody came in time, though it recovered later"
    story.turn(4 * 3600)
    story.fire("db-ke")
    story.settle()
    again = read(story.runtime, number)["resolve"]
    assert (again.is_running, again.clock.started_at) == (True, began)
    assert again.clock.held[Party.NOBODY] >= 4 * HOUR
    assert again.status is not Status.BREACHED, "a relapse is not late at once"


def test_a_rise_of_severity_asks_for_an_answer_again(story: Story) -> None:
    story.estate("db-ke")
    story.fire("db-ke", severity=Severity.WARNING)
    story.settle()
    number = story.live()["db-ke"].id
    with story.runtime.work(AMINA) as work:
        actions.acknowledge(work, number)
    assert not read(story.runtime, number)["response"].is_running
    story.turn(600)
    story.fire("db-ke", severity=Severity.CRITICAL)
    story.settle()
    response = read(story.runtime, number)["response"]
    assert response.is_running
    assert response.clock.accrued < MINUTE
