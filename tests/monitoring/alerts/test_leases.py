"""Table L of the alert semantics: leases that run out are not resolves."""

from typing import Any

import pytest

from ssoc.core.permissions import SYSTEM
from ssoc.monitoring import jobs, queries
from ssoc.monitoring.queries import AlertFilter, Wanted
from tests.monitoring.alerts.story import FIRING, LABELS, RESOLVED, STALE, Story


def lease_of(story: Story) -> object:
    return story.rows("select lease_until, started_at from alert")[0]


def test_the_life_of_a_lease(story: Story) -> None:
    story.say(start=0, lease=240)
    first = lease_of(story)

    story.go_to(62)
    assert story.say(start=0, lease=302) == 0, "L2: a repeat renews the lease and is no change"
    assert lease_of(story) != first

    story.go_to(301)
    jobs.sweep_leases(story.runtime)
    assert story.moves() == [(None, FIRING)]
    story.go_to(302)
    jobs.sweep_leases(story.runtime)
    jobs.sweep_leases(story.runtime)
    assert story.moves() == [(None, FIRING), (FIRING, STALE)], "L3, once"

    story.go_to(320)
    assert story.say(start=0, lease=560) == 1, "L4: firing again, the same episode"
    assert story.rows("select count(distinct started_at) from alert_transition") == [(1,)]

    story.go_to(330)
    assert story.say(state=RESOLVED, start=0, lease=330) == 1, "L5"
    for at in range(392, 1230, 62):
        story.go_to(at)
        assert story.say(state=RESOLVED, start=0, lease=330) == 0, "L6"
    resolved_at = story.rows("select resolved_at from alert")
    story.go_to(395 + 900)
    assert story.say(start=0, lease=1500) == 0, "L7: the episode is over, by whatever way"
    assert story.rows("select resolved_at from alert") == resolved_at
    jobs.sweep_leases(story.runtime)

    story.go_to(1300)
    assert story.say(start=1290, lease=1530) == 1, "L8"
    assert story.moves() == [
        (None, FIRING),
        (FIRING, STALE),
        (STALE, FIRING),
        (FIRING, RESOLVED),
        (RESOLVED, FIRING),
    ]


def test_l7_a_sender_whose_start_moves_cannot_revive_its_episode(story: Story) -> None:
    story.say(start=0)
    story.go_to(10)
    story.say(start=10)
    assert story.rows("select count(*) from alert where started_at = newest_start") == [(0,)]
    story.go_to(20)
    story.say(state=RESOLVED, start=10)
    story.go_to(30)
    assert story.say(start=10) == 0
    assert story.states()[0][0] is RESOLVED


def test_l9_no_times_is_a_lease_renewed_by_each_post(story: Story) -> None:
    for at in (0, 200, 400):
        story.go_to(at)
        story.say(start=at, lease=at + 300)
        jobs.sweep_leases(story.runtime)
    assert story.moves() == [(None, FIRING)]
    assert story.rows("select started_at from alert") == story.rows(
        "select min(started_at) from alert_transition"
    ), "the earliest start is kept"


def test_l10_absent_is_not_resolved(story: Story) -> None:
    story.say(way="webhook")
    story.go_to(86_400)
    story.say(way="webhook", labels={**LABELS, "alertname": "Other"})
    jobs.sweep_leases(story.runtime)
    assert [state for state, _ in story.states()] == [FIRING, FIRING]


def silent(story: Story) -> list[tuple[str, int]]:
    jobs.sweep_leases(story.runtime)
    jobs.watch_sources(story.runtime)
    return [
        tuple(row)
        for row in story.rows(
            "select market, state from alert where name = 'SourceSilent' order by market"
        )
    ]


def test_l11_leases_that_end_together_are_one_alert_per_market(story: Story) -> None:
    for country in ("TZ", "MZ"):
        story.tell(
            *[
                story.report(lease=240, labels={"alertname": f"A{n}", "country": country})
                for n in range(5)
            ]
        )
    assert silent(story) == []
    story.go_to(200)
    story.say(lease=440, labels={"alertname": "A1", "country": "MZ"})
    story.go_to(300)
    assert silent(story) == [("TZ", FIRING)], "MZ still speaks"
    assert silent(story) == [("TZ", FIRING)]
    story.go_to(320)
    story.say(state=RESOLVED, labels={"alertname": "A1", "country": "TZ"})
    assert silent(story) == [("TZ", RESOLVED)], "it speaks again"


@pytest.mark.parametrize(
    ("way", "after", "expect"),
    [
        pytest.param("webhook", 4 * 3600, [], id="a webhook repeats every four hours"),
        pytest.param("webhook", 5 * 3600, [("KE", FIRING)], id="a webhook silent for five"),
        pytest.param("pagerduty", 9 * 3600, [], id="pagerduty speaks at changes only"),
        pytest.param("internal", 9 * 3600, [], id="never ourselves"),
    ],
)
def test_ways_without_leases(story: Story, way: str, after: int, expect: object) -> None:
    story.say(way=way)
    story.go_to(after)
    assert silent(story) == expect


def test_a_source_with_leases_far_ahead_is_silent_after_the_limit(story: Story) -> None:
    story.say(lease=86_400)
    story.go_to(899)
    assert silent(story) == []
    story.go_to(900)
    assert silent(story) == [("KE", FIRING)]


def test_a_thousand_leases_end_in_one_turn(story: Story) -> None:
    story.tell(
        *[
            story.report(lease=240, labels={"alertname": f"A{n}", "country": "KE"})
            for n in range(5_000)
        ]
    )
    story.go_to(240)
    jobs.sweep_leases(story.runtime)
    assert story.rows("select count(*) from alert where state = 1") == [(5_000,)]
    assert story.rows("select count(*) from alert_transition where state = 1") == [(5_000,)]


PUSH: dict[str, Any] = {"way": "push", "source": "prometheus"}
HOOK: dict[str, Any] = {"way": "webhook", "source": "am"}


def lease(story: Story) -> list[tuple[float | None, str]]:
    with story.runtime.view(SYSTEM) as work:
        rows = queries.alerts(work, AlertFilter(wanted=Wanted.OPEN)).alerts
        ends = [each.lease_until for each in rows]
        seconds = [None if at is None else (at - story.began_at).total_seconds() for at in ends]
    owners = [owner for (owner,) in story.rows("select lease_by from alert where state < 2")]
    return list(zip(seconds, owners, strict=True))


def test_a_way_without_a_lease_takes_no_others_away(story: Story) -> None:
    """A push with a lease beside Alertmanager's webhook, which gives none."""
    story.say(lease=240, **PUSH)
    story.go_to(10)
    story.say(**HOOK)
    assert lease(story) == [(240, "push prometheus")]
    story.go_to(62)
    story.say(lease=302, **PUSH)
    assert lease(story) == [(302, "push prometheus")]
    story.go_to(100)
    story.say(**HOOK)
    story.go_to(302)
    jobs.sweep_leases(story.runtime)
    assert story.moves() == [(None, FIRING), (FIRING, STALE)], "it owns its end"


def test_in_one_batch_too(story: Story) -> None:
    story.go_to(20)
    story.tell(story.report(said=5, lease=240, **PUSH), story.report(said=10, **HOOK))
    assert lease(story) == [(240, "push prometheus")]


def test_the_owner_may_shorten_its_lease_and_give_it_up(story: Story) -> None:
    story.say(lease=900, **PUSH)
    story.go_to(10)
    story.say(lease=250, **PUSH)
    assert lease(story) == [(250, "push prometheus")]
    story.go_to(20)
    story.say(**PUSH)
    assert lease(story) == [(None, "")]


def test_of_two_leases_the_later_end_counts(story: Story) -> None:
    """Two Prometheus servers watch the same: one that dies takes nothing along."""
    other: dict[str, Any] = {"way": "push", "source": "prometheus-2"}
    story.say(lease=240, **PUSH)
    story.go_to(1)
    story.say(lease=230, **other)
    assert lease(story) == [(240, "push prometheus")]
    story.go_to(62)
    story.say(lease=292, **other)
    assert lease(story) == [(292, "push prometheus-2")]
    story.go_to(250)
    jobs.sweep_leases(story.runtime)
    assert story.states()[0][0] is FIRING


def test_a_lease_that_ran_out_is_nobodys_any_more(story: Story) -> None:
    """A webhook that still says firing afterwards is believed, without an end."""
    story.say(lease=240, **PUSH)
    story.go_to(300)
    jobs.sweep_leases(story.runtime)
    story.go_to(310)
    assert story.say(**HOOK) == 1
    assert lease(story) == [(None, "")]
    story.go_to(400)
    jobs.sweep_leases(story.runtime)
    assert story.states()[0][0] is FIRING


def test_a_resolve_ends_the_lease_and_the_next_episode_has_its_own(story: Story) -> None:
    story.say(lease=240, **PUSH)
    story.go_to(50)
    story.say(state=RESOLVED, **HOOK)
    story.go_to(60)
    story.say(start=60, **HOOK)
    assert lease(story) == [(None, "")]


def test_each_market_of_a_source_that_dies_gets_its_own_alert(story: Story) -> None:
    """Three markets at once, each alert heard by push and by webhook."""
    countries = ("KE", "MZ", "TZ")
    all_ = [{"alertname": f"A{n}", "country": country} for country in countries for n in range(40)]
    story.tell(*[story.report(lease=240, labels=each, **PUSH) for each in all_])
    story.go_to(10)
    story.tell(*[story.report(labels=each, way="webhook") for each in all_])
    assert silent(story) == []
    story.go_to(240)
    assert silent(story) == [(country, FIRING) for country in countries]
    summaries = story.rows("select summary from alert where name = 'SourceSilent'")
    assert {text for (text,) in summaries} == {
        "prometheus is silent since 08:00:00 UTC: all 40 leases ran out; "
        "its alerts are stale, not resolved"
    }
    story.go_to(250)
    assert silent(story) == [(country, FIRING) for country in countries], "once each"
