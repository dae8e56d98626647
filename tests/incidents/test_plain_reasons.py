"""Reasons as people read them: with the day, without what is not true, and in plain words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents import actions
from incidents.models import TimelineEntry
from incidents.queries.sight import Sight
from incidents.rules.wording import clock_words
from incidents.rules.words import headline
from ssoc.core.permissions import SYSTEM
from ssoc.monitoring.report import NOT_WATCHED, WATCH
from tests import factories
from tests.incidents.stories import Story

EIGHT = factories.EIGHT


@pytest.mark.parametrize(
    ("later", "words"),
    [
        pytest.param(timedelta(hours=15, minutes=59), "08:00 UTC", id="the same day"),
        pytest.param(timedelta(hours=16), "2 Mar 08:00 UTC", id="the next day"),
        pytest.param(timedelta(days=400), "2 Mar 2026 08:00 UTC", id="another year"),
    ],
)
def test_an_instant_names_its_day_unless_it_is_today(later: timedelta, words: str) -> None:
    assert clock_words(EIGHT, EIGHT + later) == words


def test_the_day_is_judged_when_the_reason_is_read(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke")
    story.settle()
    incident = story.live()["db-ke"]
    assert incident.reason == "db-ke critical since 08:00 UTC."
    with story.runtime.view(SYSTEM) as work:
        tomorrow = Sight(replace(work, now=work.now + timedelta(days=1)))
        read = tomorrow.text(incident.reason, incident.reason_told)
    assert read == "db-ke critical since 2 Mar 08:00 UTC."


def test_what_was_put_here_by_hand_does_not_need_it(story: Story) -> None:
    story.estate("ussd-ke > db-ke, web-tz")
    story.fire("db-ke", "ussd-ke", "web-tz")
    story.settle()
    into, other = story.live()["db-ke"].id, story.live()["web-tz"].id
    with story.runtime.work(SYSTEM) as work:
        actions.merge(work, other, into)
    story.fire("ussd-ke", name="Slow")
    story.turn(1)
    story.clear("ussd-ke")
    story.clear("ussd-ke", name="Slow")
    story.turn(60)
    story.fire("ussd-ke")
    story.turn(1)
    assert story.live()["db-ke"].reason == (
        "db-ke critical since 08:00 UTC; 1 component needs it and fails too, with nothing healthy "
        "between; 1 component was put here by hand."
    )


def test_what_is_retired_has_not_recovered(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke")
    story.settle()
    story.clear("db-ke", summary=f"{NOT_WATCHED}: the check left the estate")
    story.turn(60)
    assert story.events()[-1] == "Unwatched db-ke"
    with story.runtime.view(SYSTEM) as work:
        said = list(work.session.scalars(select(TimelineEntry.text)))
    assert any(each.startswith("no longer watched: ") for each in said)
    assert not any("recovered" in each for each in said)


def test_a_check_that_cannot_ask_says_so_plainly(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke", name="CheckMisconfigured", way=WATCH)
    story.settle()
    assert story.live()["db-ke"].reason == (
        "We cannot watch db-ke as meant since 08:00 UTC; it may well work."
    )


def test_a_relapse_is_titled_by_what_fires_now_and_is_nobodys(story: Story) -> None:
    story.estate("ussd-ke > db-ke")
    story.fire("db-ke", summary="disk full")
    story.settle()
    with story.runtime.work(SYSTEM) as work:
        actions.assign(work, 1, "amina")
    story.clear("db-ke")
    story.turn(60)
    story.fire("db-ke", name="Slow", summary="answers in 9 s")
    story.turn(60)
    again = story.live()["db-ke"]
    assert (again.id, again.title, again.owner) == (1, "db-ke: answers in 9 s", "")
    with story.runtime.view(SYSTEM) as work:
        said = list(work.session.scalars(select(TimelineEntry.text)))
    assert any(each.endswith("; it was with amina") for each in said)


def test_the_body_of_an_answer_is_no_title() -> None:
    said = "answers HTTP 503 (it answers with an error: mm_tps{a=1} 5), 3 of 5 polls"
    assert headline(said) == "answers HTTP 503"
