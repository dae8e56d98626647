"""Table F of the alert semantics, as a rule and with the job."""

from datetime import UTC, datetime, timedelta

import pytest

from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.monitoring import jobs, queries
from ssoc.monitoring.rules.flapping import flapping_at, pierces
from tests.monitoring.alerts.story import CRITICAL, FIRING, RESOLVED, WARNING, Story

ZERO = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = timedelta(seconds=1800)
F2, F3 = [0, 300, 600], [0, 300, 600, 900, 1200, 1500]


@pytest.mark.parametrize(
    ("changes", "now", "since"),
    [
        pytest.param([0, 300], 300, None, id="F1 two changes are normal"),
        pytest.param(F2, 599, None, id="F2 not yet"),
        pytest.param(F2, 600, 600, id="F2 the third change within the window"),
        pytest.param(F3, 1500, 600, id="F3 still the same flapping"),
        pytest.param(F3, 3299, 600, id="F4 not quiet for a whole window yet"),
        pytest.param(F3, 3300, None, id="F4 quiet for a whole window"),
        pytest.param([0, 900, 1800], 1800, None, id="a window apart is not within it"),
        pytest.param([*F3, 9000, 9010], 9010, None, id="after the end it counts anew"),
        pytest.param([*F3, 9000, 9010, 9020], 9020, 9020, id="and can begin again"),
        pytest.param([], 10, None, id="nothing changed"),
    ],
)
def test_flapping(changes: list[int], now: int, since: int | None) -> None:
    found = flapping_at(
        [ZERO + timedelta(seconds=each) for each in changes],
        ZERO + timedelta(seconds=now),
        2,
        WINDOW,
    )
    assert (found and (found.since - ZERO).total_seconds()) == since


def test_asked_step_by_step_it_says_the_same() -> None:
    was = None
    for now in range(0, 3301, 100):
        recent = [ZERO + timedelta(seconds=at) for at in F3 if now - 3600 < at <= now]
        was = flapping_at(recent, ZERO + timedelta(seconds=now), 2, WINDOW, was)
        assert (was is not None) == (600 <= now < 3300), now


@pytest.mark.parametrize(
    ("before", "severity", "expect"),
    [
        pytest.param([WARNING], CRITICAL, True, id="F5 critical for the first time"),
        pytest.param([WARNING, CRITICAL], CRITICAL, False, id="critical again"),
        pytest.param([CRITICAL], WARNING, False, id="less severe"),
    ],
)
def test_what_pages_in_spite_of_it(
    before: list[Severity], severity: Severity, expect: bool
) -> None:
    assert pierces(before, severity) is expect


def flaps(story: Story) -> bool:
    jobs.track_flapping(story.runtime)
    with story.runtime.view(SYSTEM) as work:
        (row,) = (
            queries.alerts(work).alerts
            or queries.alerts(work, queries.AlertFilter(wanted=queries.Wanted.RESOLVED)).alerts
        )
        assert queries.flapping(work, [row.key]) == ({row.key} if row.is_flapping else set())
        return row.is_flapping


def test_the_job_follows_the_table(story: Story) -> None:
    seen = []
    for number, at in enumerate(F3):
        story.go_to(at)
        story.say(state=RESOLVED if number % 2 else FIRING, start=at)
        seen.append(flaps(story))
    assert seen == [False, False, True, True, True, True]
    story.go_to(3299)
    assert flaps(story)
    story.go_to(3300)
    assert not flaps(story)
    assert story.rows("select count(*) from flapping") == [(0,)]


@pytest.mark.parametrize(
    ("said", "expect"),
    [
        pytest.param("W C -", False, id="warning, critical, clear is an ordinary life"),
        pytest.param("W E C -", False, id="a rise in two steps"),
        pytest.param("W C - W", True, id="the third that counts is firing again"),
        pytest.param("C W -", True, id="a fall counts"),
        pytest.param("W C W C", False, id="one fall"),
        pytest.param("W C W C W", True, id="up and down"),
        pytest.param("W - C", True, id="a worse severity in a new episode is firing again"),
    ],
)
def test_a_rise_of_severity_is_news_and_no_change(story: Story, said: str, expect: bool) -> None:
    severities = {"W": WARNING, "E": Severity.ERROR, "C": CRITICAL}
    severity, start, was = WARNING, 0, "-"
    for number, word in enumerate(said.split()):
        second = number * 60
        story.go_to(second)
        start = second if was == "-" else start
        severity = severities.get(word, severity)
        story.say(state=FIRING if word in severities else RESOLVED, start=start, severity=severity)
        was = word
    assert story.rows("select count(*) from alert_transition") == [(len(said.split()),)]
    assert flaps(story) is expect
