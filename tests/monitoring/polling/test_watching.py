"""Jobs that watch the polls: reachability over stored states, and the poller's own pulse."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.estate.values import Check
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import Alert, AlertTransition
from ssoc.monitoring.polling.recorder import Recorder
from ssoc.monitoring.polling.watching import watch_poller, watch_reachability
from ssoc.monitoring.queries import changes
from ssoc.monitoring.sample_queries import freshness, good_components, poller_silent_since
from ssoc.monitoring.sight_queries import not_seen
from tests.monitoring.polling.estates import (
    MINUTE,
    check,
    lost,
    polled,
    record,
    recorder,
    stored,
)

KE = check("core-ke", path="hq-east")
TZ = check("core-tz", path="hq-east")
PROBE = check("wan-hq-east", "probe", path="hq-east", is_control=True)


def turn(runtime: Runtime, clock: FrozenClock, made: Recorder, answers: str) -> list[str]:
    """Poll all three once (a letter each: o answered, u did not), watch, and read the alerts."""
    polls = [
        (polled if letter == "o" else lost)(each, clock.at)
        for each, letter in zip((KE, TZ, PROBE), answers, strict=True)
    ]
    record(made, polls)
    clock.advance(timedelta(seconds=5))
    watch_reachability(runtime)
    clock.advance(MINUTE - timedelta(seconds=5))
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(Alert).order_by(Alert.name))
        return [f"{row.name} {row.component} {AlertState(row.state).name}" for row in rows]


def test_two_countries_and_the_probe_are_one_alert_on_the_link(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [KE, TZ, PROBE])
    made = recorder(runtime)
    assert turn(runtime, clock, made, "ooo") == []
    assert turn(runtime, clock, made, "uuu") == []
    link = ["LinkSuspected wan-hq-east FIRING"]
    assert [turn(runtime, clock, made, "uuu") for _ in range(5)] == [link] * 5
    with runtime.view(SYSTEM) as work:
        seen = freshness(work)
        assert (seen["KE"].state, seen["TZ"].state) == ("not seen", "not seen")
        assert seen["KE"].reasons == {"unreachable": 1}
        assert seen["GH"].state == "unwatched"
    assert turn(runtime, clock, made, "ooo") == ["LinkSuspected wan-hq-east RESOLVED"]
    with runtime.view(SYSTEM) as work:
        assert len(work.session.scalars(select(AlertTransition)).all()) == 2, "raised, resolved"
        assert freshness(work)["KE"].state == "fresh"


def test_who_is_not_seen_is_known_by_the_alert_that_says_so(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [KE, TZ, PROBE])
    made = recorder(runtime)

    def said() -> list[tuple[list[str], bool]]:
        with runtime.view(SYSTEM) as work:
            keys = set(work.session.scalars(select(Alert.key)))
            found = not_seen(work)
            assert set(found) <= keys
            return [(sorted(each.markets), each.is_link) for each in found.values()]

    for answers in ("ooo", "uuu", "uuu"):
        turn(runtime, clock, made, answers)
    assert said() == [(["KE", "TZ"], True)]
    turn(runtime, clock, made, "uou")
    assert said() == [(["KE"], True)], "one is back, the probe still fails"
    turn(runtime, clock, made, "ooo")
    assert said() == []
    for _ in range(4):
        turn(runtime, clock, made, "uoo")
    assert said() == [(["KE"], False)], "unreachable by itself"


def test_one_country_is_unreachable_only_after_three_polls(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [KE, TZ, PROBE])
    made = recorder(runtime)
    found = [turn(runtime, clock, made, answers) for answers in ("ooo", "uoo", "uoo", "uoo")]
    assert found == [[], [], [], ["CountryUnreachable core-ke FIRING"]]
    with runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(Alert)).one()
        assert (row.market, row.severity) == ("KE", Severity.CRITICAL)
    assert turn(runtime, clock, made, "ooo") == ["CountryUnreachable core-ke RESOLVED"]


def test_a_quiet_turn_writes_nothing(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [KE, TZ, PROBE])
    made = recorder(runtime)
    turn(runtime, clock, made, "uuu")
    turn(runtime, clock, made, "uuu")
    with runtime.view(SYSTEM) as work:
        before = work.session.scalars(select(Alert.said_at)).one()
    for _ in range(3):
        clock.advance(timedelta(seconds=5))
        watch_reachability(runtime)
    with runtime.view(SYSTEM) as work:
        repeats = work.session.scalars(select(Alert.repeats)).one()
        said_at = work.session.scalars(select(Alert.said_at)).one()
    assert repeats <= 1
    assert said_at - before <= MINUTE + timedelta(seconds=20)


def test_states_that_are_no_longer_fresh_prove_nothing(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [KE, TZ, PROBE])
    turn(runtime, clock, recorder(runtime), "ooo")
    with runtime.view(SYSTEM) as work:
        assert good_components(work, clock.at) == {"core-ke", "core-tz", "wan-hq-east"}
    clock.advance(timedelta(minutes=10))
    with runtime.view(SYSTEM) as work:
        assert good_components(work, clock.at) == set()
        assert freshness(work)["KE"].state == "stale"


def test_a_component_is_good_when_all_its_checks_are(runtime: Runtime, clock: FrozenClock) -> None:
    other = check("core-ke", "figures")
    stored(runtime, [KE, other])
    made = recorder(runtime)
    record(made, [polled(KE, clock.at)])
    with runtime.view(SYSTEM) as work:
        assert good_components(work, clock.at) == set(), "one check was never asked"
    record(made, [polled(other, clock.at)])
    with runtime.view(SYSTEM) as work:
        assert good_components(work, clock.at) == {"core-ke"}
    record(made, [lost(other, clock.at + MINUTE)])
    with runtime.view(SYSTEM) as work:
        assert good_components(work, clock.at) == set()


def silent(runtime: Runtime) -> list[str]:
    watch_poller(runtime)
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(Alert).where(Alert.name == "PollerSilent"))
        return [AlertState(row.state).name for row in rows]


def watched(runtime: Runtime, clock: FrozenClock, span: timedelta) -> list[str]:
    """Let time pass with a turn of the watch every quarter of a minute."""
    until = clock.at + span
    while clock.at < until:
        clock.at = min(until, clock.at + MINUTE / 4)
        found = silent(runtime)
    return found


def test_a_silent_poller_is_an_alert(runtime: Runtime, clock: FrozenClock) -> None:
    assert silent(runtime) == [], "nothing is to be polled"
    stored(runtime, [KE])
    assert silent(runtime) == []
    made = recorder(runtime)
    record(made, [polled(KE, clock.at)])
    last = clock.at
    assert watched(runtime, clock, timedelta(minutes=3)) == [], "three turns of a check of a minute"
    assert watched(runtime, clock, timedelta(seconds=1)) == ["FIRING"]
    with runtime.view(SYSTEM) as work:
        assert poller_silent_since(work) == last
        row = work.session.scalars(select(Alert)).one()
        assert (row.market, row.component, row.severity) == ("", "", Severity.CRITICAL)
        assert "08:00:00 UTC" in row.summary
    assert watched(runtime, clock, MINUTE) == ["FIRING"]
    record(made, [polled(KE, clock.at)])
    assert silent(runtime) == ["RESOLVED"]
    assert silent(runtime) == ["RESOLVED"]


def test_a_poller_that_never_began_is_silent_too(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [KE])
    assert watched(runtime, clock, timedelta(minutes=4)) == ["FIRING"]


def test_after_a_restart_the_poller_has_time_to_begin_and_the_gap_is_noted(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [KE])
    record(recorder(runtime), [polled(KE, clock.at)])
    assert silent(runtime) == []
    clock.advance(timedelta(minutes=4))  # it was stopped
    assert silent(runtime) == []
    with runtime.view(SYSTEM) as work:
        assert poller_silent_since(work) is None, "screens say nothing else"
        (gap,) = changes(work, [], clock.at - timedelta(hours=1))
        assert gap.summary.startswith("ssoc itself did not run from 08:00:00 to 08:04:00 UTC")
    assert watched(runtime, clock, timedelta(minutes=3)) == []
    assert watched(runtime, clock, MINUTE) == ["FIRING"], "it runs and polls nothing"


def test_dead_targets_that_are_asked_seldom_are_no_silent_poller(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [KE])
    made = recorder(runtime)
    for _ in range(6):
        record(made, [lost(KE, clock.at)])
        clock.advance(MINUTE)
    assert watched(runtime, clock, timedelta(minutes=8)) == []


@pytest.mark.parametrize(
    ("answers", "left", "before", "after"),
    [
        pytest.param(
            "uuu",
            [check("core-gh")],
            "LinkSuspected wan-hq-east FIRING",
            "LinkSuspected wan-hq-east RESOLVED",
            id="a path that nobody uses any more",
        ),
        pytest.param(
            "uoo",
            [TZ, PROBE],
            "CountryUnreachable core-ke FIRING",
            "CountryUnreachable core-ke RESOLVED",
            id="the only check of a country",
        ),
        pytest.param(
            "oou",
            [KE, TZ],
            "ControlProbeFailing wan-hq-east FIRING",
            "ControlProbeFailing wan-hq-east RESOLVED",
            id="a control probe",
        ),
        pytest.param(
            "uoo",
            [KE, TZ, PROBE],
            "CountryUnreachable core-ke FIRING",
            "CountryUnreachable core-ke FIRING",
            id="what is still asked stays",
        ),
    ],
)
def test_what_was_said_of_a_retired_check_is_withdrawn(
    runtime: Runtime,
    clock: FrozenClock,
    answers: str,
    left: list[Check],
    before: str,
    after: str,
) -> None:
    stored(runtime, [KE, TZ, PROBE])
    made = recorder(runtime)
    found = [turn(runtime, clock, made, each) for each in ("ooo", answers, answers, answers)]
    assert found[-1] == [before]
    stored(runtime, left)
    watch_reachability(runtime)
    with runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(Alert)).one()
        assert f"{row.name} {row.component} {AlertState(row.state).name}" == after
        assert ("no longer watched" in row.summary) is after.endswith("RESOLVED")


def test_a_retired_target_is_withdrawn(runtime: Runtime, clock: FrozenClock) -> None:
    other = check("ussd-ke", path="hq-east")
    stored(runtime, [KE, other])
    made = recorder(runtime)
    for _ in range(4):
        record(made, [polled(KE, clock.at), lost(other, clock.at)])
        clock.advance(MINUTE / 2)
        watch_reachability(runtime)
        clock.advance(MINUTE / 2)
    stored(runtime, [KE])
    watch_reachability(runtime)
    with runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(Alert)).one()
        assert (row.name, AlertState(row.state)) == ("TargetUnreachable", AlertState.RESOLVED)
