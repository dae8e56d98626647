"""The poller: a service of the leading scheduler that asks every check of the estate."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic, perf_counter

from ssoc.core.errors import SsocError
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import JobRun
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.values import Check, Estate
from ssoc.monitoring import adapters
from ssoc.monitoring.adapters.client import Client
from ssoc.monitoring.polling.cleaning import cleaned
from ssoc.monitoring.polling.dispatcher import Ask, Dispatcher, Missed
from ssoc.monitoring.polling.recorder import Recorder
from ssoc.monitoring.reading import Health, Reading, Reason
from ssoc.monitoring.sample_store import Polled

log = logging.getLogger(__name__)
JOB = "ssoc.monitoring.poller"
FLUSH_SECONDS = 1.0
RELOAD_SECONDS = 5.0
HEARTBEAT_SECONDS = 5.0
MOST_AT_ONCE = 2_000  # polls one transaction writes
STOP_SECONDS = 6.0


class Poller:
    """Asks, judges and writes until it is stopped; holds no session while it asks."""

    def __init__(self, runtime: Runtime, ask: Ask | None = None) -> None:
        self._runtime = runtime
        self._client = Client()
        self._dispatcher = Dispatcher(
            ask or self._ask, runtime.clock, runtime.settings.polling.workers
        )
        self._recorder = Recorder(runtime)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="poll-recorder", daemon=True)
        self._reload_at = self._beat_at = 0.0
        self._polls = self._misses = 0

    def start(self) -> None:
        """Begin; returns at once."""
        self._dispatcher.start()
        self._thread.start()

    def stop(self) -> None:
        """Write what came back and end; polls under way are given up."""
        self._dispatcher.stop()
        self._stopping.set()
        self._thread.join(timeout=STOP_SECONDS)
        self._client.close()

    @property
    def threads(self) -> int:
        """Return how many workers live now."""
        return self._dispatcher.threads

    def _ask(self, check: Check, at: datetime) -> Reading:
        """Ask with the check's adapter; a bug of ours is ours, never the target's."""
        began = perf_counter()
        try:
            adapter = adapters.ADAPTERS[check.adapter]
            return cleaned(adapter.poll(check, self._runtime.settings.polling, at, self._client))
        except Exception as error:
            log.exception("adapter %s failed on %s", check.adapter, check.key)
            took = timedelta(seconds=perf_counter() - began)
            text = f"our adapter {check.adapter} failed: {type(error).__name__}; see the log"
            return Reading(check.key, at, took, Health.UNKNOWN, Reason.CONFIGURATION, text)

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self._guarded_turn()
        self._guarded_turn()

    def _guarded_turn(self) -> None:
        """Reload and flush; while the database is away the polls wait in memory."""
        try:
            if not self._stopping.is_set():
                self._reload()
            self._flush()
            self._beat()
        except SsocError as error:
            log.warning("poller: %s", error)
        except Exception:  # the recorder must outlive one bad batch
            log.exception("poller: a batch failed")

    def _reload(self) -> None:
        if monotonic() < self._reload_at:
            return
        with self._runtime.view(SYSTEM) as work:
            estate = _askable(estate_queries.current(work))
        self._reload_at = monotonic() + RELOAD_SECONDS
        if estate.version == self._recorder.version:
            return
        self._recorder.watch(estate)
        for key in self._dispatcher.replace(estate.checks, self._recorder.unanswered()):
            self._client.forget(key)

    def _flush(self) -> None:
        while True:
            came, missed = self._dispatcher.collect(MOST_AT_ONCE)
            if not came and not missed:
                return
            try:
                self._recorder.record(came, missed)
            except SsocError:
                self._dispatcher.give_back(came, missed)
                raise
            except Exception:  # something in it cannot be written: it must not take the rest along
                log.exception("poller: %s polls could not be written at once", len(came))
                self._record_each(came, missed)
            self._count(len(came), missed)

    def _record_each(self, came: Sequence[Polled], missed: Missed) -> None:
        for number, each in enumerate(came):
            try:
                self._recorder.record([each], {})
            except SsocError:
                self._dispatcher.give_back(list(came[number:]), missed)
                raise
            except Exception:
                log.exception("poller: a poll of %s could not be written", each.check.key)
        self._recorder.record([], missed)

    def _count(self, polls: int, missed: Missed) -> None:
        self._polls += polls
        self._misses += sum(missed.values())

    def _beat(self) -> None:
        """Leave a heartbeat among those of the jobs, with what was polled and missed."""
        if monotonic() < self._beat_at:
            return
        with self._runtime.work(SYSTEM) as work:
            self._leave_heartbeat(work)
        self._polls = self._misses = 0
        self._beat_at = monotonic() + HEARTBEAT_SECONDS

    def _leave_heartbeat(self, work: Work) -> None:
        run = work.session.get(JobRun, JOB) or JobRun(name=JOB, runs=0, failures=0, misfires=0)
        run.every_seconds = round(HEARTBEAT_SECONDS)
        run.started_at = run.ended_at = work.now
        run.runs += self._polls
        run.misfires += self._misses
        work.session.add(run)


def _askable(estate: Estate) -> Estate:
    """Return the estate without checks that would be asked without a pause."""
    checks = {key: check for key, check in estate.checks.items() if check.every > timedelta()}
    return replace(estate, checks=checks)
