"""Table D of the alert semantics: what an event does to the alert that is stored."""

from threading import Barrier, Thread
from typing import Any

import pytest

from ssoc.core.permissions import SYSTEM
from ssoc.monitoring import queries
from ssoc.monitoring.actions import take_transitions
from ssoc.monitoring.writer import Writer
from tests.monitoring.alerts.story import CRITICAL, ERROR, FIRING, RESOLVED, WARNING, Story

Said = tuple[float, dict[str, Any]]

D = [
    pytest.param([(0, {})], [(None, FIRING)], (FIRING, CRITICAL), 0, id="D1 new"),
    pytest.param(
        [(0, {}), (10, {"summary": "71 %"})],
        [(None, FIRING)],
        (FIRING, CRITICAL),
        1,
        id="D2 and D3 the same again is a repeat, whatever its value",
    ),
    pytest.param(
        [(0, {}), (10, {"severity": WARNING})],
        [(None, FIRING), (FIRING, FIRING)],
        (FIRING, WARNING),
        1,
        id="D4 less severe is a change",
    ),
    pytest.param(
        [(0, {}), (10, {"severity": WARNING}), (20, {"severity": CRITICAL})],
        [(None, FIRING), (FIRING, FIRING), (FIRING, FIRING)],
        (FIRING, CRITICAL),
        2,
        id="D5 more severe again is a third change, not lost",
    ),
    pytest.param(
        [(0, {}), (10, {"state": RESOLVED, "severity": WARNING})],
        [(None, FIRING), (FIRING, RESOLVED)],
        (RESOLVED, CRITICAL),
        1,
        id="D6 a resolve keeps the severity it had",
    ),
    pytest.param(
        [(0, {}), (10, {"state": RESOLVED}), (30, {"start": 25})],
        [(None, FIRING), (FIRING, RESOLVED), (RESOLVED, FIRING)],
        (FIRING, CRITICAL),
        2,
        id="D7 a new episode",
    ),
    pytest.param(
        [(0, {"state": RESOLVED}), (62, {"state": RESOLVED})],
        [],
        (RESOLVED, CRITICAL),
        1,
        id="D8 a resolve of the unknown is stored and is no transition",
    ),
    pytest.param(
        [(0, {"state": RESOLVED}), (62, {"start": 60, "severity": ERROR})],
        [(RESOLVED, FIRING)],
        (FIRING, ERROR),
        1,
        id="D8 then firing is an episode",
    ),
]


@pytest.mark.parametrize(("said", "moves", "stands", "repeats"), D)
def test_what_an_event_does(
    story: Story, said: list[Said], moves: object, stands: object, repeats: int
) -> None:
    for at, what in said:
        story.go_to(at)
        story.say(**what)
    assert story.moves() == moves
    assert story.states() == [stands]
    assert story.rows("select repeats from alert") == [(repeats,)]


@pytest.mark.parametrize(("said", "moves", "stands", "repeats"), D)
def test_the_same_in_one_batch_loses_no_transition(
    story: Story, said: list[Said], moves: object, stands: object, repeats: int
) -> None:
    story.go_to(1000)
    story.tell(*[story.report(said=at, **what) for at, what in reversed(said)])
    assert story.moves() == moves
    assert story.states() == [stands]
    assert story.rows("select repeats from alert") == [(repeats,)]


def test_d9_eight_identical_posts_at_once_are_one_row(story: Story) -> None:
    writer, start = Writer(story.runtime), Barrier(8)
    failures: list[Exception] = []

    def post() -> None:
        start.wait()
        try:
            writer.write([story.report()])
        except Exception as error:  # noqa: BLE001 (any failure fails the test)
            failures.append(error)

    threads = [Thread(target=post) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    writer.stop()
    assert failures == []
    assert story.rows("select repeats from alert") == [(7,)]
    assert story.moves() == [(None, FIRING)]
    assert story.rows("select alerts from ingest_source") == [(8,)]


def test_d10_by_two_ways_is_one_alert_with_two_sources(story: Story) -> None:
    story.say(way="webhook", source="am-1")
    story.go_to(5)
    story.say(way="push")
    with story.runtime.view(SYSTEM) as work:
        (row,) = queries.alerts(work).alerts
        page = queries.alert(work, row.id)
    assert [(each.source, each.way) for each in page.sources] == [
        ("am-1", "webhook"),
        ("prometheus", "push"),
    ]
    assert [each.state for each in page.changes] == [FIRING]


def test_a_severity_change_tells_what_it_was(story: Story) -> None:
    story.say(severity=WARNING)
    story.go_to(10)
    story.say(severity=CRITICAL)
    with story.runtime.work(SYSTEM) as work:
        first, second = take_transitions(work, 10)
        assert take_transitions(work, 10) == []
    assert (first.was_state, first.severity, first.number) == (None, WARNING, 0)
    assert (second.was_severity, second.severity, second.number) == (WARNING, CRITICAL, 1)
    assert second.at == story.at(10)
    assert second.place == "?KE/SuccessLow"
