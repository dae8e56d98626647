"""PagerDuty's acknowledge, from the door to the incident: it is of one episode, and never lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents import jobs
from incidents.lifecycle import State
from incidents.models import Incident, TimelineEntry
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, TokenScope
from ssoc.monitoring.models import AlertAcknowledgement
from ssoc.monitoring.writer import Writer
from tests.ingest.conftest import Room, nothing_here
from web.ingest.door import Door

SECOND = timedelta(seconds=1)


def send(room: Room, action: str, key: str = "KE/success", **details: str) -> None:
    event = {"routing_key": room.token, "event_action": action, "dedup_key": key}
    payload = {"summary": "KE success 71%", "source": "mpesa-ke", "severity": "critical"}
    body = event | {"payload": payload | {"custom_details": details}}
    assert room.post("/v2/enqueue", body, token="").status == 202


def turn(room: Room, clock: FrozenClock, seconds: int = 1) -> list[Incident]:
    """Let seconds pass, each with its turn; return the incidents."""
    for _ in range(seconds):
        clock.advance(SECOND)
        jobs.correlate(room.runtime)
    with room.runtime.view(SYSTEM) as work:
        return list(work.session.scalars(select(Incident).order_by(Incident.id)))


def states(room: Room, clock: FrozenClock, seconds: int = 1) -> list[State]:
    return [each.state for each in turn(room, clock, seconds)]


def test_it_takes_the_incident_and_no_machine_owns_it(room: Room, clock: FrozenClock) -> None:
    send(room, "trigger")
    assert states(room, clock, 5) == [State.OPEN]
    send(room, "acknowledge")
    send(room, "acknowledge")
    [incident] = turn(room, clock)
    assert (incident.state, incident.owner) == (State.ACKNOWLEDGED, "")
    with room.runtime.view(SYSTEM) as work:
        taken = select(TimelineEntry.by).where(TimelineEntry.kind == "acknowledged")
        assert work.session.scalars(taken).all() == ["token:prometheus"], "once"
    assert room.count(AlertAcknowledgement) == 0
    assert room.faults() == {}


def test_it_waits_for_the_incident_that_is_not_open_yet(room: Room, clock: FrozenClock) -> None:
    send(room, "trigger")
    send(room, "acknowledge")
    assert states(room, clock, 5) == [State.ACKNOWLEDGED]
    assert room.count(AlertAcknowledgement) == 0


def test_of_a_finished_episode_it_takes_no_new_failure(room: Room, clock: FrozenClock) -> None:
    for action in ("trigger", "acknowledge", "resolve"):
        send(room, action)
        clock.advance(SECOND / 30)
    turn(room, clock)
    send(room, "trigger")
    assert states(room, clock, 30) == [State.OPEN]


def test_all_between_two_turns_takes_no_new_failure(room: Room, clock: FrozenClock) -> None:
    for action in ("trigger", "acknowledge", "resolve", "trigger"):
        send(room, action)
        clock.advance(SECOND / 30)
    assert states(room, clock, 30) == [State.OPEN]
    assert room.count(AlertAcknowledgement) == 0


def test_of_a_second_episode_it_takes_the_relapse(room: Room, clock: FrozenClock) -> None:
    send(room, "trigger")
    turn(room, clock, 5)
    send(room, "resolve")
    assert states(room, clock) == [State.RESOLVED]
    send(room, "acknowledge")
    send(room, "trigger")
    assert states(room, clock, 30) == [State.REOPENED], "what was over was not taken"
    send(room, "acknowledge")
    assert states(room, clock) == [State.ACKNOWLEDGED]


def test_it_counts_although_the_alert_ends_before_the_next_turn(
    room: Room, clock: FrozenClock
) -> None:
    send(room, "trigger")
    turn(room, clock, 5)
    send(room, "acknowledge")
    send(room, "resolve")
    [incident] = turn(room, clock)
    assert (incident.state, incident.acknowledged_at is None) == (State.RESOLVED, False)


def test_answered_202_it_outlives_the_process(room: Room, clock: FrozenClock) -> None:
    """The door is dropped as a kill -9 would: nothing is flushed or closed."""
    send(room, "trigger")
    send(room, "acknowledge")
    room.door = Door(nothing_here, room.runtime, Writer(room.runtime))
    room.runtime.engine.dispose()
    assert states(room, clock, 5) == [State.ACKNOWLEDGED]
    room.door.close()


@pytest.mark.parametrize("key", ["never seen", "KE/success"])
def test_what_is_not_theirs_is_not_taken(room: Room, clock: FrozenClock, key: str) -> None:
    send(room, "trigger", country="KE")
    room.token = room.new_token("tanzania", TokenScope.INGEST, "TZ")
    send(room, "acknowledge", key)
    assert states(room, clock, 5) == [State.OPEN]
    assert room.count(AlertAcknowledgement) == 0


def test_beyond_the_tokens_markets_it_takes_nothing_and_is_counted(
    room: Room, clock: FrozenClock
) -> None:
    """Its alert joined an incident that another country shares."""
    send(room, "trigger", country="KE")
    turn(room, clock, 5)
    with room.runtime.work(SYSTEM) as work:
        row = AlertAcknowledgement(key=room.alerts()[0].key, started_at=room.alerts()[0].started_at)
        row.by, row.markets, row.at = "token:tanzania", "TZ", work.now
        work.session.add(row)
    assert states(room, clock, 6) == [State.OPEN]
    assert room.count(AlertAcknowledgement) == 0
    assert room.faults() == {("pagerduty", "tanzania", "acknowledged nothing"): 1}
