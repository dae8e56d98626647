"""Dead-man heartbeats, from the command line to the alert."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import ANONYMOUS, SYSTEM, Role
from ssoc.estate import actions as estate_actions
from ssoc.estate import values
from ssoc.monitoring import jobs, queries
from ssoc.monitoring.actions import HeartbeatDraft, create_heartbeat, ping, remove_heartbeat
from ssoc.monitoring.cli import heartbeat
from ssoc.monitoring.rules.heartbeats import Heartbeat, Ping, Pulse
from tests.factories import component, estate_of, items_of, person
from tests.monitoring.alerts.story import FIRING, RESOLVED, Story

ZERO = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def minute(number: float | None) -> datetime | None:
    return None if number is None else ZERO + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("done", "start", "fail", "now", "expect"),
    [
        pytest.param(None, None, None, 999, Pulse.NEW, id="never pinged"),
        pytest.param(0, None, None, 70, Pulse.UP, id="in time, to the last second"),
        pytest.param(0, None, None, 71, Pulse.LATE, id="late after every and grace"),
        pytest.param(0, 60, None, 65, Pulse.RUNNING, id="it began"),
        pytest.param(0, 60, None, 71, Pulse.LATE, id="it began and never ended"),
        pytest.param(None, 0, None, 11, Pulse.LATE, id="the first run never ended"),
        pytest.param(65, 60, None, 71, Pulse.UP, id="it ended"),
        pytest.param(0, None, 60, 61, Pulse.FAILED, id="it failed"),
        pytest.param(0, 62, 60, 63, Pulse.FAILED, id="still failed while it tries again"),
        pytest.param(65, 62, 60, 66, Pulse.UP, id="good again"),
        pytest.param(0, None, 60, 131, Pulse.LATE, id="failed and then silent"),
    ],
)
def test_pulse(
    done: float | None, start: float | None, fail: float | None, now: float, expect: Pulse
) -> None:
    beat = Heartbeat(
        "eod",
        "KE",
        "core-ke",
        HOUR,
        timedelta(minutes=10),
        minute(done),
        minute(start),
        minute(fail),
    )
    at = minute(now)
    assert at is not None
    assert beat.pulse(at) is expect


def alarms(story: Story) -> list[tuple[str, str, str, int]]:
    jobs.watch_heartbeats(story.runtime)
    found = story.rows(
        "select name, market, component, state from alert where way = 'internal' order by name"
    )
    return [tuple(each) for each in found]


def hear(story: Story, token: str, kind: Ping = Ping.DONE, message: str = "") -> str:
    with story.runtime.work(ANONYMOUS) as work:
        return ping(work, token, kind, message)


def test_from_silence_to_alert_and_back(story: Story) -> None:
    with story.runtime.work(SYSTEM) as work:
        draft = HeartbeatDraft("eod-ke", HOUR, timedelta(minutes=5), "KE")
        token = create_heartbeat(work, draft)
    assert token not in str(story.rows("select hash from heartbeat"))
    assert alarms(story) == [], "not before its first ping"
    assert hear(story, token) == "eod-ke"
    story.go_to(3900)
    assert alarms(story) == []
    story.go_to(3901)
    assert alarms(story) == [("HeartbeatMissing", "KE", "", FIRING)]
    story.go_to(4000)
    hear(story, token, Ping.FAIL, "disk full\0")
    assert alarms(story) == [
        ("HeartbeatFailed", "KE", "", FIRING),
        ("HeartbeatMissing", "KE", "", RESOLVED),
    ]
    assert "disk full" in story.rows("select summary from alert where state = 0")[0][0]
    story.go_to(4100)
    hear(story, token)
    assert [state for *_, state in alarms(story)] == [RESOLVED, RESOLVED]
    before = story.moves()
    assert alarms(story)
    assert story.moves() == before, "a quiet turn writes nothing"


def test_a_new_token_replaces_the_old_one(story: Story) -> None:
    draft = HeartbeatDraft("eod", HOUR, HOUR)
    with story.runtime.work(SYSTEM) as work:
        old, new = create_heartbeat(work, draft), create_heartbeat(work, draft)
    with pytest.raises(NotFound):
        hear(story, old)
    assert hear(story, new) == "eod"
    with story.runtime.work(SYSTEM) as work:
        remove_heartbeat(work, "eod")
    with pytest.raises(NotFound):
        hear(story, new)


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param(HeartbeatDraft("two words", HOUR, HOUR), id="name"),
        pytest.param(HeartbeatDraft("x" * 129, HOUR, HOUR), id="long name"),
        pytest.param(HeartbeatDraft("x", timedelta(), HOUR), id="never"),
        pytest.param(HeartbeatDraft("x", HOUR, HOUR, component="no-such"), id="component"),
    ],
)
def test_refused_heartbeats(story: Story, draft: HeartbeatDraft) -> None:
    with pytest.raises(BadInput), story.runtime.work(SYSTEM) as work:
        create_heartbeat(work, draft)


def test_only_who_loads_the_estate_makes_them(story: Story) -> None:
    with pytest.raises(NotAllowed), story.runtime.work(person("o", Role.NOC_OPERATOR)) as work:
        create_heartbeat(work, HeartbeatDraft("x", HOUR, HOUR))


def test_those_of_the_estate_are_adopted(story: Story) -> None:
    beat = values.Heartbeat("eod", "core-ke", HOUR, HOUR, "KE")
    items = items_of(estate_of(components=[component("core-ke")]))
    with story.runtime.work(SYSTEM) as work:
        estate_actions.replace(work, [*items, ("heartbeat", beat)])
    assert alarms(story) == []
    with story.runtime.view(SYSTEM) as work:
        (found,) = queries.heartbeats(work)
    assert (found.name, found.component, found.pulse(story.clock.now())) == (
        "eod",
        "core-ke",
        Pulse.NEW,
    )
    with pytest.raises(BadInput, match="estate file"), story.runtime.work(SYSTEM) as work:
        remove_heartbeat(work, "eod")
    with story.runtime.work(SYSTEM) as work:
        estate_actions.replace(
            work, [*items, ("heartbeat", values.Heartbeat("eod", "core-ke", 2 * HOUR, HOUR, "KE"))]
        )
    alarms(story)
    assert story.rows("select every_seconds from heartbeat") == [(7200,)]


def test_the_command(story: Story) -> None:
    def call(*words: str) -> str:
        done = CliRunner().invoke(heartbeat, words, obj=lambda: story.runtime)
        assert done.exit_code == 0, done.output
        return done.output

    token = call("create", "eod", "--every", "1h", "--market", "KE").strip()
    assert hear(story, token) == "eod"
    assert "eod   up     KE" in call("list")
    (listed,) = json.loads(call("list", "--json"))
    assert (listed["name"], listed["state"]) == ("eod", "up")
    assert call("remove", "eod") == "heartbeat eod is removed\n"
    assert json.loads(call("list", "--json")) == []
    wrong = CliRunner().invoke(heartbeat, ["create", "x", "--every", "soon"])
    assert wrong.exit_code == 2
    assert "expected a duration" in wrong.output
