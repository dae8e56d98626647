"""Two people press at the same instant: one is served, the other is told; nothing is mixed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select

from changes.actions import requests, scheduling
from changes.lifecycle import State
from changes.models import ApprovalRound
from ssoc.core.errors import Conflict, IllegalMove, SsocError, Unavailable
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from tests.changes.story import GOOD, MAX, RITA, estate, put, raised, seen


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    estate(runtime)
    return runtime


def at_once(house: Runtime, *acts: Callable[[Work], object]) -> list[SsocError | None]:
    """Run each in a thread of its own, all at once; return what each was refused with."""
    ready = Barrier(len(acts))

    def one(at: int) -> SsocError | None:
        ready.wait(timeout=30)
        for _ in range(20):  # a busy machine: "try again shortly" is what people then do
            try:
                with house.work((RITA, MAX)[at % 2]) as work:
                    acts[at](work)
            except Unavailable:
                continue
            except SsocError as refusal:
                return refusal
            return None
        raise AssertionError("the database stayed away")

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, range(len(acts))))


def test_two_who_submit_begin_one_round(house: Runtime) -> None:
    number = raised(house)
    press = lambda work: requests.submit(work, number)  # noqa: E731
    refused = [each for each in at_once(house, press, press) if each]
    assert [type(each) for each in refused] == [IllegalMove]
    assert (seen(house, number).state, seen(house, number).round) == (State.SUBMITTED, 1)
    with house.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(ApprovalRound)) == 1


def test_of_two_who_edit_one_is_told(house: Runtime) -> None:
    number = raised(house)
    version = seen(house, number).version

    def edit(title: str) -> Callable[[Work], object]:
        draft = replace(GOOD, title=title, steps=GOOD.steps[:1])
        return lambda work: requests.edit(work, number, draft, version)

    refused = [each for each in at_once(house, edit("First"), edit("Second")) if each]
    assert [type(each) for each in refused] == [Conflict]
    found = seen(house, number)
    assert found.title in {"First", "Second"}
    assert len(found.steps) == 1


def test_an_edit_and_a_scheduling_at_once_leave_no_old_plan_in_the_calendar(
    house: Runtime,
) -> None:
    number = raised(house)
    with house.work(RITA) as work:
        requests.submit(work, number)
    put(house, number, State.APPROVED, approved_at=house.clock.now())
    version = seen(house, number).version
    other = replace(GOOD, rollback_minutes=1)
    at_once(
        house,
        lambda work: requests.edit(work, number, other, version),
        lambda work: scheduling.schedule(work, number),
    )
    found = seen(house, number)
    is_edited = found.rollback_minutes == 1
    assert found.state is (State.SUBMITTED if is_edited else State.SCHEDULED)
