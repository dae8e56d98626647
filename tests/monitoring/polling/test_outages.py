"""Downtime from polls: overlaps count once, unknown is not down, gaps prove nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from ssoc.core.calendar import Span
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.monitoring.outages import outages
from ssoc.monitoring.reading import Health
from ssoc.monitoring.rules.spans import merged, proven, total
from tests.monitoring.polling.estates import check, lost, polled, record, recorder, stored

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def span(since: float, until: float) -> Span:
    return Span(NOON + since * MINUTE, NOON + until * MINUTE)


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        pytest.param("oooo", [], id="never down"),
        pytest.param("oDDo", [span(1, 3)], id="until the next answer that is not down"),
        pytest.param("oDuu", [span(1, 2)], id="unknown is not down"),
        pytest.param("oD---o", [span(1, 3)], id="a gap proves at most two intervals"),
        pytest.param("oooD", [span(3, 4)], id="down at the end, until then"),
        pytest.param("DoDo", [span(0, 1), span(2, 3)], id="two times"),
    ],
)
def test_stretches_that_polls_prove(letters: str, expected: list[Span]) -> None:
    polls = [
        (NOON + n * MINUTE, letter == "D") for n, letter in enumerate(letters) if letter != "-"
    ]
    until = NOON + len(letters) * MINUTE
    assert merged(proven(polls, MINUTE, until)) == expected


def test_overlaps_count_once() -> None:
    spans = [span(0, 10), span(5, 12), span(12, 13), span(20, 21)]
    assert merged(spans) == [span(0, 13), span(20, 21)]
    assert total(spans) == 14 * MINUTE
    assert total([]) == timedelta()


def test_two_checks_of_a_component(runtime: Runtime, clock: FrozenClock) -> None:
    front, back = check("core-ke", "front"), check("core-ke", "back")
    stored(runtime, [front, back])
    start, polls = clock.at, []
    for each, letters in ((front, "oDDDoo"), (back, "ooDDDu")):
        for minute, letter in enumerate(letters):
            at = start + minute * MINUTE
            health = Health.DOWN if letter == "D" else Health.OK
            polls.append(lost(each, at) if letter == "u" else polled(each, at, health=health))
    record(recorder(runtime), polls)
    with runtime.view(SYSTEM) as work:
        found = outages(work, "core-ke", start, start + 6 * MINUTE)
    assert found == [Span(start + MINUTE, start + 5 * MINUTE)]
