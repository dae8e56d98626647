"""Polls, samples, states and alerts of a batch are written together, and only once."""

import math
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ssoc.core import running
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import Unavailable
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Runtime
from ssoc.monitoring.adapters.answer import Pulled
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.models import Alert, CheckState, Poll, PollHour, SampleRow, Series
from ssoc.monitoring.polling.cleaning import cleaned
from ssoc.monitoring.reading import Health, Reason, Sample
from ssoc.monitoring.rules.baseline import hour_of
from ssoc.monitoring.sample_store import HourFigure, Polled, backfill
from tests import factories
from tests.monitoring.polling.estates import (
    MINUTE,
    check,
    lost,
    polled,
    record,
    recorder,
    stored,
)

FIGURES = check(
    "core-ke",
    "figures",
    rules=(
        {
            "name": "SuccessLow",
            "sample": "success_percent",
            "below": 95,
            "clear_above": 97,
            "for": 2,
            "clear_after": 2,
            "severity": "critical",
            "summary": "Technical success",
        },
    ),
)


def alerts(runtime: Runtime) -> list[tuple[str, AlertState, Severity, str]]:
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(Alert).order_by(Alert.name))
        return [
            (row.name, AlertState(row.state), Severity(row.severity), row.summary) for row in rows
        ]


def count(runtime: Runtime, table: type) -> int:
    with runtime.view(SYSTEM) as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_batch_is_written_whole_and_once(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)
    polls = [
        polled(FIGURES, clock.at, Sample("success_percent", 99.1, "%"), Sample("tps", math.nan)),
        polled(FIGURES, clock.at + MINUTE, Sample("tps", math.inf), Sample("tps2", -math.inf)),
    ]
    record(made, polls)
    record(recorder(runtime), polls)
    assert (count(runtime, Poll), count(runtime, Series), count(runtime, SampleRow)) == (2, 3, 4)
    with runtime.view(SYSTEM) as work:
        rows = work.session.execute(
            select(Series.name, SampleRow.value, SampleRow.special)
            .join(SampleRow, SampleRow.series_id == Series.id)
            .order_by(Series.name, SampleRow.at)
        )
        assert [tuple(row) for row in rows] == [
            ("success_percent", 99.1, None),
            ("tps", None, "NaN"),
            ("tps", None, "+Inf"),
            ("tps2", None, "-Inf"),
        ]


def test_an_alert_is_raised_renewed_and_resolved(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)
    story = []
    for value in (61.4, 61.4, 60, 98, 98, 98):
        record(made, [polled(FIGURES, clock.at, Sample("success_percent", value, "%"))])
        story.append([(state.name, summary) for _, state, _, summary in alerts(runtime)])
        clock.advance(MINUTE)
    assert story == [
        [],
        [("FIRING", "Technical success: 61.4 %, limit 95 %, 2 of 2 polls")],
        [("FIRING", "Technical success: 60 %, limit 95 %, 2 of 2 polls")],
        [("FIRING", "Technical success: 98 %, limit 95 %, 1 of 2 polls")],
        [("RESOLVED", "cleared: 98 %, limit 95 %, 2 good in a row")],
        [("RESOLVED", "cleared: 98 %, limit 95 %, 2 good in a row")],
    ]
    with runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(Alert)).one()
        assert (row.market, row.component, row.source, row.way) == (
            "KE",
            "core-ke",
            "poller",
            "poll",
        )
        assert row.started_at == clock.at - 5 * MINUTE


def test_the_lease_is_four_turns_and_is_renewed(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)
    for _ in range(3):
        record(made, [polled(FIGURES, clock.at, Sample("success_percent", 50))])
        clock.advance(MINUTE)
    with runtime.view(SYSTEM) as work:
        lease = work.session.scalars(select(Alert.lease_until)).one()
    assert lease is not None
    assert timedelta(minutes=4) < lease - (clock.at - MINUTE) < timedelta(minutes=5)


def test_memory_survives_another_leader(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [FIGURES])
    for value, states in ((50, []), (50, [AlertState.FIRING]), (99, [AlertState.FIRING])):
        record(recorder(runtime), [polled(FIGURES, clock.at, Sample("success_percent", value))])
        assert [state for _, state, _, _ in alerts(runtime)] == states
        clock.advance(MINUTE)


@pytest.mark.parametrize(
    ("reason", "name", "said"),
    [
        pytest.param(Reason.REFUSED, "CheckMisconfigured", "is refused", id="refused is our turn"),
        pytest.param(
            Reason.CONFIGURATION,
            "CheckMisconfigured",
            "cannot work as it is described",
            id="configuration too",
        ),
        pytest.param(
            Reason.BAD_ANSWER, "AnswerUnreadable", "unreadable answer", id="garbage is its own"
        ),
        pytest.param(Reason.NO_DATA, "NoData", "finds no data", id="no data is the source's"),
        pytest.param(Reason.ERROR_ANSWER, "ErrorAnswers", "", id="error answers"),
    ],
)
def test_reasons_are_not_down(
    runtime: Runtime,
    clock: FrozenClock,
    reason: Reason,
    name: str,
    said: str,
) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)
    for _ in range(5):
        record(made, [polled(FIGURES, clock.at, health=Health.UNKNOWN, reason=reason)])
        clock.advance(MINUTE)
    with runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(Alert)).one()
        assert (row.name, row.market, row.component, row.instance) == (
            name,
            "KE",
            "core-ke",
            "core-ke/figures",
        )
        assert row.way == ("watch" if said else "poll"), "what is ours explains no outage"
        if reason is Reason.BAD_ANSWER:
            assert row.summary == (
                "unreadable answer (to the check core-ke/figures of Kenya), 5 of 5 polls"
            )
        elif said:
            assert row.summary.startswith(f"the check core-ke/figures of Kenya {said}, 5 of 5")
        assert row.severity < Severity.CRITICAL


def test_unreachable_raises_nothing_by_itself(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)
    for _ in range(5):
        record(made, [lost(FIGURES, clock.at)])
        clock.advance(MINUTE)
    assert alerts(runtime) == []
    with runtime.view(SYSTEM) as work:
        row = work.session.get_one(CheckState, "core-ke/figures")
        assert (row.health, row.reason, row.unanswered) == (Health.UNKNOWN, Reason.UNREACHABLE, 5)
        assert row.since == clock.at - 5 * MINUTE
        assert row.answered_at is None


def test_down_is_critical(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)
    for _ in range(2):
        record(made, [polled(FIGURES, clock.at, health=Health.DOWN, message="broker DOWN")])
        clock.advance(MINUTE)
    assert alerts(runtime) == [
        (
            "Unhealthy",
            AlertState.FIRING,
            Severity.CRITICAL,
            "says it is down (broker DOWN), 2 of 3 polls",
        )
    ]


def test_a_fall_against_the_same_hour_of_the_last_weeks(
    runtime: Runtime, clock: FrozenClock
) -> None:
    rule = {"kpi": "tps_usual", "warning": False, "critical": {"for": 2}}
    traffic = check("core-ke", "traffic", rules=(rule,))
    stored(runtime, [traffic])
    hour = hour_of(clock.at)
    with runtime.work(SYSTEM) as work:
        past = [hour - timedelta(weeks=week, hours=back) for week in (1, 2, 3) for back in (0, 1)]
        figures = [HourFigure(at, 400, 380, 420) for at in past]
        assert backfill(work, traffic.key, "tps", figures, "tps") == 6
        assert backfill(work, traffic.key, "tps", figures, "tps") == 6, "again changes nothing"
    made = recorder(runtime)
    for _ in range(2):
        record(made, [polled(traffic, clock.at, Sample("tps", 150, "tps"))])
        clock.advance(MINUTE)
    assert alerts(runtime)[0][3] == (
        "TPS against the same hour of the week: 150 TPS, usual 400 TPS, limit 200 TPS, 2 of 2 polls"
    )


def test_a_check_that_leaves_the_estate_takes_its_alert_along(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [FIGURES, check("core-tz")])
    made = recorder(runtime)
    for _ in range(2):
        record(made, [polled(FIGURES, clock.at, Sample("success_percent", 50))])
        clock.advance(MINUTE)
    less = stored(runtime, [check("core-tz")])
    made.watch(less)
    assert [each[1:] for each in alerts(runtime)] == [
        (
            AlertState.RESOLVED,
            Severity.CRITICAL,
            "no longer watched: the check left the estate and is not asked any more",
        )
    ]
    assert count(runtime, CheckState) == 0
    record(made, [polled(FIGURES, clock.at, Sample("success_percent", 50))])
    assert count(runtime, CheckState) == 0, "a late poll of what is gone is not written"


def test_pulled_alerts_are_placed_by_their_labels(runtime: Runtime, clock: FrozenClock) -> None:
    pull = check("core-ke", "alerts", adapter="alertmanager")
    stored(runtime, [pull])
    labels = {"alertname": "DiskFull", "component": "core-ke"}
    said = factories.report(name="DiskFull", labels=labels, market="KE", component="", way="pull")
    reading = Pulled(pull.key, clock.at, timedelta(), Health.OK, reports=(said,))
    record(recorder(runtime), [Polled(pull, reading)])
    with runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(Alert)).one()
        assert (row.name, row.market, row.component) == ("DiskFull", "KE", "core-ke")


def test_missed_turns_are_counted_by_hour(runtime: Runtime, clock: FrozenClock) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)
    for _ in range(2):
        made.record([], {(FIGURES.key, hour_of(clock.at)): 3})
    with runtime.view(SYSTEM) as work:
        assert work.session.scalars(select(PollHour.missed)).all() == [6]


def test_nothing_is_kept_in_mind_of_a_batch_that_failed(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)
    batch = [
        polled(FIGURES, clock.at + n * MINUTE, Sample("success_percent", 50)) for n in range(2)
    ]

    def away(*_: object) -> int:
        raise Unavailable("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr("ssoc.monitoring.polling.recorder.ingest", away)
        with pytest.raises(Unavailable):
            record(made, batch)
    assert (count(runtime, Poll), count(runtime, CheckState), count(runtime, Series)) == (0, 0, 0)
    record(made, batch)
    assert (count(runtime, Poll), len(alerts(runtime))) == (2, 1)


def test_screens_are_told_of_news_and_else_now_and_then(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [FIGURES])
    made = recorder(runtime)

    def told(health: Health) -> bool:
        with runtime.view(SYSTEM) as work:
            before = running.revision(work.session)
        record(made, [polled(FIGURES, clock.at, health=health)])
        with runtime.view(SYSTEM) as work:
            return running.revision(work.session) > before

    found = []
    for health, step in (
        (Health.OK, 5),
        (Health.OK, 5),
        (Health.DEGRADED, 16),
        (Health.DEGRADED, 1),
    ):
        found.append(told(health))
        clock.advance(timedelta(seconds=step))
    assert found == [True, False, True, True]


def test_odd_characters_of_one_target_do_not_spoil_the_batch(
    runtime: Runtime, clock: FrozenClock
) -> None:
    stored(runtime, [FIGURES])
    odd = polled(
        FIGURES,
        clock.at,
        Sample("t\x00ps", 1, labels={"a\ud800": "b\x00"}),
        Sample("x" * 200, 1),
        Sample("long", 1, labels={"l": "v" * 600}),
        message="nul \x00 and surrogate \udfff",
        health=Health.DEGRADED,
    )
    record(recorder(runtime), [Polled(odd.check, cleaned(odd.reading))])
    assert (count(runtime, Poll), count(runtime, Series)) == (1, 1)
