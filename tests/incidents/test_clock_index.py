"""Which clocks are due is looked up, not reckoned: the index always agrees with the events."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from incidents import actions
from incidents.clock_actions import start_clocks
from incidents.clock_index import index_clocks
from incidents.clock_jobs import renew_calendars, watch_clocks
from incidents.clock_queries import at_risk, clocks_of
from incidents.models import ClockDue
from ssoc.core.clock import FrozenClock
from ssoc.core.clocks import Status
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime, Work
from tests import factories

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AMINA = factories.person("amina", Role.INCIDENT_MANAGER, "KE")


@pytest.fixture
def number(runtime: Runtime) -> int:
    """Give a P1 in Kenya, opened at eight."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        incident = factories.incident(work)
        start_clocks(work, incident)
        return incident.id


def indexed(runtime: Runtime) -> dict[str, tuple[timedelta, timedelta]]:
    """Return after how much time each clock is at risk and due."""
    with runtime.view(SYSTEM) as work:
        return {
            row.clock: (row.at_risk_at - factories.EIGHT, row.due_at - factories.EIGHT)
            for row in work.session.scalars(select(ClockDue))
        }


def test_a_new_incident_is_indexed(runtime: Runtime, number: int) -> None:
    assert indexed(runtime) == {
        "response": (3.75 * MINUTE, 5 * MINUTE),
        "update": (22.5 * MINUTE, 30 * MINUTE),
        "resolve": (3 * HOUR, 4 * HOUR),
    }


@pytest.mark.parametrize(
    ("act", "left"),
    [
        pytest.param(actions.acknowledge, {"update", "resolve"}, id="taken"),
        pytest.param(actions.resolve, set(), id="resolved"),
        pytest.param(
            lambda work, number: actions.pause_clock(work, number, "*", "vendor", "logs"),
            set(),
            id="paused: nobody knows when it is due",
        ),
        pytest.param(
            lambda work, number: actions.prioritise(work, number, Priority.P3, "one shop"),
            {"response", "resolve"},
            id="a priority without an update clock",
        ),
        pytest.param(
            lambda work, number: actions.update(work, number, "news"),
            {"response", "update", "resolve"},
            id="an update is a new round",
        ),
    ],
)
def test_every_move_is_indexed(
    runtime: Runtime,
    clock: FrozenClock,
    number: int,
    act: Callable[[Work, int], object],
    left: set[str],
) -> None:
    clock.advance(2 * MINUTE)
    with runtime.work(AMINA) as work:
        act(work, number)
    assert set(indexed(runtime)) == left
    with runtime.work(SYSTEM) as work:
        assert not index_clocks(work, number), "made anew it is the same"
        views = {each.name: each for each in clocks_of(work, [number])[number]}
    for name, (_, due) in indexed(runtime).items():
        assert factories.EIGHT + due == views[name].due_at


def test_a_paused_clock_that_is_over_stays_urgent(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(10 * MINUTE)
    with runtime.work(AMINA) as work:
        actions.pause_clock(work, number, "*", "vendor", "logs")
    with runtime.view(SYSTEM) as work:
        found = [(each.clock.name, each.clock.status) for each in at_risk(work)]
    assert found == [("response", Status.BREACHED)]


def test_what_is_not_due_is_not_read(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.work(SYSTEM) as work:
        for number in range(40):
            opened_at = factories.EIGHT - (4 * MINUTE if number == 7 else timedelta())
            start_clocks(
                work, factories.incident(work, component=f"c{number}", opened_at=opened_at)
            )
    with runtime.view(SYSTEM) as work:
        told = listen(work)
        (found,) = at_risk(work)
        assert found.component == "c7"
        assert len([each for each in told if "incident_clock_event" in each[0]]) == 1
        assert [each[1] for each in told if "incident_clock_event" in each[0]] == [1]
        assert len(told) == 2


def listen(work: Work) -> list[tuple[str, int]]:
    """Return each statement with how many values it was given."""
    seen: list[tuple[str, int]] = []

    def note(_c: object, _x: object, statement: str, values: object, *_: object) -> None:
        seen.append((statement, len(values) if isinstance(values, tuple | list | dict) else 0))

    event.listen(work.session.connection(), "before_cursor_execute", note)
    return seen


def test_a_turn_with_nothing_to_say_reads_one_thing(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    clock.advance(5 * HOUR)
    for _ in range(3):
        watch_clocks(runtime)
    with runtime.view(SYSTEM) as work:
        rows = work.session.scalars(select(ClockDue.next_at))
        assert set(rows) == {None}, "all is said until a clock moves"
        assert len(at_risk(work)) == 3


def test_an_index_that_is_wrong_is_repaired(
    runtime: Runtime, clock: FrozenClock, number: int
) -> None:
    right = indexed(runtime)
    with runtime.work(SYSTEM) as work:
        for row in work.session.scalars(select(ClockDue)):
            row.due_at = row.at_risk_at = row.due_at + HOUR
    renew_calendars(runtime)
    assert indexed(runtime) == right
