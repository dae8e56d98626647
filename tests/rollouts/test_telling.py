"""Who hears of a pause, in which words; what ends a roll-out whose change will not be done."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from changes.actions import requests
from changes.lifecycle import State
from changes.rollouts.actions import deciding, waves
from changes.rollouts.lifecycle import RolloutState, WaveState
from ssoc.accounts.models import Person
from ssoc.core.errors import Conflict, IllegalMove
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime
from ssoc.notify.models import Mail
from tests import factories
from tests.rollouts import story


@pytest.fixture
def posted(runtime: Runtime) -> Runtime:
    """Give the runtime with a mail server that is set, and people who have mail."""
    notify = replace(runtime.settings.notify, mail_server="127.0.0.1:2525", mail_from="a@b.org")
    web = replace(runtime.settings.web, public_url="https://noc.example.org/")
    with runtime.work(SYSTEM) as work:
        factories.accounts(work, "rita", "imre", "olga")
        for person in work.session.scalars(select(Person)):
            person.mail = f"{person.name}@example.org"
    return replace(runtime, settings=replace(runtime.settings, notify=notify, web=web))


def letters(runtime: Runtime) -> Sequence[Mail]:
    with runtime.view(SYSTEM) as work:
        return list(work.session.scalars(select(Mail).order_by(Mail.person)))


def begun(runtime: Runtime) -> int:
    number = story.planned(runtime, {"name": "staff", "markets": ["TZ"]}, {"name": "rest"})
    with runtime.work(story.IMRE) as work:
        waves.start(work, number)
    return number


def test_an_error_that_pauses_a_wave_is_written_to_its_owners_in_words(posted: Runtime) -> None:
    number = begun(posted)
    gate = story.look(posted, number).wave(1).gate_id or 0
    for _ in range(5):
        with posted.work(SYSTEM) as work:
            story.write(work, gate, "success", "TZ", None, error="the platform answered 502")
    story.tell(posted)
    story.tell(posted)
    assert story.look(posted, number).wave(1).state is WaveState.PAUSED
    found = letters(posted)
    assert [each.person for each in found] == ["imre", "rita"], "who does it, and who asked for it"
    for each in found:
        assert each.subject == "ROL-1 is paused: Savings pocket"
        for said in (
            "Paused:    wave 1, staff",
            "Why:       Success rate in TZ: error",
            "the platform answered 502",
            "somebody who neither asked for",
            "https://noc.example.org/roll-outs/1",
        ):
            assert said in each.text, said


def test_each_pause_is_written_of_once_and_what_was_decided_meanwhile_is_not(
    posted: Runtime,
) -> None:
    number = begun(posted)
    with posted.work(story.IMRE) as work:
        deciding.pause(work, number, 1, "the bank calls")
    with posted.work(story.OLGA) as work:
        deciding.resume(work, number, 1, "it was another bank")
    story.tell(posted)
    assert letters(posted) == [], "nobody is asked to decide what is decided"
    with posted.work(story.IMRE) as work:
        deciding.pause(work, number, 1, "the bank calls again")
    story.tell(posted)
    assert ["the bank calls again" in each.text for each in letters(posted)] == [True, True]


def test_a_cancelled_change_ends_its_planned_roll_out(runtime: Runtime) -> None:
    number = story.planned(runtime)
    change = story.look(runtime, number).change_id
    with runtime.work(story.RITA) as work:
        requests.cancel(work, change, "the bank said no")
    story.tell(runtime)
    found = story.look(runtime, number)
    assert found.state is RolloutState.ABORTED
    assert {each.state for each in found.waves} == {WaveState.ABORTED}
    assert "the change was cancelled" in [each.reason for each in found.decisions]
    with runtime.work(story.IMRE) as work, pytest.raises((IllegalMove, Conflict)):
        waves.start(work, number)


def test_a_change_whose_waves_run_is_not_cancelled_under_them(runtime: Runtime) -> None:
    number = begun(runtime)
    change = story.look(runtime, number).change_id
    with runtime.work(story.RITA) as work, pytest.raises(IllegalMove):
        requests.cancel(work, change, "the bank said no")
    assert story.change_of(runtime, number).state is State.RUNNING
    assert story.look(runtime, number).state is RolloutState.RUNNING


def test_a_refused_change_keeps_its_waves_and_begins_none(runtime: Runtime) -> None:
    """Refused is not over: it may be written anew, and its waves with it."""
    number = story.planned(runtime)
    with runtime.work(SYSTEM) as work:
        from changes.models import Change

        work.get(Change, story.look(runtime, number).change_id).state = State.REFUSED
    with runtime.work(story.IMRE) as work, pytest.raises(IllegalMove):
        waves.start(work, number)
    assert story.look(runtime, number).state is RolloutState.PLANNED
