"""The poller as it runs: real adapters, real sockets, both databases."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import func, select

from ssoc.core.clock import SystemClock
from ssoc.core.errors import Unavailable
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import JobRun
from ssoc.core.work import Runtime
from ssoc.estate.values import Check
from ssoc.monitoring.adapters import ADAPTERS
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.models import Alert, Poll, PollHour
from ssoc.monitoring.polling import poller as poller_module
from ssoc.monitoring.polling.poller import JOB, Poller
from ssoc.monitoring.reading import Health, Reading, Reason
from ssoc.monitoring.sample_queries import check_states, freshness
from tests.monitoring.polling.estates import check, stored
from tests.monitoring.polling.platforms import black_hole, healthy

SECOND = timedelta(seconds=1)


@pytest.fixture
def living(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A runtime whose clock runs, with short time limits and quick turns of the recorder."""
    monkeypatch.setattr(poller_module, "FLUSH_SECONDS", 0.1)
    monkeypatch.setattr(poller_module, "RELOAD_SECONDS", 0.2)
    polling = replace(
        runtime.settings.polling,
        workers=3,
        connect_timeout=SECOND,
        read_timeout=2 * SECOND,
        total_timeout=2 * SECOND,
    )
    settings = replace(runtime.settings, polling=polling)
    return replace(runtime, clock=SystemClock(), settings=settings)


@contextmanager
def running(made: Poller) -> Iterator[Poller]:
    made.start()
    try:
        yield made
    finally:
        began = monotonic()
        made.stop()
        assert monotonic() - began < 4, "stopping hangs"


def wait(until: Callable[[], bool], seconds: float = 15) -> None:
    deadline = monotonic() + seconds
    while not until():
        assert monotonic() < deadline, "it did not happen in time"
        sleep(0.05)


def polls(runtime: Runtime) -> list[Poll]:
    with runtime.view(SYSTEM) as work:
        return list(work.session.scalars(select(Poll).order_by(Poll.id)))


def test_every_check_is_asked_and_written(living: Runtime) -> None:
    with healthy() as url:
        checks = [
            check(f"core-{cc}", every=SECOND, settings={"url": url}) for cc in ("ke", "tz", "gh")
        ]
        stored(living, checks)
        with running(Poller(living)):
            wait(lambda: len(polls(living)) >= 6)
        with living.view(SYSTEM) as work:
            assert {view.health for view in check_states(work)} == {Health.OK}
            assert freshness(work)["KE"].state == "fresh"
            beat = work.session.get_one(JobRun, JOB)
            assert beat.ended_at is not None
            assert work.session.scalar(select(func.count()).select_from(Alert)) == 0


def test_an_estate_loaded_meanwhile_is_taken_over(living: Runtime) -> None:
    with healthy() as url:
        first = check("core-ke", every=SECOND, settings={"url": url})
        stored(living, [first])
        with running(Poller(living)):
            wait(lambda: len(polls(living)) >= 1)
            stored(living, [first, check("core-tz", every=SECOND, settings={"url": url})])
            wait(lambda: "core-tz/health" in {each.check for each in polls(living)})


def test_polls_wait_while_the_database_is_away(
    living: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []

    def ask(each: Check, at: datetime) -> Reading:
        asked.append(at)
        return Reading(each.key, at, timedelta(), Health.OK)

    stored(living, [check("core-ke", every=timedelta(milliseconds=100))])
    made = Poller(living, ask)
    record, tries = made._recorder.record, Counter[str]()

    def away(*given: Any) -> None:
        tries["away"] += 1
        if tries["away"] <= 5:
            raise Unavailable("the database is away")
        record(*given)

    monkeypatch.setattr(made._recorder, "record", away)
    with running(made):
        wait(lambda: tries["away"] > 8)
    stored_at = [each.at for each in polls(living)]
    assert stored_at == asked[: len(stored_at)], "in order, none lost, none twice"
    assert len(asked) - len(stored_at) <= 1


def test_a_poll_that_cannot_be_written_does_not_take_the_others_along(
    living: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    def ask(each: Check, at: datetime) -> Reading:
        message: Any = "" if each.market == "KE" else object()  # no database takes such
        return Reading(each.key, at, timedelta(), Health.OK, message=message)

    every = timedelta(milliseconds=200)
    stored(living, [check("core-ke", every=every), check("core-tz", every=every)])
    with running(Poller(living, ask)):
        wait(lambda: len(polls(living)) >= 4)
    assert {each.check for each in polls(living)} == {"core-ke/health"}
    assert "a poll of core-tz/health could not be written" in caplog.text


def test_a_bug_of_an_adapter_is_ours_and_not_down(
    living: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stored(living, [check("core-ke", adapter="unheard-of", every=timedelta(milliseconds=200))])
    with running(Poller(living)):
        wait(lambda: len(polls(living)) >= 2)
    assert {(each.health, each.reason) for each in polls(living)} == {
        (Health.UNKNOWN, Reason.CONFIGURATION)
    }
    assert "KeyError" in caplog.text


def test_a_black_holed_country_delays_nobody_else(living: Runtime) -> None:
    """Check 11 of the acceptance list, small: one country accepts and never answers."""
    under_way: Counter[str] = Counter()
    most: Counter[str] = Counter()
    lock, client = threading.Lock(), Client()

    def ask(each: Check, at: datetime) -> Reading:
        with lock:
            under_way[each.key] += 1
            most[each.key] = max(most[each.key], under_way[each.key])
        reading = ADAPTERS[each.adapter].poll(each, living.settings.polling, at, client)
        with lock:
            under_way[each.key] -= 1
        return reading

    with healthy() as well, black_hole() as dead:
        checks = [
            check(f"c{n}-{cc}", every=SECOND, settings={"url": dead if cc == "ke" else well})
            for cc in ("ke", "tz", "gh", "mz")
            for n in range(6)
        ]
        stored(living, checks)
        threads: list[int] = []
        with running(Poller(living, ask)) as made:
            deadline = monotonic() + 10
            while monotonic() < deadline:
                threads.append(made.threads)
                sleep(0.25)
    client.close()
    found = polls(living)
    others = sorted(each.late_ms for each in found if not each.check.endswith("-ke/health"))
    lost = [each for each in found if each.check.endswith("-ke/health")]
    assert len(others) > 100
    assert others[int(len(others) * 0.99)] < 2000
    assert {(each.health, each.reason) for each in lost} == {(Health.UNKNOWN, Reason.UNREACHABLE)}
    assert max(most.values()) == 1, "one poll of a target at a time"
    assert max(threads) <= 4 * 3
    with living.view(SYSTEM) as work:
        missed = work.session.scalar(
            select(func.sum(PollHour.missed)).where(PollHour.check.like("%-ke/health"))
        )
    assert missed, "turns that could not start in time are counted"
