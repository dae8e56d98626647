"""The audit trail: every event is chained to the one before, and the database keeps it so."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from ssoc.core.database import is_sqlite
from ssoc.core.events import ChainHead, EventRecord, Verdict, verify
from ssoc.core.permissions import SYSTEM
from ssoc.core.vocabulary import PersonChanged, SilenceExpired
from ssoc.core.work import Runtime


def write(runtime: Runtime, count: int = 3) -> None:
    with runtime.work(SYSTEM) as work:
        for number in range(count):
            work.record(PersonChanged(f"person{number}", "añadido · أُضيف", "noc_operator:KE"))


def tamper(runtime: Runtime, statement: str) -> None:
    """Do what an intruder with the database's own rights could: take the guard away first."""
    with runtime.engine.begin() as connection:
        if is_sqlite(runtime.engine):
            connection.execute(text("DROP TRIGGER event_no_update"))
            connection.execute(text("DROP TRIGGER event_no_delete"))
        else:
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER event_append_only"))
        connection.execute(text("DELETE FROM outbox"))
        connection.execute(text(statement))


def test_an_untouched_chain_is_whole(runtime: Runtime) -> None:
    write(runtime)
    with runtime.work(SYSTEM) as work:
        work.record(SilenceExpired("abc"))
    with runtime.view(SYSTEM) as work:
        assert (verify(work.session).length, verify(work.session).reason) == (4, "")
        assert work.session.scalars(select(EventRecord.subject)).all()[-1] == "silence:abc"


@pytest.mark.parametrize(
    ("statement", "broken_at", "reason"),
    [
        pytest.param(
            "UPDATE event SET \"by\" = 'somebody else' WHERE id = 2", 2, "changed", id="a field"
        ),
        pytest.param("DELETE FROM event WHERE id = 2", 3, "removed", id="a row in the middle"),
        pytest.param("DELETE FROM event WHERE id = 3", None, "at the end", id="the last row"),
        pytest.param("DELETE FROM event", None, "at the end", id="all rows"),
    ],
)
def test_tampering_is_found(
    runtime: Runtime, statement: str, broken_at: int | None, reason: str
) -> None:
    write(runtime)
    tamper(runtime, statement)
    with runtime.view(SYSTEM) as work:
        verdict = verify(work.session)
    assert verdict.broken_at == broken_at
    assert reason in verdict.reason


@pytest.mark.parametrize("statement", ["UPDATE event SET kind = 'x'", "DELETE FROM event"])
def test_the_database_itself_refuses_changes(runtime: Runtime, statement: str) -> None:
    write(runtime)
    with pytest.raises(DBAPIError, match="append-only"), runtime.work(SYSTEM) as work:
        work.session.execute(text(statement))


def test_writers_at_once_make_one_chain(runtime: Runtime) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write(runtime, 5), range(16)))
    with runtime.view(SYSTEM) as work:
        assert verify(work.session).reason == ""
        assert work.session.get_one(ChainHead, 1).length == 80


def test_a_failed_unit_of_work_leaves_no_event(runtime: Runtime) -> None:
    def fail() -> None:
        with runtime.work(SYSTEM) as work:
            work.record(SilenceExpired("abc"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with runtime.view(SYSTEM) as work:
        assert verify(work.session).length == 0


def test_many_events_of_one_unit_are_chained_in_their_order(runtime: Runtime) -> None:
    """Rows are written many at a time, each after the other; two kinds of them in turn."""
    kinds = (lambda n: PersonChanged(f"person{n}", "x", "y"), lambda n: SilenceExpired(f"s{n}"))
    with runtime.work(SYSTEM) as work:
        for number in range(2_300):
            work.record(kinds[number % 3 == 0](number))
    with runtime.view(SYSTEM) as work:
        assert verify(work.session) == Verdict(2_300)
        told = work.session.scalars(select(EventRecord.subject).order_by(EventRecord.id)).all()
        assert [int("".join(filter(str.isdigit, each))) for each in told] == list(range(2_300))
