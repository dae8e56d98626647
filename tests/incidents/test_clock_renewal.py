"""Running clocks follow what is agreed today: terms, markets, calendars; the past stays."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from incidents import actions
from incidents.clock_actions import start_clocks
from incidents.clock_jobs import renew_calendars
from incidents.clock_queries import ClockView, clocks_of
from incidents.models import ClockEvent, Incident
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.settings import PrioritySettings
from ssoc.core.vocabulary import Priority
from ssoc.core.work import Runtime
from tests import factories
from tests.factories import EIGHT

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AMINA = factories.person("amina", Role.INCIDENT_MANAGER, "*")
USUAL = """
version: {version}
calendars: {{office: {{hours: "08:00-17:00"}}}}
clocks:
  P1:
    response: {{target: 5m}}
    {update}
    resolve: {{target: {resolve}}}
  P3:
    resolve: {{target: 27h, calendar: {calendar}}}
markets: {markets}
"""


class Terms:
    """A file of terms that somebody edits."""

    def __init__(self, runtime: Runtime, path: Path) -> None:
        self.path, self.edits = path, 0
        named = PrioritySettings(clocks=str(path))
        self.runtime = replace(runtime, settings=replace(runtime.settings, priority=named))
        self.write()

    def write(self, **given: str) -> None:
        self.edits += 1
        usual = {"update": "update: {every: 30m}", "resolve": "4h", "markets": "{}"}
        usual |= {"calendar": "office", "version": str(self.edits)}
        self.path.write_text(USUAL.format(**{**usual, **given}))
        changed = 1_700_000_000 + self.edits
        os.utime(self.path, (changed, changed))

    def renew(self) -> None:
        renew_calendars(self.runtime)

    def open(self, *markets: str, **given: object) -> int:
        with self.runtime.work(SYSTEM) as work:
            factories.estate(work, "core-ke")
            incident = factories.incident(work, markets, **given)
            start_clocks(work, incident)
            return incident.id

    def read(self, number: int) -> dict[str, ClockView]:
        with self.runtime.view(SYSTEM) as work:
            return {each.name: each for each in clocks_of(work, [number])[number]}

    def moves(self, number: int) -> list[str]:
        with self.runtime.view(SYSTEM) as work:
            rows = select(ClockEvent).where(ClockEvent.incident_id == number)
            found = work.session.scalars(rows.order_by(ClockEvent.id))
            return [f"{row.clock} {row.kind}" for row in found]


@pytest.fixture
def terms(runtime: Runtime, tmp_path: Path) -> Terms:
    return Terms(runtime, tmp_path / "clocks.yaml")


@pytest.mark.parametrize("markets", [("KE",), ()], ids=["of a market", "of no market"])
def test_a_clock_round_the_clock_follows_its_terms(
    terms: Terms, clock: FrozenClock, markets: tuple[str, ...]
) -> None:
    number = terms.open(*markets)
    clock.advance(HOUR)
    terms.renew()
    assert len(terms.moves(number)) == 3, "nothing has changed, nothing is written"
    terms.write(resolve="2h")
    terms.renew()
    terms.renew()
    found = terms.read(number)["resolve"]
    assert found.due_at == EIGHT + 2 * HOUR
    assert found.clock.accrued == HOUR, "what has passed stays passed"
    assert terms.moves(number)[3:] == ["resolve retarget"]


def test_terms_of_another_market_that_become_stricter_count(
    terms: Terms, clock: FrozenClock
) -> None:
    number = terms.open("KE", "TZ")
    clock.advance(HOUR)
    terms.write(markets="{TZ: {P1: {resolve: {target: 3h}}}}")
    terms.renew()
    found = terms.read(number)["resolve"]
    assert (found.market, found.due_at) == ("TZ", EIGHT + 3 * HOUR)
    terms.write()
    terms.renew()
    found = terms.read(number)["resolve"]
    assert (found.market, found.due_at) == ("KE", EIGHT + 4 * HOUR)


def test_a_target_that_has_passed_already_is_due_at_the_change_never_before(
    terms: Terms, clock: FrozenClock
) -> None:
    number = terms.open("KE")
    clock.advance(3 * HOUR)
    terms.write(resolve="1h")
    terms.renew()
    assert terms.read(number)["resolve"].due_at == EIGHT + 3 * HOUR


def test_a_clock_that_the_terms_no_longer_have_stops_and_may_come_back(
    terms: Terms, clock: FrozenClock
) -> None:
    number = terms.open("KE")
    clock.advance(HOUR)
    terms.write(update="")
    terms.renew()
    assert "update" not in terms.read(number)
    terms.write()
    terms.renew()
    assert terms.read(number)["update"].due_at == EIGHT + HOUR + 30 * MINUTE


def test_a_clock_that_was_stopped_does_not_come_back(terms: Terms, clock: FrozenClock) -> None:
    number = terms.open("KE")
    with terms.runtime.work(AMINA) as work:
        actions.acknowledge(work, number)
    clock.advance(HOUR)
    terms.write(markets="{KE: {P1: {response: {target: 2h}}}}")
    terms.renew()
    assert not terms.read(number)["response"].is_running


def test_working_hours_that_become_all_hours_count_from_now_on(
    terms: Terms, clock: FrozenClock
) -> None:
    number = terms.open("KE", priority=Priority.P3)  # Monday 11:00 in Nairobi: six hours today
    clock.advance(12 * HOUR)
    assert terms.read(number)["resolve"].clock.accrued == 6 * HOUR
    terms.write(calendar="24x7")
    terms.renew()
    found = terms.read(number)["resolve"]
    assert found.due_at == EIGHT + 12 * HOUR + 21 * HOUR
    assert found.clock.accrued == 6 * HOUR


def test_after_a_change_of_priority_nothing_moves_by_itself(
    terms: Terms, clock: FrozenClock
) -> None:
    number = terms.open("KE", "EG", priority=Priority.P3)
    for _ in range(20):
        clock.advance(7 * HOUR)
        terms.renew()
    with terms.runtime.work(AMINA) as work:
        actions.prioritise(work, number, Priority.P1, "worse")
        actions.prioritise(work, number, Priority.P3, "not so bad")
    before = terms.moves(number)
    for _ in range(20):
        clock.advance(7 * HOUR)
        terms.renew()
    assert terms.moves(number) == before


def test_what_has_ended_is_left_alone(terms: Terms, clock: FrozenClock) -> None:
    number = terms.open("KE")
    with terms.runtime.work(AMINA) as work:
        actions.resolve(work, number)
        before = work.get(Incident, number).version
    terms.write(resolve="1h")
    terms.renew()
    with terms.runtime.view(SYSTEM) as work:
        assert work.get(Incident, number).version == before
    assert not terms.read(number)["resolve"].is_running
