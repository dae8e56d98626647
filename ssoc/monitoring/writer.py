"""One thread per process writes what every request brought; many requests share one commit.

A request waits until its alerts are committed: accepted means committed. While the database is
away every waiting request hears so at once, and the first group after it is back succeeds.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ssoc.core.errors import BadInput, SsocError, Unavailable
from ssoc.core.work import Runtime, translated
from ssoc.monitoring import alert_store
from ssoc.monitoring.alert_store import Known, Tally, Written
from ssoc.monitoring.report import Report
from ssoc.monitoring.write_ahead import WriteAheadLog

log = logging.getLogger(__name__)
MOST_ROWS = 2_000  # alerts in one commit
TALLY_SECONDS = 0.5  # figures are kept this long before they go into a commit
PATIENCE_SECONDS = 30
ATTEMPTS = 3  # when two processes met in a deadlock or a serialization failure


@dataclass
class _Item:
    """What one request waits for."""

    reports: Sequence[Report]
    done: Lock = field(default_factory=Lock)
    error: Exception | None = None

    def __post_init__(self) -> None:
        """Hold the lock until the writer releases it."""
        self.done.acquire()


class Writer:
    """Takes reports from any thread and returns when they are committed.

    It starts by itself at the first report, also in a process that was forked meanwhile.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._most_waiting = runtime.settings.ingest.most_waiting
        self._lock = Lock()
        self._born_in = 0
        self._reset()

    def _reset(self) -> None:
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._waiting = 0
        self._connection: Connection | None = None
        self._thread: Thread | None = None
        self._known, self._tally, self._tallied_at = Known(), Tally(), 0.0
        self._log = WriteAheadLog(self._runtime.engine)

    @property
    def waiting(self) -> int:
        """Return how many alerts wait for their commit."""
        return self._waiting

    def start(self) -> None:
        """Start the thread unless it runs; safe to call again."""
        with self._lock:
            alive = self._thread is not None and self._thread.is_alive()
            if alive and self._born_in == os.getpid():
                return
            self._reset()  # nothing of a parent process may be used in its child
            self._born_in = os.getpid()
            self._thread = Thread(target=self._run, name="alert-writer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None or self._born_in != os.getpid():
                return
            self._queue.put(None)
        thread.join(PATIENCE_SECONDS)

    def write(self, reports: Sequence[Report]) -> None:
        """Return when ``reports`` are committed.

        Raises:
            Unavailable: the database is away or too many alerts wait; send the same again.
            BadInput: some of them cannot be stored; the message says how many, the rest is kept.

        """
        if not reports:
            return
        self.start()
        item = _Item(reports)
        with self._lock:
            if self._waiting and self._waiting + len(reports) > self._most_waiting:
                raise Unavailable(
                    f"{self._waiting} alerts wait for the database already; nothing of this "
                    "request was written; send it again shortly"
                )
            self._waiting += len(reports)
        self._queue.put(item)
        if not item.done.acquire(timeout=PATIENCE_SECONDS):
            raise Unavailable("the database did not answer in time; send the same again shortly")
        if item.error is not None:
            raise item.error

    def _run(self) -> None:
        while True:
            group, go_on = self._next_group()
            if group:
                self._serve(group)
            else:
                self._rest()
            if not go_on:
                break
        self._rest()
        self._disconnect()

    def _next_group(self) -> tuple[list[_Item], bool]:
        """Return all that wait, up to a limit; empty when nothing came for a while."""
        group: list[_Item] = []
        rows = 0
        try:
            item = self._queue.get(timeout=TALLY_SECONDS)
            while item is not None:
                group.append(item)
                rows += len(item.reports)
                if rows >= MOST_ROWS:
                    return group, True
                item = self._queue.get_nowait()
        except Empty:
            return group, True
        return group, False

    def _serve(self, group: list[_Item]) -> None:
        try:
            self._write([report for item in group for report in item.reports])
        except Unavailable as error:
            group += self._drain()  # nobody waits for a second time-out
            for item in group:
                item.error = error
        except Exception:  # noqa: BLE001 (one request's reports must not fail the others')
            log.warning("a group of %s requests was refused; writing them one by one", len(group))
            for item in group:
                item.error = self._alone(item)
        for item in group:
            with self._lock:
                self._waiting -= len(item.reports)
            item.done.release()

    def _drain(self) -> list[_Item]:
        found: list[_Item] = []
        while True:
            try:
                item = self._queue.get_nowait()
            except Empty:
                return found
            if item is None:
                self._queue.put(None)
                return found
            found.append(item)

    def _alone(self, item: _Item) -> Exception | None:
        """Write one request report by report; return what its sender should hear."""
        refused, reason = 0, ""
        for report in item.reports:
            try:
                self._write([report])
            except Unavailable as error:
                return error
            except Exception as error:  # noqa: BLE001 (the report itself: its sender is told)
                refused, reason = refused + 1, type(error).__name__
                log.warning("an alert from %s cannot be stored: %r", report.source, error)
        if not refused:
            return None
        return BadInput(
            f"{refused} of {len(item.reports)} alerts cannot be stored ({reason}); "
            "the others were; correct the refused ones and send them again"
        )

    def _write(self, reports: Sequence[Report]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._commit(reports)
            except SsocError as error:
                self._disconnect()
                if attempt == ATTEMPTS or not _worth_repeating(error):
                    raise
            except Exception:
                self._disconnect()
                raise
            else:
                return

    def _commit(self, reports: Sequence[Report]) -> None:
        with translated():
            connection = self._connect()
            with connection.begin():
                written = alert_store.write(
                    connection, reports, self._runtime.clock.now(), self._known
                )
                is_due = monotonic() - self._tallied_at >= TALLY_SECONDS
                if is_due:
                    alert_store.write_tally(connection, self._with_tally(written))
        self._known.learn(reports)
        if is_due:
            self._tally, self._tallied_at = Tally(), monotonic()
        else:
            self._tally.add(written.tally)
        self._log.keep_short(connection)

    def _with_tally(self, written: Written) -> Tally:
        both = Tally()
        both.add(self._tally)
        both.add(written.tally)
        return both

    def _rest(self) -> None:
        """Nobody waits: write the figures that are left, and let the log shrink."""
        if not self._tally.spoke:
            return
        try:
            with translated():
                connection = self._connect()
                with connection.begin():
                    alert_store.write_tally(connection, self._tally)
        except SsocError as error:
            log.warning("figures of alerts wait: %s", error)
            self._disconnect()
            return
        self._tally, self._tallied_at = Tally(), monotonic()

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._runtime.engine.connect()
            self._log.adopt(self._connection)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.invalidate()  # never back into the pool: its settings are ours
                connection.close()
            except DBAPIError as error:
                log.warning("closing the writer's connection: %s", error)


def _worth_repeating(error: SsocError) -> bool:
    """Tell whether another process merely was in the way (deadlock, serialization)."""
    cause = error.__cause__
    code = getattr(getattr(cause, "orig", None), "sqlstate", None)
    return str(code).startswith("40")
