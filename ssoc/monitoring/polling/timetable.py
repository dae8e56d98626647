"""Whose turn it is: every check on its own grid, one turn under way at a time.

No threads and no clock in here: the time comes in as seconds. The dispatcher guards it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import count

from ssoc.estate.values import Check
from ssoc.monitoring.rules.schedule import DEAD_AFTER, first_turn, interval, jitter, share_of

REVIVAL = 10.0  # seconds over which the checks of a market that is back are asked again


@dataclass(frozen=True)
class Turn:
    """A check that is to be asked now; ``due`` is when it should have been."""

    check: Check
    due: float


@dataclass
class _Entry:
    """One check: its grid, its next turn, and how long it has not answered."""

    check: Check
    grid: float  # the turn on the grid
    due: float  # the same with its jitter
    number: int  # of its newest entry in the heap; older ones no longer count
    unanswered: int = 0
    is_under_way: bool = False


class Timetable:
    """The turns of all checks; each call says what time it is."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._numbers = count()

    def __len__(self) -> int:
        """Return how many checks have turns."""
        return len(self._entries)

    def replace(
        self, checks: Mapping[str, Check], now: float, unanswered: Mapping[str, int]
    ) -> list[str]:
        """Ask these checks from now on; return the keys of those that went or changed.

        Args:
            checks: by key, as the estate has them.
            now: seconds on the timetable's clock.
            unanswered: what is known of checks that are new here, polls without an answer.

        """
        old = self._entries
        other = [key for key, entry in old.items() if checks.get(key) != entry.check]
        self._entries = {
            key: old[key]
            if key in old and old[key].check == check
            else self._fresh(check, now, unanswered.get(key, 0), old.get(key))
            for key, check in checks.items()
        }
        self._heap = [(each.due, each.number, key) for key, each in self._entries.items()]
        heapify(self._heap)
        return other

    def _fresh(self, check: Check, now: float, unanswered: int, old: _Entry | None) -> _Entry:
        grid = first_turn(check.key, check.every, now)
        return _Entry(
            check,
            grid,
            grid + jitter(check.key, grid, check.every),
            next(self._numbers),
            unanswered,
            old is not None and old.is_under_way,
        )

    def next_due(self) -> float | None:
        """Return when the next turn is due; None when there is none."""
        self._drop_stale()
        return self._heap[0][0] if self._heap else None

    def _drop_stale(self) -> None:
        while self._heap:
            _, number, key = self._heap[0]
            entry = self._entries.get(key)
            if entry is not None and entry.number == number:
                return
            heappop(self._heap)

    def take(self, now: float) -> tuple[list[Turn], dict[str, int]]:
        """Return the turns that are due, and how many each check has missed.

        A turn is missed when the one before is still under way, or when the whole process
        slept over it: turns are never made up for.
        """
        turns: list[Turn] = []
        missed: dict[str, int] = {}
        while (due := self.next_due()) is not None and due <= now:
            entry = self._entries[heappop(self._heap)[2]]
            if entry.is_under_way:
                missed[entry.check.key] = missed.get(entry.check.key, 0) + 1
            else:
                entry.is_under_way = True
                turns.append(Turn(entry.check, due))
            slept = self._schedule(entry, entry.grid, now)
            if slept:
                missed[entry.check.key] = missed.get(entry.check.key, 0) + slept
        return turns, missed

    def _schedule(self, entry: _Entry, after: float, now: float) -> int:
        """Give the entry its next turn; return how many turns of its grid were slept over."""
        check = entry.check
        step = interval(check.every, entry.unanswered, check.is_control).total_seconds()
        slept = max(0, int((now - after) // step))
        entry.grid = after + step * (slept + 1)
        self._push(entry, entry.grid + jitter(check.key, entry.grid, check.every))
        return slept

    def _push(self, entry: _Entry, due: float) -> None:
        entry.due, entry.number = due, next(self._numbers)
        heappush(self._heap, (entry.due, entry.number, entry.check.key))

    def finished(self, key: str, answered: bool, now: float) -> None:
        """Note the end of a turn; one that got no answer slows its check down."""
        entry = self._entries.get(key)
        if entry is None:
            return
        entry.is_under_way = False
        was_dead = entry.unanswered >= DEAD_AFTER
        entry.unanswered = 0 if answered else entry.unanswered + 1
        if answered and was_dead:
            self._back_to_normal(entry, now)
            self._revive(entry.check, now)
        elif not answered and entry.unanswered >= DEAD_AFTER:
            self._schedule(entry, self._last_turn(entry, now), now)

    def _last_turn(self, entry: _Entry, now: float) -> float:
        """Return the newest turn on the check's own grid that is not after ``now``."""
        step = entry.check.every.total_seconds()
        return entry.grid - step * max(0, -int((now - entry.grid) // step))

    def _back_to_normal(self, entry: _Entry, now: float) -> None:
        entry.grid = first_turn(entry.check.key, entry.check.every, now)
        self._push(entry, entry.grid + jitter(entry.check.key, entry.grid, entry.check.every))

    def _revive(self, check: Check, now: float) -> None:
        """Ask the other slowed checks of the market soon: what brought one back brings all."""
        for key, entry in self._entries.items():
            same = entry.check.market == check.market and entry.check.path == check.path
            if same and entry.unanswered >= DEAD_AFTER and not entry.is_under_way:
                soon = now + share_of(key) * min(REVIVAL, entry.check.every.total_seconds())
                if soon < entry.due:
                    self._push(entry, soon)
