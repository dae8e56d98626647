"""One thread that hands each check to its market's workers when its turn has come."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from threading import Condition, Thread
from time import monotonic

from ssoc.core.clock import Clock
from ssoc.estate.values import Check
from ssoc.monitoring.polling.pools import Pool
from ssoc.monitoring.polling.timetable import Timetable, Turn
from ssoc.monitoring.reading import Reading
from ssoc.monitoring.rules.baseline import hour_of
from ssoc.monitoring.sample_store import Polled

MOST_WAITING = 50_000  # polls kept while the database is away; older ones are given up
LONGEST_WAIT = 1.0
Ask = Callable[[Check, datetime], Reading]
Missed = dict[tuple[str, datetime], int]


class Dispatcher:
    """Asks every check in its turn and keeps what came back until ``collect``."""

    def __init__(self, ask: Ask, clock: Clock, workers: int) -> None:
        self._ask, self._clock, self._workers = ask, clock, workers
        self._origin = clock.now().timestamp() - monotonic()
        self._timetable = Timetable()
        self._pools: dict[str, Pool] = {}
        self._came: deque[Polled] = deque()
        self._missed: Missed = {}
        self._changed = Condition()
        self._is_stopping = False
        self._thread = Thread(target=self._run, name="poll-dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to hand out turns."""
        self._thread.start()

    def stop(self) -> None:
        """Hand out no more turns; polls under way are given up."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        self._thread.join(timeout=2 * LONGEST_WAIT)
        for pool in self._pools.values():
            pool.close()

    def replace(self, checks: Mapping[str, Check], unanswered: Mapping[str, int]) -> list[str]:
        """Ask these checks from now on; return the keys of those that went or changed."""
        with self._changed:
            changed = self._timetable.replace(checks, self._now(), unanswered)
            self._changed.notify_all()
        return changed

    def collect(self, most: int) -> tuple[list[Polled], Missed]:
        """Take the oldest polls that came back, at most ``most``, and all missed turns."""
        with self._changed:
            count = min(most, len(self._came))
            came = [self._came.popleft() for _ in range(count)]
            missed, self._missed = self._missed, {}
        return came, missed

    def give_back(self, came: list[Polled], missed: Missed) -> None:
        """Keep what could not be written for the next try; beyond a limit the oldest go."""
        with self._changed:
            self._came.extendleft(reversed(came))
            while len(self._came) > MOST_WAITING:
                gone = self._came.popleft()
                self._miss(gone.check.key, hour_of(gone.reading.started_at), 1)
            for (key, hour_at), turns in missed.items():
                self._miss(key, hour_at, turns)

    @property
    def threads(self) -> int:
        """Return how many workers live now, in all markets."""
        return sum(pool.threads for pool in self._pools.values())

    def _now(self) -> float:
        """Return seconds that no change of the machine's clock can turn back."""
        return self._origin + monotonic()

    def _miss(self, key: str, hour_at: datetime, turns: int) -> None:
        self._missed[key, hour_at] = self._missed.get((key, hour_at), 0) + turns

    def _run(self) -> None:
        while True:
            with self._changed:
                turns, missed = self._timetable.take(self._now())
                for key, count in missed.items():
                    self._miss(key, hour_of(self._clock.now()), count)
                if not turns:
                    self._wait()
                if self._is_stopping:
                    return
            for turn in turns:
                self._pool(turn.check.market).submit(partial(self._poll, turn))

    def _wait(self) -> None:
        due = self._timetable.next_due()
        pause = LONGEST_WAIT if due is None else due - self._now()
        self._changed.wait(min(max(pause, 0.0), LONGEST_WAIT))

    def _pool(self, market: str) -> Pool:
        if market not in self._pools:
            self._pools[market] = Pool(market or "shared", self._workers)
        return self._pools[market]

    def _poll(self, turn: Turn) -> None:
        """Make one poll; runs in a worker of the market."""
        if self._is_stopping:
            return
        late = timedelta(seconds=max(0.0, self._now() - turn.due))
        reading = self._ask(turn.check, self._clock.now())
        with self._changed:
            if self._is_stopping:
                return
            self._timetable.finished(turn.check.key, reading.reached, self._now())
            self._came.append(Polled(turn.check, reading, late))
            self._changed.notify_all()
