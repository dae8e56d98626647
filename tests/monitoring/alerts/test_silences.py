"""Silences hold pages back, in their author's markets and for a time; state goes on."""

from datetime import timedelta
from typing import Any

import pytest

from ssoc.core.errors import BadInput, NotAllowed, NotFound
from ssoc.core.permissions import SYSTEM, Actor, ActorKind, Permission, Role
from ssoc.monitoring import jobs, queries
from ssoc.monitoring.actions import SilenceDraft, expire_silence, set_silence
from ssoc.monitoring.queries import AlertFilter
from ssoc.monitoring.rules.matching import Matcher
from ssoc.monitoring.rules.suppression import SilenceState
from tests.factories import person, report
from tests.monitoring.alerts.story import RESOLVED, Story

TZ = Matcher("market", "TZ")
AMINA = person("amina")


def draft(story: Story, *matchers: Matcher, hours: float = 1, **more: Any) -> SilenceDraft:
    now = story.clock.now()
    times = {"starts_at": now, "ends_at": now + timedelta(hours=hours)}
    return SilenceDraft(**{"matchers": matchers or (TZ,), **times, "comment": "known", **more})


def silence(story: Story, *matchers: Matcher, by: Actor = AMINA, **more: Any) -> str:
    with story.runtime.work(by) as work:
        return set_silence(work, draft(story, *matchers, **more))


def held(story: Story, *components: str) -> dict[str, str]:
    with story.runtime.view(SYSTEM) as work:
        return queries.held(work, components)


def fire(story: Story, market: str, **more: Any) -> None:
    component = f"core-{market.lower()}"
    story.tell(report(market=market, component=component, said_at=story.clock.now(), **more))


def test_m3_silenced_before_it_fires(story: Story) -> None:
    silence(story)
    fire(story, "TZ")
    fire(story, "KE")
    assert held(story, "core-tz", "core-ke", "core-gone") == {
        "core-tz": "silenced by amina until 2026-03-02 09:00 UTC: known"
    }
    story.go_to(60)
    fire(story, "TZ", state=RESOLVED)
    assert held(story, "core-tz") == {}, "nothing open, nothing held"
    assert len(story.moves()) == 3, "state goes on"


def test_m5_a_silence_ends_by_itself(story: Story) -> None:
    fire(story, "TZ")
    silence(story)
    story.go_to(3599)
    assert held(story, "core-tz")
    story.go_to(3600)
    assert held(story, "core-tz") == {}


def test_one_alert_that_is_not_silenced_is_enough_to_page(story: Story) -> None:
    silence(story, TZ, Matcher("name", "SuccessLow"))
    fire(story, "TZ")
    assert held(story, "core-tz")
    fire(story, "TZ", name="Latency")
    assert held(story, "core-tz") == {}
    silence(story, Matcher("name", "L.*", is_regex=True))
    assert held(story, "core-tz")["core-tz"].count("silenced by amina") == 2


def test_what_the_estate_does_not_know_is_held_by_its_place(story: Story) -> None:
    story.tell(report(market="TZ", component="", name="Odd"))
    story.tell(report(market="", component="", name="Odder"))
    silence(story, Matcher("name", "Odd.*", is_regex=True))
    assert set(held(story, "?TZ/Odd", "?-/Odder", "?KE/Odd")) == {"?TZ/Odd", "?-/Odder"}


def test_a_country_role_silences_its_country_only(story: Story) -> None:
    neema = person("neema", Role.NOC_OPERATOR, "TZ")
    everything = Matcher("name", "SuccessLow")
    found = silence(story, everything, by=neema)
    fire(story, "TZ")
    fire(story, "KE")
    assert set(held(story, "core-tz", "core-ke")) == {"core-tz"}
    with story.runtime.view(neema) as work:
        assert [each.id for each in queries.silences(work)] == [found]
    with story.runtime.view(person("otieno", Role.NOC_OPERATOR, "KE")) as work:
        assert queries.silences(work) == []
        with pytest.raises(NotAllowed):
            queries.silence(work, found)


@pytest.mark.parametrize(
    "actor",
    [
        pytest.param(person("auditor", Role.AUDITOR), id="a role that may not silence"),
        pytest.param(person("juma", Role.NOC_OPERATOR, "KE"), id="another country's"),
    ],
)
def test_others_may_not_touch_it(story: Story, actor: Actor) -> None:
    found = silence(story)
    with pytest.raises(NotAllowed), story.runtime.work(actor) as work:
        expire_silence(work, found)
    with pytest.raises(NotAllowed), story.runtime.work(actor) as work:
        set_silence(work, draft(story, id=found, hours=9))
    fire(story, "TZ")
    assert held(story, "core-tz")


def test_the_same_matchers_change_in_place(story: Story) -> None:
    first = silence(story, TZ, Matcher("a", "b"))
    story.go_to(60)
    assert silence(story, Matcher("a", "b"), TZ, id=first, hours=5, comment="longer") == first
    with story.runtime.view(SYSTEM) as work:
        (only,) = queries.silences(work)
    assert (only.comment, only.starts_at, only.ends_at) == (
        "longer",
        story.at(0),
        story.at(60 + 5 * 3600),
    )


def test_other_matchers_are_a_new_silence_and_the_old_one_ends(story: Story) -> None:
    first = silence(story)
    story.go_to(60)
    second = silence(story, Matcher("market", "KE"), id=first)
    with story.runtime.view(SYSTEM) as work:
        found = {each.id: each.state(work.now) for each in queries.silences(work)}
    assert found == {first: SilenceState.EXPIRED, second: SilenceState.ACTIVE}
    assert silence(story, id=first) not in {first, second}, "an ended one is not revived"


def test_ending_one_and_what_is_written_of_it(story: Story) -> None:
    found = silence(story)
    story.go_to(60)
    for _ in range(2):
        with story.runtime.work(AMINA) as work:
            expire_silence(work, found)
    events = story.rows("select kind, subject from event order by id")
    assert [tuple(each) for each in events] == [
        ("SilenceSet", f"silence:{found}"),
        ("SilenceExpired", f"silence:{found}"),
    ]
    story.go_to(61 + 5 * 86_400)
    with story.runtime.view(SYSTEM) as work:
        assert queries.silences(work) == []
        assert queries.silence(work, found).state(work.now) is SilenceState.EXPIRED, "kept"


@pytest.mark.parametrize(
    ("starts", "ends", "fault"),
    [
        pytest.param(10, 10, "ends before it starts", id="no time at all"),
        pytest.param(-20, -10, "ends in the past", id="over already"),
        pytest.param(0, 91 * 86_400, "longer than 90 days", id="open-ended"),
    ],
)
def test_refused_times(story: Story, starts: int, ends: int, fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        silence(story, starts_at=story.at(starts), ends_at=story.at(ends))
    assert story.rows("select count(*) from silence") == [(0,)]


def test_unknown_ids_are_not_found(story: Story) -> None:
    with pytest.raises(NotFound):
        silence(story, id="no such")
    with pytest.raises(NotFound), story.runtime.work(AMINA) as work:
        expire_silence(work, "no such")


def test_a_machine_names_its_user_and_a_person_is_named_by_the_sign_in(story: Story) -> None:
    grants = frozenset({(Permission.ALERT_SILENCE, "*")})
    silence(story, by=Actor("token:amtool", grants, ActorKind.TOKEN), created_by="juma")
    silence(story, created_by="somebody else")
    rows = story.rows("select created_by from silence order by created_by")
    assert [name for (name,) in rows] == ["amina", "juma"]


def test_a_silence_that_matches_nothing_for_a_week_is_listed(story: Story) -> None:
    used = silence(story, hours=24 * 30)
    unused = silence(story, Matcher("market", "MZ"), hours=24 * 30)
    fire(story, "TZ")

    def listed() -> set[str]:
        jobs.match_silences(story.runtime)
        with story.runtime.view(SYSTEM) as work:
            return {each.id for each in queries.unused_silences(work)}

    assert listed() == set()
    story.go_to(7 * 86_400)
    assert listed() == {unused}
    fire(story, "TZ", state=RESOLVED)
    story.go_to(15 * 86_400)
    assert listed() == {used, unused}, "its alert was resolved long ago"


def test_the_list_shows_who_silences(story: Story) -> None:
    found = silence(story)
    fire(story, "TZ")
    fire(story, "KE")
    with story.runtime.view(SYSTEM) as work:
        by_market = {each.market: each.silenced_by for each in queries.alerts(work).alerts}
        (quiet,) = queries.alerts(work, AlertFilter(silenced=True)).alerts
        (loud,) = queries.alerts(work, AlertFilter(silenced=False)).alerts
    assert by_market == {"TZ": (found,), "KE": ()}
    assert (quiet.market, loud.market) == ("TZ", "KE")
