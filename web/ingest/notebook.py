"""What the doors note for operators: faults and used tokens, written down every few seconds.

Gathered in memory and written by a thread of its own, so that noting never slows an alert.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event, Lock, Thread
from time import monotonic

from ssoc.accounts import machines
from ssoc.core.errors import SsocError
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from ssoc.monitoring import actions
from web.ingest.counters import FAULTS
from web.ingest.parsed import Fault

log = logging.getLogger(__name__)
EVERY_SECONDS = 2.0
MOST_KINDS = 500  # different faults kept between two writes; the rest is counted under "others"
LONGEST_EXAMPLE = 500
_Kind = tuple[str, str, str]


class Notebook:
    """Counts faults by way, source and kind, and remembers which tokens were used."""

    def __init__(
        self,
        runtime: Runtime,
        every_seconds: float = EVERY_SECONDS,
        also: Callable[[], None] = lambda: None,
    ) -> None:
        self._runtime, self._every, self._also = runtime, every_seconds, also
        self._faults: dict[_Kind, tuple[int, str]] = {}
        self._used: dict[str, float] = {}  # token to when it was last noted
        self._to_note: set[str] = set()
        self._lock, self._stop = Lock(), Event()
        self._thread: Thread | None = None

    def count(self, way: str, source: str, faults: Sequence[Fault]) -> None:
        """Take ``faults`` in; they are visible to operators a few seconds later."""
        for fault in faults:
            FAULTS.labels(way, fault.kind).inc()
        with self._lock:
            for fault in faults:
                self._add((way, source, fault.kind), 1, fault.message[:LONGEST_EXAMPLE])
        self._begin()

    def use(self, token: str) -> None:
        """Note that ``token`` was used; at most once a minute for each."""
        now = monotonic()
        if now - self._used.get(token, -1e9) < machines.TOUCH_AT_MOST.total_seconds():
            return
        with self._lock:
            self._used[token] = now
            self._to_note.add(token)
        self._begin()

    def flush(self) -> None:
        """Write what waits; what cannot be written now waits on."""
        with self._lock:
            faults, self._faults = self._faults, {}
            used, self._to_note = self._to_note, set()
        for token in used:
            self._write(partial(machines.touch_token, name=token))
        if faults and not self._write(lambda work: _count(work, faults)):
            with self._lock:
                for kind, (times, example) in faults.items():
                    self._add(kind, times, example)
        try:
            self._also()
        except SsocError as error:
            log.warning("what else the doors note waits to be written: %s", error)

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.flush()

    def _add(self, kind: _Kind, times: int, example: str) -> None:
        if kind not in self._faults and len(self._faults) >= MOST_KINDS:
            kind = (kind[0], "others", kind[2])
        before, _ = self._faults.get(kind, (0, ""))
        self._faults[kind] = (before + times, example)

    def _write(self, write: Callable[[Work], None]) -> bool:
        try:
            with self._runtime.work(SYSTEM) as work:
                write(work)
        except SsocError as error:
            log.warning("notes of the ingest doors wait to be written: %s", error)
            return False
        return True

    def _begin(self) -> None:
        if self._thread is not None or self._stop.is_set():
            return
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._write_on, name="door-notes", daemon=True)
                self._thread.start()

    def _write_on(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.flush()
            except Exception:  # the edge of a thread: a fault in counting faults ends nothing
                log.exception("notes of the ingest doors could not be written")


def _count(work: Work, faults: dict[_Kind, tuple[int, str]]) -> None:
    for (way, source, kind), (times, example) in sorted(faults.items()):
        actions.count_fault(work, way, source, kind, example, times)
