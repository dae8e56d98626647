"""Table M of the alert semantics, M1 and M2: who mutes whom, and what never does."""

from collections.abc import Mapping
from typing import Any

import pytest

from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import Severity
from ssoc.estate import actions as estate_actions
from ssoc.estate.values import Inhibition
from ssoc.monitoring import jobs, queries
from ssoc.monitoring.actions import SilenceDraft, set_silence
from ssoc.monitoring.report import fingerprint, hex_of, key_of
from ssoc.monitoring.rules.inhibition import Candidate, Inhibitions, seen
from ssoc.monitoring.rules.matching import Matcher
from tests import factories
from tests.monitoring.alerts.story import CRITICAL, ERROR, INFO, RESOLVED, WARNING, Story

RULE = Inhibition(
    "critical-over-warning", {"severity": "critical"}, {"severity": "warning"}, ("country",)
)
WIDE = Inhibition(
    "all", {"severity": "critical"}, {"alertname": "~.*"}, ("country", "service")
)  # a critical alert fits both sides


def candidate(key: int, severity: Severity, **labels: str) -> Candidate:
    return Candidate(key, seen({"alertname": "Low", **labels}, severity))


SOURCE = candidate(1, CRITICAL, country="KE")


@pytest.mark.parametrize(
    ("rule", "others", "target", "by"),
    [
        pytest.param(RULE, [], candidate(2, WARNING, country="KE"), [1], id="M1 muted"),
        pytest.param(RULE, [], candidate(2, WARNING), [], id="M2 the target lacks the label"),
        pytest.param(RULE, [], candidate(2, WARNING, country=""), [], id="empty is missing"),
        pytest.param(RULE, [], candidate(2, WARNING, country="TZ"), [], id="another country"),
        pytest.param(RULE, [], candidate(2, ERROR, country="KE"), [], id="no target"),
        pytest.param(
            RULE,
            [candidate(7, CRITICAL)],
            candidate(2, WARNING),
            [],
            id="missing on both sides is no agreement",
        ),
        pytest.param(
            WIDE,
            [candidate(3, CRITICAL, country="TZ", service="a")],
            candidate(2, CRITICAL, country="TZ", service="a"),
            [],
            id="what fits both sides mutes nothing of its like",
        ),
        pytest.param(
            WIDE,
            [candidate(3, CRITICAL, country="TZ", service="a")],
            candidate(2, ERROR, country="TZ", service="a"),
            [3],
            id="but it mutes what is a target only",
        ),
        pytest.param(
            WIDE,
            [candidate(3, CRITICAL, country="TZ", service="a")],
            candidate(2, ERROR, country="TZ", service="b"),
            [],
            id="all labels of equal must agree",
        ),
    ],
)
def test_who_mutes(
    rule: Inhibition, others: list[Candidate], target: Candidate, by: list[int]
) -> None:
    found = Inhibitions([rule], [SOURCE, *others, target]).of(target.labels)
    assert [each.key for each in found] == by


def test_severity_market_and_component_are_what_screens_show() -> None:
    """One rule fits every tool: P1 of one and critical of another are the same."""
    told = seen({"severity": "P1", "market": "Kenya", "a": "b"}, CRITICAL, "KE", "core-ke")
    assert told == {"severity": "critical", "market": "KE", "component": "core-ke", "a": "b"}


LOUD = {"alertname": "Down", "country": "KE"}
QUIET = {"alertname": "Slow", "country": "KE"}
NOWHERE = {"alertname": "Slow"}


@pytest.fixture
def muted(story: Story) -> Story:
    with story.runtime.work(SYSTEM) as work:
        estate = factories.estate_of("core-ke, sms-ke")
        items = [*factories.items_of(estate), ("inhibition", RULE)]
        estate_actions.replace(work, items)
    return story


def held(story: Story, *components: str) -> Mapping[str, str]:
    with story.runtime.view(SYSTEM) as work:
        return queries.held(work, components)


def shown(story: Story) -> dict[str, list[str]]:
    with story.runtime.view(SYSTEM) as work:
        rows = queries.alerts(work).alerts
        for row in rows:
            assert queries.alert(work, row.key).alert.inhibited_by == row.inhibited_by
        return {row.name: [str(each) for each in row.inhibited_by] for row in rows}


def say(story: Story, labels: dict[str, str], severity: Severity, **more: Any) -> None:
    story.tell(story.report(labels=labels, severity=severity, **more))


def test_m1_m2_a_muted_alert_shows_who_mutes_it(muted: Story) -> None:
    say(muted, LOUD, CRITICAL, component="core-ke")
    say(muted, QUIET, WARNING, component="sms-ke")
    say(muted, NOWHERE | {"alertname": "Odd"}, WARNING, market="KE")
    by = f"inhibited by {hex_of(key_of(fingerprint(LOUD)))} (rule critical-over-warning)"
    assert held(muted, "sms-ke", "core-ke", "?KE/Odd") == {"sms-ke": by}
    assert shown(muted) == {"Down": [], "Slow": [by], "Odd": []}


def test_it_follows_what_is_open(muted: Story) -> None:
    say(muted, QUIET, WARNING, component="sms-ke")
    assert not held(muted, "sms-ke")
    assert shown(muted) == {"Slow": []}
    muted.go_to(10)
    say(muted, LOUD, CRITICAL, component="core-ke", lease=100, start=10)
    assert held(muted, "sms-ke")
    muted.go_to(100)
    jobs.sweep_leases(muted.runtime)
    assert held(muted, "sms-ke"), "a silent source has not recovered"
    muted.go_to(200)
    say(muted, LOUD, ERROR, component="core-ke", start=10)
    assert not held(muted, "sms-ke"), "it is no source any more"
    say(muted, LOUD, CRITICAL, component="core-ke", start=10)
    assert held(muted, "sms-ke")
    muted.go_to(300)
    say(muted, LOUD, CRITICAL, component="core-ke", state=RESOLVED, start=10)
    assert not held(muted, "sms-ke")
    assert shown(muted) == {"Slow": []}


def test_silence_and_inhibition_together_hold_a_component(muted: Story) -> None:
    say(muted, LOUD, CRITICAL, component="core-ke")
    say(muted, QUIET, WARNING, component="sms-ke")
    say(muted, {**QUIET, "alertname": "Late"}, ERROR, component="sms-ke")
    assert not held(muted, "sms-ke"), "one alert is loud"
    with muted.runtime.work(SYSTEM) as work:
        matcher = Matcher("alertname", "Late")
        set_silence(work, SilenceDraft((matcher,), work.now, muted.at(3600), "known"))
    assert "inhibited by" in held(muted, "sms-ke")["sms-ke"]
    assert "silenced by" in held(muted, "sms-ke")["sms-ke"]


def test_information_is_no_reason_to_page(muted: Story) -> None:
    """An alert of severity info beside a silenced one must not break the silence."""
    say(muted, QUIET, ERROR, component="sms-ke")
    say(muted, {**QUIET, "alertname": "Watchdog"}, INFO, component="sms-ke")
    with muted.runtime.work(SYSTEM) as work:
        matcher = Matcher("alertname", "Slow")
        set_silence(work, SilenceDraft((matcher,), work.now, muted.at(3600), "known"))
    assert set(held(muted, "sms-ke")) == {"sms-ke"}
    with muted.runtime.view(SYSTEM) as work:
        assert set(queries.held_or_loud(work, ["sms-ke", "core-ke"])) == {"sms-ke"}


def test_screens_look_again_when_alerts_change(muted: Story) -> None:
    say(muted, QUIET, WARNING, component="sms-ke")
    assert shown(muted)["Slow"] == []
    say(muted, LOUD, CRITICAL, component="core-ke")
    assert shown(muted)["Slow"] != []
