"""Whether the database can be written to: reading tells nothing of it.

A writer that hangs, a full disk and a standby all answer questions, and take nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy.exc import IntegrityError

from ssoc.core.database import PATIENCE_MS
from ssoc.core.errors import Unavailable, reason_of
from ssoc.core.permissions import SYSTEM
from ssoc.core.running import bump
from ssoc.core.work import Runtime

PROBE = "write probe"
FRESH = timedelta(seconds=3)  # so long an answer serves everybody who asks
PATIENCE = timedelta(seconds=1.5)  # a healthy writer is done sooner


@dataclass(frozen=True)
class Writing:
    """What the last try told: ``failing_since`` is None while writes succeed."""

    failing_since: datetime | None = None
    succeeded_at: datetime | None = None
    reason: str = ""


def try_writing(runtime: Runtime) -> None:
    """Write one row for good, or raise Unavailable within two seconds or so."""
    patience = round(PATIENCE.total_seconds() * 1000)
    engine = runtime.engine.execution_options(**{PATIENCE_MS: patience})
    try:
        with replace(runtime, engine=engine).work(SYSTEM) as work:
            bump(work.session, PROBE)
    except IntegrityError:  # somebody else wrote the very first row at the same moment
        return
    except Unavailable as error:
        raise Unavailable(f"cannot write: {reason_of(error) or error}") from error


class WriteProbe:
    """Remembers since when writes fail; one try serves all who ask within some seconds."""

    def __init__(self, attempt: Callable[[Runtime], None] = try_writing) -> None:
        self._attempt, self._trying = attempt, Lock()
        self._known: tuple[datetime, Writing] | None = None

    def look(self, runtime: Runtime) -> Writing:
        """Return how writing goes, trying it when the last answer is old."""
        with self._trying:
            now = runtime.clock.now()
            if self._known is None or not now - FRESH < self._known[0] <= now:
                self._known = now, self._tried(runtime, now)
            return self._known[1]

    def _tried(self, runtime: Runtime, now: datetime) -> Writing:
        before = self._known[1] if self._known else Writing()
        try:
            self._attempt(runtime)
        except Unavailable as error:
            return Writing(before.failing_since or now, before.succeeded_at, str(error))
        return Writing(None, now)
