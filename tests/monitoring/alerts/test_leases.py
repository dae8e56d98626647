"""Table L of the alert semantics: leases that run out are not resolves."""

import pytest

from ssoc.monitoring import jobs
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
