"""Dead-man heartbeats, from the command line to the alert."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from incidents import jobs as incident_jobs
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
        pytest.param(None, None, None, 999, Pulse.NO_ADDRESS, id="nobody can ping it"),
        pytest.param(0, None, None, 70, Pulse.UP, id="in time, to the last second"),
        pytest.param(0, None, None, 71, Pulse.LATE, id="late after every and grace"),
        pytest.param(0, 60, None, 65, Pulse.RUNNING, id="it began"),
        pytest.param(0, 60, None, 71, Pulse.LATE, id="it began and never ended"),
        pytest.param(None, 0, None, 11, Pulse.LATE, id="the first run never ended"),
        pytest.param(65, 60, None, 71, Pulse.UP, id="it ended"),
        pytest.param(0, None, 60, 61, Pulse.FAILED, id="it failed"),
        pytest.param(0, 62, 60, 63, Pulse.FAILED, id="still failed while it tries again"),
        pytest.param(65, 62, 60, 66, Pulse.UP, id="good again"),
        pytest.param(0, None, 60, 130, Pulse.FAILED, id="a failure stands"),
        pytest.param(0, None, 60, 131, Pulse.FAILED_AND_LATE, id="failed and then silent"),
        pytest.param(0, 100, 60, 111, Pulse.FAILED_AND_LATE, id="failed, tried, never ended"),
        pytest.param(132, None, 60, 133, Pulse.UP, id="failed, silent, good again"),
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


@pytest.mark.parametrize(
    ("now", "expect"),
    [
        pytest.param(70, Pulse.NEW, id="it has as long as any other ping"),
        pytest.param(71, Pulse.LATE, id="it never came"),
    ],
)
def test_the_first_ping_is_waited_for_like_any_other(now: float, expect: Pulse) -> None:
    beat = Heartbeat("eod", "KE", "", HOUR, timedelta(minutes=10), made_at=ZERO)
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


@pytest.mark.parametrize(
    ("component_of_it", "also"), [("core-ke", ["HeartbeatMissing"]), ("", [])], ids=["at", "none"]
)
def test_a_failure_that_becomes_late_is_one_incident_until_success(
    story: Story, component_of_it: str, also: list[str]
) -> None:
    load(story)
    with story.runtime.work(SYSTEM) as work:
        draft = HeartbeatDraft("eod-ke", HOUR, timedelta(minutes=5), "KE", component_of_it)
        token = create_heartbeat(work, draft)
    hear(story, token, Ping.FAIL, "disk full")
    for second in (10, 20, 3900, 3901, 3910, 9000):
        story.go_to(second)
        alarms(story)
        incident_jobs.correlate(story.runtime)
    assert [name for name, *_, state in alarms(story) if state == FIRING] == [
        "HeartbeatFailed",
        *also,
    ]
    assert story.rows("select state from incident") == [("open",)]
    kinds = "select kind from incident_timeline where kind in ('recovered', 'reopened')"
    assert story.rows(kinds) == []
    (listed,) = json.loads(command(story, "list", "--json"))
    assert listed["state"] == "failed and late"
    hear(story, token)
    assert {state for *_, state in alarms(story)} == {RESOLVED}
    incident_jobs.correlate(story.runtime)
    assert story.rows("select state from incident") == [("resolved",)]


def test_a_late_one_that_then_fails_stays_one_incident(story: Story) -> None:
    load(story)
    with story.runtime.work(SYSTEM) as work:
        token = create_heartbeat(work, HeartbeatDraft("eod", HOUR, HOUR, "KE", "core-ke"))
    hear(story, token)
    for second in (7201, 7211):
        story.go_to(second)
        alarms(story)
        incident_jobs.correlate(story.runtime)
    hear(story, token, Ping.FAIL)
    story.go_to(7221)
    alarms(story)
    incident_jobs.correlate(story.runtime)
    assert story.rows("select state from incident") == [("open",)]
    assert story.rows("select kind from incident_timeline where kind = 'recovered'") == []


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
        Pulse.NO_ADDRESS,
    )
    with pytest.raises(BadInput, match="estate file"), story.runtime.work(SYSTEM) as work:
        remove_heartbeat(work, "eod")
    with story.runtime.work(SYSTEM) as work:
        estate_actions.replace(
            work, [*items, ("heartbeat", values.Heartbeat("eod", "core-ke", 2 * HOUR, HOUR, "KE"))]
        )
    alarms(story)
    assert story.rows("select every_seconds from heartbeat") == [(7200,)]


def load(story: Story, *beats: values.Heartbeat) -> None:
    items = items_of(estate_of(components=[component("core-ke")]))
    with story.runtime.work(SYSTEM) as work:
        estate_actions.replace(work, [*items, *(("heartbeat", each) for each in beats)])


def command(story: Story, *words: str, exit_code: int = 0) -> str:
    done = CliRunner().invoke(heartbeat, words, obj=lambda: story.runtime)
    if exit_code:
        assert done.exit_code == exit_code
        return str(done.exception)
    assert done.exit_code == 0, done.output
    return done.output


def test_one_of_the_estate_that_never_pinged_is_late(story: Story) -> None:
    load(story, values.Heartbeat("core-ke.eod", "core-ke", HOUR, timedelta(minutes=10), "KE"))
    hint = "no address yet: ssoc heartbeat create core-ke.eod"
    assert hint in command(story, "list"), "at once, before any job ran"
    assert alarms(story) == []
    story.go_to(9_000)
    assert alarms(story) == [], "nobody could have pinged it"
    assert hint in command(story, "list")
    token = command(story, "create", "core-ke.eod").strip()
    (listed,) = json.loads(command(story, "list", "--json"))
    assert (listed["state"], listed["every"], listed["market"], listed["component"]) == (
        Pulse.NEW,
        "1:00:00",
        "KE",
        "core-ke",
    )
    story.go_to(9_000 + 4_200)
    assert alarms(story) == []
    story.go_to(9_000 + 4_201)
    assert alarms(story) == [("HeartbeatMissing", "KE", "core-ke", FIRING)]
    hear(story, token)
    assert alarms(story) == [("HeartbeatMissing", "KE", "core-ke", RESOLVED)]


def test_the_estate_says_how_often_its_own_ping(story: Story) -> None:
    load(story, values.Heartbeat("core-ke.eod", "core-ke", HOUR, HOUR, "KE"))
    assert command(story, "create", "core-ke.eod", "--every", "1h")
    assert "leave --every, --market out" in command(
        story, "create", "core-ke.eod", "--every", "2h", "--market", "TZ", exit_code=1
    )
    assert "such as --every 1h" in command(story, "create", "by-hand", exit_code=1)
    assert story.rows("select every_seconds, grace_seconds, market from heartbeat") == [
        (3600, 3600, "KE")
    ]


def test_one_that_left_the_estate_without_an_address_is_forgotten(story: Story) -> None:
    load(story, values.Heartbeat("core-ke.eod", "core-ke", HOUR, HOUR, "KE"))
    alarms(story)
    load(story)
    assert json.loads(command(story, "list", "--json")) == []


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
