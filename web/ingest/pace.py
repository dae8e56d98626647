"""How often somebody may ask within a minute; counted in this process alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from ssoc.core.errors import TooMany

MINUTE = timedelta(minutes=1)
MOST_NAMES = 2_000


class AskedTooOften(TooMany):
    """Somebody asks more often than the setting allows; ``seconds`` is when to ask again."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass
class _Minute:
    began_at: datetime
    count: int = 0


class Pace:
    """Counts what each name asks for in a minute that begins with its first question."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._minutes: dict[str, _Minute] = {}
        self._lock = Lock()

    def take(self, name: str, now: datetime) -> None:
        """Count one question, or raise AskedTooOften."""
        with self._lock:
            minute = self._minutes.get(name)
            if minute is None or not minute.began_at <= now < minute.began_at + MINUTE:
                if len(self._minutes) >= MOST_NAMES:
                    self._minutes.clear()
                minute = self._minutes[name] = _Minute(now)
            minute.count += 1
            if minute.count <= self._most:
                return
            left = minute.began_at + MINUTE - now
        seconds = max(1, -(-int(left.total_seconds() * 1000) // 1000))
        raise AskedTooOften(
            f"{name} asked more than {self._most} times within a minute; nothing was answered; ask "
            f"again in {seconds} s, keep answers, or raise [ingest] most_flags",
            seconds,
        )
