"""Silences, windows and flapping: pages are held, state never is. Tables M and F."""

from collections.abc import Sequence
from datetime import timedelta

from incidents import queries
from incidents.lifecycle import State
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.monitoring.actions.silences import SilenceDraft, expire_silence, set_silence
from ssoc.monitoring.actions.windows import WindowDraft, end_window, set_window
from ssoc.monitoring.jobs import track_flapping
from ssoc.monitoring.rules.matching import Matcher
from tests.incidents.stories import Story

GRAPH = "ussd-ke > core-ke, sms-ke"


def window(story: Story, components: Sequence[str], minutes: int = 60) -> int:
    with story.runtime.work(SYSTEM) as work:
        ends_at = work.now + timedelta(minutes=minutes)
        return set_window(work, WindowDraft("new firmware", work.now, ends_at, components))


def silence(story: Story, component: str, minutes: int = 60) -> str:
    with story.runtime.work(SYSTEM) as work:
        ends_at = work.now + timedelta(minutes=minutes)
        return set_silence(
            work, SilenceDraft((Matcher("component", component),), work.now, ends_at, "known")
        )


def test_m6_m7_in_a_window_it_opens_held_and_pages_when_the_window_ends(story: Story) -> None:
    story.estate(GRAPH)
    window(story, ["core-ke"])
    story.fire("core-ke")
    story.turn(30)
    incident = story.live()["core-ke"]
    assert incident.held_because.startswith("under maintenance until 2026-03-02 09:00 UTC")
    story.until(3599)
    assert story.events() == ["Opened core-ke"]
    story.until(3600)
    assert story.live()["core-ke"].held_because == ""
    assert story.events() == ["Opened core-ke", "Released core-ke"]
    story.turn(1)
    assert len(story.events()) == 2


def test_m8_what_does_not_depend_on_the_work_pages(story: Story) -> None:
    story.estate(GRAPH)
    window(story, ["core-ke"])
    story.fire("sms-ke")
    story.turn()
    assert story.live()["sms-ke"].held_because == ""


def test_what_depends_on_the_work_is_held_with_it(story: Story) -> None:
    story.estate(GRAPH)
    window(story, ["core-ke"])
    story.fire("core-ke", "ussd-ke")
    story.settle()
    assert [each.held_because != "" for each in story.all()] == [True]


def test_m10_a_cancelled_window_pages_at_once(story: Story) -> None:
    story.estate(GRAPH)
    number = window(story, ["core-ke"])
    story.fire("core-ke")
    story.turn(30)
    with story.runtime.work(SYSTEM) as work:
        end_window(work, number)
    story.turn(1)
    assert story.events() == ["Opened core-ke", "Released core-ke"]


def test_a_window_that_ends_after_recovery_pages_nobody(story: Story) -> None:
    story.estate(GRAPH)
    window(story, ["core-ke"])
    story.fire("core-ke")
    story.turn(30)
    story.clear("core-ke")
    story.turn(30)
    story.until(3700)
    assert story.events() == ["Opened core-ke", "Recovered core-ke"]


def test_worse_inside_a_window_is_told_as_held(story: Story) -> None:
    story.estate(GRAPH)
    window(story, ["core-ke"])
    story.fire("core-ke", severity=Severity.WARNING)
    story.turn(30)
    story.clock.advance(timedelta(seconds=30))
    story.fire("core-ke")
    story.turn(1)
    assert story.events() == ["Opened core-ke", "Worsened core-ke"]
    assert story.live()["core-ke"].held_because


def test_m5_what_was_silenced_opens_when_the_silence_ends(story: Story) -> None:
    story.estate(GRAPH)
    number = silence(story, "core-ke")
    story.fire("core-ke")
    story.turn(30)
    assert story.all() == []
    with story.runtime.work(SYSTEM) as work:
        expire_silence(work, number)
    story.turn(1)
    assert story.events() == ["Opened core-ke"]
    assert story.live()["core-ke"].alerts == 1


def test_a_silenced_cause_does_not_hide_the_symptoms_of_customers(story: Story) -> None:
    story.estate(GRAPH)
    silence(story, "core-ke")
    story.fire("core-ke", "ussd-ke")
    story.settle()
    assert story.alone() == ["core-ke"]
    assert story.live()["core-ke"].held_because == ""


def test_one_alert_of_two_silenced_does_not_hold_the_component(story: Story) -> None:
    story.estate(GRAPH)
    with story.runtime.work(SYSTEM) as work:
        ends_at = work.now + timedelta(hours=1)
        matcher = Matcher("name", "Latency")
        set_silence(work, SilenceDraft((matcher,), work.now, ends_at, "known"))
    story.fire("core-ke", name="Latency")
    story.turn()
    assert story.all() == []
    story.fire("core-ke", name="Errors")
    story.turn(5)
    assert story.alone() == ["core-ke"]


def kept(story: Story) -> list[str]:
    with story.runtime.view(SYSTEM) as work:
        return [each.text for each in queries.timeline(work, 1) if each.kind == "kept"]


def test_f2_f4_while_it_flaps_the_incident_does_not_toggle(story: Story) -> None:
    story.estate(GRAPH)
    story.fire("core-ke")
    story.turn()
    story.until(300)
    story.clear("core-ke")
    story.turn()
    assert story.states()["core-ke"] is State.RESOLVED
    told = []
    for second in (600, 900, 1200, 1500):
        story.clock.at = story.clock.at.replace(minute=second // 60)
        (story.clear if second % 600 else story.fire)("core-ke")
        track_flapping(story.runtime)
        story.turn()
        told.append(story.states()["core-ke"])
    assert told == [State.REOPENED] * 4
    assert kept(story) == [
        "kept open: its alerts flap; it ends when they are quiet until 08:45 UTC"
    ]
    story.until(3300)
    track_flapping(story.runtime)
    story.turn()
    assert story.states()["core-ke"] is State.RESOLVED
    assert story.events() == [
        "Opened core-ke",
        "Recovered core-ke",
        "Reopened core-ke",
        "Flapped core-ke",
        "Recovered core-ke",
    ]


def test_worse_then_clear_ends_at_once(story: Story) -> None:
    story.estate(GRAPH)
    story.fire("core-ke", severity=Severity.WARNING)
    story.turn()
    story.until(60)
    story.fire("core-ke")
    story.turn()
    story.until(120)
    story.clear("core-ke")
    track_flapping(story.runtime)
    story.turn(1)
    assert story.states()["core-ke"] is State.RESOLVED
    assert kept(story) == []
