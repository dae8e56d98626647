"""Trends of the wall: the database adds up, what is known is not read again, all day long."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from ssoc.monitoring import trend_queries
from ssoc.monitoring.reading import Sample
from ssoc.monitoring.rules.baseline import Usual
from ssoc.monitoring.sample_queries import Latest
from ssoc.monitoring.trend_queries import SPARK_FOR, StepMemory, step_of, trends
from tests import factories
from tests.monitoring.polling.estates import MINUTE, check, polled, record, recorder
from tests.monitoring.polling.test_sample_queries import HOUR, filled

__all__ = ["filled"]
KE, TZ = check("api-ke", "figures"), check("api-tz", "figures")
SAMPLED = timedelta(seconds=30)


def test_a_trend_has_points_a_gap_and_a_band(filled: Runtime, clock: FrozenClock) -> None:
    with filled.view(SYSTEM) as work:
        line = trend_queries.sparkline(work, "KE")
        assert line is not None
        at = [(point - clock.at) / MINUTE for point, _ in line.points]
        assert at == [-30, -25, -10, -5, 0]
        assert line.points[0][1] == pytest.approx(372)
        assert line.points[-1] == (clock.at, 400)
        assert [at for at, _ in line.usuals] == [clock.at - n * HOUR / 2 for n in range(8, -1, -1)]
        assert {(round(low), round(high)) for _, low, high in line.band} == {(279, 363)}
        assert (line.latest, line.usual) == (
            Latest(clock.at, 400, "tps"),
            Usual(320, 3, 310, 330),
        )
        assert trend_queries.sparkline(work, "GH") is None, "no component names a figure"


def test_the_trends_of_all_markets_cost_six_statements(filled: Runtime) -> None:
    with filled.view(SYSTEM) as work:
        trends(work)
        with asked(filled) as sent:
            found = trends(work)
    assert {kpi: set(lines) for kpi, lines in found.items()} == {
        "tps": {"KE", "TZ"},
        "success_percent": {"KE", "TZ"},
    }
    assert len(sent) <= 6, "with two for the version of the estate"


def test_a_memory_shows_nobody_more_than_they_may_see(filled: Runtime) -> None:
    memory = StepMemory()
    with filled.view(SYSTEM) as work:
        assert set(trends(work, memory=memory)["tps"]) == {"KE", "TZ"}
    with filled.view(factories.person("amina", Role.NOC_OPERATOR, "TZ")) as work:
        assert set(trends(work, memory=memory)["tps"]) == {"TZ"}


@contextmanager
def asked(runtime: Runtime) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements sent with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_conn: Any, _cur: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(runtime.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(runtime.engine, "before_cursor_execute", note)


def sampled(runtime: Runtime, since: datetime, until: datetime) -> None:
    """Record a figure of each market every half minute, ``since`` not among them."""
    polls = []
    at = since + SAMPLED
    while at <= until:
        share = 99.0 if at.minute % 10 else 60.0
        for each in (KE, TZ):
            figures = (Sample("tps", 300 + at.minute), Sample("success_percent", share))
            polls.append(polled(each, at, *figures))
        at += SAMPLED
    record(recorder(runtime), polls)


def points(runtime: Runtime, memory: StepMemory | None) -> dict[str, Sequence[Any]]:
    """Return the points of both figures in both markets."""
    with runtime.view(SYSTEM) as work:
        found = trends(work, memory=memory)
    return {
        f"{kpi} {code}": [*((at, round(value, 6)) for at, value in line.points), *line.usuals[:8]]
        for kpi, lines in found.items()
        for code, line in lines.items()
    }


def test_what_is_remembered_is_what_would_be_read(filled: Runtime, clock: FrozenClock) -> None:
    memory = StepMemory()
    for minutes in (1, 4, 0.5, 7, 3, 26, 0, 300, 2):
        before = clock.at
        clock.advance(timedelta(minutes=minutes))
        sampled(filled, max(before, clock.at - HOUR), clock.at)
        assert points(filled, memory) == points(filled, None), minutes


def test_only_the_newest_minutes_are_read_again(filled: Runtime, clock: FrozenClock) -> None:
    """After an hour or after four, a refresh reads the same few rows."""
    memory = StepMemory()
    rows = []
    for _ in range(2):
        before = clock.at
        clock.advance(2 * HOUR)
        sampled(filled, before, clock.at)
        points(filled, memory)  # reads everything
        clock.advance(timedelta(seconds=10))
        with asked(filled) as sent:
            points(filled, memory)
        reading = [parameters for text, parameters in sent if "sum(sample.value)" in text]
        assert len(reading) == 1
        given = reading[0].values() if isinstance(reading[0], dict) else reading[0]
        rows.append([str(each)[:16] for each in given if str(each).startswith("20")])
        oldest = step_of(clock.at) - trend_queries.UNSETTLED
        assert rows[-1] == [f"{oldest:%Y-%m-%d %H:%M}"], "from ten minutes ago on"


def test_late_figures_are_found_within_ten_minutes(filled: Runtime, clock: FrozenClock) -> None:
    memory = StepMemory()
    points(filled, memory)
    late = clock.at - 15 * MINUTE
    record(recorder(filled), [polled(KE, late, Sample("tps", 77))])
    assert points(filled, memory) != points(filled, None)
    clock.advance(timedelta(minutes=10))
    assert points(filled, memory) == points(filled, None)


def test_a_clock_set_back_is_no_trap(filled: Runtime, clock: FrozenClock) -> None:
    memory = StepMemory()
    points(filled, memory)
    clock.advance(-SPARK_FOR / 8)
    assert points(filled, memory) == points(filled, None)
