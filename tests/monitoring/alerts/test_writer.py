"""Accepted means committed: many requests share a commit, and nothing acknowledged is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from ssoc.core.database import is_sqlite
from ssoc.core.errors import BadInput, Unavailable
from ssoc.core.permissions import SYSTEM
from ssoc.core.settings import IngestSettings, Settings
from ssoc.core.work import Runtime
from ssoc.monitoring import alert_store, write_ahead
from ssoc.monitoring.writer import Writer
from tests.monitoring.alerts.story import FIRING, LABELS, RESOLVED, Story

STORMING = "tests.monitoring.alerts.storming"


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def many(story: Story, number: int, **what: Any) -> list[Any]:
    return [story.report(labels={**LABELS, "instance": str(n)}, **what) for n in range(number)]


def test_what_was_written_is_there(story: Story) -> None:
    writer = Writer(story.runtime)
    reports = many(story, 5_000)
    writer.write(reports)
    assert story.rows("select count(*) from alert") == [(5_000,)]
    writer.write(reports)
    writer.write([])
    writer.stop()
    assert story.rows("select count(*), sum(repeats) from alert") == [(5_000, 5_000)]
    assert story.rows("select alerts from ingest_source") == [(10_000,)]
    assert story.rows("select events, alerts from alert_hour") == [(10_000, 5_000)]
    assert story.rows("select count(*) from alert_source") == [(5_000,)]
    assert writer.waiting == 0


def test_it_starts_again_after_a_stop(story: Story) -> None:
    writer = Writer(story.runtime)
    writer.stop()
    writer.write([story.report()])
    writer.stop()
    writer.write([story.report(state=RESOLVED)])
    writer.stop()
    assert story.moves() == [(None, FIRING), (FIRING, RESOLVED)]


def test_many_requests_share_a_commit(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, held, groups = Writer(story.runtime), Event(), []
    plain = alert_store.write

    def slow(connection: Any, reports: Any, *more: Any) -> Any:
        groups.append(len(reports))
        assert held.wait(30)
        return plain(connection, reports, *more)

    monkeypatch.setattr(alert_store, "write", slow)
    with ThreadPoolExecutor(40) as pool:
        first = pool.submit(writer.write, [story.report()])
        until(lambda: len(groups) == 1)
        rest = [pool.submit(writer.write, [report]) for report in many(story, 39)]
        until(lambda: writer.waiting == 40)
        held.set()
        for each in (first, *rest):
            each.result(30)
    writer.stop()
    assert groups == [1, 39]


def test_only_the_bad_one_of_a_group_fails(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, held = Writer(story.runtime), Event()
    plain = alert_store.write

    def slow(connection: Any, reports: Any, *more: Any) -> Any:
        assert held.wait(30)
        return plain(connection, reports, *more)

    monkeypatch.setattr(alert_store, "write", slow)
    bad = replace(story.report(labels={**LABELS, "x": "bad"}), key=1 << 70)
    good = many(story, 9)
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(writer.write, good[:1])
        mixed = pool.submit(writer.write, [good[1], bad, good[2]])
        rest = [pool.submit(writer.write, [report]) for report in good[3:]]
        until(lambda: writer.waiting == 10)
        held.set()
        with pytest.raises(BadInput, match="1 of 3 alerts cannot be stored"):
            mixed.result(30)
        for each in (first, *rest):
            each.result(30)
    writer.stop()
    assert story.rows("select count(*) from alert") == [(9,)]


@pytest.mark.parametrize(
    "what",
    [
        pytest.param({"summary": "a\0b", "url": "\0"}, id="NUL"),
        pytest.param({"summary": "half \ud83d of a pair"}, id="half of a surrogate pair"),
        pytest.param({"name": "n" * 999, "instance": "i" * 999, "service": "s" * 999}, id="long"),
        pytest.param({"market": "NOWHERE-LAND", "severity_word": "w" * 99}, id="long words"),
        pytest.param({"labels": {"alertname": "\0", "\0": "\ud83d"}}, id="labels"),
        pytest.param({"annotations": {"a": "\\u0000", "b": "🚨" * 500}}, id="annotations"),
        pytest.param({"summary": "'; drop table alert; --%s %(x)s ? :x"}, id="quotes"),
    ],
)
def test_odd_texts_are_stored(story: Story, what: dict[str, Any]) -> None:
    writer = Writer(story.runtime)
    writer.write([replace(story.report(), **what)])
    writer.stop()
    assert story.rows("select count(*) from alert join alert_detail using (key)") == [(1,)]


def test_too_many_waiting_hear_so_at_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(ingest=IngestSettings(most_waiting=100))
    writer = Writer(replace(story.runtime, settings=settings))
    held, busy = Event(), Event()
    plain = alert_store.write

    def slow(*given: Any) -> Any:
        busy.set()
        assert held.wait(30)
        return plain(*given)

    monkeypatch.setattr(alert_store, "write", slow)
    reports = many(story, 101)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(writer.write, reports[:100])
        assert busy.wait(30)
        with pytest.raises(Unavailable, match="100 alerts wait"):
            writer.write(reports[100:])
        held.set()
        first.result(30)
    writer.write(reports[100:])
    writer.stop()
    assert story.rows("select count(*) from alert") == [(101,)]


def test_a_locked_database_is_unavailable_and_recovers(story: Story) -> None:
    writer = Writer(story.runtime)
    writer.write([story.report()])
    engine = story.runtime.engine
    lock = "BEGIN IMMEDIATE" if is_sqlite(engine) else "LOCK TABLE alert IN EXCLUSIVE MODE"
    with engine.connect() as other:
        if not is_sqlite(engine):
            other.execute(text(lock))  # an SQLite transaction of ours locks by itself
        else:
            other.execute(text("SELECT 1"))
        with pytest.raises(Unavailable, match="locked or away"):
            writer.write([story.report(state=RESOLVED)])
        other.rollback()
    assert [state for state, _ in story.states()] == [FIRING]
    writer.write([story.report(state=RESOLVED)])
    writer.stop()
    assert [state for state, _ in story.states()] == [RESOLVED]


def test_a_cut_connection_recovers_by_itself(story: Story) -> None:
    if is_sqlite(story.runtime.engine):
        pytest.skip("an embedded database cuts no connection")
    writer = Writer(story.runtime)
    writer.write([story.report()])
    with story.runtime.engine.connect() as other:
        other.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and datname = current_database()"
            )
        )
    with pytest.raises(Unavailable):
        writer.write([story.report(state=RESOLVED)])
    writer.write([story.report(state=RESOLVED)])
    writer.stop()
    assert story.moves() == [(None, FIRING), (FIRING, RESOLVED)]


def test_a_refused_group_leaves_no_figures(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, plain = Writer(story.runtime), alert_store.write_tally
    failures = [1]

    def fails_once(*given: Any) -> None:
        plain(*given)
        if failures:
            raise DataError("x", {}, Exception(failures.pop()))

    monkeypatch.setattr(alert_store, "write_tally", fails_once)
    writer.write([story.report()])
    writer.stop()
    assert story.rows("select alerts from ingest_source") == [(1,)]
    assert story.rows("select repeats from alert") == [(0,)]


def test_the_write_ahead_log_stays_short(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = story.runtime.engine
    if not is_sqlite(engine):
        pytest.skip("SQLite's log")
    monkeypatch.setattr("ssoc.monitoring.write_ahead.LONG_BYTES", 1_000_000)
    log = Path(f"{engine.url.database}-wal")
    writer, longest = Writer(story.runtime), 0
    for _ in range(30):
        story.clock.at = story.at(longest % 7 + 1)
        writer.write(many(story, 500))
        longest = max(longest, log.stat().st_size)
    writer.stop()
    assert longest < 3_000_000
    assert story.rows("select count(*) from alert") == [(500,)]


def test_somebody_who_reads_for_long_does_not_hold_up_the_writer(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = story.runtime.engine
    if not is_sqlite(engine):
        pytest.skip("SQLite's log")
    monkeypatch.setattr("ssoc.monitoring.write_ahead.LONG_BYTES", 200_000)
    monkeypatch.setattr("ssoc.monitoring.write_ahead.AGAIN_SECONDS", 0.5)
    log, writer = Path(f"{engine.url.database}-wal"), Writer(story.runtime)
    writer.write([story.report()])
    tries: list[bool] = []
    begin = write_ahead._begun_again

    def noted(driver: Any) -> bool:
        tries.append(begin(driver))
        return tries[-1]

    monkeypatch.setattr(write_ahead, "_begun_again", noted)
    with story.runtime.view(SYSTEM) as work:
        work.session.execute(text("select count(*) from alert")).all()
        for _ in range(20):
            writer.write(many(story, 100))
    assert log.stat().st_size > 200_000
    assert tries[0] is False
    assert len(tries) < 20, "not at every commit"

    def has_begun_again() -> bool:
        writer.write(many(story, 100))
        return tries[-1]

    until(has_begun_again)
    assert log.stat().st_size < 200_000
    writer.stop()


def test_two_processes_that_write_the_same_keys_agree(story: Story) -> None:
    """Two writers have two connections, as two processes do: no deadlock, nothing lost."""
    writers = [Writer(story.runtime), Writer(story.runtime)]
    reports = many(story, 60)

    def send(number: int) -> None:
        dice = random.Random(number)  # noqa: S311
        for _ in range(15):
            writers[number % 2].write(dice.sample(reports, 60))

    with ThreadPoolExecutor(4) as pool:
        for sent in [pool.submit(send, number) for number in range(4)]:
            sent.result(60)
    for each in writers:
        each.stop()
    assert story.rows("select count(*), sum(repeats) from alert") == [(60, 4 * 15 * 60 - 60)]
    assert story.rows("select count(*) from alert_transition") == [(60,)]
    assert story.rows("select alerts from ingest_source") == [(4 * 15 * 60,)]


@pytest.mark.storm
def test_kill_9_in_a_storm_loses_nothing_acknowledged(
    runtime: Runtime, url: str, tmp_path: Path
) -> None:
    acknowledged = tmp_path / "acknowledged"
    for round_ in range(1, 4):
        child = subprocess.Popen(
            [sys.executable, "-m", STORMING, url, str(acknowledged), f"round {round_}"],
            cwd=Path(__file__).parents[3],
        )
        try:
            size = round_ * 60_000
            until(lambda: acknowledged.exists() and acknowledged.stat().st_size > size, 60)  # noqa: B023
        finally:
            os.kill(child.pid, signal.SIGKILL)
            child.wait(30)
    told: dict[int, int] = {}
    for line in acknowledged.read_text().splitlines():
        key, state = map(int, line.split())
        told[key] = max(told.get(key, 0), state)
    with runtime.engine.connect() as connection:
        stored: dict[int, int] = dict(
            connection.execute(text("select key, state from alert")).all()
        )
        doubled = connection.execute(
            text("select key from alert_transition group by key, state having count(*) > 1")
        ).all()
        moves = connection.execute(text("select count(*) from alert_transition")).scalar()
    assert len(told) > 1_000
    assert {key for key, state in told.items() if stored.get(key, -1) < state} == set()
    assert doubled == []
    assert moves == len(stored) + sum(state == 2 for state in stored.values())
    assert len(stored) - len(told) <= 3 * 6 * 16, "more than was in flight"
