"""When a check has its turns: spread, jittered, and slower while its target is dead."""

from datetime import timedelta
from zlib import crc32

DEAD_AFTER = 3  # polls without an answer before the pauses grow
SLOWEST = 8  # times the interval, at most
JITTER = 0.1  # of the interval
LONGEST_JITTER = timedelta(seconds=5)
GRACE = timedelta(seconds=15)


def share_of(text: str) -> float:
    """Return a number from 0 up to 1 that always is the same for the same text."""
    return crc32(text.encode()) / (1 << 32)


def first_turn(key: str, every: timedelta, now: float) -> float:
    """Return the first turn at or after ``now`` (seconds, any origin) on the check's own grid.

    The grid is shifted by the key, so that a thousand checks of 30 s do not start together,
    and it does not depend on when the poller started.
    """
    step = every.total_seconds()
    offset = share_of(key) * step
    passed = (now - offset) % step
    return now + (step - passed if passed else 0.0)


def jitter(key: str, turn: float, every: timedelta) -> float:
    """Return by how many seconds a turn is put off, so that equal grids drift apart."""
    most = min(every * JITTER, LONGEST_JITTER).total_seconds()
    return share_of(f"{key}@{turn:.0f}") * most


def interval(every: timedelta, unanswered: int, is_control: bool = False) -> timedelta:
    """Return the pause between turns after ``unanswered`` polls in a row without an answer.

    A control probe never slows down: it tells when the path is back.
    """
    if is_control or unanswered < DEAD_AFTER:
        return every
    return every * min(SLOWEST, 1 << min(unanswered - DEAD_AFTER + 1, 8))


def fresh_for(every: timedelta, unanswered: int) -> timedelta:
    """Return how long the newest poll of a check counts as the present."""
    return 3 * interval(every, unanswered) + GRACE


def lease_for(every: timedelta) -> timedelta:
    """Return how long an alert of the poller holds without being said again.

    Longer than four turns with their jitter and a slow poll; after that it is stale, since a
    poller that stopped knows nothing of recovery.
    """
    return 4 * every + GRACE
