"""A database that answers and takes nothing."""

from datetime import timedelta
from threading import Thread
from time import monotonic

import pytest
from sqlalchemy import Engine, event, text

from ssoc.core.clock import FrozenClock
from ssoc.core.database import make_engine
from ssoc.core.errors import Unavailable
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import revision
from ssoc.core.work import Runtime
from ssoc.core.writing import FRESH, WriteProbe, Writing, try_writing


def test_a_write_succeeds_and_moves_no_screen(runtime: Runtime) -> None:
    try_writing(runtime)
    try_writing(runtime)
    with runtime.view(SYSTEM) as work:
        assert revision(work.session) == 0
        assert revision(work.session, "write probe") == 2


def test_a_lock_that_is_held_is_given_up_soon(runtime: Runtime) -> None:
    try_writing(runtime)
    with runtime.engine.connect() as other, other.begin():
        other.execute(text("UPDATE revision SET number = number + 1"))
        began = monotonic()
        with pytest.raises(Unavailable, match="cannot write: .*lock"):
            try_writing(runtime)
        assert monotonic() - began < 4
    try_writing(runtime)


def test_other_writers_keep_their_patience(runtime: Runtime) -> None:
    """The probe's short patience must not stay behind on a pooled connection."""
    try_writing(runtime)
    waited: list[float] = []

    def write() -> None:
        began = monotonic()
        try_or_wait()
        waited.append(monotonic() - began)

    def try_or_wait() -> None:
        with runtime.work(SYSTEM) as work:
            work.session.execute(text("UPDATE revision SET number = number + 1"))

    with runtime.engine.connect() as other, other.begin():
        other.execute(text("UPDATE revision SET number = number + 1"))
        with pytest.raises(Unavailable):
            try_writing(runtime)
        thread = Thread(target=write)
        thread.start()
        thread.join(2.2)
        assert thread.is_alive(), "a plain writer queues for five seconds"
    thread.join(5)
    assert len(waited) == 1


def test_a_standby_or_a_read_only_file_refuses(runtime: Runtime, url: str) -> None:
    engine = _refusing(make_engine(url))
    with pytest.raises(Unavailable, match=r"cannot write: .*read-?only"):
        try_writing(Runtime(engine, runtime.clock))
    engine.dispose()


def _refusing(engine: Engine) -> Engine:
    is_sqlite = engine.dialect.name == "sqlite"

    def refuse(connection: object) -> None:
        word = "PRAGMA query_only = 1" if is_sqlite else "SET TRANSACTION READ ONLY"
        connection.exec_driver_sql(word)  # type: ignore[attr-defined]

    event.listen(engine, "begin", refuse)
    return engine


def test_the_first_failure_is_remembered_until_a_write_succeeds(clock: FrozenClock) -> None:
    answers: list[str] = []
    asked = []

    def attempt(_: object) -> None:
        asked.append(1)
        if answers:
            raise Unavailable(answers.pop(0))

    probe, began = WriteProbe(attempt), clock.now()
    runtime = Runtime(make_engine("sqlite:////nowhere/at/all.db"), clock)
    assert probe.look(runtime) == Writing(None, began)
    answers += ["locked", "full"]
    assert probe.look(runtime) == Writing(None, began), "one answer serves some seconds"
    clock.advance(FRESH)
    first = clock.now()
    assert probe.look(runtime) == Writing(first, began, "locked")
    clock.advance(FRESH)
    assert probe.look(runtime) == Writing(first, began, "full")
    clock.advance(FRESH + timedelta(seconds=1))
    assert probe.look(runtime) == Writing(None, clock.now())
    assert len(asked) == 4
    runtime.engine.dispose()
