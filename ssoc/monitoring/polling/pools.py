"""Workers of one market: never more than allowed, so that a slow country delays itself alone."""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock, Thread

log = logging.getLogger(__name__)
IDLE_SECONDS = 60.0
Task = Callable[[], None]


class Pool:
    """At most ``size`` daemon threads; idle ones end by themselves.

    Not the standard library's pool: that one joins its threads when the process ends, and a
    black-holed platform would hold the whole console open.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._lock = Lock()
        self._threads = 0
        self._idle = 0

    @property
    def threads(self) -> int:
        """Return how many threads live now."""
        return self._threads

    def submit(self, task: Task) -> None:
        """Run ``task`` as soon as a worker is free; returns at once."""
        with self._lock:
            self._tasks.put(task)
            if self._idle < self._tasks.qsize() and self._threads < self._size:
                self._threads += 1
                Thread(target=self._work, name=f"poll-{self._name}", daemon=True).start()

    def close(self) -> None:
        """Let the workers end after what they are doing; what waits is dropped."""
        with self._lock:
            while not self._tasks.empty():
                self._tasks.get()
            for _ in range(self._threads):
                self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                task()
            except Exception:  # noqa: BLE001 (a worker outlives a bug of one poll)
                log.exception("a poll failed")

    def _next(self) -> Task | None:
        with self._lock:
            self._idle += 1
        task = self._take(IDLE_SECONDS)
        with self._lock:
            self._idle -= 1
            task = task or self._take(0.0)  # it may have come while we were leaving
            if task is None:
                self._threads -= 1
        return task

    def _take(self, seconds: float) -> Task | None:
        try:
            return self._tasks.get(timeout=seconds) if seconds else self._tasks.get_nowait()
        except Empty:
            return None
