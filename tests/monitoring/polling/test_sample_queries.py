"""What screens and rules read: newest, usual and recent numbers, trends, and what they cost."""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from ssoc.monitoring import sample_queries, trend_queries
from ssoc.monitoring.reading import Sample
from ssoc.monitoring.rules.baseline import Usual
from ssoc.monitoring.sample_queries import Latest
from ssoc.monitoring.sample_store import HourFigure, backfill
from tests import factories
from tests.monitoring.polling.estates import MINUTE, check, polled, record, recorder, stored

KE = check("api-ke", "figures")
TZ = check("api-tz", "figures")
TPS = (KE.key, "tps")
WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)


@pytest.fixture
def filled(runtime: Runtime, clock: FrozenClock) -> Runtime:
    """Half an hour of figures of two markets, and three weeks of past in one of them."""
    kpis = {"tps": "figures/tps", "success_percent": "figures/success_percent"}
    parts = [factories.component(f"api-{cc}", kpis=kpis) for cc in ("ke", "tz")]
    stored(runtime, [KE, TZ], components=parts, markets=["KE", "TZ", "GH"])
    polls = []
    for minute in range(-30, 1):
        if -20 <= minute < -10:
            continue  # a gap
        at = clock.at + minute * MINUTE
        figures = [Sample("tps", 400 + minute, "tps"), Sample("success_percent", 99, "%")]
        polls.append(polled(KE, at, *figures))
        polls.append(polled(TZ, at, Sample("tps", 50, "tps", {"core": "b"})))
        polls.append(polled(TZ, at + timedelta(seconds=1), Sample("tps", math.nan)))
    record(recorder(runtime), polls)
    with runtime.work(SYSTEM) as work:
        hours = [
            HourFigure(clock.at - week * WEEK + back * HOUR, 300 + 10 * week, 0, 900)
            for week in (1, 2, 3)
            for back in range(-6, 2)
        ]
        backfill(work, KE.key, "tps", hours, "tps")
    return runtime


@contextmanager
def viewed(runtime: Runtime) -> Iterator[Work]:
    with runtime.view(SYSTEM) as work:
        yield work


def test_latest_is_the_newest_real_number(filled: Runtime, clock: FrozenClock) -> None:
    with viewed(filled) as work:
        found = sample_queries.latest(work, TPS, (KE.key, "success_percent"), ("a/b", "c"))
        assert found == {
            TPS: Latest(clock.at, 400, "tps"),
            (KE.key, "success_percent"): Latest(clock.at, 99, "%"),
        }
        other = (TZ.key, "tps")
        assert other not in sample_queries.latest(work, other), "the series without labels is NaN"
        assert sample_queries.latest(work) == {}


def test_recent_leaves_gaps_as_gaps(filled: Runtime, clock: FrozenClock) -> None:
    with viewed(filled) as work:
        found = sample_queries.recent(work, *TPS, clock.at - 30 * MINUTE)
        assert len(found) == 21
        assert found[0] == (clock.at - 30 * MINUTE, 370)
        assert found == sorted(found)
        assert sample_queries.recent(work, TZ.key, "tps", clock.at - HOUR) == []
        assert sample_queries.recent(work, "no/thing", "tps", clock.at - HOUR) == []


def test_usual_is_the_same_hour_of_the_last_weeks(filled: Runtime, clock: FrozenClock) -> None:
    with viewed(filled) as work:
        assert sample_queries.usual(work, *TPS, clock.at) == Usual(320, 3, 310, 330)
        assert sample_queries.usual(work, *TPS, clock.at + timedelta(days=3)) is None
        assert sample_queries.usual(work, "no/thing", "tps", clock.at) is None


def test_markets_are_kept_apart(filled: Runtime, clock: FrozenClock) -> None:
    with filled.view(factories.person("amina", Role.NOC_OPERATOR, "TZ")) as work:
        assert set(sample_queries.freshness(work)) == {"TZ"}
        assert [each.market for each in sample_queries.check_states(work)] == ["TZ"]
        assert sample_queries.latest(work, TPS) == {}
        assert sample_queries.recent(work, *TPS, clock.at - HOUR) == []
        assert sample_queries.usual(work, *TPS, clock.at) is None
        assert sample_queries.availability(work, [KE.key], clock.at - HOUR, clock.at) == {}


def test_a_shared_component_is_seen_by_each_of_its_markets(
    runtime: Runtime, clock: FrozenClock
) -> None:
    ledger = check("ledger")
    part = factories.component("ledger", "KE", "TZ")
    stored(runtime, [ledger], components=[part])
    record(recorder(runtime), [polled(ledger, clock.at)])
    for market, expected in (("KE", 1), ("GH", 0)):
        with runtime.view(factories.person("a", Role.NOC_OPERATOR, market)) as work:
            assert len(sample_queries.check_states(work)) == expected


def test_check_states_tell_why_and_since_when(filled: Runtime, clock: FrozenClock) -> None:
    with viewed(filled) as work:
        view = sample_queries.check_states(work, ["api-ke"])[0]
        assert (view.check, view.is_fresh, view.unanswered) == (KE.key, True, 0)
        assert view.since == clock.at - 30 * MINUTE


@contextmanager
def counted(runtime: Runtime) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements with their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cur: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(runtime.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(runtime.engine, "before_cursor_execute", note)


def plan(work: Work, statement: str, parameters: Any) -> str:
    connection = work.session.connection()
    if work.session.get_bind().dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "\n".join(str(row[3]) for row in rows)
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the tables are tiny here
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "\n".join(str(row[0]) for row in rows)


Question = Callable[[Work, datetime], object]


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda work, _: sample_queries.latest(work, TPS), id="latest"),
        pytest.param(lambda work, at: sample_queries.recent(work, *TPS, at - HOUR), id="recent"),
        pytest.param(lambda work, at: sample_queries.usual(work, *TPS, at), id="usual"),
        pytest.param(lambda work, _: trend_queries.trends(work), id="trends"),
        pytest.param(
            lambda work, at: sample_queries.availability(work, [KE.key], at - 30 * WEEK, at),
            id="availability",
        ),
    ],
)
def test_no_question_reads_a_whole_table(
    filled: Runtime, clock: FrozenClock, ask: Question
) -> None:
    big = re.compile(
        r"(?:SCAN|Seq Scan on) (?:sample|poll|sample_hour|poll_hour|series)\b(?! USING)"
    )
    with viewed(filled) as work:
        ask(work, clock.at)
        with counted(filled) as asked:
            ask(work, clock.at)
        plans = [plan(work, *each) for each in asked]
    assert plans
    assert [each for each in plans if big.search(each)] == []
