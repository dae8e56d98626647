"""Who is told, with what words, that a wave is paused or goes on: by its brake or by a person."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from changes.programmes import decision_jobs
from changes.programmes.actions import braking
from changes.programmes.lifecycle import SiteState
from ssoc.accounts import actions as accounts
from ssoc.accounts.actions import NewPerson
from ssoc.core import outbox
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime
from ssoc.notify.models import Mail
from tests import factories
from tests.programmes import scenes
from tests.programmes.test_hypercare import failed

IRENE = factories.person("irene", Role.CHANGE_MANAGER)
STEERING = {"IT": ["irene", "ben"], "business": ["ben", "nobody-here"]}
PASSWORD = "correct battery staple"
PEOPLE = {"irene": "irene@example.org", "ben": "ben@example.org", "wes": "wes@example.org"}


@pytest.fixture
def posted(runtime: Runtime) -> Runtime:
    """Give steering with addresses, one of them without, and a mail server that is set."""
    with runtime.work(SYSTEM) as work:
        for name, mail in {**PEOPLE, "dumb": ""}.items():
            accounts.add_person(
                work,
                NewPerson(
                    name, name, "correct battery staple", ((Role.EXECUTIVE, "*"),), mail=mail
                ),
            )
    notify = replace(runtime.settings.notify, mail_server="127.0.0.1:2525")
    return replace(runtime, settings=replace(runtime.settings, notify=notify))


def letters(runtime: Runtime) -> list[tuple[str, str, str]]:
    while outbox.deliver(runtime):
        pass
    with runtime.view(SYSTEM) as work:
        return [
            (each.person, each.subject, each.text)
            for each in work.session.scalars(select(Mail).order_by(Mail.id))
        ]


def test_the_brake_is_told_to_steering_and_the_authority_once_each(posted: Runtime) -> None:
    held(posted)
    found = letters(posted)
    assert [name for name, _, _ in found] == ["irene", "ben", "wes"], "one each, nobody twice"
    assert {subject for _, subject, _ in found} == {"PRG-1: Wave 2 is paused"}
    text = found[0][2]
    assert "Why:       Wave 1: the brake is failed by failed sites: " in text
    assert "3 failed, 2 tolerated\n" in text
    assert "Paused:    Wave 2, " in text
    assert "nothing was rolled back" in text
    assert "/programmes/1/steering" in text
    assert "failed_sites" not in text, "no key of ours in a letter"
    assert letters(posted) == found, "the same pause is told once"


def held(runtime: Runtime) -> scenes.Ids:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(
            work,
            20,
            2,
            states=[*failed(3), *[SiteState.READY] * 10],
            steering=STEERING,
            authority="wes",
        )
    decision_jobs.watch_sites(runtime)
    while outbox.deliver(runtime):
        pass
    return ids


def planned(runtime: Runtime) -> int:
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(
            work, 4, 2, states=(SiteState.READY,), steering=STEERING, authority="wes"
        )
    return ids.waves[1]


def test_a_pause_by_a_person_says_who_and_why_and_its_end_too(
    posted: Runtime, clock: FrozenClock
) -> None:
    wave = planned(posted)
    with posted.work(IRENE) as work:
        braking.pause(work, wave, "the depot has no tills")
    [first, *_] = letters(posted)
    assert "Why:       the depot has no tills\nBy:        irene" in first[2]
    clock.advance(timedelta(hours=1))
    with posted.work(IRENE) as work:
        braking.resume(work, wave, "tills came")
    subjects = [subject for _, subject, _ in letters(posted)]
    assert subjects.count("PRG-1: Wave 2 goes on") == 3
    assert any("Why:       tills came" in text for _, _, text in letters(posted))


def test_a_pause_that_ended_before_its_letter_is_told_to_nobody(posted: Runtime) -> None:
    wave = planned(posted)
    with posted.work(IRENE) as work:
        braking.pause(work, wave, "a mistake")
    with posted.work(IRENE) as work:
        braking.resume(work, wave, "it was one")
    assert {subject for _, subject, _ in letters(posted)} == {"PRG-1: Wave 2 goes on"}


def test_without_a_mail_server_nobody_is_written_to(runtime: Runtime) -> None:
    wave = planned(runtime)
    with runtime.work(IRENE) as work:
        braking.pause(work, wave, "the depot has no tills")
    assert letters(runtime) == []
