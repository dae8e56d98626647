"""The revision that screens follow: told once in a transaction, and never lost."""

from sqlalchemy import event

from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump, revision
from ssoc.core.work import Runtime


def number(runtime: Runtime) -> int:
    with runtime.view(SYSTEM) as work:
        return revision(work.session)


def test_it_rises_once_in_a_transaction_and_again_in_the_next(runtime: Runtime) -> None:
    said: list[str] = []
    event.listen(runtime.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    for expected in (1, 2):
        with runtime.work(SYSTEM) as work:
            for _ in range(5):
                bump(work.session)
        assert number(runtime) == expected
    assert sum(each.startswith("UPDATE revision") for each in said) == 2


def test_names_rise_apart(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        bump(work.session)
        bump(work.session, "other")
    with runtime.view(SYSTEM) as work:
        assert (revision(work.session), revision(work.session, "other")) == (1, 1)


def test_what_a_savepoint_took_back_is_told_again(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        savepoint = work.session.begin_nested()
        bump(work.session)
        savepoint.rollback()
        bump(work.session)
    assert number(runtime) == 1


def test_what_was_told_before_a_savepoint_is_not_told_again(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        bump(work.session)
        with work.session.begin_nested():
            bump(work.session)
    assert number(runtime) == 1
