"""Imports as a whole: all or nothing, again without doubling, and within memory and time."""

import io
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from changes.actions.importing import Imported, import_changes
from changes.importing.mapping import mapping_of
from changes.lifecycle import Outcome, State
from changes.models import Change
from changes.queries import changes_of
from changes.queries.references import changes_named
from ssoc.core.errors import BadInput, NotAllowed, TooLarge
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Actor, Role
from ssoc.core.work import Runtime
from tests import factories
from tests.factories import EIGHT, person

CATO = person("cato", Role.CHANGE_MANAGER)
MAPPING = mapping_of("servicenow")
HEAD = "number,short_description,state,type,start_date,end_date,cmdb_ci,close_code"


def line(number: int, **given: str) -> str:
    usual = {
        "number": f"CHG{number:07}",
        "title": f"Change {number}",
        "state": "Closed",
        "type": "Normal",
        "start": "2026-03-01 21:00:00",
        "end": "2026-03-01 23:00:00",
        "component": "core-ke",
        "outcome": "successful",
    }
    return ",".join({**usual, **given}.values())


def bring(runtime: Runtime, *lines: str, actor: Actor = CATO, **given: Any) -> Imported:
    file = io.BytesIO("\n".join([HEAD, *lines, ""]).encode())
    with runtime.work(actor) as work:
        return import_changes(work, file, given.pop("mapping", MAPPING), **given)


@pytest.fixture
def house(runtime: Runtime) -> Runtime:
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke, core-tz")
    return runtime


def stored(runtime: Runtime) -> dict[str, Any]:
    with runtime.view(SYSTEM) as work:
        rows = changes_of(work, work.session.scalars(select(Change).order_by(Change.id)))
        return {each.external_reference: each for each in rows}


def counts(found: Imported) -> tuple[int, int, int, int, int]:
    return found.created, found.updated, found.unchanged, found.kept, found.fault_count


def test_closed_ones_come_closed_live_ones_as_drafts(house: Runtime) -> None:
    found = bring(
        house,
        line(1, outcome="unsuccessful"),
        line(2, state="Scheduled", component="core-tz"),
        line(3, state="Canceled"),
    )
    assert (counts(found), found.is_written, found.rows) == ((3, 0, 0, 0, 0), True, 3)
    one, two, three = stored(house).values()
    assert (one.state, one.outcome) == (State.CLOSED, Outcome.FAILED)
    assert (one.started_at, one.finished_at) == (one.starts_at, one.ends_at)
    assert (one.markets, one.components, one.origin) == (("KE",), ("core-ke",), "servicenow")
    assert (two.state, two.approved_at, two.outcome) == (State.DRAFT, None, None)
    assert (three.state, three.outcome) == (State.CANCELLED, None)
    with house.view(SYSTEM) as work:
        [event] = work.session.scalars(
            select(EventRecord).where(EventRecord.kind == "ChangesImported")
        )
        assert [each.id for each in changes_named(work, ["CHG0000002"])] == [two.id]
    assert event.by == "cato"


def test_what_was_closed_before_its_window_ended_was_over_then(house: Runtime) -> None:
    head = f"{HEAD},closed_at"
    lines = [f"{line(1)},2026-03-01 22:10:00", f"{line(2)},2026-03-02 07:00:00"]
    file = io.BytesIO("\n".join([head, *lines, ""]).encode())
    with house.work(CATO) as work:
        assert import_changes(work, file, MAPPING).fault_count == 0
    one, two = stored(house).values()
    assert (one.finished_at, two.finished_at) == (one.closed_at, two.ends_at)


def test_again_it_is_the_same(house: Runtime) -> None:
    lines = [line(1), line(2, state="New")]
    bring(house, *lines)
    assert counts(bring(house, *lines)) == (0, 0, 2, 0, 0)
    altered = line(2, state="Closed", component="core-tz", title="Other")
    assert counts(bring(house, line(1), altered, line(3))) == (1, 1, 1, 0, 0)
    two = stored(house)["CHG0000002"]
    assert (two.state, two.components, two.title) == (State.CLOSED, ("core-tz",), "Other")
    assert two.version == 2
    assert len(stored(house)) == 3


def test_what_people_took_over_here_stays(house: Runtime) -> None:
    bring(house, line(1, state="New"), line(2, state="New"))
    with house.work(SYSTEM) as work:
        one, two = work.session.scalars(select(Change).order_by(Change.id))
        one.state, one.submitted_at = State.SUBMITTED, work.now
        two.submitted_at, two.round = work.now, 1  # was submitted, and came back
    assert counts(bring(house, line(1), line(2))) == (0, 0, 0, 2, 0)
    assert [each.state for each in stored(house).values()] == [State.SUBMITTED, State.DRAFT]


def test_one_fault_and_nothing_is_written(house: Runtime) -> None:
    found = bring(house, line(1), line(2, state="Limbo"), line(3))
    assert (found.fault_count, found.is_written, stored(house)) == (1, False, {})
    assert (found.faults[0].row, found.faults[0].column) == (3, "state")


def test_a_number_that_stands_twice(house: Runtime) -> None:
    found = bring(house, line(1), line(2), line(1, title="again"))
    [fault] = found.faults
    assert (fault.row, fault.message) == (4, "CHG0000001 stands in row 2 already")
    assert stored(house) == {}


def test_trying_writes_nothing_and_says_what_would_be(house: Runtime) -> None:
    bring(house, line(1))
    found = bring(house, line(1), line(2), dry_run=True)
    assert (counts(found), found.is_written) == ((1, 0, 1, 0, 0), False)
    assert [each.reference for each in found.preview] == ["CHG0000001", "CHG0000002"]
    assert len(stored(house)) == 1


@pytest.mark.parametrize(
    "actor",
    [
        pytest.param(person("nia", Role.NOC_OPERATOR), id="no right to"),
        pytest.param(person("cato", Role.CHANGE_MANAGER, "KE"), id="in one of the markets only"),
    ],
)
def test_who_may_not(house: Runtime, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        bring(house, line(1), line(2, component="core-tz"), actor=actor)
    assert stored(house) == {}


def test_who_may_in_one_market_brings_its_changes(house: Runtime) -> None:
    assert bring(house, line(1), actor=person("cato", Role.CHANGE_MANAGER, "KE")).created == 1


def test_more_rows_than_the_setting_allows(house: Runtime) -> None:
    chosen = replace(house.settings.changes, most_import_rows=2)
    small = replace(house, settings=replace(house.settings, changes=chosen))
    assert bring(small, line(1), line(2)).created == 2
    with pytest.raises(TooLarge, match="most_import_rows"):
        bring(small, line(1), line(2), line(3))


def test_many_faults_are_counted_and_the_first_are_listed(house: Runtime) -> None:
    found = bring(house, *(line(number, state="Limbo") for number in range(1_200)))
    assert (found.fault_count, len(found.faults)) == (1_200, 1_000)


def test_a_file_that_cannot_be_read_changes_nothing(house: Runtime) -> None:
    with pytest.raises(BadInput, match="UTF-16"), house.work(CATO) as work:
        import_changes(work, io.BytesIO("number\n".encode("utf-16")), MAPPING)


def test_two_at_once_bring_it_once(house: Runtime) -> None:
    lines = [line(number) for number in range(300)]
    found: list[Imported] = []
    threads = [Thread(target=lambda: found.append(bring(house, *lines))) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert sorted(each.created for each in found) == [0, 300]
    assert sorted(each.unchanged for each in found) == [0, 300]
    with house.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(Change)) == 300


def test_history_counts_at_once(house: Runtime) -> None:
    from changes.queries.delivery import Wanted, delivery
    from changes.queries.history import track_record

    bring(house, line(1), line(2, outcome="unsuccessful"), line(3, outcome=""))
    with house.view(SYSTEM) as work:
        assert (track_record(work).n, track_record(work).failures) == (2, 1)
        whole = delivery(work, Wanted(EIGHT - timedelta(days=7), EIGHT)).whole
    assert (whole.deployments, whole.unknown, whole.failed.hits) == (3, 1, 1)
