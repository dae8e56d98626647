"""Inhibition holds pages and the opening of incidents, also across a restart. M1, M2, M9."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from incidents import queries
from ssoc import modules
from ssoc.core.database import make_engine
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Inhibition
from ssoc.notify.jobs import send_pages
from ssoc.notify.queries import recent_pages
from tests import factories
from tests.incidents.stories import Story

RULE = Inhibition(
    "critical-over-warning", {"severity": "critical"}, {"severity": "warning"}, ("country",)
)
KE, TZ = {"country": "KE"}, {"country": "TZ"}


@pytest.fixture
def story(story: Story) -> Story:
    estate = factories.estate_of("ussd-ke > core-ke, sms-ke, sms-tz")
    with story.runtime.work(SYSTEM) as work:
        estate_actions.replace(work, [*factories.items_of(estate), ("inhibition", RULE)])
    return story


def labels(component: str, **more: str) -> dict[str, str]:
    return {"alertname": "SuccessLow", "component": component, **more}


def source(story: Story) -> None:
    story.fire("core-ke", labels=labels("core-ke", **KE))


def target(story: Story, component: str = "sms-ke", **more: str) -> None:
    story.fire(component, severity=Severity.WARNING, labels=labels(component, **more))


def pages(story: Story) -> list[str]:
    story.deliver()
    send_pages(story.runtime)
    with story.runtime.view(SYSTEM) as work:
        return [each.text for each in recent_pages(work)]


def test_m1_the_muted_opens_nothing_and_pages_when_its_source_is_over(story: Story) -> None:
    source(story)
    target(story, **KE)
    story.settle()
    assert story.alone() == ["core-ke"]
    assert all("sms" not in text for text in pages(story))
    story.clear("core-ke", labels=labels("core-ke", **KE))
    story.turn(30)
    assert story.alone() == ["sms-ke"]
    assert any("sms-ke" in text for text in pages(story))


@pytest.mark.parametrize(
    ("component", "given"),
    [
        pytest.param("sms-ke", {}, id="M2 it lacks the label"),
        pytest.param("sms-tz", TZ, id="another country"),
    ],
)
def test_m2_what_does_not_agree_pages(story: Story, component: str, given: dict[str, str]) -> None:
    source(story)
    target(story, component, **given)
    story.settle()
    assert story.alone() == ["core-ke", component]
    assert any(component in text for text in pages(story))


def test_an_open_incident_is_never_resolved_by_it(story: Story) -> None:
    target(story, **KE)
    story.settle()
    source(story)
    story.settle()
    assert story.alone() == ["core-ke", "sms-ke"]
    story.clear("sms-ke", labels=labels("sms-ke", **KE), severity=Severity.WARNING)
    story.turn(60)
    assert story.alone() == ["core-ke"], "its own resolve counts"
    assert story.events()[-1] == "Recovered sms-ke"


@contextmanager
def restarted(story: Story, url: str) -> Iterator[Story]:
    """Give the same database to a process that remembers nothing."""
    engine = make_engine(url)
    yield replace(story, runtime=modules.wire(engine, story.clock))
    engine.dispose()


def test_m9_a_restart_while_both_fire_pages_nobody_for_the_target(story: Story, url: str) -> None:
    source(story)
    target(story, **KE)
    story.turn()
    story.runtime.engine.dispose()
    with restarted(story, url) as later:
        later.turn(3)
        later.turn(60)
        assert later.alone() == ["core-ke"]
        assert all("sms" not in text for text in pages(later))


def test_m9_the_target_comes_first_after_the_restart(story: Story, url: str) -> None:
    """Alertmanager pages here: its sources live in memory and come again a minute later."""
    source(story)
    story.turn()
    story.runtime.engine.dispose()
    with restarted(story, url) as later:
        target(later, **KE)
        later.turn()
        later.turn(60)
        assert later.alone() == ["core-ke"]
        assert all("sms" not in text for text in pages(later))


def test_the_path_of_the_cause_is_not_hidden(story: Story) -> None:
    """A symptom that is muted stays counted in the incident of its cause."""
    source(story)
    target(story, "ussd-ke", **KE)
    story.settle()
    with story.runtime.view(SYSTEM) as work:
        page = queries.page(work, 1)
    assert {each.component for each in page.nodes} >= {"core-ke", "ussd-ke"}
